"""Time comes in through a clock, so that tests decide what time it is."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Protocol

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
CLOCKS_APART = 60.0
"""Seconds that two clocks may differ: of this machine and of Xero or a machine beside, or of two
processes one of which read it before it waited for its turn to write."""


@dataclass(frozen=True, slots=True)
class Uptime:
    """Seconds since this machine started, sleep included; nobody can set them. Two of them can be
    compared only where `boot` is the same."""

    boot: str
    seconds: float

    def since(self, earlier: Uptime) -> float | None:
        """Seconds that passed between two; None where the machine started again meanwhile."""
        return self.seconds - earlier.seconds if self.boot == earlier.boot else None


class Clock(Protocol):
    """Where time comes from; all instants are aware and in UTC."""

    def now(self) -> datetime:
        """The current instant, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        ...

    def uptime(self) -> Uptime:
        """How long the machine has been up: a clock that no one sets."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""
        ...


class SystemClock:
    """The machine's own clock."""

    def __repr__(self) -> str:
        return "SystemClock()"

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def uptime(self) -> Uptime:
        return Uptime(_boot(os.getpid()), _seconds_up())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


SYSTEM_CLOCK = SystemClock()
"""What a function goes by that is given no other clock."""


class ManualClock:
    """A clock that stands still until it is moved; `sleep` moves it."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2026, 11, 1, tzinfo=UTC)
        self._elapsed = 0.0
        self._boots = 1

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed

    def uptime(self) -> Uptime:
        return Uptime(f"boot {self._boots}", self._elapsed)

    def advance(self, seconds: float) -> None:
        """Let that many seconds pass."""
        self._now += timedelta(seconds=seconds)
        self._elapsed += seconds

    def set_wall(self, seconds: float) -> None:
        """Set the wall clock forward or back, as a person or a time server does; no time passes."""
        self._now += timedelta(seconds=seconds)

    def reboot(self) -> None:
        """Start the machine again."""
        self._boots += 1
        self._elapsed = 0.0

    async def sleep(self, seconds: float) -> None:
        self.advance(max(seconds, 0.0))
        await asyncio.sleep(0)


def uptime_of(clock: Clock) -> Uptime:
    """A clock's uptime; of one that has none of its own, its steady seconds on this machine."""
    ask = getattr(clock, "uptime", None)
    if ask is None:
        return Uptime(_boot(os.getpid()), clock.monotonic())
    uptime: Uptime = ask()
    return uptime


@cache
def _boot(process: int) -> str:
    """What tells this start of the machine from all others; where the system does not say, only
    this process can compare its times."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return f"process {process} {secrets.token_hex(8)}"


def _seconds_up() -> float:
    """A clock that runs through sleep, where the system has one."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    if clock is not None:
        try:
            return time.clock_gettime(clock)
        except OSError:
            pass
    return time.monotonic()
