"""What forms offer to choose from."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

DATE_FORMATS = ("YYYY-MM-DD", "DD/MM/YYYY", "MM/DD/YYYY", "DD.MM.YYYY", "D MMM YYYY")


@cache
def time_zones() -> tuple[str, ...]:
    """The time zones of the world's places, UTC first."""
    return ("UTC", *sorted(timezone for timezone in available_timezones() if "/" in timezone))
