"""A login that nobody uses is refreshed by `serve` before Xero forgets it; and the health of one
whose app has too small a plan."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from login_world import World

from forking import FileClock, set_ahead
from xeroport.jobs.logins.app_plan import CallsLeft, too_small
from xeroport.jobs.logins.login_state import keep_alive
from xeroport.jobs.schedule import scheduler
from xeroport.server.workers import Workers
from xeroport.store import instances, logins
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store
from xeroport.store.logins import DAY
from xeroport.xero.client import open_client


@pytest.fixture
def world(clocked_world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(scheduler, "POLL_SECONDS", 0.02)
    return clocked_world


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


@contextmanager
def serving(world: World, clock: Path) -> Iterator[None]:
    """What `serve` runs beside its pages."""
    beside = Workers(world.home, clock=FileClock(clock))
    beside.start()
    try:
        yield
    finally:
        beside.end()


def test_serve_keeps_a_quiet_login_for_half_a_year(world: World, clock: Path) -> None:
    assert world.signed_in(world.tenants[:1])
    store, refresh_tokens = Store(world.home), world.emulator.identity.grants.refresh
    began = time.time()
    assert logins.quiet(store, began + 49.9 * DAY) == ()
    with serving(world, clock):
        for number, day in enumerate((50.1, 100.3, 150.5, 180), start=2):
            set_ahead(clock, day * DAY)
            if day < 180:
                wait_for(lambda number=number: len(refresh_tokens) == number)  # type: ignore[misc]
    (instance,) = instances.each_instance(store)

    async def work() -> None:
        store.clock = FileClock(clock)
        async with open_client(store, instance.name) as client:
            await client.call("contacts.list")

    asyncio.run(work())
    assert len(refresh_tokens) == 5


def test_serve_says_once_that_a_login_cannot_be_refreshed(
    world: World,
    clock: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert world.signed_in(world.tenants[:1])
    world.emulator.switches.change(token_refused="temporarily_unavailable")
    rounds: list[list[str]] = []

    async def counted(*arguments: Any, **more: Any) -> list[str]:
        rounds.append(await keep_alive(*arguments, **more))
        return rounds[-1]

    monkeypatch.setattr(scheduler, "keep_alive", counted)
    caplog.set_level(logging.WARNING)
    with serving(world, clock):
        for hour in range(4):
            before = len(rounds)
            set_ahead(clock, 51 * DAY + hour * 3700)
            wait_for(lambda before=before: len(rounds) > before)  # type: ignore[misc]
        world.emulator.switches.change(token_refused="")
        set_ahead(clock, 52 * DAY)
        wait_for(lambda: len(world.emulator.identity.grants.refresh) == 2)
    assert sum(map(len, rounds)) == 1
    (said,) = [text for text in caplog.messages if "could not be refreshed" in text]
    assert "the login `xero`" in said


@pytest.mark.parametrize(
    ("organisations", "words"),
    [
        ([], None),
        ([CallsLeft("a", None)] * 5, None),
        ([CallsLeft("a", 990)] * 4, None),
        ([CallsLeft("a", 990)] * 4 + [CallsLeft("b", 4_200)], None),
        ([CallsLeft("a", 990)] * 5, "looks too small: it has 5 organisations, and Starter takes 5"),
        (
            [CallsLeft("a", 4_000), CallsLeft("b", 0, 1_798_761_600.0)],
            "the day's calls of `b` are used up until 2027-01-01 00:00 UTC",
        ),
    ],
)
def test_when_the_plan_of_an_app_is_too_small(
    organisations: list[CallsLeft], words: str | None
) -> None:
    said = too_small(organisations)
    assert said == words if words is None else words in (said or "")


def test_a_plan_that_is_too_small_is_listed(world: World) -> None:
    assert world.signed_in(world.tenants[:2])
    assert json.loads(world.run("login", "--list", "--json").stdout)[0]["plan_problem"] is None
    store = Store(world.home)
    instance = next(iter(instances.each_instance(store)))
    budget = instances.budgets_of(Calls(world.home), instance)
    budget.block("day", time.time() + 3600)
    listed = world.run("login", "--list")
    assert f"the day's calls of `{instance.name}` are used up" in listed.stderr
    assert "xeroport plan NAME" in listed.stderr
