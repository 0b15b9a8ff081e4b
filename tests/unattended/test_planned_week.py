"""Planned syncs of two organisations under two `serve` processes: kills, a day limit, outages.

The clock is a file that the two processes and both emulated organisations read. Whatever happens,
after each sync that is done every stream is as fresh as the plan says, and what is in Xero by the
time that a report names is in the destination.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import Literal

import duckdb
import pytest
from serve_pair import KEY, Pair, finished, wait_for
from tests.xero.network import Network, network

from forking import FileClock, set_ahead
from xeroport.catalogue.reading import readings
from xeroport.jobs.sync.calls_a_day import call_plan
from xeroport.jobs.sync.plan import longest_wait
from xeroport.secrets.vault import Secret
from xeroport.store import instances, runs, schedules
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.store.runs import Run
from xeroport.store.schedules import Firing
from xeroport_emulator import Emulator

START = datetime(2026, 11, 2, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MOST_CALLS = 60
"""What a sync that is killed may have used in vain: more than one that reads all."""

EDITED = {
    "Invoice": ("invoices", "invoice", "invoice_id", "InvoiceID", "Reference", "reference"),
    "Contact": (
        "contacts",
        "contact",
        "contact_id",
        "ContactID",
        "AccountNumber",
        "account_number",
    ),
    "Item": ("items", "item", "item_id", "ItemID", "Description", "description"),
    "TaxRate": ("tax_rates", "tax_rate", "tax_type", "TaxType", "Name", "name"),
    "ContactGroup": (
        "contact_groups",
        "contact_group",
        "contact_group_id",
        "ContactGroupID",
        "Name",
        "name",
    ),
}
"""Record → its stream, table, key column, key, the field that is edited and its column."""


@dataclass(frozen=True)
class Trouble:
    """What goes wrong from `begin` (after the start) to `end`."""

    weather: str
    begin: timedelta
    end: timedelta


@dataclass
class Organisation:
    """One emulated organisation behind its own network, and what is known of its syncs."""

    name: str
    emulator: Emulator
    line: Network
    every: timedelta
    edits: dict[tuple[str, str], tuple[datetime, str]] = field(default_factory=dict)
    calls: Counter[int] = field(default_factory=Counter)
    refused: int = 0
    arrived: int = 0
    stopped_until: datetime = START

    def count(self, moment: datetime) -> int:
        """Add the calls since the last count to those of the day; how many there were."""
        calls = [status for _, name, status in self.emulator.app.log if name != "token"]
        self.calls[(moment - START) // DAY] += len(calls)
        self.refused += calls.count(429)
        self.emulator.app.log.clear()
        return len(calls)

    def edit(self, chance: random.Random, moment: datetime) -> None:
        """Change a record as of that moment."""
        record = chance.choice(list(EDITED))
        _, _, _, key, name, _ = EDITED[record]
        table = self.emulator.organisation.tables[record]
        chosen = chance.choice(list(table))
        text = f"edit {chance.random()}"[:20]
        table.replace(chosen | {name: text, "UpdatedDateUTC": moment})
        self.edits[record, str(chosen[key])] = moment, text


@dataclass
class World:
    """Two organisations and the two processes that sync them."""

    pair: Pair
    organisations: list[Organisation]
    now: datetime = START
    kills: Counter[int] = field(default_factory=Counter)

    def set(self, moment: datetime) -> None:
        self.now = moment
        self.pair.set(moment)

    def settle(self, number: int, *, hurried: bool) -> None:
        """Wait until so many firings have ended; `hurried`, time goes faster meanwhile."""
        began = monotonic()

        def done() -> bool:
            if hurried and monotonic() - began > 0.1:
                self.set(self.now + timedelta(seconds=1))
            return finished(self.pair.store) >= number

        wait_for(done, seconds=60)


@contextmanager
def world(
    folder: Path, every: Mapping[str, timedelta], data: Literal["demo"] | int = 40
) -> Iterator[World]:
    clock = folder / "clock"
    set_ahead(clock, (START - datetime.now(UTC)).total_seconds())
    store, organisations = Store(folder / "home"), []
    with ExitStack() as stack:
        for number, (name, interval) in enumerate(every.items()):
            emulator = Emulator(
                data,
                seed=number,
                clock=FileClock(clock),
                limits="minute=100000,app_minute=1000000,day=1000",
            )
            url = stack.enter_context(emulator.serve())
            line = stack.enter_context(network(int(url.rpartition(":")[2])))
            acme = Instance(
                name, line.base_url, line.base_url, emulator.client_id, rate_limit=100_000
            )
            instances.add(store, acme, Secret(emulator.client_secret))
            minutes = interval // MINUTE
            schedules.put(
                store,
                name,
                kind="sync",
                target=name,
                cron=f"*/{minutes} * * * *" if minutes < 60 else f"0 */{minutes // 60} * * *",
                time_zone="UTC",
                now=START,
            )
            organisations.append(Organisation(name, emulator, line, interval))
        pair = Pair(folder, START, journal=None)
        stack.callback(pair.close)
        yield World(pair, organisations)


def live(
    made: World,
    length: timedelta,
    troubles: list[Trouble],
    *,
    seed: int,
    kills: float,
    day_over_at: timedelta | None = None,
) -> Counter[str]:
    """Let every due time come; how the firings ended. At `day_over_at` all calls of the first
    organisation's day are used up by somebody else."""
    chance, ends = random.Random(seed), Counter[str]()
    number, moment = 0, START
    step = min(each.every for each in made.organisations)
    while moment + step <= START + length:
        for organisation in made.organisations:
            for _ in range(chance.choice([0, 1, 2])):
                organisation.edit(chance, moment + step * chance.uniform(0.2, 0.9))
        moment += step
        due = [each for each in made.organisations if not (moment - START) % each.every]
        number += len(due)
        weather = [each.weather for each in troubles if each.begin <= moment - START < each.end]
        for organisation in made.organisations:
            organisation.line.turns(weather[0] if weather else "fine")  # type: ignore[arg-type]
        if day_over_at == moment - START:
            made.organisations[0].emulator.world.gate.use_up_day()
        made.set(moment + timedelta(seconds=1))
        if not weather and chance.random() < kills:
            for which in made.pair.at_work(number):
                made.pair.kill(which)
                made.kills[(moment - START) // DAY] += 1
                made.pair.begin(which)
        made.settle(number, hurried=bool(weather))
        for organisation in due:
            (firing,) = schedules.firings(made.pair.store, organisation.name, 1)
            ends[firing.status] += 1
            check(made.pair, organisation, firing, moment, is_out=bool(weather))
    return ends


def check(
    pair: Pair, organisation: Organisation, firing: Firing, moment: datetime, *, is_out: bool
) -> None:
    """That a due run ended as it had to, and what it says of the streams is so."""
    calls = organisation.count(moment)
    assert firing.due == moment
    if is_out:
        assert firing.status in ("failed", "partial"), firing
        words = ("cannot be reached", "offline for maintenance")
        assert any(each in str(firing.message) for each in words), firing
        return
    report = runs.get(pair.store, int(firing.run or 0)).report
    if moment < organisation.stopped_until or firing.status == "stopped":
        assert firing.status == "stopped", firing
        assert calls <= 5, "a day that is over is not asked about again and again"
        organisation.stopped_until = max(
            datetime.fromisoformat(row["resets_at"])
            for row in report["streams"]
            if row.get("resets_at")
        )
        assert moment < organisation.stopped_until <= moment + DAY
        return
    assert firing.status == "done", firing
    as_of = {}
    for row in report["streams"]:
        if row["status"] == "not_allowed":
            assert row["expected"]
            continue
        assert row["status"] in ("done", "current"), row
        assert row["complete"]
        as_of[row["stream"]] = datetime.fromisoformat(row["as_of"])
        age = moment - as_of[row["stream"]]
        assert age < longest_wait(readings()[row["stream"]], timedelta(minutes=1)), row
    assert len(as_of) > 30
    look(pair, organisation, as_of)


def look(pair: Pair, organisation: Organisation, as_of: Mapping[str, datetime]) -> None:
    """That every edit from before its stream's time is in the destination."""
    with duckdb.connect(pair.given["home"] + "/books.duckdb", read_only=True) as connection:
        connection.execute(f"USE {organisation.name}")
        for (record, key), (at, text) in list(organisation.edits.items()):
            stream, table, key_column, _, _, column = EDITED[record]
            sql = f"SELECT {column} FROM {table} WHERE {key_column}::VARCHAR = ?"
            held = connection.execute(sql, [key]).fetchone()
            if held == (text,):
                del organisation.edits[record, key]
                organisation.arrived += 1
            else:
                assert at > as_of[stream], (record, key, at, text, as_of[stream], held)


def check_calls(made: World) -> None:
    """That no day took more calls than its plan, beside the first and those for each kill."""
    for organisation in made.organisations:
        plan = call_plan(readings(), organisation.every)
        for day, calls in organisation.calls.items():
            extra = MOST_CALLS * (made.kills[day] + (not day))
            assert calls <= plan.calls + extra, (organisation.name, day, calls, plan.calls)
        assert organisation.refused <= 5, "Xero refused calls over its limits"


def check_runs(made: World) -> None:
    """That no sync of an organisation overlapped another, and none was done twice."""
    for organisation in made.organisations:
        firings = schedules.firings(made.pair.store, organisation.name, 500)
        own = [run for run in all_runs(made.pair.store, organisation.name) if run.finished_at]
        assert [each.status for each in firings].count("running") == 0
        assert len({each.due for each in firings}) == len(firings)
        by_run = Counter(each.run for each in firings if each.run is not None)
        assert set(by_run.values()) <= {1}
        assert {run.id for run in own if run.status == "done"} <= set(by_run)
        for before, after in pairwise(own):
            assert before.finished_at is not None
            assert before.finished_at <= after.started_at, (before.id, after.id)


def all_runs(store: Store, instance: str) -> list[Run]:
    """The runs of an instance, oldest first."""
    return list(reversed(runs.recent(store, instance=instance, limit=500)))


def check_end(made: World) -> None:
    """That, once all was quiet for a day, the copies are what Xero has."""
    moment = made.now + timedelta(hours=25)
    before = finished(made.pair.store)
    made.set(moment + timedelta(seconds=1))
    made.settle(before + len(made.organisations), hurried=False)
    for organisation in made.organisations:
        (firing,) = schedules.firings(made.pair.store, organisation.name, 1)
        assert firing.status == "done", firing
        place = made.pair.given["home"] + "/books.duckdb"
        with duckdb.connect(place, read_only=True) as connection:
            connection.execute(f"USE {organisation.name}")
            for record, (_, table, key_column, key, name, column) in EDITED.items():
                sql = f"SELECT {key_column}::VARCHAR, {column} FROM {table}"
                rows = connection.execute(f"{sql} WHERE _deleted_at IS NULL").fetchall()
                held = sorted((row[0], row[1] or "") for row in rows)
                theirs = organisation.emulator.organisation.tables[record]
                assert held == sorted((str(each[key]), each.get(name) or "") for each in theirs)


def test_a_day_of_planned_syncs_under_two_serve_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty hours: killed, cut off for hours, and out of calls; the other one goes on."""
    monkeypatch.setenv("XEROPORT_KEY", KEY)
    troubles = [Trouble("gone", 5 * HOUR, 9 * HOUR)]
    with world(tmp_path, {"acme": 2 * HOUR, "beta": 4 * HOUR}) as made:
        ends = live(made, 30 * HOUR, troubles, seed=1, kills=0.3, day_over_at=14 * HOUR)
        check_calls(made)
        check_runs(made)
        check_end(made)
    assert made.kills.total() >= 2
    assert all(each.arrived >= 5 for each in made.organisations)
    assert ends["stopped"] >= 1
    assert ends["failed"] + ends["partial"] == 3


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_week_of_planned_syncs_under_two_serve_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setenv("XEROPORT_KEY", KEY)
    troubles = [
        Trouble("gone", 20 * HOUR, 20 * HOUR + 20 * MINUTE),
        Trouble("maintenance", DAY + 10 * HOUR, DAY + 13 * HOUR),
        Trouble("drops", 3 * DAY + 9 * HOUR, 3 * DAY + 10 * HOUR),
        Trouble("gone", 5 * DAY + 2 * HOUR, 5 * DAY + 11 * HOUR),
    ]
    with world(tmp_path, {"acme": 30 * MINUTE, "beta": HOUR}, "demo") as made:
        ends = live(made, 7 * DAY, troubles, seed=seed, kills=0.15, day_over_at=4 * DAY + 9 * HOUR)
        check_calls(made)
        check_runs(made)
        check_end(made)
    assert made.kills.total() >= 20
    assert all(each.arrived >= 100 for each in made.organisations)
    assert ends["stopped"] >= 1
    assert ends["failed"] + ends["partial"] >= 20
