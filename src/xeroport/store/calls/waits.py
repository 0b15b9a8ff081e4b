"""What calls wait for, and until when: a value, put into words where somebody reads it."""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil
from typing import Any

import msgspec
from msgspec import Struct


class CallWait(Struct, frozen=True):
    """`what` calls wait for, until a moment; of an outage that is when it is tried again."""

    what: str
    until: datetime
    is_try: bool = False

    def __str__(self) -> str:
        return f"{self.what}, {'next try' if self.is_try else 'until'} {self.until:%H:%M:%S} UTC"

    def counted_down(self, now: datetime) -> str:
        """The same, with the seconds that are left instead of the time."""
        left = max(0, ceil((self.until - now).total_seconds()))
        return f"{self.what}, {f'next try in {left} s' if self.is_try else f'{left} s more'}"


def wait_until(what: str, seconds: float, *, is_try: bool = False) -> CallWait:
    """A wait that ends at a Unix time, to the second."""
    return CallWait(what, datetime.fromtimestamp(ceil(seconds), UTC), is_try)


def wait_in(value: Any) -> CallWait | None:
    """The wait in plain values; None where they hold none."""
    try:
        return msgspec.convert(value, CallWait)
    except msgspec.ValidationError:
        return None
