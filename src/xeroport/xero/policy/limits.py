"""Waiting for Xero's limits: the shared budgets, seen from one client's event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from msgspec import Struct

from xeroport.clock import Clock
from xeroport.errors import DayLimitReached
from xeroport.plurals import counted
from xeroport.store.calls.budgets import Budgets, DayOver, GrantedCall, Limit, LimitsLeft
from xeroport.store.calls.outages import Outage
from xeroport.store.calls.waits import CallWait, wait_until

LONGEST_NAP = 60.0
WORTH_SAYING = 5.0
"""Seconds from which on a wait for a limit is said, so that a command does not seem to hang."""
IN_WORDS = {"concurrent": "limit of calls at once", "minute": "minute limit", "day": "day limit",
            "appminute": "minute limit of the whole app"}  # fmt: skip

log = logging.getLogger("xeroport.waiting")


@dataclass(slots=True)
class Usage:
    """What a client has used so far: calls made, bytes, seconds spent waiting for limits, 429s
    by kind; `*_remaining` is what Xero last said is left (None until it has). While calls wait,
    `waiting_for` names the limit and `waiting_until` is when it gives way (Unix time)."""

    calls: int = 0
    retries: int = 0
    tokens: int = 0
    wire_bytes: int = 0
    body_bytes: int = 0
    waited: float = 0.0
    throttled: dict[str, int] = field(default_factory=dict)
    minute_remaining: int | None = None
    day_remaining: int | None = None
    waiting_for: Limit | None = None
    waiting_until: float = 0.0
    outage: Outage | None = None

    def __repr__(self) -> str:
        retried = f", {counted(self.retries, 'retry', 'retries')}" if self.retries else ""
        return f"<Usage: {counted(self.calls, 'call')}{retried}>"

    def waiting(self) -> CallWait | None:
        """What calls wait for just now; None if for nothing."""
        if self.outage is not None:
            return self.outage.wait
        if self.waiting_for is None:
            return None
        what = f"waiting for Xero's {IN_WORDS[self.waiting_for]}"
        return wait_until(what, self.waiting_until)


class CallLease(Struct):
    """One call's place in the budgets; `heard` is what its reply said is left. `extend` starts
    it again at a Unix time, for a call that could not leave at once. `has_left` says that Xero may
    have got the call, `is_under_way` that its answer is waited for."""

    extend: Callable[[float], None]
    heard: LimitsLeft | None = None
    has_left: bool = False
    is_under_way: bool = False


MOST_DIGITS = 9
"""Digits of a number of calls that is believed."""


def remaining(headers: Mapping[str, str]) -> LimitsLeft:
    """What a reply's headers say is left; nonsense counts as nothing said."""

    def number(name: str) -> int | None:
        text = headers.get(name, "").strip()
        is_number = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
        return int(text) if is_number else None

    return LimitsLeft(
        minute=number("x-minlimit-remaining"),
        day=number("x-daylimit-remaining"),
        app_minute=number("x-appminlimit-remaining"),
    )


def day_limit(until: float) -> DayLimitReached:
    """The error for a used-up day; `until` is a Unix time."""
    at = datetime.fromtimestamp(until, UTC).replace(microsecond=0)
    return DayLimitReached(
        f"Xero's daily limit is used up until `{at:%Y-%m-%d %H:%M:%S} UTC`",
        hint="run the same command again after that to continue",
        resets_at=at,
    )


class Gate:
    """Lets calls through as the budgets allow; never waits for a day."""

    def __init__(self, budgets: Budgets, clock: Clock, *, concurrent: int, usage: Usage) -> None:
        self._budgets = budgets
        self._clock = clock
        self._turns = asyncio.Semaphore(concurrent)
        self._usage = usage
        self._said_until = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[CallLease]:
        """Hold a place in the budgets for one call; DayLimitReached when there is none today."""
        async with self._turns:
            call = await self._reserve()
            lease = CallLease(partial(self._budgets.extend, call))
            try:
                yield lease
            finally:
                if not lease.has_left:
                    self._budgets.take_back(call)
                elif lease.is_under_way:
                    self._budgets.abandon(call, self._now())
                else:
                    self._budgets.release(call, self._now(), lease.heard)

    def hold(self, limit: Limit, seconds: float) -> float:
        """Stop all processes for so long, as a 429 asked; the Unix time when it ends."""
        until = self._now() + seconds
        self._budgets.block(limit, until)
        return until

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _say_wait(self, seconds: float) -> None:
        """Keep until when calls wait; a long wait is logged once, whatever number of calls wait."""
        now = self._now()
        is_new = now >= self._said_until
        self._usage.waiting_until = now + seconds
        if seconds >= WORTH_SAYING and is_new:
            self._said_until = now + seconds
            log.info("%s", self._usage.waiting())

    async def _reserve(self) -> int:
        while True:
            answer = self._budgets.reserve(self._now())
            if isinstance(answer, GrantedCall):
                self._usage.waiting_for = None
                return answer.call
            if isinstance(answer, DayOver):
                raise day_limit(answer.until)
            nap = min(answer.seconds, LONGEST_NAP)
            self._usage.waited += nap
            self._usage.waiting_for = answer.limit
            self._say_wait(answer.seconds)
            await self._clock.sleep(nap)
