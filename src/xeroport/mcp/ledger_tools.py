"""The tools on the ledger: statements in Xero's layout, and whether the books equal Xero's."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from xeroport.dates import in_utc
from xeroport.errors import InputError
from xeroport.jobs import statement as statements
from xeroport.jobs.statement_rows import flat
from xeroport.jobs.statement_wish import Name, Wish
from xeroport.jobs.verify import verify_instance
from xeroport.mcp import answers
from xeroport.mcp.answers import ToolAnswer
from xeroport.mcp.synced_books import SyncedBooks
from xeroport.mcp.tools import InstanceName
from xeroport.store import places
from xeroport.store.database import Store

Day = Annotated[str, Field(description="A day as YYYY-MM-DD; empty: the default.")]
VERIFIED_SECONDS = 600.0
"""For so long the last comparison is shown again: each costs some ten calls of Xero's day."""
SHOWN = 50


def ledger_tools(store: Store, books: SyncedBooks) -> list[Callable[..., Any]]:
    """`report` reads the derived ledger; `verify` compares it with Xero's own reports."""
    verified: dict[str, tuple[float, ToolAnswer]] = {}

    def report(
        instance: InstanceName,
        statement: Annotated[Name, Field(description="Which statement.")],
        at: Day = "",
        since: Day = "",
        until: Day = "",
        by: Annotated[
            Literal["", "month", "quarter", "year"], Field(description="A column for each.")
        ] = "",
        compare: Annotated[bool, Field(description="Add the same days a year earlier.")] = False,
        cash_basis: Annotated[bool, Field(description="Count documents when paid.")] = False,
        account: Annotated[
            str, Field(description="Code or name: the documents behind that account's figure.")
        ] = "",
    ) -> ToolAnswer:
        """Give a statement on an instance's ledger, in Xero's layout and the base currency.

        `at` is the day of a balance (trial balance, balance sheet, aged), `since` and `until` are
        the days of a range. Use this for totals rather than adding up documents: drafts, tax and
        foreign currencies are taken care of, and what no document explains is shown.
        """
        wish = Wish(
            at=_day(at),
            since=_day(since),
            until=_day(until),
            by=by or None,
            compare=compare,
            cash=cash_basis,
            drill=account or None,
        )
        with books.reading(instance) as reading:
            built = statements.drawn(
                reading.rows, instance, statement, wish, dialect=reading.dialect, today=date.today()
            )
        columns, rows = flat(built)
        title = f"Documents on account `{answers.short(account)}`" if account else built.title
        text, shown = answers.as_csv(columns, rows, most=answers.MOST_BYTES - 3_000)
        facts = books.source(instance).facts() | {
            "statement": f"{title}, {built.basis} basis, {built.currency}",
            "ledger as of": built.as_of,
            "tied to Xero until": built.tied_until,
        }
        for number, note in enumerate(built.notes, 1):
            facts[f"note {number}"] = note
        more = "For more: name fewer columns, or `account` for one." if shown < len(rows) else ""
        return answers.answer(facts, text, more=more, rows=shown)

    async def verify(instance: InstanceName) -> ToolAnswer:
        """Compare an instance's books with Xero's own reports and counts of this moment.

        This calls Xero some ten times; a result of the last ten minutes is shown again.
        """
        kept = verified.get(instance)
        if kept is not None and time.monotonic() - kept[0] < VERIFIED_SECONDS:
            return kept[1]
        compared = await verify_instance(store, instance, to=places.chosen(store, instance, None))
        rows = [
            (check.name, check.compared, len(check.differences), check.difference, check.skipped)
            for check in compared.checks
        ]
        heads = ("compared with Xero", "figures", "differing", "difference", "skipped")
        text, shown = answers.as_csv(heads, rows[:SHOWN], most=answers.MOST_BYTES - 2_000)
        facts = books.source(instance).facts() | {
            "equal to Xero": "yes" if compared.ok else "no, see below",
            "checked at": in_utc(compared.checked_at),
        }
        result = answers.answer(facts, text, rows=shown)
        verified[instance] = (time.monotonic(), result)
        return result

    return [report, verify]


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"`{text}` is not a day", hint="write it as `2026-06-30`") from error
