"""How values read to a person: numbers, times, durations, sizes."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

PARTS = re.compile(r"YYYY|YY|MMM|MM|M|DD|D")
HEALTH = {
    "operational": ("good", "Operational"),
    "unreachable": ("warn", "Unreachable"),
    "failed_authentication": ("bad", "Credentials refused"),
    "not_authorised": ("bad", "Not authorised"),
}
STATUS = {
    "running": ("busy", "Running"),
    "done": ("good", "Done"),
    "partial": ("warn", "Done with problems"),
    "current": ("good", "Current"),
    "incomplete": ("warn", "Not proved complete"),
    "not_allowed": ("warn", "Not allowed"),
    "lost": ("bad", "Lost"),
    "invalid": ("bad", "Invalid"),
    "conflict": ("warn", "Conflict"),
    "failed": ("bad", "Failed"),
    "interrupted": ("warn", "Stopped"),
    "stopped": ("warn", "Stopped by the day limit"),
    "skipped": ("plain", "Skipped"),
    "sent": ("good", "Sent"),
    "pending": ("busy", "Waiting"),
    "held": ("warn", "Proposed"),
    "declined": ("plain", "Declined"),
    "undone": ("plain", "Undone"),
    "claimed": ("busy", "On its way"),
    "rejected": ("bad", "Rejected"),
    "unknown": ("warn", "Unknown"),
    "discarded": ("plain", "Discarded"),
    "never synced": ("plain", "Never synced"),
    "refused": ("bad", "Refused"),
    "queued": ("busy", "Queued"),
    "ready": ("busy", "Ready"),
    "waiting": ("plain", "Waiting"),
}


def badge(value: str) -> tuple[str, str]:
    """The tone and the words for a status or health."""
    return HEALTH.get(value) or STATUS.get(value) or ("plain", value.replace("_", " ").capitalize())


def count(value: int | float | Decimal | None) -> str:
    """A number with thousands separated; "–" for none."""
    return "–" if value is None else f"{value:,}"


def money(value: Decimal | float | int | None) -> str:
    """An amount to the cent; further decimals only if they are there."""
    if value is None:
        return "–"
    exact = Decimal(str(value))
    exponent = exact.normalize().as_tuple().exponent
    places = max(2, -exponent if isinstance(exponent, int) else 2)
    return f"{exact:,.{places}f}".replace("-", "−")


def size(value: int | None) -> str:
    """Bytes in the unit that reads best."""
    amount = float(value or 0)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def duration(seconds: float | timedelta | None) -> str:
    """Seconds as a person says them."""
    if seconds is None:
        return "–"
    amount = seconds.total_seconds() if isinstance(seconds, timedelta) else float(seconds)
    if amount < 1:
        return f"{max(amount, 0) * 1000:.0f} ms"
    if amount < 60:
        return f"{amount:.1f} s"
    minutes, rest = divmod(int(amount), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def ago(when: datetime | None, now: datetime | None = None) -> str:
    """How long ago an instant was."""
    if when is None:
        return "never"
    seconds = ((now or datetime.now(UTC)) - when).total_seconds()
    if seconds < 60:
        return "just now"
    for length, unit in ((86_400 * 2, "day"), (86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= length:
            amount = int(seconds // (86_400 if unit == "day" else length))
            return f"{amount} {unit}{'s' if amount != 1 else ''} ago"
    return "just now"


def moment(when: datetime | None, zone: str = "UTC") -> str:
    """An instant in a time zone, to the second."""
    if when is None:
        return "–"
    aware = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return aware.astimezone(zone_of(zone)).strftime("%-d %b %Y, %H:%M:%S")


def day(value: date, shape: str) -> str:
    """A calendar date in an instance's date format."""
    parts = {
        "YYYY": f"{value.year:04}",
        "YY": f"{value.year % 100:02}",
        "MMM": value.strftime("%b"),
        "MM": f"{value.month:02}",
        "M": str(value.month),
        "DD": f"{value.day:02}",
        "D": str(value.day),
    }
    return PARTS.sub(lambda found: parts[found[0]], shape)


def time(when: datetime, zone: str = "UTC") -> str:
    """The time of day of an instant in a time zone, to the second."""
    return when.astimezone(zone_of(zone)).strftime("%H:%M:%S")


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name, else UTC."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError):
        return ZoneInfo("UTC")


def alert_target(target: str) -> str:
    """Where an alert goes, without addresses and commands, which may hold passwords."""
    if target.startswith("mailto:"):
        return target.removeprefix("mailto:")
    if target.startswith("alert:"):
        return target.removeprefix("alert:")
    return "a URL" if target.startswith("http") else "a command"


def cell(value: object) -> str:
    """One value of a table, as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return money(value)
    if isinstance(value, (dict, list)):
        return json.dumps(value, default=str, ensure_ascii=False)
    return str(value)


def is_number(value: object) -> bool:
    """Whether a value lines up on the right."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
