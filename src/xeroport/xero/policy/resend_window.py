"""When a write may leave: an idempotency key that may have been used protects for a while only."""

from __future__ import annotations

from datetime import datetime, timedelta

from xeroport.catalogue import Endpoint
from xeroport.errors import Unavailable
from xeroport.xero.policy.verdict import KEY_LIFE


class Departure:
    """How far one write may go: a key that may have been used lives for KEY_LIFE, no longer."""

    def __init__(self, before: datetime | None) -> None:
        self.before = before
        self.outcome_known = True
        self._first: datetime | None = None

    def check(self, endpoint: Endpoint, now: datetime) -> None:
        """Note a departure; Unavailable if it would be too late for the key."""
        self._first = self._first or now
        expired = not self.outcome_known and now >= self._first + timedelta(seconds=KEY_LIFE)
        if expired or (self.before is not None and now >= self.before):
            raise Unavailable(
                f"`{endpoint.name}` is not sent again: its idempotency key may have expired",
                hint="Xero may have done it: look before doing it again",
                outcome_known=False,
            )
