"""The emulator's own clock: any clock, moved forward by as much as a test asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from xeroport.clock import Clock, Uptime


class MovableClock:
    """Shows what `under` shows, plus what it was advanced by."""

    def __init__(self, under: Clock) -> None:
        self._under = under
        self._ahead = timedelta()

    def now(self) -> datetime:
        return self._under.now() + self._ahead

    def monotonic(self) -> float:
        return self._under.monotonic() + self._ahead.total_seconds()

    def uptime(self) -> Uptime:
        uptime = self._under.uptime()
        return replace(uptime, seconds=uptime.seconds + self._ahead.total_seconds())

    async def sleep(self, seconds: float) -> None:
        await self._under.sleep(seconds)

    def advance(self, seconds: float) -> None:
        """Move the time forward; it does not run backwards."""
        if seconds < 0:
            raise ValueError("a clock does not run backwards")
        self._ahead += timedelta(seconds=seconds)
