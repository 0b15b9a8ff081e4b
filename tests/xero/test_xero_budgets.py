"""Budgets: whatever the journeys take and however Xero's windows fall, nothing is exceeded."""

from __future__ import annotations

import asyncio
import dataclasses
import heapq
import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from scripted import Said, Scripted

from xeroport.clock import ManualClock
from xeroport.errors import DayLimitReached
from xeroport.store.calls.budgets import Budgets, DayOver, GrantedCall, LimitsLeft, Wait
from xeroport.store.calls.file import FILE_NAME, Calls
from xeroport.store.database import Store
from xeroport.xero.client import XeroClient, open_client

ClientOf = Callable[..., XeroClient]
NAME = "acme"


def budgets(**settings: int) -> Budgets:
    return Budgets(Calls.in_memory(), NAME, **({"minute": 60, "concurrent": 5} | settings))


def simulate(seed: int, *, workers: int, seconds: float, slow: float) -> list[tuple[float, float]]:
    """(arrival at Xero, departure) of each call, made by greedy workers over an uneven network."""
    chance = random.Random(seed)
    shared, made = budgets(), []
    events: list[tuple[float, int, str, int]] = []
    for worker in range(workers):
        heapq.heappush(events, (1000.0 + chance.random(), worker, "ask", 0))
    while events:
        now, worker, what, call = heapq.heappop(events)
        if now > 1000.0 + seconds:
            break
        if what == "end":
            shared.release(call, now, None)
            heapq.heappush(events, (now, worker, "ask", 0))
            continue
        found = shared.reserve(now)
        if isinstance(found, Wait):
            heapq.heappush(events, (now + found.seconds, worker, "ask", 0))
            continue
        assert isinstance(found, GrantedCall)
        out, work, back = (chance.random() * slow for _ in range(3))
        made.append((now + out, now + out + work))
        heapq.heappush(events, (now + out + work + back, worker, "end", found.call))
    return made


@pytest.mark.parametrize("seed", range(6))
def test_neither_rolling_nor_fixed_windows_are_exceeded(seed: int) -> None:
    made = sorted(simulate(seed, workers=20, seconds=130, slow=[0.05, 0.5, 3.0][seed % 3]))
    arrivals = [arrival for arrival, _ in made]
    assert len(made) > 60
    for index, arrival in enumerate(arrivals):
        within = sum(1 for other in arrivals[index:] if other < arrival + 60)
        assert within <= 60
    for offset in range(0, 60, 7):
        fixed = Counter(int((arrival - offset) // 60) for arrival in arrivals)
        assert max(fixed.values()) <= 60
    for arrival, _ in made:
        assert sum(1 for a, d in made if a <= arrival < d) <= 5


def test_the_minute_is_used_to_the_full() -> None:
    made = simulate(1, workers=5, seconds=305, slow=0.05)
    assert len(made) >= 5 * 60


def test_other_programs_calls_are_heard() -> None:
    shared = budgets(concurrent=100)
    first = shared.reserve(1000.0)
    assert isinstance(first, GrantedCall)
    shared.release(first.call, 1001.0, LimitsLeft(minute=9))
    granted = [shared.reserve(1002.0) for _ in range(12)]
    assert [type(each) for each in granted] == [GrantedCall] * 9 + [Wait] * 3
    assert isinstance(shared.reserve(1061.5), GrantedCall)


def test_headers_only_tighten() -> None:
    shared = budgets(concurrent=100)
    for each in range(60):
        found = shared.reserve(1000.0 + each / 100)
        assert isinstance(found, GrantedCall)
        shared.release(found.call, 1001.0, LimitsLeft(minute=60_000))
    found = shared.reserve(1002.0)
    assert isinstance(found, Wait)
    assert found.limit == "minute"
    assert found.seconds == pytest.approx(59.0)


def test_the_day_counts_down_and_comes_back() -> None:
    shared = budgets(concurrent=100)
    first = shared.reserve(1000.0)
    assert isinstance(first, GrantedCall)
    shared.release(first.call, 1000.0, LimitsLeft(day=900))
    assert shared.state(1000.0).day_remaining == 900
    second = shared.reserve(1000.0)
    assert isinstance(second, GrantedCall)
    assert shared.state(1000.0).day_remaining == 899
    shared.release(second.call, 1000.0, LimitsLeft(day=901))
    assert shared.state(1000.0).day_remaining == 899
    third = shared.reserve(1000.0)
    assert isinstance(third, GrantedCall)
    shared.release(third.call, 1000.0, LimitsLeft(day=4999))
    assert shared.state(1000.0).day_remaining == 4999
    shared.block("day", 5000.0)
    assert shared.reserve(1001.0) == DayOver(5000.0)
    assert shared.state(1001.0).day_until == 5000.0
    assert isinstance(shared.reserve(5001.0), GrantedCall)


def test_an_expired_lease_gives_its_place_back() -> None:
    shared = budgets(concurrent=1)
    assert isinstance(shared.reserve(1000.0), GrantedCall)
    assert isinstance(shared.reserve(1100.0), Wait)
    assert isinstance(shared.reserve(1121.0), GrantedCall)


def test_a_clock_set_back_does_not_block() -> None:
    shared = budgets(concurrent=1, minute=1)
    ahead = shared.reserve(1_000_000.0)
    assert isinstance(ahead, GrantedCall)
    shared.release(ahead.call, 1_000_000.0)
    assert isinstance(shared.reserve(1000.0), GrantedCall)


def test_no_wait_is_too_short_for_a_clock() -> None:
    """A rest of less than a microsecond is none to a `datetime`: waiting for it never ended."""
    shared = budgets()
    shared.block("minute", 1_010.000_000_3)
    wait = shared.reserve(1_010.0)
    assert isinstance(wait, Wait)
    assert wait.seconds > 0.001
    assert isinstance(shared.reserve(1_010.0 + wait.seconds), GrantedCall)


def test_instances_have_budgets_of_their_own(tmp_path: Path) -> None:
    calls = Calls(tmp_path)
    one = Budgets(calls, "one", minute=1, concurrent=1)
    two = Budgets(calls, "two", minute=1, concurrent=1)
    assert isinstance(one.reserve(1.0), GrantedCall)
    assert isinstance(two.reserve(1.0), GrantedCall)
    assert isinstance(one.reserve(1.0), Wait)


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    for spoiled in (b"not a database" * 500, b""):
        (tmp_path / FILE_NAME).write_bytes(spoiled)
        calls = Calls(tmp_path)
        shared = Budgets(calls, NAME, minute=1, concurrent=1)
        assert isinstance(shared.reserve(1.0), GrantedCall)
        assert (tmp_path / FILE_NAME).stat().st_mode & 0o077 == 0
        calls.close()
        for each in tmp_path.glob(FILE_NAME + "-*"):
            each.unlink()


def test_a_call_costs_less_than_a_millisecond(tmp_path: Path) -> None:
    shared = Budgets(Calls(tmp_path), NAME, minute=1_000_000, concurrent=5)
    heard = LimitsLeft(minute=50, day=4000, app_minute=9000)
    shared.reserve(0.5)
    began = time.process_time()
    for each in range(1000):
        found = shared.reserve(1000.0 + each)
        assert isinstance(found, GrantedCall)
        shared.release(found.call, 1000.5 + each, heard)
    assert (time.process_time() - began) / 1000 < 0.001


def test_sixty_calls_then_a_wait(client_of: ClientOf) -> None:
    clock, server = ManualClock(), Scripted(Said(body={}))

    async def work() -> None:
        async with client_of(server, clock=clock) as client:
            for _ in range(61):
                await client.call("contacts.list")
            assert client.usage.waited == pytest.approx(60)

    asyncio.run(work())
    assert clock.monotonic() == pytest.approx(60)


def test_the_last_call_of_the_day_is_told(client_of: ClientOf) -> None:
    day = Said(429, "", {"X-Rate-Limit-Problem": "day", "Retry-After": "500"})
    server = Scripted(Said(headers={"X-DayLimit-Remaining": "0"}), day)
    clock = ManualClock()

    async def work() -> None:
        async with client_of(server, clock=clock) as client:
            await client.call("contacts.list")
            for _ in range(3):
                with pytest.raises(DayLimitReached):
                    await client.call("contacts.list")
            clock.advance(501)
            server.script.append(Said())
            await client.call("contacts.list")

    asyncio.run(work())
    assert len(server.asked) == 3


class Strict:
    """Answers after a while; 429 to a sixth call at a time and to the 61st in 60 s."""

    def __init__(self, minute: int, *, takes: float = 0.02) -> None:
        self.minute = minute
        self.takes = takes
        self.now = self.most = self.refused = self.served = 0
        self.ends: list[float] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        status, body = 200, b'{"access_token":"t","expires_in":1800}'
        if scope["path"] != "/connect/token":
            body = b"{}"
            arrived = time.monotonic()
            self.ends = [each for each in self.ends if each > arrived - 60]
            self.now += 1
            self.most = max(self.most, self.now)
            if self.now > 5 or len(self.ends) >= self.minute:
                status = 429
                self.refused += 1
            else:
                self.ends.append(arrived)
                self.served += 1
            await asyncio.sleep(self.takes)
            self.now -= 1
        head = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})


@contextmanager
def serving(app: Any) -> Iterator[str]:
    running = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join(10)


def _call(home: str, count: int, busy: Any) -> None:
    os.environ["XEROPORT_KEYRING"] = "off"
    store = Store(Path(home))

    async def work() -> None:
        async with open_client(store, NAME) as client:

            async def one() -> None:
                await client.call("contacts.list")
                busy.set()

            await asyncio.gather(*(one() for _ in range(count)))

    asyncio.run(work())


def _processes(store: Store, counts: list[int]) -> tuple[list[Any], Any]:
    context = multiprocessing.get_context("spawn")
    busy = context.Event()
    made = [context.Process(target=_call, args=(str(store.home), n, busy)) for n in counts]
    for each in made:
        each.start()
    return made, busy


def test_two_syncs_and_a_push_stay_inside_five_at_a_time(client_of: ClientOf, store: Store) -> None:
    app = Strict(minute=100_000)
    with serving(app) as base_url:
        client_of(base_url=base_url, rate_limit=100_000)
        made, _ = _processes(store, [60, 60, 60])
        for each in made:
            each.join(60)
    assert [each.exitcode for each in made] == [0, 0, 0]
    assert (app.refused, app.served) == (0, 180)
    assert app.most == 5


def test_a_killed_process_gives_its_places_back(client_of: ClientOf, store: Store) -> None:
    app = Strict(minute=100_000)
    with serving(app) as base_url:
        client_of(base_url=base_url, rate_limit=100_000)
        (victim,), busy = _processes(store, [2000])
        assert busy.wait(30)
        os.kill(victim.pid, signal.SIGKILL)
        victim.join(10)
        began = time.monotonic()
        (survivor,), _ = _processes(store, [20])
        survivor.join(60)
        assert survivor.exitcode == 0
        assert time.monotonic() - began < 20


def test_calls_that_outlive_their_killed_process_are_never_joined_by_more(
    client_of: ClientOf, store: Store
) -> None:
    """Xero goes on with what it was asked, whoever is killed: five at a time are five."""
    app = Strict(minute=100_000, takes=0.4)
    with serving(app) as base_url:
        client_of(base_url=base_url, rate_limit=100_000)
        for _ in range(4):
            (victim,), busy = _processes(store, [100])
            assert busy.wait(60)
            os.kill(victim.pid, signal.SIGKILL)
            victim.join(10)
        (survivor,), _ = _processes(store, [10])
        survivor.join(60)
        assert survivor.exitcode == 0
    assert (app.refused, app.most) == (0, 5)


@pytest.mark.soak
def test_sixty_a_minute_over_three_processes(client_of: ClientOf, store: Store) -> None:
    app = Strict(minute=60)
    with serving(app) as base_url:
        client_of(base_url=base_url)
        began = time.monotonic()
        made, _ = _processes(store, [80, 80, 40])
        for each in made:
            each.join(400)
    assert [each.exitcode for each in made] == [0, 0, 0]
    assert (app.refused, app.served) == (0, 200)
    assert 180 <= time.monotonic() - began < 200


def test_calls_of_a_dead_process_hold_their_places_until_they_must_have_ended() -> None:
    from xeroport.store.processes import this_process

    shared = budgets(concurrent=1)
    gone = str(dataclasses.replace(this_process(), started="17"))

    def dies_with_a_call(at: float) -> None:
        assert isinstance(shared.reserve(at), GrantedCall)
        shared.calls.connection.execute("UPDATE call SET process=? WHERE ended IS NULL", (gone,))

    dies_with_a_call(1000.0)
    assert isinstance(shared.reserve(1119.0), Wait)  # how long calls take is not known yet
    slow = shared.reserve(1121.0)
    assert isinstance(slow, GrantedCall)
    shared.release(slow.call, 1125.0)
    dies_with_a_call(1130.0)
    assert isinstance(shared.reserve(1137.9), Wait)
    granted = shared.reserve(1138.1)
    assert isinstance(granted, GrantedCall)
    shared.release(granted.call, 1138.2)
    assert isinstance(shared.reserve(1139.0), GrantedCall)


def test_an_abandoned_call_holds_its_place_for_as_long() -> None:
    shared = budgets(concurrent=1)
    first = shared.reserve(1000.0)
    assert isinstance(first, GrantedCall)
    shared.release(first.call, 1003.0)
    second = shared.reserve(1010.0)
    assert isinstance(second, GrantedCall)
    shared.abandon(second.call, 1011.0)
    assert isinstance(shared.reserve(1016.9), Wait)
    assert isinstance(shared.reserve(1017.1), GrantedCall)


def test_a_call_that_never_left_counts_for_nothing() -> None:
    shared = budgets(concurrent=1, minute=1)
    first = shared.reserve(1000.0)
    assert isinstance(first, GrantedCall)
    shared.take_back(first.call)
    second = shared.reserve(1000.0)
    assert isinstance(second, GrantedCall)
    shared.release(second.call, 1000.0, LimitsLeft(day=900))
    third = shared.reserve(1061.0)
    assert isinstance(third, GrantedCall)
    shared.take_back(third.call)
    assert shared.state(1061.0).day_remaining == 900
    assert shared.state(1061.0).minute_used == 0


@pytest.mark.parametrize("limit", ["day", "minute", "appminute"])
def test_a_block_of_a_clock_that_was_ahead_counts_for_nothing(limit: Any) -> None:
    shared = budgets(concurrent=10)
    ahead = 30 * 86_400.0
    shared.block(limit, 1000.0 + ahead + 60.0)
    assert isinstance(shared.reserve(1000.0), GrantedCall)
    assert shared.state(1000.0).day_until is None
    assert shared.state(1000.0).blocked_until is None
    shared.block(limit, 1060.0)
    assert not isinstance(shared.reserve(1001.0), GrantedCall)
    assert isinstance(shared.reserve(1061.0), GrantedCall)
