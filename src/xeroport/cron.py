"""When a cron expression is due, in the time zone it was written for.

Daylight saving is handled as Debian's cron does (the library cronsim): a run at a time that the
clock jumps over happens right after the jump, a run at a time that comes twice happens once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from xeroport.errors import InputError

RANGES = {
    "minute": "0 to 59",
    "hour": "0 to 23",
    "day-of-month": "1 to 31, or L for the last",
    "month": "1 to 12, or JAN to DEC",
    "day-of-week": "0 to 7, or SUN to SAT",
}
HINT = "five fields: minute, hour, day, month, weekday; `*/30 * * * *` is every half hour"


def next_due(expression: str, *, time_zone: str, after: datetime) -> datetime:
    """The first due instant (UTC) after that one; InputError if there is none in 50 years."""
    try:
        return next(_walk(expression, time_zone, after)).astimezone(UTC)
    except StopIteration:
        raise _never(expression) from None


def last_due(expression: str, *, time_zone: str, at: datetime) -> datetime | None:
    """The latest due instant (UTC) not after that one, or None."""
    earlier = next(_walk(expression, time_zone, at, reverse=True), None)
    start = at if earlier is None else earlier.astimezone(UTC)
    for due in _walk(expression, time_zone, start):
        if due.astimezone(UTC) > at:
            break
        earlier = due
    return None if earlier is None else earlier.astimezone(UTC)


def _walk(expression: str, time_zone: str, start: datetime, *, reverse: bool = False) -> CronSim:
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError(
            f"there is no time zone `{time_zone}`", hint="use a name such as `Pacific/Auckland`"
        ) from error
    if len(expression.split()) != 5:
        raise InputError(f"`{expression}` is not a schedule", hint=HINT)
    try:
        return CronSim(expression, start.astimezone(zone), reverse)
    except CronSimError as error:
        raise _wrong(expression, str(error).lower().removeprefix("bad ")) from error


def _wrong(expression: str, field: str) -> InputError:
    """What is wrong with an expression whose `field` cronsim cannot read."""
    minute, hour, day, _, weekday = expression.split()
    if field == "day-of-month":
        try:
            CronSim(f"{minute} {hour} {day} * {weekday}", datetime(2000, 1, 1, tzinfo=UTC))
        except CronSimError:
            pass
        else:
            return _never(expression)
    reason = f"the {field} goes from {RANGES[field]}" if field in RANGES else field
    return InputError(f"`{expression}` is not a schedule: {reason}", hint=HINT)


def _never(expression: str) -> InputError:
    return InputError(
        f"the schedule `{expression}` never runs",
        hint="those months have no such day; the fields are minute, hour, day, month and weekday",
    )
