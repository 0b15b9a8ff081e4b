"""A network between a client and a server, which does what a script says."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Literal

from xeroport.store.database import Store
from xeroport.xero.client import open_client

Weather = Literal["fine", "gone", "drops", "slow", "redirects", "maintenance"]
OFFLINE = b"The Xero API is currently offline for maintenance"


class Network:
    """Passes connections on to a port while the weather is fine; `tries` counts connections."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.weather: Weather = "fine"
        self.tries = 0
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def turns(self, weather: Weather) -> None:
        """Change the weather; connections that are open break when nothing gets through."""
        self.weather = weather
        if weather != "fine":
            for connection in list(self._open):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.tries += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            if self.weather == "gone":
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                return
            if self.weather == "fine":
                self._pass_on(client)
                return
            client.recv(65536)
            if self.weather == "slow":
                time.sleep(30)
            if self.weather == "redirects":
                client.sendall(
                    b"HTTP/1.1 302 Found\r\nlocation: http://login.hotel.example/welcome\r\n"
                    b"content-length: 0\r\nconnection: close\r\n\r\n"
                )
            if self.weather == "maintenance":
                client.sendall(
                    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/html\r\n"
                    b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (len(OFFLINE), OFFLINE)
                )

    def _pass_on(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._target)) as server:
            self._open |= {client, server}
            try:
                pass_on(client, server, goes_on=lambda: self.weather == "fine")
            finally:
                self._open -= {client, server}

    def close(self) -> None:
        self.turns("gone")
        self._listener.close()


def pass_on(one: socket.socket, other: socket.socket, *, goes_on: Callable[[], bool]) -> None:
    """Hand bytes over both ways until one end is closed, or as long as it goes on."""
    while goes_on():
        waiting = isinstance(one, ssl.SSLSocket) and one.pending()
        readable = [one] if waiting else select.select([one, other], [], [], 0.2)[0]
        for source in readable:
            chunk = source.recv(65536)
            if not chunk:
                return
            (other if source is one else one).sendall(chunk)


async def call_once(store: Store) -> None:
    """One call of the instance `acme`, without another try."""
    async with open_client(store, "acme") as client:
        await client.call("organisation.get", retries=0)


@contextlib.contextmanager
def network(port: int) -> Iterator[Network]:
    made = Network(port)
    try:
        yield made
    finally:
        made.close()
