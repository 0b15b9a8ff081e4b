"""The columns of a report: periods side by side, or tracking options side by side."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import NamedTuple

from xeroport.emulator.books import Books
from xeroport.emulator.organisation import Organisation
from xeroport.emulator.report_shape import (
    Parameters,
    ReportRefused,
    months_back,
    number_of,
    short_date,
    text_of,
)

_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_MOST = 12


class Column(NamedTuple):
    """One column: legs from `since` (None: the beginning) to `until` with and without options."""

    title: str
    since: datetime.date | None
    until: datetime.date
    tracking: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    is_sum: bool = False

    def movements(self, books: Books, *, cash: bool) -> dict[str, Decimal]:
        """Account id → movement, debits positive."""
        return books.movements(
            self.until, since=self.since, tracking=self.tracking, without=self.without, cash=cash
        )


def comparisons(params: Parameters) -> list[int]:
    """How many months each column lies back: 0 first, then one step for each of `periods`."""
    periods = number_of(params, "periods") or 0
    if not 0 <= periods <= _MOST:
        raise ReportRefused("The periods parameter must be between 1 and 12")
    timeframe = (text_of(params, "timeframe") or "MONTH").upper()
    if timeframe not in _MONTHS:
        raise ReportRefused("The timeframe parameter must be MONTH, QUARTER or YEAR")
    return [step * _MONTHS[timeframe] for step in range(periods + 1)]


def option_filter(params: Parameters, *names: str) -> frozenset[str]:
    """The tracking options a report is cut down to."""
    return frozenset(each for name in names if (each := text_of(params, name)) is not None)


def period_columns(
    params: Parameters, since: datetime.date, until: datetime.date, *, tracking: frozenset[str]
) -> list[Column]:
    """The same days of each earlier period: a long range makes overlapping columns, as in Xero."""
    return [
        Column(
            short_date(months_back(until, back)),
            months_back(since, back) if back else since,
            months_back(until, back) if back else until,
            tracking,
        )
        for back in comparisons(params)
    ]


def option_columns(
    organisation: Organisation,
    category: str,
    *,
    since: datetime.date,
    until: datetime.date,
    tracking: frozenset[str],
) -> list[Column]:
    """A column for each option of a tracking category, one for the rest, and the total."""
    record = organisation.tables["TrackingCategory"].get(category)
    if record is None:
        raise ReportRefused("The trackingCategoryID is not a tracking category")
    options = record.get("Options") or []
    everything = frozenset(str(option["TrackingOptionID"]) for option in options)
    columns = [
        Column(str(option["Name"]), since, until, tracking | {str(option["TrackingOptionID"])})
        for option in options
    ]
    columns.append(Column("Unassigned", since, until, tracking, everything))
    columns.append(Column("Total", since, until, tracking, is_sum=True))
    return columns
