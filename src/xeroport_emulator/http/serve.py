"""The emulator on a port of this machine, in a thread of its own."""

from __future__ import annotations

import gc
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from xeroport.errors import InputError

if TYPE_CHECKING:
    import uvicorn

NEEDED = {"uvicorn": "uvicorn", "fpdf": "fpdf2"}
"""Modules of the extra `emulator` → the packages that bring them."""


def check_installed() -> None:
    """InputError unless the extra `emulator` is installed."""
    missing = [f"`{package}`" for module, package in NEEDED.items() if find_spec(module) is None]
    if missing:
        raise InputError(
            f"the emulator needs {' and '.join(missing)}",
            hint="`pip install 'xeroport[emulator]'` installs what it needs",
        )


def listening(port: int, host: str = "127.0.0.1") -> socket.socket:
    """A bound socket; port 0 lets the system choose."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound


def _tells_more(record: logging.LogRecord) -> bool:
    """A reply that a fault cut off is no news for the log."""
    return not str(record.msg).startswith("ASGI callable returned without")


def server(app: Any) -> uvicorn.Server:
    """A quiet server for the application."""
    check_installed()
    import uvicorn

    settings = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        lifespan="on",
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    logging.getLogger("uvicorn.error").addFilter(_tells_more)
    return uvicorn.Server(settings)


def serve_here(app: Any, *, port: int, ready: Callable[[str], None]) -> None:
    """Serve in this thread until interrupted; `ready` gets the base URL first."""
    check_installed()
    bound = listening(port)
    bound.listen(128)
    gc.freeze()  # millions of records that stay: not to be looked through again and again
    with bound:
        ready(f"http://127.0.0.1:{bound.getsockname()[1]}")
        server(app).run(sockets=[bound])


@contextmanager
def served(app: Any, *, port: int = 0) -> Iterator[str]:
    """Serve while the block runs; yields the base URL, without a trailing slash."""
    running = server(app)
    bound = listening(port)
    thread = threading.Thread(
        target=running.run, kwargs={"sockets": [bound]}, name="emulator", daemon=True
    )
    thread.start()
    try:
        while not running.started:
            if not thread.is_alive():
                raise RuntimeError("the emulator could not be started")
            time.sleep(0.005)
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        running.should_exit = True
        thread.join(timeout=10)
        bound.close()
