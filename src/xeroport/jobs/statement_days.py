"""The ranges of days that a statement's columns are of."""

from __future__ import annotations

from datetime import date, timedelta

from xeroport.books.tie import month_end
from xeroport.dates import months_after

BY = {"month": 1, "quarter": 3, "year": 12}
Range = tuple[date | None, date]
"""The first day (None: the beginning) and the last."""
ONE_DAY = timedelta(days=1)


def parts_of(since: date, until: date, by: str | None) -> list[tuple[date, date]]:
    """The range of days, or its months, quarters or years, from the first on."""
    if not by:
        return [(since, until)]
    step = BY[by]
    ranges: list[tuple[date, date]] = []
    start = since
    while start <= until:
        after = months_after(start, step)
        ranges.append((start, min(after - timedelta(days=1), until)))
        start = after
    return ranges


def year_before(day: date) -> date:
    """The same day a year earlier; the last day of a month stays the last."""
    if day == month_end(day):
        return month_end(date(day.year - 1, day.month, 1))
    return date(day.year - 1, day.month, min(day.day, 28) if day.month == 2 else day.day)


def range_before(since: date, until: date) -> tuple[date, date]:
    """The range right before: as many whole months, or as many days."""
    last = since - ONE_DAY
    if since.day == 1 and until == month_end(until):
        months = (until.year - since.year) * 12 + until.month - since.month + 1
        return months_after(since, -months), last
    return last - (until - since), last
