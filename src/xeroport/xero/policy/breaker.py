"""What a client does while Xero cannot be reached: one call asks now and then, the others wait."""

from __future__ import annotations

import logging

from xeroport.clock import Clock
from xeroport.errors import Unavailable
from xeroport.settings import parts_of
from xeroport.store.calls import outages
from xeroport.store.calls.file import Calls
from xeroport.store.calls.outages import Outage
from xeroport.xero.policy.limits import Usage
from xeroport.xero.policy.refusals import first_words
from xeroport.xero.policy.verdict import Patience
from xeroport.xero.wire.answer import Answered, Lost

NAP = 0.5
GONE = frozenset({"dns", "refused", "connect_timeout", "proxy"})
"""Losses that say at once that Xero cannot be reached, as a reply of maintenance does."""
DOUBTS = 3
"""Other failures in a row, of any calls, that say so too: each alone may be one reply's."""
FIRST_CONTACT_SECONDS = 5.0
"""How long a client waits that Xero has not answered yet: nothing of its work would be lost."""

GIVEN_UP_SECONDS = 2.0
"""The shortest time for which other calls of a client end with the one that gave up."""

log = logging.getLogger("xeroport.outage")


class Breaker:
    """One client's view of the outages of its account."""

    def __init__(self, calls: Calls, account: str, *, clock: Clock, usage: Usage) -> None:
        self._calls = calls
        self._account = account
        self._clock = clock
        self._usage = usage
        self._has_reached = False
        self._has_tried = False
        self._has_seen = False
        self._given_up: Unavailable | None = None
        self._given_up_until = 0.0
        self._doubts = 0

    async def admit(self, patience: Patience) -> bool:
        """Wait until Xero may be asked; whether this call is the one that tries an outage.
        Unavailable if it takes longer than is worth waiting."""
        began = self._clock.monotonic()
        while (outage := self._current()) is not None:
            at_once, self._has_tried = not self._has_tried, True
            if self._given_up is not None and not at_once and began < self._given_up_until:
                raise Unavailable(self._given_up.message, hint=self._given_up.hint)
            if outages.take_try(self._calls, self._account, self._now(), at_once=at_once):
                return True
            if self._clock.monotonic() - began > self._most(patience):
                raise self.error(outage)
            nap = min(max(outage.next_try - self._now(), 0.05), NAP)
            self._usage.waited += nap
            await self._clock.sleep(nap)
        self._has_tried = True
        return False

    def is_open(self) -> bool:
        """Whether Xero cannot be reached just now, as others have found meanwhile."""
        return self._has_seen and self._current() is not None

    def heard(self, outcome: Answered | Lost) -> Outage | None:
        """Take in how a call ended; the outage, if Xero cannot be reached now."""
        reason = _trouble(outcome)
        if reason is None:
            self._reached()
            return None
        self._doubts += 1
        if not _says_at_once(outcome) and self._doubts < DOUBTS:
            return None
        was_open = self._has_seen
        self._has_seen = True
        outage = outages.failed(self._calls, self._account, self._now(), reason)
        self._usage.outage = outage
        if not was_open:
            log.warning("%s (%s)", outage, reason)
        return outage

    def heard_from_identity(self, outcome: Answered | Lost) -> None:
        """Take in how asking for a token ended: an answer does not mean that the API answers."""
        if _trouble(outcome) is not None:
            self.heard(outcome)

    def waits(self, patience: Patience, outage: Outage) -> bool:
        """Whether a call that failed in an outage is worth waiting for, instead of giving it up."""
        return self._has_reached and self._now() - outage.since <= patience.outage

    def give_up(self, error: Unavailable) -> None:
        """Let all other calls end with this one, until Xero may be tried again."""
        outage = self._current()
        pause = 0.0 if outage is None else outage.next_try - self._now()
        self._given_up = error
        self._given_up_until = self._clock.monotonic() + max(pause, GIVEN_UP_SECONDS)

    def ask_at_once(self) -> None:
        """Let the next call try an outage without waiting for its turn."""
        self._given_up, self._has_tried = None, False

    def error(self, outage: Outage) -> Unavailable:
        """The error for calls that were not worth waiting for."""
        return Unavailable(
            f"{outage}: {outage.reason}",
            hint="check the network; run the same command again to continue",
        )

    def _current(self) -> Outage | None:
        outage = outages.current(self._calls, self._account, self._now())
        if outage is None and self._has_seen:
            log.info("Xero answers again")
            self._has_seen = False
        self._has_seen = outage is not None
        self._usage.outage = outage
        return outage

    def _reached(self) -> None:
        self._has_reached, self._doubts, self._given_up = True, 0, None
        if self._has_seen:
            outages.ended(self._calls, self._account)
            self._has_seen, self._usage.outage = False, None
            log.info("Xero answers again")

    def _most(self, patience: Patience) -> float:
        return patience.outage if self._has_reached else FIRST_CONTACT_SECONDS

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _trouble(outcome: Answered | Lost) -> str | None:
    """Why an outcome may mean that Xero is gone; None for an answer of Xero's, even a refusal."""
    if isinstance(outcome, Lost):
        return None if outcome.kind in ("tls", "too_large") else outcome.detail
    if outcome.status in (301, 302, 303, 307, 308):
        host = parts_of(outcome.headers.get("location", "")).hostname
        return f"redirected to `{host}`" if host else "redirected"
    return first_words(outcome) if outcome.status in (502, 503, 504) else None


def _says_at_once(outcome: Answered | Lost) -> bool:
    if isinstance(outcome, Lost):
        return outcome.kind in GONE
    return outcome.status == 503 and "maintenance" in first_words(outcome).lower()
