"""The ledger and its statements as functions, with `…_async` twins."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from xeroport.api import text_arguments as arguments
from xeroport.api.query import QueryResult
from xeroport.api.text_arguments import check_named, check_texts
from xeroport.books.statements.statement_model import Statement
from xeroport.config import home_folder
from xeroport.errors import InputError
from xeroport.jobs import background
from xeroport.store import instances as saved
from xeroport.store import places
from xeroport.store.database import Store

if TYPE_CHECKING:
    from xeroport.jobs.ledger import LedgerReport
    from xeroport.jobs.statement_wish import Name
    from xeroport.jobs.verify import Verification


async def ledger_async(
    name: str,
    *,
    to: str | None = None,
    since: date | str | None = None,
    tie: bool = True,
    cash: bool = False,
    full: bool = False,
    from_journals: bool = False,
    home: Path | str | None = None,
) -> LedgerReport:
    """`ledger`, as a coroutine."""
    check_named(name=name)
    check_texts(to=to)
    from xeroport.jobs.ledger import first_of_month, ledger_instance

    first = first_of_month(since) if isinstance(since, str) else arguments.day("since", since)
    store = Store(home_folder(home))
    try:
        return await ledger_instance(
            store, name, to=places.chosen(store, name, to), since=first, tied=tie, cash=cash,
            all_again=full, from_journals=from_journals,
        )  # fmt: skip
    finally:
        store.close()


def ledger(
    name: str,
    *,
    to: str | None = None,
    since: date | str | None = None,
    tie: bool = True,
    cash: bool = False,
    full: bool = False,
    from_journals: bool = False,
    home: Path | str | None = None,
) -> LedgerReport:
    """Derive an instance's general ledger from what was synced, tie it to Xero's trial balance and
    give the report.

    `to` is the destination (default: where the instance was synced to last); `since` is the first
    month to tie (a date, or `YYYY-MM`); without `tie` Xero is asked nothing; `cash` derives the
    cash basis too; `full` derives all records again; `from_journals` gives dbt_xero Xero's own
    journals where they were synced. Raises what stops it; the ledger is then as before.
    """
    return background.run(
        lambda: ledger_async(
            name,
            to=to,
            since=since,
            tie=tie,
            cash=cash,
            full=full,
            from_journals=from_journals,
            home=home,
        )
    )


class Report(QueryResult, frozen=True):
    """A statement as rows, with its totals: `df()`, `pl()`, `arrow()`; `statement` has its titles,
    its notes and the time of its data."""

    statement: Statement

    def __repr__(self) -> str:
        made = self.statement
        return f"<Report: {made.title} of {made.organisation}, {made.period}>"


def report(
    name: str,
    statement: Name,
    *,
    at: date | str | None = None,
    since: date | str | None = None,
    until: date | str | None = None,
    by: Literal["month", "quarter", "year"] | None = None,
    tracking: str | None = None,
    compare: bool = False,
    cash_basis: bool = False,
    drill: str | None = None,
    to: str | None = None,
    home: Path | str | None = None,
) -> Report:
    """A statement on the ledger of an instance, in Xero's layout: `trial-balance`,
    `profit-and-loss`, `balance-sheet`, `general-ledger`, `aged-receivables`, `aged-payables`,
    `budget-vs-actual`, `cash` or `sales-tax`.

    `at` is the day of a balance, `since` and `until` are the days of a range (dates or
    `YYYY-MM-DD`); `by` is `month`, `quarter` or `year`; `tracking` a category, or
    `Category=Option`; `compare` adds the same days a year earlier; `drill` is an account whose
    documents are wanted. InputError where there is no ledger yet.
    """
    from xeroport.jobs.statement import statement as build
    from xeroport.jobs.statement_rows import flat
    from xeroport.jobs.statement_wish import Wish

    check_named(name=name, statement=statement)
    check_texts(by=by, tracking=tracking, drill=drill, to=to)
    if by not in (None, "month", "quarter", "year"):
        raise InputError(f"`{by}` is not a span of time", hint="it is `month`, `quarter` or `year`")
    wish = Wish(
        at=arguments.day("at", at), since=arguments.day("since", since),
        until=arguments.day("until", until), by=by, tracking=tracking,
        compare=compare, cash=cash_basis, drill=drill,
    )  # fmt: skip
    built = build(name, statement, wish, url=to or _synced_to(name, home), today=date.today())
    columns, rows = flat(built)
    return Report(columns, rows, built)


def _synced_to(name: str, home: Path | str | None) -> str:
    """Where a saved instance was synced to last."""
    store = Store(home_folder(home))
    try:
        saved.get(store, name)
        return places.chosen(store, name, None)
    finally:
        store.close()


async def verify_async(
    name: str, *, to: str | None = None, home: Path | str | None = None
) -> Verification:
    """`verify`, as a coroutine."""
    check_named(name=name)
    check_texts(to=to)
    from xeroport.jobs.verify import verify_instance

    store = Store(home_folder(home))
    try:
        saved.get(store, name)
        return await verify_instance(store, name, to=places.chosen(store, name, to))
    finally:
        store.close()


def verify(name: str, *, to: str | None = None, home: Path | str | None = None) -> Verification:
    """Compare the books of an instance with Xero's own current reports; `ok` says that
    nothing differs, `checks` what was compared."""
    return background.run(lambda: verify_async(name, to=to, home=home))
