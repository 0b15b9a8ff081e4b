"""`webhook`: an instance's signing key, the poll beside its webhooks, and what came in."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from xeroport.cli.commands.schedule import alert_target, as_data, local
from xeroport.cli.prompts import secret
from xeroport.cli.session import Session
from xeroport.store import inbox, instances
from xeroport.store.schedules import Schedule


@click.group()
def command() -> None:
    """Receive webhooks: what Xero says has changed (`xeroport serve` listens)."""


@command.command()
@click.argument("name")
@click.option("--key-file", metavar="F|-", help="Read the signing key from a file, or from stdin.")
@click.pass_obj
def key(session: Session, name: str, key_file: str | None) -> None:
    """Save the webhook signing key of instance NAME, encrypted; without a file it is asked for.

    The first key also sets an hourly poll for changes that no webhook reported.
    """
    from xeroport.jobs.schedule.polling import listen
    from xeroport.jobs.webhooks.events import check_key

    instances.get(session.store, name)
    given = check_key(secret(key_file, "Webhook signing key", "--key-file").reveal())
    polled = listen(session.store, name, given, now=datetime.now(UTC))
    session.say(
        f"saved; in the app at Xero, send deliveries to https://YOUR-HOST/webhooks/xero/{name}"
    )
    _tell_poll(session, name, polled)


@command.command()
@click.argument("name")
@click.argument("cron", metavar="CRON|never")
@click.option("--notify", metavar="TARGET", help="URL or command to alert on failure.")
@click.pass_obj
def poll(session: Session, name: str, cron: str, notify: str | None) -> None:
    """Set when instance NAME is polled for changes that no webhook reported: "*/15 * * * *".

    `never` leaves that to a schedule of your own.
    """
    from xeroport.jobs.schedule.polling import set_poll

    instances.get(session.store, name)
    place = alert_target(session, notify)
    made = set_poll(session.store, name, cron, now=datetime.now(UTC), notify=place)
    _tell_poll(session, name, made)


@command.command()
@click.argument("name")
@click.pass_obj
def remove(session: Session, name: str) -> None:
    """Remove the signing key of instance NAME, and its poll; received events stay."""
    from xeroport.jobs.schedule.polling import stop_listening

    instances.get(session.store, name)
    stop_listening(session.store, name)
    session.done(
        f"webhooks of `{name}` are no longer accepted; delete them in the app at Xero too",
        instance=name,
    )


def _tell_poll(session: Session, name: str, poll: Schedule | None) -> None:
    from xeroport.jobs.schedule.polling import every_hour

    if session.as_json:
        session.emit({"instance": name, "poll": as_data(poll) if poll else None})
        return
    if poll is None:
        session.say("changes that no webhook reports are not polled for")
        session.say(f'hint: `xeroport webhook poll {name} "{every_hour(name)}"` asks every hour')
        return
    session.say(
        f"changes that no webhook reports are polled for by `{poll.cron}`, next at {local(poll)}; "
        "`xeroport serve` must be running"
    )


@command.command("list")
@click.argument("name", required=False)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, help="Show at most N.")
@click.pass_obj
def list_events(session: Session, name: str | None, limit: int) -> None:
    """List the events in the inbox, newest first, of instance NAME or of all."""
    if name is not None:
        instances.get(session.store, name)
    events = inbox.recent(session.store, name, limit)
    rows = [
        (event.id, event.event.category, event.event.type, event.event.resource, event.event.at)
        for event in events
    ]
    heads = ("event", "category", "type", "record", "at (UTC)")
    none = "nothing yet: `xeroport serve` receives what Xero sends"
    session.listing(events, rows, heads, none=none)
