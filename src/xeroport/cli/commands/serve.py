"""`serve`: console, webhook receiver and scheduler in one process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from xeroport import log_file, logs
from xeroport.cli.commands.console import door_options, read_password
from xeroport.cli.session import Session
from xeroport.destinations import settled
from xeroport.plurals import counted
from xeroport.store import agent_token, inbox, schedules


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8642, help="0: any free one.")
@door_options
@click.option("--to", metavar="URL", help="The destination that webhooks update.")
@click.option("--mcp", "with_mcp", is_flag=True, help="Let AI clients query the books at `/mcp`.")
@click.option("--live", is_flag=True, help="With `--mcp`: also let them read from Xero itself.")
@click.option("--propose", is_flag=True, help="With `--mcp`: also let them propose records.")
@click.pass_obj
def command(
    session: Session,
    port: int,
    host: str,
    password_file: Path | None,
    view_password_file: Path | None,
    names: tuple[str, ...],
    to: str | None,
    with_mcp: bool,
    live: bool,
    propose: bool,
) -> None:
    """Run what is scheduled, receive webhooks and show the console, until interrupted.

    Webhooks are answered at `/webhooks/xero/NAME`. Several `serve` on one home folder share the
    work; each due run happens once.
    """
    from xeroport.console.serve import ServedConsole, serve
    from xeroport.server.workers import beside

    def ready(served: ServedConsole) -> None:
        if session.as_json:
            session.emit({"address": served.address, "link": served.link})
            sys.stdout.flush()
            return
        session.say(f"serving at {served.address}; Ctrl-C stops it")
        if with_mcp:
            session.say(
                f"AI clients ask the books at {served.address}/mcp; "
                "`xeroport mcp --print-config --url URL` prints their settings with the token"
            )
        if served.link:
            session.say(f"open the console once with this link: {served.link}")
        for line in _work(session):
            session.say(line)
        log_file.echo(sys.stderr)

    if to is not None:
        to = settled(to)
    session.store.vault  # noqa: B018  a wrong key is told before anything listens
    password = read_password(password_file)
    with beside(session.home, to=to) as inner, ExitStack() as stack:
        around: Callable[[Any], Any] = inner
        if with_mcp:
            from xeroport.mcp.over_http import McpOverHttp
            from xeroport.mcp.server import opened

            agent_token.token(session.home)
            mcp = stack.enter_context(opened(session.home, live=live, propose=propose, door="http"))

            def around(app: Any) -> Any:
                return McpOverHttp(mcp, inner(app), home=session.home)

        serve(
            session.home,
            port,
            host=host,
            password=password,
            view_password=read_password(view_password_file),
            names=names,
            opened=False,
            ready=ready,
            around=around,
        )


def _work(session: Session) -> Iterator[str]:
    """What this process will do, for a person."""
    running = [
        schedule for schedule in schedules.all_schedules(session.store) if not schedule.paused
    ]
    if running:
        first = min(running, key=lambda each: each.next_due)
        due = first.next_due.astimezone(ZoneInfo(first.time_zone))
        yield (
            f"{counted(len(running), 'schedule')}; next is "
            f"`{first.name}` at {due:%Y-%m-%d %H:%M} {first.time_zone}"
        )
    else:
        yield "nothing is scheduled; `xeroport schedule set NAME hourly` does that"
    for queue in inbox.overview(session.store):
        yield f"webhooks of `{queue.instance}` are answered at `/webhooks/xero/{queue.instance}`"
    yield f"the log is `{session.home / logs.FILE_NAME}`"
