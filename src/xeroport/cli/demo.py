"""`demo`: the main job on an embedded Xero, start to end.

The demo has a home folder of its own, `demo` in the home folder, so that it never touches real
instances; it can be looked at afterwards with `--home`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from xeroport.cli.output import Session, as_table
from xeroport.credentials import Secret
from xeroport.emulator import Emulator
from xeroport.jobs import connecting
from xeroport.settings import identity_url
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.xero.client import XeroClient, open_client

NAME = "demo"
BIGGEST = 5


@dataclass
class Tour:
    """One walk through the demo: where it is, what it found so far, how long each step took."""

    session: Session
    emulator: Emulator
    base_url: str
    store: Store
    facts: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Say what comes, and keep how long it took."""
        self.session.say(f"→ {title}")
        began = time.monotonic()
        yield
        self.seconds[title] = round(time.monotonic() - began, 3)

    def show(self, text: str) -> None:
        """Print data, unless one JSON document is wanted at the end."""
        if not self.session.as_json:
            self.session.show(text)


@click.command()
@click.pass_obj
def command(session: Session) -> None:
    """Show the main job on an embedded Xero, start to end, in seconds. Nothing is needed."""
    emulator = Emulator("demo")
    with emulator.serve() as base_url:
        tour = Tour(session, emulator, base_url, demo_store(session.home))
        walk(tour)
    if session.as_json:
        session.emit({**tour.facts, "seconds": tour.seconds, "home": str(tour.store.home)})
    session.say(f"done in {sum(tour.seconds.values()):.1f} s; all of it is in `{tour.store.home}`")


def demo_store(home: Path) -> Store:
    """The demo's own store, without what an earlier demo left in it."""
    store = Store(home / "demo")
    if any(each.name == NAME for each in instances.all_instances(store)):
        instances.remove(store, NAME)
    return store


def walk(tour: Tour) -> None:
    """All steps of the demo, in order."""
    with tour.step(f"a Xero of our own listens on {tour.base_url}; add it as instance `{NAME}`"):
        add_instance(tour)
    with tour.step("read its organisation, contacts and invoices"):
        asyncio.run(_read(tour))


def add_instance(tour: Tour) -> Instance:
    """Add the emulated organisation, checked like any other."""
    wanted = Instance(
        name=NAME,
        base_url=tour.base_url,
        identity_url=identity_url(tour.base_url),
        client_id=tour.emulator.client_id,
    )
    secret = Secret(tour.emulator.client_secret)
    added = asyncio.run(connecting.add(tour.store, wanted, secret))
    tour.show(f"{added.organisation} ({added.base_currency}) is {added.health}")
    tour.facts["organisation"] = added.organisation
    tour.facts["health"] = added.health
    return added


async def _read(tour: Tour) -> None:
    async with open_client(tour.store, NAME) as client:
        contacts = await _all(client, "contacts.list")
        invoices = await _all(client, "invoices.list")
        calls = client.usage.calls
    owed = [
        each
        for each in invoices
        if each.get("Type") == "ACCREC"
        and each.get("Status") == "AUTHORISED"
        and each.get("CurrencyCode") == client.instance.base_currency
    ]
    due = sum((each.get("AmountDue") or Decimal(0) for each in owed), Decimal(0))
    tour.show(
        f"{len(contacts):,} contacts and {len(invoices):,} invoices in {calls} calls; "
        f"{len(owed):,} sales in {client.instance.base_currency} are unpaid, {due:,.2f} in all"
    )
    biggest = sorted(owed, key=lambda each: each["AmountDue"], reverse=True)[:BIGGEST]
    rows = [
        (i.get("InvoiceNumber"), i["Contact"].get("Name"), i.get("DueDate"), i["AmountDue"])
        for i in biggest
    ]
    if rows:
        tour.show(as_table(rows, ("invoice", "contact", "due", "amount due")))
    tour.facts |= {
        "contacts": len(contacts),
        "invoices": len(invoices),
        "unpaid": len(owed),
        "amount_due": due,
        "calls": calls,
    }


async def _all(client: XeroClient, endpoint: str) -> list[dict[str, Any]]:
    return [each async for each in client.records(endpoint)]
