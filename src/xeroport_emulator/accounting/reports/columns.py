"""The columns of a report: periods side by side, or tracking options side by side."""

from __future__ import annotations

import datetime
from decimal import Decimal
from itertools import product
from typing import NamedTuple

from xeroport_emulator.accounting.books import Books
from xeroport_emulator.accounting.report_shape import (
    Parameters,
    ReportRefused,
    months_back,
    number_of,
    shortest_date,
    text_of,
)
from xeroport_emulator.organisation.organisation import Organisation

PROFIT_PERIODS = 11
"""Xero's documentation of the profit and loss says 11, its description 12."""
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}


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


def comparisons(params: Parameters, *, most: int = 12) -> list[int]:
    """How many months each column lies back: 0 first, then one step for each of `periods`."""
    periods = number_of(params, "periods") or 0
    if not 0 <= periods <= most:
        raise ReportRefused(f"The periods parameter must be between 1 and {most}")
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
            shortest_date(months_back(until, back)),
            months_back(since, back) if back else since,
            months_back(until, back) if back else until,
            tracking,
        )
        for back in comparisons(params, most=PROFIT_PERIODS)
    ]


def option_columns(
    organisation: Organisation,
    categories: list[tuple[str, str | None]],
    *,
    since: datetime.date,
    until: datetime.date,
) -> list[Column]:
    """A column for each option of a tracking category, or each pair of options of two, one for
    what has none, and the total. `categories`: ids, each with the only option wanted, if any."""
    choices = [_choices(organisation, *category) for category in categories]
    columns = [
        Column(
            " / ".join(choice.title for choice in chosen),
            since,
            until,
            frozenset().union(*(choice.having for choice in chosen)),
            frozenset().union(*(choice.lacking for choice in chosen)),
        )
        for chosen in product(*choices)
    ]
    if any(option is None for _, option in categories):
        held = frozenset(option for _, option in categories if option is not None)
        columns.append(Column("Total", since, until, held, is_sum=True))
    return columns


class _Choice(NamedTuple):
    title: str
    having: frozenset[str] = frozenset()
    lacking: frozenset[str] = frozenset()


def _choices(organisation: Organisation, category: str, only: str | None) -> list[_Choice]:
    record = organisation.tables["TrackingCategory"].get(category)
    if record is None:
        raise ReportRefused("The trackingCategoryID is not a tracking category")
    options = {str(each["TrackingOptionID"]): each["Name"] for each in record.get("Options") or ()}
    if only is not None:
        if only not in options:
            raise ReportRefused("The trackingOptionID is not an option of the tracking category")
        return [_Choice(options[only], frozenset({only}))]
    each_one = [_Choice(name, frozenset({key})) for key, name in options.items()]
    return [*each_one, _Choice("Unassigned", lacking=frozenset(options))]
