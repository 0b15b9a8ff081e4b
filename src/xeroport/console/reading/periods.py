"""Dates and periods as a person types them on a page → exact days, in the organisation's zone."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from xeroport import dates
from xeroport.books.tie import YearEnd
from xeroport.dates import months_after
from xeroport.errors import InputError
from xeroport.store.instances import Instance

PERIODS = {
    "": "Any time",
    "this-month": "This month",
    "last-month": "Last month",
    "this-quarter": "This quarter",
    "last-quarter": "Last quarter",
    "this-year": "This calendar year",
    "last-year": "Last calendar year",
    "last-12-months": "Last 12 months",
}

OF_STATEMENTS = {
    "this-financial-year": "This financial year so far",
    "last-financial-year": "Last financial year",
    **{key: words for key, words in PERIODS.items() if key},
}
"""Periods of statements: an organisation has its own year."""
EARLIEST, LATEST = 1900, 2200


def today_of(instance: Instance) -> date:
    """Today where the organisation is."""
    return dates.to_date("today", datetime.now(UTC), time_zone=instance.time_zone)


def typed_date(text: str, instance: Instance) -> date | None:
    """The day that a text means in the instance's format; None for an empty one.

    InputError for a text that is no date, or one that no books have.
    """
    if not text.strip():
        return None
    day = dates.to_date(
        text, datetime.now(UTC), time_zone=instance.time_zone, date_format=instance.date_format
    )
    if not EARLIEST <= day.year <= LATEST:
        raise InputError(
            f"the year {day.year} is out of range", hint=f"give one from {EARLIEST} to {LATEST}"
        )
    return day


def typed_days(query: Mapping[str, str], instance: Instance) -> tuple[date | None, date | None]:
    """The first and the last day of an address; InputError for anything else, or the wrong
    order."""
    first = typed_date(query.get("first", ""), instance)
    last = typed_date(query.get("last", ""), instance)
    if first and last and first > last:
        raise InputError("the first day is after the last", hint="swap the two dates")
    return first, last


def period(key: str, today: date) -> tuple[date, date] | None:
    """The first and last day of a named period; None for any time."""
    if key not in PERIODS:
        raise InputError(f"there is no period `{key}`", hint="choose one from the list")
    month = today.replace(day=1)
    quarter = month.replace(month=(month.month - 1) // 3 * 3 + 1)
    before = month - timedelta(days=1)
    match key:
        case "this-month":
            return month, end_of_month(month)
        case "last-month":
            return before.replace(day=1), before
        case "this-quarter":
            return quarter, end_of_month(months_after(quarter, 2))
        case "last-quarter":
            return months_after(quarter, -3), quarter - timedelta(days=1)
        case "this-year":
            return date(today.year, 1, 1), date(today.year, 12, 31)
        case "last-year":
            return date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)
        case "last-12-months":
            return months_after(month, -11), end_of_month(month)
    return None


def statement_period(key: str, today: date, year_end: YearEnd) -> tuple[date, date]:
    """The first and last day of a period of `OF_STATEMENTS`."""
    start = year_end.start(today)
    if key == "this-financial-year":
        return start, end_of_month(today)
    if key == "last-financial-year":
        last = start - timedelta(days=1)
        return year_end.start(last), last
    days = period(key, today)
    if days is None:
        raise InputError("a statement needs a period", hint="choose one from the list")
    return days


def end_of_month(day: date) -> date:
    """The last day of a month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
