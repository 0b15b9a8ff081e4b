"""When a write may leave: an idempotency key that may have been used protects for a while only."""

from __future__ import annotations

from datetime import datetime

from xeroport.catalogue import Endpoint
from xeroport.clock import Clock, Uptime, uptime_of
from xeroport.errors import Unavailable
from xeroport.xero.policy.verdict import KEY_LIFE


class ResendWindow:
    """How long one write may go again: a key that may have been used lives for KEY_LIFE, no longer.

    `within` is what is left, in seconds from now, of a key that was used before. Of the wall clock
    and the machine's uptime the one that counts more decides.
    """

    def __init__(self, clock: Clock, within: float | None) -> None:
        self.outcome_known = True
        self._clock = clock
        self._within = within
        self._opened = None if within is None else (clock.now(), uptime_of(clock))
        self._first: tuple[datetime, Uptime] | None = None

    def check(self, endpoint: Endpoint) -> None:
        """Note a departure; Unavailable if it would be too late for the key."""
        self._first = self._first or (self._clock.now(), uptime_of(self._clock))
        used_up = not self.outcome_known and self._passed(self._first) >= KEY_LIFE
        if self._within is not None and self._opened is not None:
            used_up = used_up or self._passed(self._opened) >= self._within
        if used_up:
            raise Unavailable(
                f"`{endpoint.name}` is not sent again: its idempotency key may have expired",
                hint="Xero may have done it: check before you do it again",
                outcome_known=False,
            )

    def _passed(self, since: tuple[datetime, Uptime]) -> float:
        """Seconds since a moment, by the clock that says more."""
        wall, uptime = since
        by_uptime = uptime_of(self._clock).since(uptime)
        if by_uptime is None:
            return KEY_LIFE
        return max((self._clock.now() - wall).total_seconds(), by_uptime)
