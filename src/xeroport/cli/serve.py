"""`serve`: console, webhook receiver and scheduler in one process."""

from __future__ import annotations

from pathlib import Path

import click

from xeroport.cli.console import read_password
from xeroport.cli.output import Session


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8642, help="0: any free one.")
@click.option("--host", default="127.0.0.1", help="Beyond this machine: needs a password.")
@click.option(
    "--password-file", type=click.Path(path_type=Path), help="File with a password to sign in by."
)
@click.option("--to", metavar="URL", help="The destination that webhooks update.")
@click.pass_obj
def command(
    session: Session, port: int, host: str, password_file: Path | None, to: str | None
) -> None:
    """Run what is scheduled, receive webhooks and show the console, until interrupted.

    Webhooks are answered at `/webhooks/xero/NAME`. Several `serve` on one home folder share the
    work; each due run happens once.
    """
    from xeroport.console.serve import Served
    from xeroport.console.unattended import serve

    def ready(served: Served) -> None:
        if session.as_json:
            session.emit({"address": served.address, "link": served.link})
            return
        session.say(f"serving at {served.address}; Ctrl-C stops it")
        if served.link:
            session.say(f"open the console once with this link: {served.link}")

    password = read_password(password_file)
    serve(session.home, port, host=host, password=password, to=to, ready=ready)
