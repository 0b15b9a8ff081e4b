"""`xeroport console`: the connector as a page in the browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from xeroport.cli.session import Session
from xeroport.console.serve import ServedConsole, has_display, serve
from xeroport.errors import InputError
from xeroport.store import console_access as access
from xeroport.store.console_access import Role

DOOR_OPTIONS = (
    click.option(
        "--host",
        default="127.0.0.1",
        help="Listen here; other than 127.0.0.1 it needs a password.",
    ),
    click.option(
        "--password-file",
        type=click.Path(path_type=Path),
        help="File with the password for signing in.",
    ),
    click.option(
        "--view-password-file",
        type=click.Path(path_type=Path),
        help="File with a password that lets people view, but change nothing.",
    ),
    click.option("--name", "names", multiple=True, help="Its host name behind a proxy."),
)
"""Who gets in, and by which name; `serve` has them too."""


def door_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The command with these options."""
    for option in reversed(DOOR_OPTIONS):
        function = option(function)
    return function


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Default: 8642, or any free one; 0: any free one."
)
@door_options
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
@click.option("--link", is_flag=True, help="Print a new link to the running console.")
@click.option(
    "--role", type=click.Choice(("act", "view")), default="act", help="Role that the link gives."
)
@click.pass_obj
def command(
    session: Session,
    port: int | None,
    host: str,
    password_file: Path | None,
    names: tuple[str, ...],
    view_password_file: Path | None,
    no_open: bool,
    link: bool,
    role: Role,
) -> None:
    """Open the console: books, sending, schedules and connections, in the browser.

    It listens on this machine only. Ctrl-C stops it; jobs that it started keep running. A browser
    stays signed in for 30 days; `--link` makes a new link at any time.

    Example: xeroport console --link
    """
    if link:
        _show_link(session, role)
        return

    def ready(served: ServedConsole) -> None:
        if session.as_json:
            session.emit({"address": served.address, "link": served.link})
            return
        session.say(f"the console is at {served.address}; Ctrl-C stops it")
        if served.link:
            session.say(f"open it once with this link: {served.link}")
            if not no_open and not has_display():
                number = urlsplit(served.address).port
                session.say(
                    "hint: there is no display here; from another machine, "
                    f"`ssh -L {number}:127.0.0.1:{number} THIS-HOST` first"
                )
        if host not in {"127.0.0.1", "localhost", "::1"}:
            session.warn(
                "anyone who reaches this machine can read what is sent, including the password",
                hint="put a proxy with TLS in front of it",
            )

    serve(
        session.home,
        port,
        host=host,
        password=read_password(password_file),
        view_password=read_password(view_password_file),
        names=names,
        opened=not no_open,
        ready=ready,
    )


def _show_link(session: Session, role: Role) -> None:
    """A new one-time link to the console that runs on this home folder."""
    running = access.addresses(session.store)
    if not running:
        raise InputError(
            "no console is running on this home folder",
            hint="`xeroport console` starts one and shows its link",
        )
    token = access.new_link(session.store, role, now=time.time())
    url = f"{running[0]}/login?link={token}"
    if session.as_json:
        session.emit({"address": running[0], "link": url, "role": role})
        return
    session.show(url)
    session.say("it works once, within a day")


def read_password(path: Path | None) -> str | None:
    """The first line of the file."""
    if path is None:
        return None
    try:
        words = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"`{path}` cannot be read: {error}") from error
    if not words or len(words[0]) < 8:
        raise InputError(
            f"`{path}` must hold a password of at least 8 characters", hint="on its first line"
        )
    return words[0]
