"""How much of a sync is still to come: calls, and the time that Xero's limit gives them."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from msgspec import Struct

from xeroport.jobs.sync.report import StreamReport
from xeroport.plurals import counted

WANTED = (
    *("organisation", "accounts", "contacts", "invoices", "payments", "bank_transactions"),
    *("credit_notes", "items", "tax_rates", "tracking_categories"),
)
"""What most people look at first: these streams are begun first."""


class Remaining(Struct, frozen=True):
    """Calls made and calls to come, as far as is known now; `seconds` is the least that they take
    at the instance's limit, and no less than they have taken so far."""

    done: int
    left: int
    seconds: float

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1."""
        total = self.done + self.left
        return self.done / total if total else 1.0


def remaining(streams: Iterable[StreamReport], *, a_minute: int, elapsed: float) -> Remaining:
    """What is to come of a sync that has run for `elapsed` seconds; a list whose first page has
    not come yet counts as one call."""
    done = left = 0
    for stream in streams:
        done += stream.calls
        if stream.status == "running":
            pages = max(0, (stream.pages_of or 0) - stream.pages)
            left += pages if stream.pages else 1
    by_limit = left * 60 / max(1, a_minute)
    by_pace = left * elapsed / done if done else 0.0
    return Remaining(done, left, max(by_limit, by_pace))


def in_words(remaining: Remaining) -> str:
    """`120 of 1,340 calls, about 21 minutes left`."""
    total = remaining.done + remaining.left
    minutes = ceil(remaining.seconds / 60)
    if remaining.seconds <= 90:
        time = "about a minute left" if remaining.seconds > 20 else "a few seconds left"
    elif minutes < 120:
        time = f"about {minutes} minutes left"
    else:
        time = f"about {round(minutes / 60)} hours left"
    return f"{remaining.done:,} of {counted(total, 'call')}, {time}"


def by_wish(name: str) -> int:
    """The place of a stream in the order in which streams are begun."""
    return WANTED.index(name) if name in WANTED else len(WANTED)
