"""Reports in Xero's shape: rows of cells, every value text, ids in attributes.

The parameters of a report arrive as text (a query string) or as values; both are read here.
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.table import Record

Parameters = Mapping[str, Any]

_CENT = Decimal("0.01")
_YEARS = range(1900, 2201)
"""Years a report can be about."""


class ReportRefused(Exception):
    """Xero would answer 400 with this message, as a validation error."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def money(amount: Decimal) -> str:
    """An amount as reports print it: two decimals, no separators, never `-0.00`."""
    rounded = amount.quantize(_CENT, ROUND_HALF_UP)
    return f"{rounded if rounded else _CENT - _CENT:.2f}"


def long_date(day: datetime.date) -> str:
    """`31 October 2026`."""
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def short_date(day: datetime.date) -> str:
    """`31 Oct 2026`, the head of a column."""
    return f"{day.day} {calendar.month_abbr[day.month]} {day.year}"


def shortest_date(day: datetime.date) -> str:
    """`31 Oct 26`, the head of a column of the profit and loss."""
    return f"{day.day} {calendar.month_abbr[day.month]} {day.year % 100:02d}"


def american_date(day: datetime.date) -> str:
    """`10/31/2026`, as attributes of cells have dates in every country."""
    return f"{day.month}/{day.day}/{day.year}"


def cell(value: str, **attributes: str) -> Record:
    """One cell; attributes such as `account="…"` become Id and Value."""
    found: Record = {"Value": value}
    if attributes:
        found["Attributes"] = [{"Value": text, "Id": name} for name, text in attributes.items()]
    return found


def header(*values: str) -> Record:
    """The row of column heads."""
    return {"RowType": "Header", "Cells": [cell(value) for value in values]}


def row(cells: Iterable[Record]) -> Record:
    """A row of cells."""
    return {"RowType": "Row", "Cells": list(cells)}


def account_row(label: str, values: Iterable[str], account: str, **more: str) -> Record:
    """A row about one account: every cell carries its id, values also `more`."""
    cells = [cell(label, account=account)]
    return row([*cells, *(cell(value, account=account, **more) for value in values)])


def account_rows(
    accounts: Mapping[str, Mapping[str, Any]], figures: Mapping[str, list[Decimal]], columns: int
) -> tuple[list[Record], list[Decimal]]:
    """A row for each account of the figures, by name, and their sums."""
    rows, totals = [], [Decimal(0)] * columns
    for key in sorted(figures, key=lambda each: str(accounts[each]["Name"]).casefold()):
        totals = [total + value for total, value in zip(totals, figures[key], strict=True)]
        rows.append(account_row(str(accounts[key]["Name"]), map(money, figures[key]), key))
    return rows, totals


def plain_row(label: str, values: Iterable[str]) -> Record:
    """A row without attributes."""
    return row([cell(label), *(cell(value) for value in values)])


def summary(label: str, values: Iterable[str]) -> Record:
    """A row of totals."""
    return {"RowType": "SummaryRow", "Cells": [cell(label), *(cell(value) for value in values)]}


def section(title: str, rows: Iterable[Record] = ()) -> Record:
    """Rows under a title; `""` for a section without one."""
    return {"RowType": "Section", "Title": title, "Rows": list(rows)}


def sheet(
    organisation: Organisation, name: str, *, period: str, rows: list[Record], lead: str = ""
) -> Record:
    """A whole report, titled with the organisation's name and the period."""
    titles = [name, str(organisation.details["Name"]), period]
    kind = name.replace(" ", "").replace("&", "And").replace("and", "And")
    return {
        "ReportID": kind,
        "ReportName": name,
        "ReportType": kind,
        "ReportTitles": [lead, *titles] if lead else titles,
        "ReportDate": long_date(organisation.today()),
        "UpdatedDateUTC": organisation.now(),
        "Fields": [],
        "Rows": rows,
    }


def day_of(params: Parameters, name: str) -> datetime.date | None:
    """A parameter as a date; None if it is left out."""
    value = params.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    refusal = ReportRefused(f"The value '{value}' is not valid for the parameter {name}")
    try:
        day = datetime.date.fromisoformat(str(value)[:10])
    except ValueError:
        raise refusal from None
    if day.year not in _YEARS:
        raise refusal
    return day


def span(organisation: Organisation, params: Parameters) -> tuple[datetime.date, datetime.date]:
    """From `fromDate` to `toDate`: this month, or that of the one which is given."""
    until = day_of(params, "toDate")
    since = day_of(params, "fromDate") or (until or organisation.today()).replace(day=1)
    return since, until or last_day(since)


def number_of(params: Parameters, name: str) -> int | None:
    """A parameter as a whole number; None if it is left out."""
    value = params.get(name)
    if value is None or value == "":
        return None
    try:
        return int(value)
    except ValueError:
        raise ReportRefused(f"The value '{value}' is not valid for the parameter {name}") from None


def is_set(params: Parameters, name: str) -> bool:
    """A parameter as a switch; left out is off."""
    return str(params.get(name) or "").strip().lower() in {"true", "1"}


def text_of(params: Parameters, name: str) -> str | None:
    """A parameter as text; None if it is left out or empty."""
    value = params.get(name)
    return str(value) if value not in (None, "") else None


def last_day(day: datetime.date) -> datetime.date:
    """The last day of a date's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def months_back(day: datetime.date, months: int) -> datetime.date:
    """The same day so many months earlier; a month's last day stays a last day."""
    at = day.year * 12 + day.month - 1 - months
    year, month = divmod(at, 12)
    length = calendar.monthrange(year, month + 1)[1]
    ends = day == last_day(day)
    return datetime.date(year, month + 1, length if ends else min(day.day, length))


def year_start(organisation: Organisation, day: datetime.date) -> datetime.date:
    """The first day of the financial year a date is in."""
    details = organisation.details
    month = int(details.get("FinancialYearEndMonth") or 12)
    for year in (day.year - 1, day.year):
        end = _year_end(details, year, month)
        following = _year_end(details, year + 1, month)
        if end < day <= following:
            return end + datetime.timedelta(days=1)
    return _year_end(details, day.year - 2, month) + datetime.timedelta(days=1)


def _year_end(details: Record, year: int, month: int) -> datetime.date:
    length = calendar.monthrange(year, month)[1]
    day = int(details.get("FinancialYearEndDay") or length)
    is_last = month == 2 and day >= 28
    return datetime.date(year, month, length if is_last else min(day, length))
