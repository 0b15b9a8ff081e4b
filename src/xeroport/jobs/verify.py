"""Verify: are the books equal to Xero's? Its reports and counts, asked for now, beside ours."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct, structs

from xeroport.books.statements.figures import count_held
from xeroport.books.statements.statement_model import Books, Statement
from xeroport.books.tie import month_end
from xeroport.catalogue import load
from xeroport.destinations import default_url, settled, shown
from xeroport.errors import NotAuthorised
from xeroport.jobs import run_log
from xeroport.jobs.query import books_open
from xeroport.jobs.statement import books_of, statement
from xeroport.jobs.statement_wish import Wish
from xeroport.jobs.verify_cells import CURRENCY_GAINS, Difference, beside, cells_of, own_cells
from xeroport.plurals import counted
from xeroport.store.database import Store
from xeroport.store.instances import get, schema_name
from xeroport.xero.client import XeroClient, open_client
from xeroport.xero.pages import extent

SHOWN = 5
COUNTED = ("invoices", "credit_notes", "bank_transactions", "payments", "manual_journals")
"""Streams whose number of records Xero tells with one call each."""


class Check(Struct, frozen=True):
    """One thing that was compared: `difference` sums what differs, without regard to sign."""

    name: str
    compared: int = 0
    differences: tuple[Difference, ...] = ()
    explanation: str | None = None
    skipped: str | None = None

    def __repr__(self) -> str:
        words = counted(len(self.differences), "difference") if self.differences else "equal"
        return f"<Check of {self.name}: {self.skipped or words}>"

    @property
    def difference(self) -> Decimal:
        """How much differs in all."""
        return sum(
            (
                abs((difference.ours or Decimal(0)) - (difference.xero or Decimal(0)))
                for difference in self.differences
            ),
            Decimal(0),
        )


class Verification(Struct):
    """What `xeroport verify --json` prints."""

    instance: str
    destination: str
    checked_at: datetime
    as_of: datetime | None = None
    checks: list[Check] = []

    def __repr__(self) -> str:
        differing = sum(bool(check.differences) for check in self.checks)
        words = f"{differing} of {len(self.checks)} checks differ" if differing else "equal to Xero"
        return f"<Verification of `{self.instance}`: {words}>"

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return not any(check.differences for check in self.checks)

    @property
    def exit_status(self) -> int:
        """1 where something differs."""
        return 0 if self.ok else 1

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "instance": self.instance,
            "destination": self.destination,
            "ok": self.ok,
            "checked_at": self.checked_at.isoformat(timespec="seconds"),
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "checks": [
                structs.asdict(check)
                | {
                    "difference": check.difference,
                    "differences": [structs.asdict(difference) for difference in check.differences],
                }
                for check in self.checks
            ],
        }


class Comparison(Struct, frozen=True):
    """A report of Xero, and the statement that must equal it."""

    name: str
    endpoint: str
    parameters: Mapping[str, str]
    statement: str
    wish: Wish
    columns: int | None = None


def comparisons(
    today: date, tied_until: date | None, year_start: date, *, cash: bool = False
) -> list[Comparison]:
    """What is compared: the last month end that is tied, and today; on the cash basis too, where
    it was derived."""
    accrual = _on_accrual(today, tied_until, year_start)
    if not cash:
        return accrual
    return accrual + [
        structs.replace(
            comparison,
            name=f"{comparison.name}, cash basis",
            parameters={**comparison.parameters, "paymentsOnly": "true"},
            wish=structs.replace(comparison.wish, cash=True),
        )
        for comparison in accrual
        if comparison.statement in ("trial-balance", "balance-sheet", "profit-and-loss")
    ]


def _on_accrual(today: date, tied_until: date | None, year_start: date) -> list[Comparison]:
    days = [day for day in dict.fromkeys((tied_until, today)) if day is not None]
    wanted: list[Comparison] = []
    for day in days:
        at = day.isoformat()
        wanted.append(
            Comparison(
                f"trial balance at {at}", "reports.trial_balance", {"date": at}, "trial-balance",
                Wish(at=day),
            )
        )  # fmt: skip
        wanted.append(
            Comparison(
                f"balance sheet at {at}", "reports.balance_sheet", {"date": at}, "balance-sheet",
                Wish(at=day), columns=1,
            )
        )  # fmt: skip
    since = max(year_start, date(today.year - 1, today.month, min(today.day, 28)))
    span = {"fromDate": since.isoformat(), "toDate": today.isoformat()}
    wanted.append(
        Comparison(
            f"profit and loss, {since} to {today}", "reports.profit_and_loss", span,
            "profit-and-loss", Wish(since=since, until=today),
        )
    )  # fmt: skip
    month = today.replace(day=1)
    wanted.append(
        Comparison(
            f"bank summary, {month} to {today}", "reports.bank_summary",
            {"fromDate": month.isoformat(), "toDate": today.isoformat()}, "cash",
            Wish(since=month, until=today),
        )
    )  # fmt: skip
    return wanted


async def verify_instance(store: Store, name: str, *, to: str | None = None) -> Verification:
    """Compare the books of an instance with Xero's reports of this moment, and keep the run."""
    url = settled(to or default_url(store.home))
    get(store, name)
    now = store.clock.now()
    result = Verification(name, shown(url), now)
    client = open_client(store, name)
    with run_log.opened(store, name, "verify", {"to": shown(url)}) as run:
        run.report = result.as_dict
        first = await asyncio.to_thread(
            statement, name, "trial-balance", Wish(at=now.date()), url=url, today=now.date()
        )
        result.as_of = first.as_of
        books = await asyncio.to_thread(books_of, name, url)
        start = books.year_end.start(now.date())
        async with client:
            for wanted in comparisons(now.date(), first.tied_until, start, cash=books.has_cash):
                result.checks.append(await _compare(client, name, url, wanted, now.date(), books))
            result.checks.append(await _aged(client, name, url, now.date(), sales=True))
            result.checks.append(await _aged(client, name, url, now.date(), sales=False))
            result.checks.append(await _counts(client, name, url, books))
        failing = sum(bool(check.differences) for check in result.checks)
        run_log.say(f"{len(result.checks)} checks, {failing} differ")
        run.end("partial" if failing else "done", result.as_dict())
    return result


async def _compare(
    client: XeroClient, name: str, url: str, wanted: Comparison, today: date, books: Books
) -> Check:
    try:
        reply = await client.call(wanted.endpoint, dict(wanted.parameters))
    except NotAuthorised as error:
        return Check(wanted.name, skipped=error.message)
    built = await asyncio.to_thread(
        statement, name, wanted.statement, wanted.wish, url=url, today=today
    )
    compared, differences = beside(
        own_cells(built, wanted.columns),
        cells_of(reply.first, wanted.columns),
        gains={key for key, account in books.accounts.items() if account.system in CURRENCY_GAINS},
    )
    return Check(
        wanted.name,
        compared=compared,
        differences=differences,
        explanation=_explain(built, wanted) if differences else None,
    )


def _explain(built: Statement, wanted: Comparison) -> str:
    """What would most likely explain a difference."""
    if wanted.wish.cash:
        return (
            "the cash basis is exact for documents in the base currency; of others it takes the "
            "rate of the document, and it has no residual"
        )
    until = wanted.wish.at or wanted.wish.until
    if built.tied_until is None:
        return "the ledger is not tied: `xeroport ledger NAME` shows the residual"
    if until is not None and until > built.tied_until and until != month_end(built.tied_until):
        return (
            f"days after {built.tied_until} are from documents alone, "
            "and Xero may have changed since the sync"
        )
    return "something changed in Xero since: `xeroport sync NAME`, then `xeroport ledger NAME`"


async def _aged(client: XeroClient, name: str, url: str, today: date, *, sales: bool) -> Check:
    """Our ageing beside what Xero says each contact owes or is owed."""
    which = "receivables" if sales else "payables"
    side = "AccountsReceivable" if sales else "AccountsPayable"
    try:
        theirs: dict[str, Decimal] = {}
        names: dict[str, str] = {}
        async for contact in client.records("contacts.list", {"includeArchived": True}):
            owed = ((contact.get("Balances") or {}).get(side) or {}).get("Outstanding") or 0
            names[contact["ContactID"]] = contact.get("Name") or ""
            if owed:
                theirs[contact["ContactID"]] = Decimal(str(owed))
    except NotAuthorised as error:
        return Check(f"aged {which}", skipped=error.message)
    built = await asyncio.to_thread(
        statement, name, f"aged-{which}", Wish(at=today), url=url, today=today
    )
    ours = {
        str(row.account_id): row.values[-1]
        for row in built.rows
        if row.kind == "row" and row.values[-1]
    }
    differences = tuple(
        Difference(names.get(key, key), ours.get(key), theirs.get(key))
        for key in sorted({*ours, *theirs}, key=lambda key: names.get(key, key))
        if ours.get(key, 0) != theirs.get(key, 0)
    )
    return Check(
        f"aged {which} at {today}",
        compared=len({*ours, *theirs}),
        differences=differences,
        explanation="documents changed in Xero since the sync" if differences else None,
    )


async def _counts(client: XeroClient, name: str, url: str, books: Books) -> Check:
    """The number of records of the main streams, as Xero counts them, and of those that the ledger
    was derived without."""
    differences: list[Difference] = []
    compared = 0
    for stream in dict.fromkeys((*COUNTED, *books.missing)):
        endpoint = load().streams[stream]
        table = load().record(str(endpoint.record)).table
        try:
            paged: dict[str, Any] = {
                name: 1 for name in ("page", "pageSize") if name in endpoint.by_name
            }
            reply = await client.call(endpoint.name, paged)
        except NotAuthorised:
            continue
        count = extent(endpoint, reply.body).item_count
        if count is None and stream in COUNTED:
            continue
        count = len(reply.records) if count is None else count
        with books_open(url, name) as ask:
            held = count_held(ask, schema_name(name), table)
        compared += 1
        if held != count:
            differences.append(Difference(stream, Decimal(held), Decimal(count)))
    return Check(
        "number of records",
        compared=compared,
        differences=tuple(differences),
        explanation="`xeroport sync NAME` reads what is missing, then `xeroport ledger NAME`"
        if differences
        else None,
    )
