"""An app's 10,000 calls a minute, shared out to the shards of a fleet.

Workers cannot ask one another. So that all of them together stay within the minute, a shard gets
a share when it is handed out, and the shares of all shards at work never come to more. Where the
organisations of an app could not use up its minute, each shard gets what its own may use. Where
they could (a crowded app), its minute is cut into equal places, and a shard has one of them. The
next shard of a place inherits the calls that still count.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from xeroport.store.calls.app_minute import APP_MINUTE, AppShare
from xeroport.store.calls.file import WINDOW
from xeroport.store.instances import Instance

FULL_SPEED = 60
"""Calls a minute that one organisation can take: no place is smaller, as nothing would end."""

Spent = Mapping[str, list[float]]
"""App → how many seconds ago its calls ended, for those that still count."""


@dataclass(frozen=True, slots=True)
class Loan:
    """What a shard may take: a share an app, and of each what was spent by those before it.
    `place` is None where there are as many as one likes."""

    place: int | None
    shares: Mapping[str, AppShare]
    spent: Spent = field(default_factory=dict)


class Shares:
    """Who may call how often; `places` is how many shards may be at work, None if any number."""

    def __init__(self, fleet: Iterable[Instance], *, workers: int) -> None:
        self._demand = Counter[str]()
        for each in fleet:
            self._demand[each.client_id] += each.rate_limit
        is_crowded = any(self._is_crowded(app) for app in self._demand)
        self.places = min(workers, APP_MINUTE // FULL_SPEED) if is_crowded else None
        self._free = deque(range(self.places or 0))
        self._ended: dict[tuple[int, str], list[float]] = {}

    def lend(self, shard: Iterable[Instance], now: float) -> Loan | None:
        """A loan for a shard, or None until another ends; `now` is in seconds, of any clock."""
        wanted = Counter[str]()
        for each in shard:
            wanted[each.client_id] += each.rate_limit
        shares = {app: self._share(app, calls) for app, calls in wanted.items()}
        if self.places is None:
            return Loan(None, shares)
        if not self._free:
            return None
        place = self._free.popleft()
        spent = {app: self._still_count(place, app, now) for app in wanted}
        return Loan(place, shares, {app: ages for app, ages in spent.items() if ages})

    def give_back(self, loan: Loan, now: float, spent: Spent | None) -> None:
        """End a loan. Without `spent` (a lost worker) all of it counts as spent just now."""
        if loan.place is None:
            return
        for app, share in loan.shares.items():
            ages = [0.0] * share.calls if spent is None else spent.get(app, ())
            self._ended[loan.place, app] = [now - age for age in ages]
        self._free.append(loan.place)

    def _is_crowded(self, app: str) -> bool:
        return self._demand[app] > APP_MINUTE

    def _share(self, app: str, calls: int) -> AppShare:
        if self._is_crowded(app) and self.places is not None:
            calls = APP_MINUTE // self.places
        return AppShare(app, calls, calls / min(self._demand[app], APP_MINUTE))

    def _still_count(self, place: int, app: str, now: float) -> list[float]:
        ended = self._ended.pop((place, app), [])
        return [now - at for at in ended if at > now - WINDOW]
