"""Wrong passwords cost time, by address: whoever sends many waits in a short line of their own,
and keeps nobody else from signing in."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field

PAUSE = 0.7
"""Seconds that a wrong password costs."""
LINE = 4
"""Passwords of one address that may wait; more are refused at once."""
CHECKS = 2
"""Passwords that are checked side by side: each takes 16 MB and a processor for a moment."""


class LineFull(Exception):
    """Too many passwords of one address are waiting."""


@dataclass
class _Line:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class PasswordLine:
    """The lines of passwords to check, one an address."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}
        self._checks = asyncio.Semaphore(CHECKS)

    async def check(self, address: str, is_right: Callable[[], bool]) -> bool:
        """Whether the password is right, once it is its turn; LineFull without a try."""
        key = network(address)
        line = self._lines.setdefault(key, _Line())
        if line.waiting > LINE:
            raise LineFull
        line.waiting += 1
        try:
            async with line.turn:
                async with self._checks:
                    right = await asyncio.to_thread(is_right)
                if not right:
                    await asyncio.sleep(PAUSE)
                return right
        finally:
            line.waiting -= 1
            if not line.waiting:
                self._lines.pop(key, None)


def network(address: str) -> str:
    """What counts as one sender: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
