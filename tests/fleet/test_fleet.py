"""A fleet of emulated organisations: on processes and threads, into Parquet, Postgres, DuckDB."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import psycopg
import pytest
from fleet_world import COUNT, STREAMS, all_of, check, connect, served_calls, serving, total

from xeroport.errors import InputError, Unavailable, UnknownName
from xeroport.jobs.fleet import executors
from xeroport.jobs.fleet import run as fleet
from xeroport.jobs.fleet.driver import shards
from xeroport.jobs.fleet.report import FleetReport
from xeroport.store import instances, leases, runs
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store
from xeroport_emulator import Emulator


def test_local_workers_sync_them_all(store: Store, made: list[Emulator], tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    report = all_of(store, f"parquet:{lake}/{{instance}}", executors.engine("local", workers=2))
    assert (report.done, report.failing, report.behind) == (COUNT, {}, {})
    assert (report.exit_status, report.lost_calls, report.uncounted) == (0, 0, 0)
    assert report.calls == served_calls(made)
    check(lake, made)
    status = fleet.fleet_status(store)
    assert [each["status"] for each in status] == ["done"] * COUNT
    assert len(runs.recent(store, 100, job="sync")) == COUNT
    again = all_of(store, f"parquet:{lake}/{{instance}}", executors.engine("local", workers=2))
    assert again.calls == COUNT * len(STREAMS)
    assert not list((store.home / "landing").iterdir()), "no landing file is left behind"


def test_postgres_takes_a_schema_each(
    store: Store, made: list[Emulator], postgres_url: str
) -> None:
    report = all_of(store, postgres_url, executors.engine("local", workers=2))
    assert report.done == COUNT, report.failing
    with psycopg.connect(postgres_url) as database:
        for number, emulator in enumerate(made):
            query = f"SELECT count(*), sum(total) FROM org_{number:04}.invoice"
            assert database.execute(query).fetchone() == total(emulator)


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_any_other_executor_serves(
    pool: Callable[[int], Executor], store: Store, made: list[Emulator], tmp_path: Path
) -> None:
    to = f"duckdb:{tmp_path}/{{instance}}.duckdb"
    with pool(3) as executor:
        report = all_of(store, to, executors.Engine(3, executor=executor))
    assert (report.done, report.failing) == (COUNT, {})
    assert report.calls == served_calls(made)
    for number, emulator in enumerate(made):
        with duckdb.connect(f"{tmp_path}/org-{number:04}.duckdb", read_only=True) as books:
            query = f"SELECT count(*), sum(total) FROM org_{number:04}.invoice"
            assert books.execute(query).fetchone() == total(emulator)


@pytest.mark.parametrize(
    ("key", "says"), [(None, "has no `XEROPORT_KEY`"), ("A" * 43 + "=", "has another")]
)
def test_workers_without_the_driver_s_key_stop_the_fleet(
    key: str | None, says: str, store: Store, tmp_path: Path
) -> None:
    with (
        ProcessPoolExecutor(1, initializer=_set_key, initargs=(key,)) as executor,
        pytest.raises(InputError, match=says),
    ):
        all_of(store, f"parquet:{tmp_path}/lake", executors.Engine(1, executor=executor))
    assert not (tmp_path / "lake").exists()
    lease = leases.take(store, leases.way_into("org-0000", f"parquet:{tmp_path}/lake"))
    assert lease is not None, "none is kept"


def _set_key(key: str | None) -> None:
    os.environ.pop("XEROPORT_KEY")
    if key is not None:
        os.environ["XEROPORT_KEY"] = key


def test_what_is_wrong_with_one_is_said_and_stops_no_other(store: Store, tmp_path: Path) -> None:
    broken = replace(instances.get(store, "org-0003"), client_id="WRONG")
    instances.save(store, broken)
    taken = leases.take(store, leases.way_into("org-0005", f"parquet:{tmp_path}/lake"))
    assert taken is not None
    report = all_of(store, f"parquet:{tmp_path}/lake", executors.engine("local", workers=2))
    assert report.done == COUNT - 2
    assert report.failing == {"org-0003": "Xero does not accept the client id and secret"}
    assert report.busy == ["org-0005"]
    assert report.exit_status == 1
    (failing,) = [each for each in fleet.fleet_status(store) if each["status"] == "failed"]
    assert (failing["instance"], failing["error"]) == ("org-0003", report.failing["org-0003"])


def test_a_day_that_is_over_is_known_to_the_next_and_to_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two calls a day: the first fleet finds that out, the second does not even call."""
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    made = [Emulator(5, limits="minute=6000,day=2", seed=number) for number in range(2)]
    with serving(made) as base:
        store = Store(tmp_path / "home")
        connect(store, made, base)
        to, engine = f"parquet:{tmp_path}/lake", executors.engine("local", workers=2)
        first, second = all_of(store, to, engine), all_of(store, to, engine)
    assert (first.exit_status, second.exit_status) == (4, 4)
    assert first.calls >= 2 * 3
    assert second.calls == 0
    assert sorted(second.behind) == ["org-0000", "org-0001"]
    assert all("daily limit is used up" in each for each in second.behind.values())
    state = instances.budgets_of(Calls(store.home), instances.get(store, "org-0000")).state()
    assert state.minute_used >= 3
    assert state.day_remaining == 0


def test_an_instance_is_given_to_one_shard_at_a_time(store: Store, tmp_path: Path) -> None:
    """Two drivers at once over the same instances: each is synced by one of them, or by both one
    after the other, and never at the same time."""
    other = Store(store.home)
    to = f"parquet:{tmp_path}/lake"
    with ThreadPoolExecutor(4) as drivers, ThreadPoolExecutor(4) as executor:
        engine = executors.Engine(2, executor=executor)
        found = [
            each.result()
            for each in [
                drivers.submit(all_of, home, to, engine) for home in (store, other, store, other)
            ]
        ]
    names = {f"org-{number:04}" for number in range(COUNT)}
    assert all(not each.failing and not each.behind for each in found), found
    assert all(each.done + len(each.busy) == COUNT for each in found)
    assert sum(each.done for each in found) >= COUNT
    spans: dict[str, list[tuple[datetime, datetime]]] = {}
    for run in runs.recent(store, 1000, job="sync"):
        began = datetime.fromisoformat(run.report["started_at"])
        ended = began + timedelta(seconds=run.report["seconds"])
        spans.setdefault(run.instance, []).append((began, ended))
    assert spans.keys() == names
    for each in spans.values():
        each.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(each))


def test_names_engines_and_destinations_that_cannot_be(store: Store, tmp_path: Path) -> None:
    local = executors.engine("local", workers=1)
    with pytest.raises(UnknownName, match=r"instance `uk-\*`"):
        fleet.selected(store, ("uk-*",))
    with pytest.raises(InputError, match="one process at a time"):
        all_of(store, f"duckdb:{tmp_path}/books.duckdb", local)
    with pytest.raises(InputError, match=r"`\{instanc\}` means nothing"):
        all_of(store, f"parquet:{tmp_path}/{{instanc}}", local)
    with pytest.raises(UnknownName, match="stream `invoice`"):
        fleet.fleet_sync(
            store, ("org-0000",), to=f"parquet:{tmp_path}", engine=local, streams=("invoice",)
        )
    with pytest.raises(InputError, match="there is no engine `spark`"):
        executors.engine("spark")
    with pytest.raises(Unavailable, match="no Dask scheduler answers"):
        all_of(store, f"parquet:{tmp_path}", executors.engine("dask://127.0.0.1:9"))


def test_a_fleet_comes_to_one_exit_status() -> None:
    def of(*statuses: str) -> int:
        codes = {"done": 0, "stopped": 4, "failed": 5, "partial": 1}
        report = FleetReport("here", instances=len(statuses))
        for number, each in enumerate(statuses):
            found = {"status": each, "exit_status": codes[each], "calls": 1, "records": 1}
            report.add(f"org-{number}", found)
        return report.exit_status

    assert of("done", "done") == 0
    assert of("stopped", "stopped", "stopped") == 4
    assert of("failed", "failed") == 5
    assert of("done", "stopped") == of("stopped", "done") == of("failed", "stopped", "stopped") == 1
    assert of("failed", "failed", "done", "done") == 1


def test_a_shard_is_never_long_and_every_worker_has_some() -> None:
    names = tuple(f"org-{number}" for number in range(1000))
    for workers in (1, 2, 10, 300, 5000):
        cut = shards(names, workers=workers)
        assert [name for each in cut for name in each.names] == list(names)
        assert max(len(each.names) for each in cut) <= 24
        assert len(cut) >= min(1000, workers * 4)
        assert len({each.key for each in cut}) == len(cut)
