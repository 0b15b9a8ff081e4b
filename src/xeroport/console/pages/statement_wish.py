"""What the address of a statement asks for: its days, columns and comparison."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from xeroport.books.tie import YearEnd
from xeroport.console.reading import periods
from xeroport.console.reading.periods import end_of_month
from xeroport.dates import months_after
from xeroport.errors import InputError
from xeroport.jobs.statement_days import parts_of
from xeroport.jobs.statement_wish import Wish
from xeroport.store.instances import Instance

NAMES = {
    "profit-and-loss": "profit-and-loss",
    "balance-sheet": "balance-sheet",
    "receivables": "aged-receivables",
    "payables": "aged-payables",
    "cash": "cash",
    "budget": "budget-vs-actual",
}
"""Statement in addresses → its name for `xeroport report`."""
TITLES = {
    "profit-and-loss": "Profit and loss",
    "balance-sheet": "Balance sheet",
    "receivables": "Owed by customers",
    "payables": "Owed to suppliers",
    "cash": "Cash",
    "budget": "Budget",
}
AT_A_DAY = frozenset({"balance-sheet", "receivables", "payables"})
USUAL = {"cash": "this-month"}
"""The period that a statement opens with, where it is not the financial year."""
COLUMNS = {"": "The whole period", "month": "By month", "quarter": "By quarter"}
MOST_COLUMNS = 24
MONTH_ENDS = 12


def usual_period(key: str) -> str:
    """The period of a statement whose address names none."""
    return USUAL.get(key, "this-financial-year")


def wish_of(
    query: Mapping[str, str], key: str, instance: Instance, *, today: date, year_end: YearEnd
) -> Wish:
    """What is asked; InputError for anything that is not a date, period or column."""
    compare, by = query.get("compare") == "1", query.get("by", "")
    if by not in COLUMNS:
        raise InputError(f"there are no columns `{by}`", hint="choose from the list")
    if key in AT_A_DAY:
        at = periods.typed_date(query.get("at", ""), instance) or today
        if key != "balance-sheet":
            return Wish(at=at)
        ends = tuple(_month_ends_before(at)) if by == "month" else ()
        return Wish(at=at, compare=compare, days=ends)
    since, until = _days(query, key, instance, today=today, year_end=year_end)
    if key != "profit-and-loss":
        return Wish(since=since, until=until)
    tracking = query.get("tracking", "").replace("=", " ")
    if tracking:  # its options are the columns
        return Wish(since=since, until=until, tracking=tracking)
    columns = len(parts_of(since, until, by))
    if columns > MOST_COLUMNS:
        raise InputError(
            f"that is {columns} columns; at most {MOST_COLUMNS} fit on a page",
            hint="choose a shorter period, or one column for the whole of it",
        )
    return Wish(
        since=since,
        until=until,
        by=by or None,
        compare=compare,
        before=query.get("before") == "1",
    )


def _days(
    query: Mapping[str, str], key: str, instance: Instance, *, today: date, year_end: YearEnd
) -> tuple[date, date]:
    first, last = periods.typed_days(query, instance)
    if first is None and last is None:
        name = query.get("period", "") or usual_period(key)
        if name not in periods.OF_STATEMENTS:
            raise InputError(f"there is no period `{name}`", hint="choose one from the list")
        return periods.statement_period(name, today, year_end)
    last = last or max(today, first or today)
    return first or year_end.start(last), last


def _month_ends_before(at: date) -> list[date]:
    month = at.replace(day=1)
    if at == end_of_month(at):
        return [months_after(month, -back) - timedelta(days=1) for back in range(MONTH_ENDS - 1)]
    return [months_after(month, -back) - timedelta(days=1) for back in range(MONTH_ENDS)]
