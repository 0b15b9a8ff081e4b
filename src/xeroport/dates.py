"""Dates as a person gives them → exact ones, in the instance's time zone, from the run's start.

Understood: `now`, `today`, `yesterday`, `tomorrow`, `-7d` (also `h`, `min`, `w`, `mo`, `y`),
`2026-07-01`, `2026-07-01T09:30` with or without an offset, and the instance's own date format.
Pure: the anchor is the moment the run was asked for, so that the answer never moves under way.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from xeroport.errors import InputError

DAYS = {"now": 0, "today": 0, "yesterday": -1, "tomorrow": 1}
RELATIVE = re.compile(r"([+-])\s*(\d{1,5})\s*(min|mo|h|d|w|y)")
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
ISO_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")
PART = re.compile(r"YYYY|YY|MMM|MM|M|DD|D")
PATTERNS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short>\d{2})",
    "MMM": r"(?P<name>[A-Za-z]{3})",
    "MM": r"(?P<month>\d{2})",
    "M": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{2})",
    "D": r"(?P<day>\d{1,2})",
}
MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}


def to_instant(
    text: str, anchor: datetime, *, time_zone: str = "UTC", date_format: str = "YYYY-MM-DD"
) -> datetime:
    """The instant meant, in UTC; a bare date is its first moment in the time zone."""
    zone = ZoneInfo(time_zone)
    word = text.strip().lower()
    local = anchor.astimezone(zone)
    if word == "now":
        return anchor.astimezone(UTC)
    if found := RELATIVE.fullmatch(word):
        amount = int(found[1] + found[2])
        if found[3] in ("h", "min"):
            step = timedelta(hours=amount) if found[3] == "h" else timedelta(minutes=amount)
            return anchor.astimezone(UTC) + step
        day = _moved(local.date(), amount, found[3], text)
        return datetime.combine(day, local.time(), zone).astimezone(UTC)
    if ISO_INSTANT.fullmatch(text.strip()):
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            raise _unknown(text, date_format) from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    day = to_date(text, anchor, time_zone=time_zone, date_format=date_format)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def to_date(
    text: str, anchor: datetime, *, time_zone: str = "UTC", date_format: str = "YYYY-MM-DD"
) -> date:
    """The calendar date meant, in the time zone."""
    word = text.strip().lower()
    zone = ZoneInfo(time_zone)
    today = anchor.astimezone(zone).date()
    if word in DAYS:
        return today + timedelta(days=DAYS[word])
    found = RELATIVE.fullmatch(word)
    if found and found[3] not in ("h", "min"):
        return _moved(today, int(found[1] + found[2]), found[3], text)
    if found or ISO_INSTANT.fullmatch(text.strip()):
        moment = to_instant(text, anchor, time_zone=time_zone, date_format=date_format)
        return moment.astimezone(zone).date()
    try:
        if ISO_DATE.fullmatch(word):
            return date.fromisoformat(word)
        return _formatted(text.strip(), date_format)
    except ValueError:
        raise _unknown(text, date_format) from None


def in_utc(when: datetime | str) -> str:
    """An instant to the minute, `2026-11-30 09:15 UTC`; it may be given as ISO 8601."""
    instant = datetime.fromisoformat(when) if isinstance(when, str) else when
    return f"{instant.astimezone(UTC) if instant.tzinfo else instant:%Y-%m-%d %H:%M} UTC"


def months_after(day: date, months: int) -> date:
    """The first day of the month that comes so many months after that of a day."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _formatted(text: str, date_format: str) -> date:
    """A date in the instance's format; ValueError otherwise."""
    pieces, end = [], 0
    for part in PART.finditer(date_format):
        pieces += [re.escape(date_format[end : part.start()]), PATTERNS[part[0]]]
        end = part.end()
    found = re.fullmatch("".join(pieces) + re.escape(date_format[end:]), text)
    if found is None:
        raise ValueError(text)
    parts = found.groupdict()
    year = int(parts.get("year") or 2000 + int(parts.get("short") or 0))
    name = parts.get("name")
    month = MONTHS.get(name.lower(), 0) if name else int(parts["month"])
    return date(year, month, int(parts["day"]))


def _moved(day: date, amount: int, unit: str, text: str) -> date:
    """So many days, weeks, months or years away; the 31st becomes the last day of a month."""
    try:
        if unit in ("d", "w"):
            return day + timedelta(days=amount * (7 if unit == "w" else 1))
        month = months_after(day, amount * (12 if unit == "y" else 1))
        return month.replace(day=min(day.day, calendar.monthrange(month.year, month.month)[1]))
    except (OverflowError, ValueError, IndexError):
        raise InputError(f"`{text}` is too far away", hint="such as `-7d` or `-12mo`") from None


def _unknown(text: str, date_format: str) -> InputError:
    return InputError(
        f"`{text}` is not a date",
        hint=f"use `{date_format}`, `YYYY-MM-DD`, `yesterday` or `-7d`"
        if date_format != "YYYY-MM-DD"
        else "use `YYYY-MM-DD`, `yesterday` or `-7d`",
    )
