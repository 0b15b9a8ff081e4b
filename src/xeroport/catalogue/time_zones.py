"""What an organisation's record says of how its people write times and dates."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

YEAR_FIRST = frozenset({"CA", "CN", "JP", "KR", "HU", "LT", "SE", "TW", "MN"})
MONTH_FIRST = frozenset({"US", "PH", "FM", "MH", "PW"})


@cache
def time_zones() -> dict[str, str]:
    """Xero's name of a time zone → the IANA database's."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def zone_of(organisation: Mapping[str, Any]) -> str | None:
    """The time zone of an organisation's record; None where it names none that is known."""
    return time_zones().get(str(organisation.get("Timezone") or "").upper().replace(" ", ""))


def date_format_of(organisation: Mapping[str, Any]) -> str | None:
    """How dates are written in an organisation's country; None where the record names none."""
    country = str(organisation.get("CountryCode") or "").upper()
    if not country:
        return None
    if country in MONTH_FIRST:
        return "MM/DD/YYYY"
    return "YYYY-MM-DD" if country in YEAR_FIRST else "DD/MM/YYYY"
