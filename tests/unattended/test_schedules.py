"""Who may start what is due, and when, decided in one transaction each."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from xeroport.clock import ManualClock
from xeroport.errors import InputError, UnknownName
from xeroport.jobs.schedule.scheduler import RunEnding, Scheduler
from xeroport.store import schedules
from xeroport.store.database import Store
from xeroport.store.notices import WaitingNotice
from xeroport.store.schedules import LEASE, Schedule

START = datetime(2026, 10, 22, tzinfo=UTC)
CRON = {"often": "*/30 * * * *", "nightly": "30 1 * * *", "weekly": "0 9 * * 1"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def fill(store: Store, names: dict[str, str] = CRON) -> None:
    for name, cron in names.items():
        schedules.put(
            store, name, kind="sync", target="acme", cron=cron, time_zone="Europe/London", now=START
        )


def test_missed_times_coalesce_into_the_latest(store: Store) -> None:
    fill(store, {"often": "*/30 * * * *"})
    now = START + timedelta(hours=10, minutes=5)
    claimed = schedules.claim(store, "one", ManualClock(now))
    assert claimed is not None
    assert claimed[1].due == START + timedelta(hours=10)
    schedules.finish(store, claimed[1], owner="one", now=now, status="done")
    assert schedules.claim(store, "one", ManualClock(now)) is None
    assert len(schedules.firings(store, "often")) == 1


def test_a_run_never_overlaps_itself(store: Store) -> None:
    fill(store, {"often": "*/30 * * * *"})
    now = START + timedelta(minutes=30)
    first = schedules.claim(store, "one", ManualClock(now))
    assert first is not None
    for _ in range(10):
        now += timedelta(minutes=4)
        assert schedules.renew(store, "often", "one", now)
        assert schedules.claim(store, "two", ManualClock(now)) is None
    schedules.finish(store, first[1], owner="one", now=now, status="done")
    second = schedules.claim(store, "two", ManualClock(now))
    assert second is not None
    assert second[1].due == START + timedelta(minutes=60)


def test_a_lease_that_ran_out_hands_over_the_same_run(store: Store) -> None:
    fill(store, {"often": "*/30 * * * *"})
    now = START + timedelta(minutes=31)
    first = schedules.claim(store, "elsewhere:1/a", ManualClock(now))
    assert first is not None
    assert schedules.claim(store, "two", ManualClock(now + LEASE - timedelta(seconds=1))) is None
    second = schedules.claim(store, "two", ManualClock(now + LEASE))
    assert second is not None
    assert second[1].due == first[1].due
    assert second[1].attempts == 2
    late = schedules.finish(
        store, first[1], owner="elsewhere:1/a", now=now + LEASE, status="failed"
    )
    assert not late.opened
    assert schedules.firings(store, "often")[0].finished_at is None


def test_pausing_starts_nothing_and_resuming_makes_nothing_up(store: Store) -> None:
    fill(store, {"often": "*/30 * * * *"})
    schedules.pause(store, "often")
    later = START + timedelta(days=1, minutes=1)
    assert schedules.claim(store, "one", ManualClock(later)) is None
    schedules.resume(store, "often", later)
    assert schedules.claim(store, "one", ManualClock(later)) is None
    assert schedules.get(store, "often").next_due == START + timedelta(days=1, minutes=30)


def test_names_that_do_not_exist_are_told(store: Store) -> None:
    fill(store)
    with pytest.raises(UnknownName, match="schedule `oftn`") as caught:
        schedules.get(store, "oftn")
    assert caught.value.hint == "did you mean `often`?"
    with pytest.raises(InputError, match="never runs"):
        fill(store, {"never": "0 0 30 2 *"})


def test_an_incident_is_said_once_and_its_end_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[WaitingNotice] = []

    def deliver(notice: WaitingNotice, **_: bool) -> None:
        said.append(notice)

    monkeypatch.setattr("xeroport.jobs.alerts.notify.deliver", deliver)
    schedules.put(
        store,
        "often",
        kind="sync",
        target="acme",
        cron="*/30 * * * *",
        time_zone="UTC",
        now=START,
        notify="true",
    )
    endings = iter(["failed", "failed", "failed", "done", "done", "failed"])
    clock = ManualClock(START)

    async def runner(schedule: Schedule, due: datetime) -> RunEnding:
        return RunEnding(next(endings), message="gone")

    async def six_runs() -> None:
        store.clock = clock
        scheduler = Scheduler(store, {"sync": runner})
        for _ in range(6):
            clock.advance(1800)
            assert scheduler.start_due() == 1
            await scheduler.settle()

    asyncio.run(six_runs())
    assert [notice.event for notice in said] == ["opened", "closed", "opened"]
    assert said[1].since == START + timedelta(minutes=30)


def test_a_machine_that_slept_does_not_start_again_what_it_is_running(store: Store) -> None:
    fill(store, {"often": "*/30 * * * *"})
    clock, begun = ManualClock(START + timedelta(minutes=31)), 0

    async def runner(schedule: Schedule, due: datetime) -> RunEnding:
        nonlocal begun
        begun += 1
        await asyncio.sleep(0.05)
        return RunEnding("done")

    async def sleeping_machine() -> None:
        store.clock = clock
        scheduler = Scheduler(store, {"sync": runner})
        assert scheduler.start_due() == 1
        clock.advance(3 * LEASE.total_seconds())
        assert scheduler.start_due() == 0
        await scheduler.settle()

    asyncio.run(sleeping_machine())
    assert begun == 1
    assert schedules.firings(store, "often")[0].status == "done"


def test_an_unexpected_error_fails_the_run_and_not_the_scheduler(store: Store) -> None:
    fill(store, {"often": "*/30 * * * *"})
    clock = ManualClock(START + timedelta(minutes=31))

    async def runner(schedule: Schedule, due: datetime) -> RunEnding:
        raise RuntimeError("boom")

    async def once() -> None:
        store.clock = clock
        scheduler = Scheduler(store, {"sync": runner})
        scheduler.start_due()
        await scheduler.settle()

    asyncio.run(once())
    (firing,) = schedules.firings(store, "often")
    assert (firing.status, firing.message) == ("failed", "RuntimeError: boom")


def test_a_clock_put_back_hides_no_run_behind_another(store: Store) -> None:
    """Days of runs by a clock that was ahead: each of them stays in the history."""
    fill(store, {"nightly": "30 1 * * *"})
    ahead = START + timedelta(days=10)
    for now in (ahead, ahead + timedelta(days=1)):
        first = schedules.claim(store, "one", ManualClock(now))
        assert first is not None
        schedules.finish(store, first[1], owner="one", now=now, status="done", run=7)
    assert schedules.claim(store, "one", ManualClock(START)) is None  # the clock is right again
    for day in range(1, 14):
        now = START + timedelta(days=day, hours=2)
        claimed = schedules.claim(store, "one", ManualClock(now))
        assert claimed is not None
        schedules.finish(store, claimed[1], owner="one", now=now, status="done", run=8)
    runs = [firing.run for firing in schedules.firings(store, "nightly", limit=50)]
    assert sorted(filter(None, runs)) == [7, 7, *[8] * 13]


def test_what_was_run_is_not_run_again(store: Store) -> None:
    """Whatever set the next due time back, the history says that this one is done."""
    fill(store, {"often": "*/30 * * * *"})
    now = START + timedelta(minutes=30)
    first = schedules.claim(store, "one", ManualClock(now))
    assert first is not None
    schedules.finish(store, first[1], owner="one", now=now, status="done", run=7)
    with store.transaction() as connection:
        connection.execute("UPDATE schedule SET next_due = ?", (first[1].due.isoformat(),))
    assert schedules.claim(store, "two", ManualClock(now + timedelta(minutes=1))) is None
    assert [firing.run for firing in schedules.firings(store, "often")] == [7]
    assert schedules.get(store, "often").next_due == START + timedelta(minutes=60)
