"""When a schedule runs, in words: `every 15m`, `hourly`, `daily at 06:00`, `cron "0 6 * * *"`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from xeroport.errors import InputError
from xeroport.plurals import counted

EVERY = re.compile(r"(\d{1,4})\s*(m|min|minutes?|h|hours?)")
AT = re.compile(r"([01]?\d|2[0-3])(?::([0-5]\d))?")
UNITS = frozenset({"m", "min", "minute", "minutes", "h", "hour", "hours"})
DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
CRON_FIELD = re.compile(r"[\d*/,\-A-Za-z]+")
HINT = 'such as `every 15m`, `hourly`, `daily at 06:00`, `monday at 06:00` or `cron "0 6 * * *"`'


def split(words: Sequence[str]) -> tuple[str, list[str]]:
    """The cron expression that the first words mean, and the words that follow it.

    InputError for words that are no time.
    """
    rest = list(words)
    if not rest:
        raise InputError("say when it runs", hint=HINT)
    first = rest.pop(0).strip()
    if first.lower() == "cron":
        return _cron(rest), rest
    if len(first.split()) > 1:
        inner = first.split()
        if len(inner) == 5 and all(CRON_FIELD.fullmatch(field) for field in inner):
            return first, rest
        cron, left = split(inner)
        if left:
            raise InputError(f"`{first}` is not a time", hint=HINT)
        return cron, rest
    return _words(first.lower(), rest), rest


def _cron(rest: list[str]) -> str:
    """The expression after `cron`: in one word, or its five fields each as one."""
    fields = rest[:5]
    if len(fields) == 5 and all(CRON_FIELD.fullmatch(field) for field in fields[:2]):
        del rest[:5]
        return " ".join(fields)
    if not rest:
        raise InputError("`cron` needs five fields", hint=HINT)
    return rest.pop(0)


def is_time(words: Sequence[str]) -> bool:
    """Whether words begin with a time."""
    try:
        split(words)
    except InputError:
        return False
    return True


def _words(first: str, rest: list[str]) -> str:
    if first == "every":
        if not rest:
            raise InputError("say how often", hint=HINT)
        first = rest.pop(0).lower()
        if first in UNITS:
            return cron_of(interval(f"1{first}"))
        return cron_of(interval(_with_unit(first, rest)))
    if EVERY.fullmatch(_with_unit(first, list(rest))):
        return cron_of(interval(_with_unit(first, rest)))
    if first == "hourly":
        return cron_of(timedelta(hours=1))
    weekday = {"daily": "*", "weekdays": "1-5"} | {day: str(n) for n, day in enumerate(DAYS)}
    if first in weekday:
        hour, minute = _time(rest)
        return f"{minute} {hour} * * {weekday[first]}"
    raise InputError(f"`{first}` is not a time", hint=HINT)


def _with_unit(first: str, rest: list[str]) -> str:
    """`15` and `minutes` as one word, where they are two."""
    is_apart = first.isdigit() and rest and rest[0].lower() in UNITS
    return first + rest.pop(0).lower() if is_apart else first


def _time(rest: list[str]) -> tuple[int, int]:
    if len(rest) < 2 or rest[0].lower() != "at":
        raise InputError("say at which time of day", hint=HINT)
    del rest[0]
    text = rest.pop(0)
    found = AT.fullmatch(text)
    if found is None:
        raise InputError(f"`{text}` is not a time of day", hint="such as `06:00` or `17:30`")
    return int(found[1]), int(found[2] or 0)


def interval(text: str) -> timedelta:
    """The interval that `15m` or `2h` means; InputError for anything else."""
    found = EVERY.fullmatch(text.strip().lower())
    amount = int(found[1]) if found else 0
    if found is None or amount == 0:
        raise InputError(f"`{text}` is not an interval", hint="such as `15m` or `2h`")
    return timedelta(minutes=amount) if found[2].startswith("m") else timedelta(hours=amount)


def cron_of(every: timedelta) -> str:
    """The cron expression of an interval; InputError if no whole hour or day holds it."""
    minutes = int(every.total_seconds() // 60)
    if minutes < 60 and 60 % minutes == 0:
        return "* * * * *" if minutes == 1 else f"*/{minutes} * * * *"
    hours, odd = divmod(minutes, 60)
    if not odd and hours <= 24 and 24 % hours == 0:
        return "0 0 * * *" if hours == 24 else "0 * * * *" if hours == 1 else f"0 */{hours} * * *"
    raise InputError(
        f"{how_often(every)} does not divide an hour or a day",
        hint="such as `5m`, `15m`, `30m`, `1h`, `2h`, `6h` or `24h`",
    )


def interval_of(cron: str) -> timedelta | None:
    """The shortest time between two runs of a cron expression; None if it is irregular, or none."""
    fields = cron.split()
    if len(fields) != 5:
        return None
    minute, hour, day, month, weekday = fields
    if (day, month, weekday) != ("*", "*", "*"):
        return timedelta(days=1) if (day, month) == ("*", "*") and minute.isdigit() else None
    if hour == "*":
        if minute == "*":
            return timedelta(minutes=1)
        if minute.isdigit():
            return timedelta(hours=1)
        step = minute.removeprefix("*/")
        return timedelta(minutes=int(step)) if step.isdigit() and 60 % int(step) == 0 else None
    if not minute.isdigit():
        return None
    step = hour.removeprefix("*/")
    if hour.startswith("*/") and step.isdigit() and int(step):
        return timedelta(hours=int(step))
    return timedelta(days=1) if hour.isdigit() else None


def about(age: timedelta) -> str:
    """An age in words, to the nearest minute."""
    return in_words(timedelta(minutes=round(age.total_seconds() / 60)))


def in_words(every: timedelta) -> str:
    """`15 minutes`, `1 hour`, `6 hours 15 minutes`, `7 days`."""
    hours, minutes = divmod(int(every.total_seconds() // 60), 60)
    days, hours = divmod(hours, 24)
    sizes = ((days, "day"), (hours, "hour"), (minutes, "minute"))
    return " ".join(counted(number, noun) for number, noun in sizes if number) or "0 minutes"


def how_often(every: timedelta) -> str:
    """`every minute`, `every 15 minutes`, `every hour`."""
    words = in_words(every)
    return f"every {words if words.count(' ') > 1 else words.removeprefix('1 ')}"
