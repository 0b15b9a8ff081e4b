"""`alert`: where alerts about failures may go, as named commands and URLs, and the mail server."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from xeroport import logs
from xeroport.cli.session import Session
from xeroport.errors import InputError, XeroportError
from xeroport.secrets.vault import Secret
from xeroport.store import alert_places
from xeroport.store.alert_places import AlertPlace

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@click.group()
def command() -> None:
    """Declare where alerts may go. The console offers these places by name; it cannot add any.

    Example: xeroport alert add pager "/usr/local/bin/page --team books"
    """


@command.command()
@click.argument("name")
@click.argument("target")
@click.pass_obj
def add(session: Session, name: str, target: str) -> None:
    """Declare a command or a URL by NAME.

    A command gets the alert as JSON on its standard input, a URL as a POST.

    Example: xeroport alert add chat https://chat.example.com/hooks/books
    """
    from xeroport.jobs.alerts.alert_targets import from_command_line
    from xeroport.jobs.alerts.notify import check_target

    if not NAME.fullmatch(name):
        raise InputError(
            f"`{name}` cannot be a name", hint="use lower-case letters, digits and hyphens"
        )
    if target.startswith(("mailto:", "alert:")):
        raise InputError(
            f"`{target}` needs no name",
            hint="use it directly where an alert is set, or in the console",
        )
    from_command_line(session.store, check_target(target))
    kind = "url" if target.startswith(("http://", "https://")) else "command"
    place = AlertPlace(name, "url" if kind == "url" else "command", target)
    alert_places.put(session.store, place)
    session.done(
        f"`{name}` is declared; choose it with `--notify alert:{name}` or in the console",
        alert=name,
    )


@command.command("list")
@click.pass_obj
def list_(session: Session) -> None:
    """List what is declared.

    Example: xeroport alert list
    """
    places = alert_places.all_places(session.store)
    server = alert_places.mail_server(session.store)
    if session.as_json:
        session.emit(
            {
                "places": [
                    {"name": p.name, "kind": p.kind, "target": logs.without_passwords(p.place)}
                    for p in places
                ],
                "mail_server": server and f"{server.host}:{server.port}",
            }
        )
        return
    session.table(
        [(p.name, p.kind, logs.without_passwords(p.place)) for p in places],
        ("name", "kind", "target"),
    )
    if not places:
        session.say("no place yet: `xeroport alert add NAME TARGET` adds one")
    session.say(
        f"mail goes through `{server.host}:{server.port}`, from `{server.sender}`"
        if server
        else "no mail server: `xeroport alert mail` sets one"
    )


@command.command()
@click.argument("name")
@click.pass_obj
def remove(session: Session, name: str) -> None:
    """Remove a declared place; alerts set to go there report that it is missing.

    Example: xeroport alert remove pager
    """
    alert_places.remove(session.store, name)
    session.done(f"`{name}` is removed", alert=name)


@command.command()
@click.option("--host", required=True, help="The mail server.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: 465, or 587 with starttls.")
@click.option(
    "--security",
    type=click.Choice(("tls", "starttls", "none")),
    default="tls",
    show_default=True,
    help="How the connection is encrypted.",
)
@click.option("--from", "sender", required=True, metavar="ADDRESS", help="The sender.")
@click.option("--user", help="User name, if the server needs one.")
@click.option(
    "--password-file", type=click.Path(path_type=Path), help="File with the password of the user."
)
@click.pass_obj
def mail(
    session: Session,
    host: str,
    port: int | None,
    security: str,
    sender: str,
    user: str | None,
    password_file: Path | None,
) -> None:
    """Set the mail server that alerts by e-mail go through.

    Example: xeroport alert mail --host smtp.example.com --from books@example.com
    """
    from xeroport.jobs.alerts.mail import check_server

    server = check_server(host, port=port, security=security, sender=sender, user=user)
    password = None
    if password_file is not None:
        try:
            password = Secret(password_file.read_text().splitlines()[0])
        except (OSError, UnicodeDecodeError, IndexError) as error:
            raise InputError(f"`{password_file}` cannot be read: {error}") from error
        logs.hide(password.reveal())
    server = replace(server, password=password)
    alert_places.name_host(session.store, server.host, by="command line")
    alert_places.set_mail_server(session.store, server)
    session.done(
        f"alerts by e-mail go through `{server.host}:{server.port}`",
        host=server.host,
        port=server.port,
    )


@command.command()
@click.argument("target")
@click.pass_obj
def test(session: Session, target: str) -> None:
    """Send a test alert to TARGET: an e-mail address, a URL, or `alert:NAME`.

    Example: xeroport alert test books@example.com
    """
    from xeroport.jobs.alerts.notify import check_target, try_out

    typed = f"mailto:{target}" if "@" in target and "://" not in target else target
    problem = try_out(session.store, check_target(typed), now=datetime.now(UTC))
    if problem is not None:
        raise XeroportError(f"the test alert was not accepted: {problem}")
    session.done("the test alert was accepted")
