"""`webhook`: the signing key of an instance's webhooks, and what came in."""

from __future__ import annotations

import click

from xeroport.cli.asking import secret
from xeroport.cli.output import Session
from xeroport.store import inbox, instances


@click.group()
def command() -> None:
    """Let Xero tell what changed (`xeroport serve` listens)."""


@command.command()
@click.argument("name")
@click.option("--key-file", metavar="F|-", help="Read the signing key from a file, or from stdin.")
@click.pass_obj
def key(session: Session, name: str, key_file: str | None) -> None:
    """Keep the webhook signing key of instance NAME, sealed; it is asked for unless in a file."""
    instances.get(session.store, name)
    given = secret(key_file, "Webhook signing key", "--key-file")
    inbox.set_key(session.store, name, given)
    session.say(
        f"kept; in the app at Xero, send deliveries to https://YOUR-HOST/webhooks/xero/{name}"
    )


@command.command("list")
@click.argument("name", required=False)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, help="How many at most.")
@click.pass_obj
def list_events(session: Session, name: str | None, limit: int) -> None:
    """List the events in the inbox, newest first, of instance NAME or of all."""
    if name is not None:
        instances.get(session.store, name)
    found = inbox.recent(session.store, name, limit)
    if session.as_json:
        session.emit(found)
        return
    rows = [
        (each.id, each.event.category, each.event.type, each.event.resource, each.event.at)
        for each in found
    ]
    session.table(rows, ("event", "category", "type", "record", "at (UTC)"))
