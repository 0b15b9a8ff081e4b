"""The page that the browser comes back to: on this machine, for one sign-in, answered once.

Xero takes `http` for `localhost` only and no wildcards, so that the ports are fixed and registered
with the app. `localhost` is 127.0.0.1 to some browsers and ::1 to others: both are bound.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import parse_qs

from xeroport.errors import InputError
from xeroport.settings import is_loopback, parts_of

PORTS = (8755, 8756, 8757)
PATH = "/callback"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>xeroport</title>
<body style="font:16px system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem">
<h1>{title}</h1><p>{text}</p></body></html>"""
HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
    ("Connection", "close"),
)


def redirect_uri(port: int) -> str:
    """Where the browser comes back to."""
    return f"http://localhost:{port}{PATH}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, family: socket.AddressFamily, host: str, port: int, door: Loopback) -> None:
        self.address_family = family
        self.door = door
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        super().server_bind()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        host = parts_of(f"//{self.headers.get('Host', '')}").hostname
        if not is_loopback(host) or parts_of(self.path).path != PATH:
            self._answer(404, "Nothing here", "This page is for one sign-in with Xero only.")
        elif self.server.door.take(self.path):
            self._answer(
                200, "You are back", "You can close this page and continue where you started."
            )
        else:
            self._answer(
                400, "Not this sign-in", "This address does not belong to the sign-in under way."
            )

    def _answer(self, status: int, title: str, text: str) -> None:
        body = PAGE.format(title=title, text=text).encode()
        self.send_response(status)
        for name, value in HEADERS:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the line would hold the code."""


class Loopback:
    """Listens on the first free of some ports; use it in `with`."""

    def __init__(self, ports: Sequence[int] = PORTS) -> None:
        self._state: str | None = None
        self._came_back = Event()
        self.address: str | None = None
        """The address that the browser came back to."""
        self._servers: list[_Server] = []
        self.port = self._bind(ports)
        for server in self._servers:
            Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()

    def __enter__(self) -> Loopback:
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def expect(self, state: str) -> None:
        """Answer the sign-in with this state, and no other."""
        self._state = state

    def take(self, path: str) -> bool:
        """Take the address that a request came to, if it is the one that is waited for."""
        state = parse_qs(parts_of(path).query).get("state", [""])[0]
        if self._state is None or state != self._state or self._came_back.is_set():
            return False
        self.address = f"http://localhost:{self.port}{path}"
        self._came_back.set()
        return True

    def wait(self, seconds: float) -> bool:
        """Whether the browser has come back within that many seconds."""
        return self._came_back.wait(seconds)

    def _bind(self, ports: Sequence[int]) -> int:
        for port in ports:
            try:
                self._servers.append(_Server(socket.AF_INET, "127.0.0.1", port, self))
                if _has_ipv6():
                    self._servers.append(_Server(socket.AF_INET6, "::1", port, self))
            except OSError:
                for server in self._servers:
                    server.server_close()
                self._servers.clear()
            else:
                return port
        names = ", ".join(map(str, ports))
        raise InputError(
            f"the ports {names} of this machine are in use by other programs"
            if len(ports) > 1
            else f"port {names} of this machine is in use by another program",
            hint="end one of them, or register another redirect URI, such as "
            "`http://localhost:9000/callback`, and name it with `--port 9000`",
        )


def _has_ipv6() -> bool:
    if not socket.has_ipv6:
        return False
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
