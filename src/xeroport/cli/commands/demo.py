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

from xeroport.api.async_client import AsyncClient
from xeroport.cli.session import Session, as_table
from xeroport.destinations import default_url
from xeroport.jobs.instances import connect
from xeroport.jobs.ledger import ledger_instance
from xeroport.jobs.query import answering
from xeroport.jobs.sync.report import SyncReport
from xeroport.jobs.sync.run import sync_instance
from xeroport.plurals import counted
from xeroport.secrets.vault import Secret
from xeroport.settings import identity_url
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport_emulator import Emulator

NAME = "demo"
QUICK = 6_000
"""Calls a minute: the demo's own Xero has no limits, so that nobody has to wait for it."""
BAR = 40
MONTHS = 12


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
@click.option("--serve", is_flag=True, help="Then open the console on it.")
@click.pass_context
def command(context: click.Context, serve: bool) -> None:
    """Show the main job on an emulated Xero, from start to end, in seconds. Needs no account."""
    session: Session = context.obj
    if serve:
        from xeroport.console.serve import check_installed

        check_installed()
    emulator = Emulator("demo", limits="off")
    with emulator.serve() as base_url:
        tour = Tour(session, emulator, base_url, demo_store(session.home))
        walk(tour)
        if session.as_json and not serve:
            session.emit({**tour.facts, "seconds": tour.seconds, "home": str(tour.store.home)})
        took = sum(tour.seconds.values())
        session.say(f"done in {took:.1f} s; explore it with `--home {tour.store.home}`")
        if serve:
            from xeroport.cli.commands.console import command as console

            session.home_argument = tour.store.home
            session.__dict__.pop("store", None)
            context.invoke(console)


def demo_store(home: Path) -> Store:
    """The demo's own store, without what an earlier demo left in it."""
    store = Store(home / "demo")
    if any(instance.name == NAME for instance in instances.all_instances(store)):
        instances.remove(store, NAME, forget_sent=True)
    for left in store.home.glob("books.duckdb*"):
        left.unlink()
    return store


def walk(tour: Tour) -> None:
    """All steps of the demo, in order."""
    with tour.step(f"an emulated Xero listens on {tour.base_url}; add it as instance `{NAME}`"):
        add_instance(tour)
    with tour.step("sync all of it into DuckDB"):
        tour.facts["full"] = show_sync(tour, asyncio.run(sync_instance(tour.store, NAME)))
    with tour.step("in Xero: a contact is renamed, a sale is added, another is voided"):
        asyncio.run(edit_in_xero(tour))
    with tour.step("sync again: only what changed is read"):
        tour.facts["delta"] = show_sync(
            tour, asyncio.run(sync_instance(tour.store, NAME, fresh=False))
        )
    with tour.step("derive the general ledger and tie it to Xero's trial balance"):
        derive_ledger(tour)
    with tour.step("query the copy"):
        ask(tour)


def add_instance(tour: Tour) -> Instance:
    """Add the emulated organisation, checked like any other."""
    wanted = Instance(
        name=NAME,
        base_url=tour.base_url,
        identity_url=identity_url(tour.base_url),
        client_id=tour.emulator.client_id,
        rate_limit=QUICK,
    )
    secret = Secret(tour.emulator.client_secret)
    added = asyncio.run(connect.add(tour.store, wanted, secret))
    tour.show(f"{added.organisation} ({added.base_currency}) is {added.health}")
    tour.facts["organisation"] = added.organisation
    tour.facts["health"] = added.health
    return added


def show_sync(tour: Tour, report: SyncReport) -> dict[str, Any]:
    """A sync's report in three lines; its main numbers for the JSON document."""
    proved = [stream for stream in report.streams if stream.complete]
    tables = sum(len(stream.rows) for stream in report.streams)
    rows = sum(sum(stream.rows.values()) for stream in report.streams)
    tour.show(
        f"{counted(report.records, 'record')}, {counted(rows, 'row')}, "
        f"{counted(report.calls, 'call')}, {report.seconds:.1f} s; "
        f"{len(proved)} of {counted(len(report.streams), 'stream')} proved complete"
    )
    if current := sum(stream.status == "current" for stream in report.streams):
        tour.show(f"  {counted(current, 'stream')} that seldom change are current without a call")
    for stream in report.streams:
        if stream.status not in ("done", "current"):
            scope = f": needs {stream.missing_scope}" if stream.missing_scope else ""
            tour.show(f"  {stream.stream}: {stream.status.replace('_', ' ')}{scope}")
    return {
        "status": report.status,
        "records": report.records,
        "rows": rows,
        "tables": tables,
        "calls": report.calls,
        "streams": len(report.streams),
        "complete": len(proved),
    }


def derive_ledger(tour: Tour) -> None:
    """The ledger of what was synced, tied month by month."""
    report = asyncio.run(ledger_instance(tour.store, NAME))
    tour.show(
        f"{counted(report.lines, 'line')} in {counted(report.journals, 'journal')}, "
        f"{counted(report.months, 'month end')} tied; "
        f"{report.residual_total} {report.base_currency} that no document explains"
    )
    tour.facts["ledger"] = {
        "lines": report.lines,
        "journals": report.journals,
        "months": report.months,
        "residual": report.residual_total,
    }


async def edit_in_xero(tour: Tour) -> None:
    """What people do in Xero between two syncs, done through the same API."""
    unpaid = 'Type=="ACCREC" AND Status=="AUTHORISED" AND AmountPaid==0'
    today = tour.store.clock.now().date()
    async with AsyncClient.from_instance(NAME, home=tour.store.home) as xero:
        first, second = await xero.invoices.list(
            where=unpaid, order="Date DESC", page=1, page_size=2
        )
        contact, line = first["Contact"], first["LineItems"][0]
        renamed = await xero.contacts.upsert(
            {"ContactID": contact["ContactID"], "Name": f"{contact['Name']} (renamed)"}
        )
        added = await xero.invoices.create(
            {
                "Type": "ACCREC",
                "Status": "AUTHORISED",
                "Contact": {"ContactID": contact["ContactID"]},
                "Date": today,
                "DueDate": today,
                "LineItems": [
                    {
                        "Description": "Demo",
                        "Quantity": 1,
                        "UnitAmount": Decimal("1234.56"),
                        "AccountCode": line["AccountCode"],
                        "TaxType": line["TaxType"],
                    }
                ],
            }
        )
        voided = await xero.invoices.upsert({"InvoiceID": second["InvoiceID"], "Status": "VOIDED"})
    tour.show(
        f"`{renamed['Name']}`, {added['InvoiceNumber']} over {added['Total']}, "
        f"{voided['InvoiceNumber']} is {voided['Status']}"
    )


def ask(tour: Tour) -> None:
    """The three queries of `demo.sql`, the first drawn as bars."""
    url = default_url(tour.store.home)
    script = Path(__file__).with_name("demo.sql").read_text(encoding="utf-8")
    queries = [each.strip() for each in script.split(";\n") if each.strip()]
    for number, query in enumerate(queries):
        title = query.splitlines()[0].removeprefix("-- ")
        with answering(query, url=url, instance=NAME) as answer:
            rows = list(answer.rows())
            heads = [column.replace("_", " ") for column in answer.columns]
        tour.show(f"\n{title}\n")
        tour.show(bars(rows[-MONTHS:]) if number == 0 else as_table(rows, heads))
        tour.facts[("sales_by_month", "debtors", "trial_balance")[number]] = [
            dict(zip(answer.columns, row, strict=True)) for row in rows
        ]


def bars(rows: list[tuple[Any, ...]]) -> str:
    """Labels and amounts as horizontal bars."""
    most = max((amount for _, amount in rows), default=Decimal(0)) or Decimal(1)
    return "\n".join(
        f"{label}  {'█' * max(round(BAR * amount / most), 0):<{BAR}}  {amount:>14,.2f}"
        for label, amount in rows
    )
