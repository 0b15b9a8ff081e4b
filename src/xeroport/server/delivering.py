"""A delivery of our own to the webhook receiver, over HTTP as Xero's come."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.routing import Router

from xeroport.server import webhook_receiver
from xeroport.store.database import Store

Address = tuple[str, int]
SECONDS = 5.0


def deliver(address: Address, name: str, body: bytes, signature: str) -> int:
    """The status that a receiver answers a delivery with; 0 where nobody answers."""
    connection = http.client.HTTPConnection(*address, timeout=SECONDS)
    headers = {"content-type": "application/json", "x-xero-signature": signature}
    try:
        connection.request("POST", webhook_receiver.PATH.format(name=name), body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


@contextmanager
def own_receiver(store: Store) -> Iterator[Address]:
    """A receiver on a port of this machine for as long as the block lasts, where no `serve` is."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        receiver = Router([webhook_receiver.route(store, store.clock)])
        server = uvicorn.Server(uvicorn.Config(receiver, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],), name="receiver")
        thread.start()
        try:
            yield listening.getsockname()
        finally:
            server.should_exit = True
            thread.join()
