"""Dates as people write them: what a text can mean, and what a whole column of them means.

`20/11/2026` can only be the 20th of November, `03/04/2026` is the 3rd of April to some and the 4th
of March to others. A column is read one way from its first row to its last; a column that fits
both ways is a question for the person, never a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Literal

DateOrder = Literal["DMY", "MDY"]
BOTH: frozenset[DateOrder] = frozenset(("DMY", "MDY"))
FORMATS: dict[DateOrder, str] = {"DMY": "DD/MM/YYYY", "MDY": "MM/DD/YYYY"}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONG = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
TIME = (
    r"(?:[T ]+(?:00?:00(?::00)?(?:\.0+)?(?:Z|[+-]00:?00)?"
    r"|12:00(?::00)?(?:\.0+)?\s?[Aa]\.?[Mm]\.?))?"
)
"""Midnight, as programs write it behind a date."""
CLOCK = re.compile(
    r"(.*\d)[T ]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?\s?(?:[AaPp]\.?[Mm]\.?)?(?:Z|[+-]\d\d:?\d\d)?"
)
"""A date with a time of day behind it."""
YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + TIME)
NUMERIC = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})" + TIME)
DAY_NAMED = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[-/ .]+([a-z]{3,9})\.?[-/ ,]+(\d{4}|\d{2})" + TIME
)
NAMED_DAY = re.compile(r"([a-z]{3,9})\.?[-/ ]+(\d{1,2})(?:st|nd|rd|th)?[-/ ,]+(\d{4}|\d{2})" + TIME)
COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
WEEKDAY = re.compile(
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+(?=[\da-z])"
)
XERO = re.compile(r"/Date\((-?\d{1,15})([+-]\d{4})?\)/")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PARTS = re.compile("YYYY|YY|MMM|MM|M|DD|D")


@dataclass(slots=True)
class DateColumn:
    """What the dates of one column, taken in one after another, can mean together."""

    orders: frozenset[DateOrder] = BOTH
    first: tuple[int, str] | None = None
    proof: tuple[int, str] | None = None
    clash: tuple[int, str] | None = None

    def add(self, text: str, line: int) -> None:
        """Take in one text; what is no date at all says nothing about the column."""
        possible = orders_of(text)
        if not possible:
            return
        self.first = self.first or (line, text)
        if possible == BOTH:
            return
        if self.orders & possible:
            if self.orders == BOTH:
                self.proof = (line, text)
            self.orders &= possible
        elif self.clash is None:
            self.clash = (line, text)

    @property
    def is_open(self) -> bool:
        """Whether the column has dates that fit both ways, and nothing that says which."""
        return self.first is not None and self.orders == BOTH


@lru_cache(maxsize=4_096)
def orders_of(text: str) -> frozenset[DateOrder]:
    """Which orders a text of three numbers can be read in; empty for any other text, and where
    both come to the same day."""
    match = NUMERIC.fullmatch(text.strip())
    if match is None:
        return frozenset()
    one, two, year = int(match[1]), int(match[3]), _year(match[4])
    found: set[DateOrder] = set()
    if _day(year, two, one) is not None:
        found.add("DMY")
    if _day(year, one, two) is not None:
        found.add("MDY")
    return frozenset() if len(found) == 2 and one == two else frozenset(found)


@lru_cache(maxsize=4_096)
def date_of(text: str, order: DateOrder | None, own_format: str | None = None) -> date | None:
    """The date that a text means; None where it means none. `order` reads three numbers,
    `own_format` is one more way to write a date, such as `YY.MM.DD`."""
    text = text.strip()
    if match := YEAR_FIRST.fullmatch(text):
        return _day(int(match[1]), int(match[3]), int(match[4]))
    if XERO.fullmatch(text):
        moment = moment_of(text)
        return None if moment is None else moment.date()
    if match := COMPACT.fullmatch(text):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    lower = WEEKDAY.sub("", text.lower(), count=1)
    if match := DAY_NAMED.fullmatch(lower):
        return _named(match[2], int(match[1]), match[3])
    if match := NAMED_DAY.fullmatch(lower):
        return _named(match[1], int(match[2]), match[3])
    if own_format is not None and order_of(own_format) is None:
        own = _formatted(text, own_format)
        if own is not None:
            return own
    if match := NUMERIC.fullmatch(text):
        one, two, year = int(match[1]), int(match[3]), _year(match[4])
        if order == "DMY" or (order is None and one == two):
            return _day(year, two, one)
        if order == "MDY":
            return _day(year, one, two)
        if len(orders := orders_of(text)) == 1:
            return _day(year, two, one) if "DMY" in orders else _day(year, one, two)
    return None


def is_moment(text: str) -> bool:
    """Whether a text is a date with a time of day behind it."""
    match = CLOCK.fullmatch(text.strip())
    return match is not None and bool(date_of(match[1], "DMY") or date_of(match[1], "MDY"))


def moment_of(text: str) -> datetime | None:
    """The instant of `/Date(1782864000000+0000)/`, with the offset it is written in."""
    match = XERO.fullmatch(text.strip())
    if match is None:
        return None
    offset = match[2] or "+0000"
    minutes = (int(offset[1:3]) * 60 + int(offset[3:])) * (-1 if offset[0] == "-" else 1)
    try:
        moment = EPOCH + timedelta(milliseconds=int(match[1]))
        return moment.astimezone(timezone(timedelta(minutes=minutes)))
    except (OverflowError, ValueError):
        return None


@lru_cache
def order_of(date_format: str) -> DateOrder | None:
    """The order of a format that begins with the day or the month in figures; None for others."""
    letters = "".join(part[0] for part in PARTS.findall(date_format.upper()))
    if "MMM" in date_format.upper():
        return None
    return "DMY" if letters == "DMY" else "MDY" if letters == "MDY" else None


def _named(name: str, day: int, year: str) -> date | None:
    short = name[:3]
    if short not in MONTHS or not (name == short or name == "sept" or name in LONG):
        return None
    return _day(_year(year), MONTHS.index(short) + 1, day)


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


TOKENS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<year>\d{2})",
    "MMM": r"(?P<name>[A-Za-z]{3})",
    "MM": r"(?P<month>\d{1,2})",
    "M": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
    "D": r"(?P<day>\d{1,2})",
}


def _formatted(text: str, date_format: str) -> date | None:
    match = _pattern(date_format).fullmatch(text)
    if match is None:
        return None
    parts = match.groupdict()
    if parts.get("name"):
        return _named(parts["name"].lower(), int(parts["day"]), parts["year"])
    return _day(_year(parts["year"]), int(parts["month"]), int(parts["day"]))


@lru_cache
def _pattern(date_format: str) -> re.Pattern[str]:
    pieces = re.split("(YYYY|YY|MMM|MM|M|DD|D)", date_format.upper())
    return re.compile("".join(TOKENS.get(piece, re.escape(piece)) for piece in pieces) + TIME)
