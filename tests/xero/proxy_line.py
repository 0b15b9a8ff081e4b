"""A proxy for HTTPS that does what a script says, and a server with certificates of its own behind
it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from network import pass_on

HOST = "api.xero.invalid"
"""A name that no name server knows: only the proxy leads to it."""
PASSWORD = "planted-Pass-1"
ANSWERS = {
    "refuses": b"HTTP/1.1 407 Proxy Authentication Required\r\n",
    "offline": b"HTTP/1.1 503 Service Unavailable\r\n",
    "redirects": b"HTTP/1.1 302 Found\r\nlocation: http://login.hotel.example/\r\n",
}
END = b"content-length: 0\r\nconnection: close\r\n\r\n"


class ProxyLine:
    """Answers CONNECT; `mood` is `fine`, a name of `ANSWERS`, `drops`, `delays` or `cuts` (it drops
    what goes through it). `asked` counts requests for a tunnel."""

    def __init__(self, target: int, context: ssl.SSLContext) -> None:
        self.mood = "fine"
        self.asked = 0
        self._context = context
        self._target = target
        self._tunnels: set[socket.socket] = set()
        self._front = socket.create_server(("127.0.0.1", 0))
        self._proxy = socket.create_server(("127.0.0.1", 0))
        self.port = self._proxy.getsockname()[1]
        self.url = f"http://user:{PASSWORD}@127.0.0.1:{self.port}"
        for listener, serve in ((self._front, self._unwrap), (self._proxy, self._connect)):
            threading.Thread(target=self._accept, args=(listener, serve), daemon=True).start()

    def turns(self, mood: str) -> None:
        """Change the mood; what is open is cut, unless all is fine."""
        self.mood = mood
        for tunnel in list(self._tunnels) if mood != "fine" else ():
            with contextlib.suppress(OSError):
                tunnel.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.turns("drops")
        self._front.close()
        self._proxy.close()

    def _accept(self, listener: socket.socket, serve: object) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()  # type: ignore[arg-type]

    def _connect(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            head = client.recv(65536)
            assert head.startswith(f"CONNECT {HOST}:443 ".encode()), head
            assert b"proxy-authorization: basic" in head.lower()
            self.asked += 1
            if self.mood == "delays":
                time.sleep(30)
            if self.mood in ANSWERS:
                client.sendall(ANSWERS[self.mood] + END)
            if self.mood not in ("fine", "cuts"):
                return
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            if self.mood == "cuts":
                client.recv(65536)
                return
            with socket.create_connection(self._front.getsockname()) as front:
                self._pass_on(client, front)

    def _unwrap(self, client: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            self._context.wrap_socket(client, server_side=True) as plain,
            socket.create_connection(("127.0.0.1", self._target)) as server,
        ):
            self._pass_on(plain, server)

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        self._tunnels |= {one, other}
        try:
            pass_on(one, other, goes_on=lambda: self.mood == "fine")
        finally:
            self._tunnels -= {one, other}


@contextlib.contextmanager
def proxy_line(target: int, folder: Path) -> Iterator[ProxyLine]:
    """One before the server at that port; the folder gets `ca.pem`, which vouches for it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates(folder))
    line = ProxyLine(target, context)
    try:
        yield line
    finally:
        line.close()


def certificates(folder: Path) -> Path:
    """Write `ca.pem`, an authority of one's own, and the server's certificate, which is given."""
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name, name = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in ("Own CA", HOST)
    )
    now = datetime.now(UTC)

    def builder(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )

    authority = builder(ca_name, ca_key.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    server = builder(name, key.public_key()).add_extension(
        x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(authority.sign(ca_key, hashes.SHA256()).public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain = folder / "server.pem"
    chain.write_bytes(server.sign(ca_key, hashes.SHA256()).public_bytes(pem) + secret)
    return chain
