"""Two servers that count as being on the internet: one takes e-mail over STARTTLS with a password,
one takes POSTs over HTTPS. Their names lead to this machine in every process of the console; all
that is sent, its encryption and its certificates, is real."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

MAIL, HOOKS = "smtp.example.com", "hooks.example.com"
USER, PASSWORD = "books", "mail-pass-1"
NAMES = """
import json, os, socket
PORTS = json.loads(os.environ["CONSOLE_INTERNET"])
NUMBERS = {name: f"192.31.196.{n}" for n, name in enumerate(PORTS, start=1)}
BACK = {number: PORTS[name] for name, number in NUMBERS.items()}
info, connect = socket.getaddrinfo, socket.create_connection
def getaddrinfo(host, port, *more, **options):
    if host in NUMBERS:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (NUMBERS[host], port))]
    return info(host, port, *more, **options)
def create_connection(address, *more, **options):
    host, port = address
    if host in BACK:
        address = ("127.0.0.1", BACK[host])
    return connect(address, *more, **options)
socket.getaddrinfo, socket.create_connection = getaddrinfo, create_connection
"""
"""A name server and a route for these names, in a process of Python's: addresses that count as
public, and the port on this machine behind each."""


@dataclass
class Internet:
    """What arrived: e-mails as text, and bodies of POSTs."""

    messages: list[str] = field(default_factory=list)
    posts: list[Any] = field(default_factory=list)


class _Mail(socketserver.StreamRequestHandler):
    """As much of SMTP as a message needs: STARTTLS, a password, then the message."""

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self._talk()

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def _talk(self) -> None:
        server: Any = self.server
        is_encrypted = is_known = False
        self._say("220 mail is here")
        while line := self.rfile.readline().decode():
            word, _, rest = line.strip().partition(" ")
            match word.upper():
                case "EHLO":
                    self._say("250-here", "250 AUTH PLAIN" if is_encrypted else "250 STARTTLS")
                case "STARTTLS":
                    self._say("220 go on")
                    wrapped = server.context.wrap_socket(self.connection, server_side=True)
                    self.rfile, self.wfile = wrapped.makefile("rb"), wrapped.makefile("wb", 0)
                    is_encrypted = True
                case "AUTH":
                    told = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")[1:]
                    is_known = is_encrypted and told == [USER, PASSWORD]
                    self._say("235 welcome" if is_known else "535 wrong user or password")
                case "DATA" if is_known:
                    self._say("354 go on")
                    body = b"".join(iter(self.rfile.readline, b".\r\n"))
                    server.internet.messages.append(body.decode())
                    self._say("250 taken")
                case "QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 ok" if is_known or word.upper() == "RSET" else "530 who is it?")


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.internet.posts.append(json.loads(body))  # type: ignore[attr-defined]
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def internet(folder: Path) -> Iterator[Internet]:
    """Both servers, and an environment in which consoles started meanwhile reach them by name."""
    seen = Internet()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = _certificate(folder)
    context.load_cert_chain(certificate)
    with (
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail) as mail,
        ThreadingHTTPServer(("127.0.0.1", 0), _Hook) as hooks,
        pytest.MonkeyPatch.context() as patch,
    ):
        hooks.socket = context.wrap_socket(hooks.socket, server_side=True)
        for server in (mail, hooks):
            server.internet, server.context = seen, context  # type: ignore[attr-defined]
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        ports = {MAIL: mail.server_address[1], HOOKS: hooks.server_address[1]}
        (folder / "sitecustomize.py").write_text(NAMES)
        patch.setenv("CONSOLE_INTERNET", json.dumps(ports))
        patch.setenv("SSL_CERT_FILE", str(certificate))
        patch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *_python_path()]))
        yield seen
        for server in (mail, hooks):
            server.shutdown()


def _python_path() -> list[str]:
    return [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]


def _certificate(folder: Path) -> Path:
    """A certificate for both names, and its key, in one file; it vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    now = datetime.now(UTC)
    mark = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(mark, critical=False)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(MAIL), x509.DNSName(HOOKS)]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    bare = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "both.pem"
    path.write_bytes(made.public_bytes(pem) + bare)
    return path
