"""When something runs, in words: presets to choose from → cron expressions, and back."""

from __future__ import annotations

import re

from xeroport.errors import InputError
from xeroport.plurals import counted

PRESETS = {
    "15m": "Every 15 minutes",
    "30m": "Every half hour",
    "1h": "Every hour",
    "4h": "Every four hours",
    "day": "Every day",
    "weekdays": "Monday to Friday",
    "week": "Once a week",
    "month": "Once a month, on the first",
    "cron": "Other: a cron expression",
}
DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
FIXED = {"15m": "*/15 * * * *", "30m": "*/30 * * * *", "1h": "0 * * * *", "4h": "0 */4 * * *"}
TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def as_cron(every: str, *, at: str = "06:00", day: str = "Monday", cron: str = "") -> str:
    """The cron expression of a preset; InputError for a time or day that there is not."""
    if every in ("", "cron"):
        return cron.strip()
    if every in FIXED:
        return FIXED[every]
    time = TIME.fullmatch(at.strip())
    if every not in PRESETS or time is None:
        raise InputError(f"`{at}` is not a time of day", hint="such as `06:00`")
    clock = f"{int(time[2])} {int(time[1])}"
    if every == "week":
        if day not in DAYS:
            raise InputError(f"there is no day `{day}`", hint="choose one from the list")
        return f"{clock} * * {DAYS.index(day)}"
    return {"day": f"{clock} * * *", "weekdays": f"{clock} * * 1-5", "month": f"{clock} 1 * *"}[
        every
    ]


def in_words(cron: str) -> str:
    """A cron expression as a person says it; itself where it is an unusual one."""
    for key, known in FIXED.items():
        if cron == known:
            return PRESETS[key]
    if parts := re.fullmatch(r"\*/(\d+) \* \* \* \*", cron):
        return "Every minute" if int(parts[1]) == 1 else f"Every {parts[1]} minutes"
    if parts := re.fullmatch(r"(\d{1,2}) \* \* \* \*", cron):
        return f"Every hour, at {counted(int(parts[1]), 'minute')} past"
    if parts := re.fullmatch(r"(\d{1,2}) (\d{1,2}) (\*|1) \* (\*|1-5|[0-7])", cron):
        clock = f"at {int(parts[2]):02}:{int(parts[1]):02}"
        if parts[3] == "1" and parts[4] == "*":
            return f"On the first of each month {clock}"
        if parts[3] == "*":
            if parts[4] == "*":
                return f"Every day {clock}"
            if parts[4] == "1-5":
                return f"Monday to Friday {clock}"
            return f"Every {DAYS[int(parts[4]) % 7]} {clock}"
    return cron
