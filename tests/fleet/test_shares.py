"""An app's minute over a whole fleet, simulated: Xero, the driver's shares, real budgets in each
worker, an uneven network, and workers that are lost."""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count

import pytest

from xeroport.jobs.fleet import call_shares as shares
from xeroport.jobs.fleet.call_shares import Loan, Shares
from xeroport.store.calls import app_minute
from xeroport.store.calls.app_minute import AppShare
from xeroport.store.calls.budgets import Budgets, GrantedCall, LimitsLeft, Wait
from xeroport.store.calls.file import Calls
from xeroport.store.instances import Instance

MINUTE = 600
"""Stands for Xero's 10,000, so that a minute is over sooner."""


def organisation(number: int, app: str = "one-app", **settings: int) -> Instance:
    url = "https://xero.test"
    return replace(Instance(f"org-{number}", url, url, app), **settings)


@dataclass
class Xero:
    """Counts an app's calls in a fixed minute, those of others among them."""

    foreign: int = 0
    arrivals: list[float] = field(default_factory=list)
    refused: int = 0

    def answer(self, now: float) -> LimitsLeft:
        minute = now // 60 * 60
        used = sum(1 for each in reversed(self.arrivals[-MINUTE * 2 :]) if each >= minute)
        used += round(self.foreign * min(1.0, (now - minute) / 20))
        if used >= MINUTE:
            self.refused += 1
        self.arrivals.append(now)
        return LimitsLeft(app_minute=max(0, MINUTE - used - 1))

    def most_in_a_minute(self) -> int:
        """In any 60 s, wherever they begin."""
        found, oldest = 0, 0
        for number, at in enumerate(self.arrivals):
            while self.arrivals[oldest] <= at - 60:
                oldest += 1
            found = max(found, number - oldest + 1)
        return found


@dataclass
class Worker:
    """A shard at work: its loan, its budgets, and how many calls each of its instances needs."""

    loan: Loan
    fleet: tuple[Instance, ...]
    calls: Calls
    left: dict[str, int]

    def budgets(self, name: str) -> Budgets:
        app = self.loan.shares["one-app"]
        return Budgets(self.calls, name, minute=60, concurrent=5, app=app)


def run(
    xero: Xero,
    fleet: list[Instance],
    *,
    workers: int,
    each: int,
    listens: bool = True,
    loses: Callable[[random.Random], bool] = lambda _: False,
) -> float:
    """Every instance makes so many calls; the simulated seconds that took."""
    chance = random.Random(workers)
    lent = Shares(fleet, workers=workers)
    waiting = deque(tuple(fleet[at : at + 4]) for at in range(0, len(fleet), 4))
    events: list[tuple[float, int, Callable[[float], None]]] = []
    order = count()
    at_work = 0

    def later(at: float, what: Callable[[float], None]) -> None:
        heapq.heappush(events, (at, next(order), what))

    def hand_out(now: float) -> None:
        nonlocal at_work
        while waiting and at_work < (workers if lent.places is None else lent.places):
            loan = lent.lend(waiting[0], now)
            assert loan is not None
            made = waiting.popleft()
            worker = Worker(loan, made, Calls.in_memory(), {one.name: each for one in made})
            for app, ages in loan.spent.items():
                app_minute.spend(worker.calls, app, ages, now)
            at_work += 1
            for name in list(worker.left):
                later(now + chance.random(), lambda at, w=worker, n=name: ask(w, n, at))

    def ask(worker: Worker, name: str, now: float) -> None:
        found = worker.budgets(name).reserve(now)
        if isinstance(found, Wait):
            later(now + found.seconds, lambda at: ask(worker, name, at))
            return
        assert isinstance(found, GrantedCall)
        later(now + chance.random() * 2, lambda at: arrive(worker, name, found.call, at))

    def arrive(worker: Worker, name: str, call: int, now: float) -> None:
        heard = xero.answer(now)
        later(now + chance.random() * 2, lambda at: end(worker, name, call, heard, at))

    def end(worker: Worker, name: str, call: int, heard: LimitsLeft, now: float) -> None:
        nonlocal at_work
        if not worker.left:
            return
        worker.budgets(name).release(call, now, heard if listens else None)
        if loses(chance):
            worker.left.clear()
            lent.give_back(worker.loan, now, None)
            waiting.append(worker.fleet)
        else:
            worker.left[name] -= 1
            if worker.left[name]:
                ask(worker, name, now)
                return
            del worker.left[name]
            if worker.left:
                return
            spent = app_minute.spent(worker.calls, "one-app", now)
            lent.give_back(worker.loan, now, {"one-app": spent})
        at_work -= 1
        hand_out(now)

    hand_out(0.0)
    now = 0.0
    while events:
        now, _, what = heapq.heappop(events)
        what(now)
    return now


@pytest.fixture(autouse=True)
def small_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "APP_MINUTE", MINUTE)


@pytest.mark.parametrize("workers", [1, 3, 7, 40, 1000])
def test_all_workers_together_stay_within_the_minute(workers: int) -> None:
    xero, fleet = Xero(), [organisation(number) for number in range(60)]
    seconds = run(xero, fleet, workers=workers, each=30)
    assert len(xero.arrivals) == 60 * 30
    assert xero.most_in_a_minute() <= MINUTE
    assert xero.refused == 0
    if workers > 3:
        assert seconds < 60 * 30 / MINUTE * 60 * 2, "the minute is used, not only kept"


@pytest.mark.parametrize("workers", [3, 40])
def test_lost_workers_count_as_if_they_had_used_all_they_had(workers: int) -> None:
    xero, fleet = Xero(), [organisation(number) for number in range(40)]
    run(xero, fleet, workers=workers, each=30, loses=lambda chance: chance.random() < 0.01)
    assert len(xero.arrivals) > 40 * 30
    assert xero.most_in_a_minute() <= MINUTE


def test_what_xero_says_is_left_is_shared_out_too() -> None:
    """Another program of the same app takes two thirds of every minute."""
    fleet = [organisation(number) for number in range(60)]
    deaf, listening = Xero(foreign=400), Xero(foreign=400)
    run(deaf, fleet, workers=10, each=20, listens=False)
    run(listening, fleet, workers=10, each=20)
    assert deaf.refused > 250
    assert listening.refused < deaf.refused / 5


def test_an_app_that_is_not_crowded_holds_nobody_up() -> None:
    """Custom connections are apps of their own: as many at work as there are workers."""
    fleet = [organisation(number, app=f"app-{number}") for number in range(500)]
    lent = Shares(fleet, workers=400)
    assert lent.places is None
    loans = [lent.lend(fleet[at : at + 2], 0.0) for at in range(0, 500, 2)]
    for at, loan in zip(range(0, 500, 2), loans, strict=True):
        assert loan is not None
        assert loan.shares == {f"app-{n}": AppShare(f"app-{n}", 60, 1.0) for n in (at, at + 1)}


def test_shares_and_parts_of_those_at_work_never_come_to_more_than_all() -> None:
    fleet = [organisation(number) for number in range(8)]  # 480 of 600: not crowded
    lent = Shares(fleet, workers=4)
    loans = [lent.lend(fleet[at : at + 2], 0.0) for at in range(0, 8, 2)]
    each = [loan.shares["one-app"] for loan in loans if loan is not None]
    assert [share.calls for share in each] == [120] * 4
    assert sum(share.part for share in each) == pytest.approx(1)
    crowded = Shares([organisation(number) for number in range(11)], workers=4)
    taken = [crowded.lend([organisation(0)], 0.0) for _ in range(5)]
    assert taken[4] is None
    assert [loan.shares["one-app"].calls for loan in taken[:4] if loan] == [150] * 4
