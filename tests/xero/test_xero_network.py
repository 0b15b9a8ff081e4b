"""Networks that fail: real sockets that close, lie or are not there."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from xeroport.clock import ManualClock
from xeroport.errors import InputError, Unavailable
from xeroport.xero.client import XeroClient
from xeroport.xero.wire import inflate, receive, transport

ClientOf = Callable[..., XeroClient]
TOKEN = b'{"access_token":"token","expires_in":1800}'
ID = "297c2dc5-cc47-4afd-8ec8-74990b8761e9"


def http(body: bytes, *, length: int | None = None, status: str = "200 OK") -> bytes:
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {size}\r\n"
    return head.encode() + b"connection: close\r\n\r\n" + body


class Sockets:
    """A server of bare sockets: gives tokens, and the scripted bytes for everything else."""

    def __init__(self, *script: bytes) -> None:
        self.script = script
        self.requests: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                request = b""
                while b"\r\n\r\n" not in request:
                    request += connection.recv(65536)
                if b"/connect/token" in request:
                    connection.sendall(http(TOKEN))
                    continue
                self.requests.append(request)
                index = min(len(self.requests), len(self.script)) - 1
                connection.sendall(self.script[index])

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)


@pytest.fixture
def sockets() -> Iterator[Callable[..., Sockets]]:
    made: list[Sockets] = []

    def make(*script: bytes) -> Sockets:
        made.append(Sockets(*script))
        return made[-1]

    yield make
    for each in made:
        each.close()


def call(client: XeroClient, endpoint: str = "contacts.list", *args: Any, **kwargs: Any) -> Any:
    async def run() -> Any:
        async with client:
            return await client.call(endpoint, *args, **kwargs)

    return asyncio.run(run())


GOOD = http(b'{"Contacts":[{"ContactID":"c"}]}')


@pytest.mark.parametrize("lost", [b"", http(b'{"Contacts":[', length=5000)])
def test_a_dropped_connection_is_tried_again_on_a_read(
    sockets: Callable[..., Sockets], client_of: ClientOf, lost: bytes
) -> None:
    server = sockets(lost, lost, GOOD)
    reply = call(client_of(base_url=server.base_url, clock=ManualClock()))
    assert reply.records == [{"ContactID": "c"}]
    assert len(server.requests) == 3


def test_a_dropped_write_goes_again_under_its_key(
    sockets: Callable[..., Sockets], client_of: ClientOf
) -> None:
    server = sockets(b"", GOOD)
    call(
        client_of(base_url=server.base_url, clock=ManualClock()),
        "contacts.create",
        body={"Name": "Ann"},
        idempotency_key="key-1",
    )
    assert [b"key-1" in each for each in server.requests] == [True, True]


def test_a_dropped_delete_is_of_unknown_outcome(
    sockets: Callable[..., Sockets], client_of: ClientOf
) -> None:
    server = sockets(b"")
    with pytest.raises(Unavailable) as caught:
        call(
            client_of(base_url=server.base_url, clock=ManualClock()), "items.delete", {"ItemID": ID}
        )
    assert not caught.value.outcome_known
    assert len(server.requests) == 1


def test_nobody_listens(client_of: ClientOf) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    clock = ManualClock()
    with pytest.raises(Unavailable, match="cannot be reached"):
        call(client_of(base_url=f"http://127.0.0.1:{port}", clock=clock))
    assert clock.monotonic() < 30


def test_a_name_that_does_not_resolve(client_of: ClientOf) -> None:
    with pytest.raises(Unavailable) as caught:
        call(client_of(base_url="https://xero.invalid", clock=ManualClock()))
    assert "xero.invalid" in caught.value.message


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate that nobody vouches for."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


def test_a_certificate_that_is_not_trusted(client_of: ClientOf, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(tmp_path))
    accepted = 0
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            nonlocal accepted
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                accepted += 1
                with contextlib.suppress(OSError):
                    context.wrap_socket(connection, server_side=True).close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        with pytest.raises(Unavailable) as caught:
            call(client_of(base_url=f"https://localhost:{port}", clock=ManualClock()))
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    assert "certificate" in caught.value.message.lower()
    assert accepted == 1


def test_a_certificate_of_one_s_own_is_named_by_the_environment(
    client_of: ClientOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    cert, key = certificate(tmp_path)
    context.load_cert_chain(cert, key)

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.answer(TOKEN)

        def do_GET(self) -> None:
            self.answer(b'{"Contacts":[{"ContactID":"c"}]}')

        def answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    transport.trust.cache_clear()
    try:
        with HTTPServer(("127.0.0.1", 0), Answers) as server:
            server.socket = context.wrap_socket(server.socket, server_side=True)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            reply = call(client_of(base_url=f"https://localhost:{server.server_port}"))
            server.shutdown()
        assert reply.records == [{"ContactID": "c"}]
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
        transport.trust.cache_clear()
        with pytest.raises(InputError, match="cannot be read"):
            client_of(base_url="https://localhost")
    finally:
        monkeypatch.delenv("SSL_CERT_FILE")
        transport.trust.cache_clear()


@pytest.mark.parametrize(
    "url",
    [
        "http://api.xero.com",
        "http://127.0.0.1.evil.test",
        "ftp://localhost",
        "localhost",
        "https://",
    ],
)
def test_addresses_that_are_not_safe(client_of: ClientOf, url: str) -> None:
    with pytest.raises(InputError):
        client_of(base_url=url, identity_url="https://identity.xero.com")
    with pytest.raises(InputError):
        client_of(base_url="https://api.xero.com", identity_url=url)


def test_plain_http_stays_on_this_machine(client_of: ClientOf) -> None:
    for host in ("localhost", "127.0.0.1", "[::1]", "127.8.9.1"):
        client_of(base_url=f"http://{host}:1")


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_body_that_grows_without_end_is_refused_with_words(
    sockets: Callable[..., Sockets],
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    encoding: str,
) -> None:
    monkeypatch.setattr(inflate, "PIECE", 100_000)
    monkeypatch.setattr(receive, "MOST_IN_MEMORY", 2_000_000)
    plain = b'{"Contacts":[' + b" " * 5_000_000 + b"]}"
    body = gzip.compress(plain) if encoding == "gzip" else plain
    head = (
        f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: {encoding}\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    server = sockets(head.encode() + body)
    with pytest.raises(Unavailable, match="larger than any of Xero's"):
        call(client_of(base_url=server.base_url))
    assert len(server.requests) == 1, "not asked for again"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_no_lost_connection(
    sockets: Callable[..., Sockets],
    client_of: ClientOf,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = tmp_path / "invoice.pdf"
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    draft.symlink_to("/dev/full")
    server = sockets(http(b"%PDF" * 100_000))
    with pytest.raises(InputError, match="cannot be written: no space left"):
        call(client_of(base_url=server.base_url), "invoices.pdf", {"InvoiceID": ID}, to=target)
    assert len(server.requests) == 1


@pytest.mark.parametrize("piece", [1, 17, 1000, 4096, 10_000_000])
@pytest.mark.parametrize("step", [3, 1000, 10_000_000])
def test_a_body_is_the_same_in_whatever_pieces_it_is_inflated(
    monkeypatch: pytest.MonkeyPatch, piece: int, step: int
) -> None:
    plain = b"".join(b'{"n":%d},' % (number % 97) for number in range(3_000))
    wire = gzip.compress(plain)
    monkeypatch.setattr(inflate, "PIECE", piece)
    inflater = inflate.Inflater("gzip", most=1_000_000)
    body = b"".join(
        piece for at in range(0, len(wire), step) for piece in inflater.pieces(wire[at : at + step])
    )
    inflater.finish()
    assert body == plain
