"""Budgets that travel to a worker and back, by clocks that do not agree."""

from __future__ import annotations

import pytest

from xeroport.store.calls import carried
from xeroport.store.calls.budgets import Budgets, DayOver, GrantedCall, LimitsLeft, Wait
from xeroport.store.calls.file import Calls

HOME, ELSEWHERE = 1_000_000.0, 50.0
"""What the clocks of the two machines show at one moment."""


def budgets(calls: Calls) -> Budgets:
    return Budgets(calls, "acme", minute=3, concurrent=5)


def call(calls: Calls, at: float, heard: LimitsLeft | None = None) -> None:
    found = budgets(calls).reserve(at)
    assert isinstance(found, GrantedCall)
    budgets(calls).release(found.call, at, heard)


def test_calls_count_on_the_other_side_until_they_are_a_minute_old() -> None:
    home, away = Calls.in_memory(), Calls.in_memory()
    call(home, HOME - 50)
    call(home, HOME - 10)
    carried.unpack(away, "acme", carried.pack(home, "acme", HOME), ELSEWHERE)
    call(away, ELSEWHERE)
    assert budgets(away).reserve(ELSEWHERE) == Wait(pytest.approx(10), "minute")
    back = carried.pack(away, "acme", ELSEWHERE + 5, only_made_here=True)
    assert back.ages == (5,)
    carried.unpack(home, "acme", back, HOME + 5)
    assert budgets(home).reserve(HOME + 5) == Wait(pytest.approx(5), "minute")
    assert len(carried.pack(home, "acme", HOME + 5).ages) == 3
    assert isinstance(budgets(home).reserve(HOME + 10.1), GrantedCall)


def test_what_xero_said_last_is_known_on_both_sides() -> None:
    home, away = Calls.in_memory(), Calls.in_memory()
    call(away, ELSEWHERE, LimitsLeft(minute=40, day=1234, app_minute=9000))
    budgets(away).block("day", ELSEWHERE + 3600)
    carried.unpack(home, "acme", carried.pack(away, "acme", ELSEWHERE), HOME)
    found = budgets(home).reserve(HOME)
    assert found == DayOver(pytest.approx(HOME + 3600))
    state = budgets(home).state(HOME)
    assert (state.day_remaining, state.app_minute_remaining) == (0, 9000)
    assert isinstance(budgets(home).reserve(HOME + 3601), GrantedCall)


def test_older_news_replaces_no_newer() -> None:
    home, away = Calls.in_memory(), Calls.in_memory()
    call(away, ELSEWHERE - 20, LimitsLeft(day=3000))
    call(home, HOME - 1, LimitsLeft(day=100))
    carried.unpack(home, "acme", carried.pack(away, "acme", ELSEWHERE), HOME)
    assert budgets(home).state(HOME).day_remaining == 100
    carried.unpack(home, "acme", carried.CarriedUsage(), HOME)
    assert budgets(home).state(HOME).day_remaining == 100
