"""The ledger and its statements as functions, with `…_async` twins."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from xeroport.config import home_folder
from xeroport.jobs import background
from xeroport.store.database import Store

if TYPE_CHECKING:
    from xeroport.jobs.ledger import LedgerReport


async def ledger_async(
    name: str,
    *,
    to: str | None = None,
    since: date | str | None = None,
    tie: bool = True,
    cash: bool = False,
    full: bool = False,
    home: Path | str | None = None,
) -> LedgerReport:
    """`ledger`, to be awaited."""
    from xeroport.jobs.ledger import first_of_month, ledger_instance

    first = first_of_month(since) if isinstance(since, str) else since
    store = Store(home_folder(home))
    try:
        return await ledger_instance(
            store, name, to=to, since=first, tied=tie, cash=cash, all_again=full
        )
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
    home: Path | str | None = None,
) -> LedgerReport:
    """Derive an instance's general ledger from what was synced, tie it to Xero's trial balance and
    give the report.

    `to` is the destination (default: `books.duckdb` of the home folder); `since` is the first month
    to tie (a date, or `YYYY-MM`); without `tie` Xero is asked nothing; `cash` derives the cash
    basis too; `full` derives all records again. Raises what stops it; the ledger is then as before.
    """
    return background.run(
        lambda: ledger_async(name, to=to, since=since, tie=tie, cash=cash, full=full, home=home)
    )
