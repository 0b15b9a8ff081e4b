"""A week of simulated time under real `serve` processes, two side by side, killed at random.

The clock is a file that both read. Both weeks hold a change to or from daylight-saving time in
London; when runs are due there is written out here by hand, as Debian's cron would have it.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from receiver import Heard, free_port
from serve_pair import KEY, Pair, finished, wait_for

from xeroport.secrets.vault import Secret
from xeroport.store import instances, notices, runs, schedules
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport_emulator import Emulator

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Week:
    """Where it starts, and the UTC times of the daily run at 01:30 and of Monday's at 09:00."""

    start: datetime
    nightly: tuple[str, ...]
    weekly: str

    def due(self, step: timedelta) -> dict[str, list[datetime]]:
        """Schedule → when it is due."""
        often, moment = [], self.start + step
        while moment <= self.start + WEEK:
            often.append(moment)
            moment += step
        nights = [
            datetime.fromisoformat(f"{self.start + timedelta(days=day):%Y-%m-%d}T{at}:00+00:00")
            for day, at in enumerate(self.nightly)
        ]
        return {"often": often, "nightly": nights, "weekly": [datetime.fromisoformat(self.weekly)]}


AUTUMN = Week(
    datetime(2026, 10, 22, tzinfo=UTC),
    ("00:30", "00:30", "00:30", "00:30", "01:30", "01:30", "01:30"),
    "2026-10-26T09:00:00+00:00",
)
"""On the 25th 01:30 comes twice, at 00:30 and at 01:30 UTC, and is due once."""

SPRING = Week(
    datetime(2027, 3, 25, tzinfo=UTC),
    ("01:30", "01:30", "01:30", "01:00", "00:30", "00:30", "00:30"),
    "2027-03-29T08:00:00+00:00",
)
"""On the 28th there is no 01:30: it is due right after the jump, at 02:00, which is 01:00 UTC."""


def live(
    pair: Pair, wanted: dict[str, list[datetime]], *, seed: int, trouble: float
) -> Counter[str]:
    """Let every due time come, one after another, with trouble at some of them."""
    dice, told = random.Random(seed), Counter[str]()
    moments = sorted({due for dues in wanted.values() for due in dues})
    for moment in moments:
        away: list[int] = []
        if dice.random() < trouble / 3:
            away = dice.choice([[0], [1], [0, 1]])
            for which in away:
                pair.end(which)
            told["ended"] += len(away)
        number = sum(due <= moment for dues in wanted.values() for due in dues)
        pair.set(moment + timedelta(seconds=1))
        if not away and dice.random() < trouble:
            away = dice.choice([[0], [1], [0, 1]])
            if dice.random() < 0.3:
                time.sleep(dice.uniform(0, 0.05))
            else:
                away = sorted({*(pair.at_work(number) or away), *away[1:]})
            for which in away:
                pair.kill(which)
            told["killed"] += len(away)
        for which in away:
            pair.begin(which)
        wait_for(lambda number=number: finished(pair.store) >= number)  # type: ignore[misc]
    return told


def plan(store: Store, week: Week, often: str, target: str = "acme") -> None:
    crons = {"often": often, "nightly": "30 1 * * *", "weekly": "0 9 * * 1"}
    for name, cron in crons.items():
        schedules.put(
            store,
            name,
            kind="sync",
            target=f"{target}-{name}",
            cron=cron,
            time_zone="Europe/London",
            now=week.start,
            arguments={"streams": ["contacts"]},
        )


def happened(store: Store) -> dict[str, list[datetime]]:
    names = [each.name for each in schedules.all_schedules(store)]
    return {
        name: [each.due for each in reversed(schedules.firings(store, name, 500))] for name in names
    }


@pytest.mark.parametrize(
    "week", [pytest.param(AUTUMN, marks=pytest.mark.soak), SPRING], ids=["back", "forward"]
)
def test_every_due_run_of_a_week_happens_once(week: Week, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    store = Store(tmp_path / "home")
    plan(store, week, "0 * * * *")
    wanted = week.due(timedelta(hours=1))
    pair = Pair(tmp_path, week.start, journal=journal)
    try:
        told = live(pair, wanted, seed=week.start.month, trouble=0.1)
    finally:
        pair.close()
    assert told["killed"] >= 10
    assert told["ended"] >= 2
    assert happened(store) == wanted
    killed = check_journal(journal, store)
    assert killed >= 2, told


def check_journal(journal: Path, store: Store) -> int:
    """What the processes themselves wrote: each run once, again only where its process died, and
    none while the same schedule was running. How many runs were killed."""
    ended: Counter[tuple[str, str]] = Counter()
    lines = [line.split() for line in journal.read_text().splitlines()]
    for name, due, what, _ in lines:
        ended[name, due] += what == "ended"
    for name in happened(store):
        for firing in schedules.firings(store, name, 500):
            times = ended[name, firing.due.isoformat()]
            assert 1 <= times <= firing.attempts, (name, firing)
            assert firing.status == "done"
        mine = [line for line in lines if line[0] == name]
        for before, after in pairwise(mine):
            if before[2] == "began":
                is_end = after[1:3] == [before[1], "ended"] and after[3] == before[3]
                assert is_end or (after[1] == before[1] and after[3] != before[3]), (before, after)
    return sum(line[2] == "began" for line in lines) - sum(ended.values())


def test_a_notice_outlives_the_processes_that_were_to_deliver_it(tmp_path: Path) -> None:
    """Both are killed while its receiver is down; the next two deliver it, once."""
    store, port, heard = Store(tmp_path / "home"), free_port(), Heard()
    schedules.put(
        store,
        "gone",
        kind="sync",
        target="gone",
        cron="0 * * * *",
        time_zone="UTC",
        now=AUTUMN.start,
        notify=f"http://127.0.0.1:{port}/told",
    )
    pair = Pair(tmp_path, AUTUMN.start + timedelta(hours=1, seconds=1), journal=None)
    try:
        wait_for(lambda: any(each.problem for each in notices.waiting(store)))
        for which in (0, 1):
            pair.kill(which)
        with heard.listening(port):
            pair.set(AUTUMN.start + timedelta(hours=1, minutes=50))
            for which in (0, 1):
                pair.begin(which)
            wait_for(lambda: not notices.waiting(store))
    finally:
        pair.close()
    (told,) = heard.bodies
    assert (told["event"], told["message"]) == ("opened", "there is no instance `gone`")


@pytest.mark.soak
@pytest.mark.parametrize("week", [AUTUMN, SPRING], ids=["back", "forward"])
def test_a_week_of_real_syncs(week: Week, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every half-hour against an emulator: the run behind each due time is done."""
    monkeypatch.setenv("XEROPORT_KEY", KEY)
    emulator = Emulator(5, limits="off")
    store = Store(tmp_path / "home")
    with emulator.serve() as base:
        for name in ("often", "nightly", "weekly"):
            made = Instance(f"acme-{name}", base, base, emulator.client_id, rate_limit=100_000)
            instances.add(store, made, Secret(emulator.client_secret))
        plan(store, week, "*/30 * * * *")
        wanted = week.due(timedelta(minutes=30))
        pair = Pair(tmp_path, week.start, journal=None)
        try:
            told = live(pair, wanted, seed=week.start.month, trouble=0.1)
        finally:
            pair.close()
    assert told["killed"] >= 20
    assert happened(store) == wanted
    for name in wanted:
        for firing in schedules.firings(store, name, 500):
            assert firing.status == "done", firing
            assert runs.get(store, int(firing.run or 0)).status == "done"
