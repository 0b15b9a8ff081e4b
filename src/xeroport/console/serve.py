"""Serving the console: address, one-time link or password, a browser if wanted."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from starlette.types import ASGIApp

from xeroport.errors import InputError
from xeroport.store import console_access

USUAL_PORT = 8642
NEEDED = ("jinja2", "markdown_it", "plotly", "python_multipart", "starlette", "uvicorn")
HINT = "pip install 'xeroport[console]'"


@dataclass(frozen=True)
class ServedConsole:
    """Where the console answers; `link` opens it once, in one browser (None with a password)."""

    address: str
    link: str | None


def check_installed() -> None:
    """InputError unless the extra `console` is there."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise InputError(f"the console needs {', '.join(f'`{m}`' for m in missing)}", hint=HINT)


def has_display() -> bool:
    """Whether a browser can be shown here. Without a display Python would start one in the
    terminal, and wait for it."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def serve(
    home: Path,
    port: int | None = 0,
    *,
    host: str = "127.0.0.1",
    password: str | None = None,
    view_password: str | None = None,
    names: tuple[str, ...] = (),
    opened: bool = True,
    ready: Callable[[ServedConsole], None] | None = None,
    around: Callable[[ASGIApp], ASGIApp] = lambda app: app,
) -> None:
    """Serve until interrupted, on `port` (None: the usual one, or any that is free); `ready` hears
    the address, `around` may put an application of its own before the console. `names` are host
    names it is reached by through a proxy. Whatever lets other machines in needs a password."""
    check_installed()
    import uvicorn

    from xeroport.console.app import build
    from xeroport.console.web.guard import ConsoleAccess, is_loopback
    from xeroport.server.connections import BoundedConnection

    if (names or not is_loopback(host)) and not password:
        said = f"--name {names[0]}" if names else f"--host {host}"
        raise InputError(
            f"`{said}` lets other machines in, so a password is needed",
            hint="put one into a file and name it with `--password-file`",
        )
    listening = _listening_somewhere(host) if port is None else _listening(host, port)
    number = listening.getsockname()[1]
    keeper = ConsoleAccess(password=password, view_password=view_password)
    hosts = {"127.0.0.1", "localhost", "::1", *(name.lower() for name in names)}
    if not is_loopback(host):
        hosts |= {host, socket.gethostname().lower(), *_addresses()}
    app = build(home, console_access=keeper, hosts=frozenset(hosts), cookie=f"xeroport_{number}")
    named = f"[{host}]" if ":" in host else host
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else named  # noqa: S104  compared only
    address = f"http://{shown}:{number}"
    link = None if password else f"{address}/login?link={keeper.new_link()}"
    server = uvicorn.Server(
        uvicorn.Config(
            around(app),
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
            http=BoundedConnection,
        )
    )
    if ready is not None:
        ready(ServedConsole(address, link))
    if opened and has_display():
        threading.Thread(target=webbrowser.open, args=(link or address,), daemon=True).start()
    console_access.answers_at(keeper.store, address, now=time.time())
    try:
        server.run(sockets=[listening])
    finally:
        console_access.answers_no_more(keeper.store)
        listening.close()


def _listening_somewhere(host: str) -> socket.socket:
    try:
        return _listening(host, USUAL_PORT)
    except InputError:
        return _listening(host, 0)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise InputError(
            f"cannot listen on `{host}:{port}`: {error.strerror or error}",
            hint="another program may use the port; choose one with `--port`",
        ) from error
    made.listen(128)
    return made


def _addresses() -> set[str]:
    """This machine's own addresses, by which others may call it."""
    try:
        return {str(each[4][0]) for each in socket.getaddrinfo(socket.gethostname(), None)}
    except OSError:
        return set()
