"""Workers that are killed on the way: what they did is kept, what they called is counted."""

from __future__ import annotations

import base64
import json
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from fleet_world import (
    COUNT,
    a_worker,
    all_of,
    check,
    connect,
    dask,
    emulators,
    killing,
    open_files,
    served_calls,
    serving,
    synced,
    workers,
)

from xeroport.errors import Unavailable
from xeroport.jobs.fleet import executors
from xeroport.jobs.fleet.call_trace import Trace, Traces
from xeroport.jobs.fleet.run import fleet_sync
from xeroport.secrets.vault import Secret
from xeroport.store import instances, leases
from xeroport.store.database import Store
from xeroport_emulator import Emulator

IN_FLIGHT = 8 * 5
"""Calls that one worker can have begun and not ended: instances side by side, five each."""


@pytest.mark.soak  # a minute, until the calls of the lost one are over
def test_a_lost_process_costs_time_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    made = emulators(COUNT, faults="slow:50ms")
    lake = tmp_path / "lake"
    with serving(made) as base, killing(lambda: a_worker() if synced(lake) else None) as killed:
        store = Store(tmp_path / "home")
        connect(store, made, base)
        for name in ("busy-0", "busy-1"):
            instances.add(store, replace(instances.get(store, "org-0000"), name=name), Secret("s"))
            assert leases.take(store, leases.way_into(name, f"parquet:{lake}")) is not None
        report = all_of(store, f"parquet:{lake}/{{instance}}", executors.engine("local", workers=1))
    assert killed
    assert report.given_again >= 1
    assert report.busy == ["busy-0", "busy-1"]
    assert report.done == COUNT, report.failing
    check(lake, made)
    served = served_calls(made)
    assert report.lost_calls > 0
    assert served <= report.calls <= served + 2 * IN_FLIGHT


def test_dask_with_one_of_two_workers_killed(
    store: Store, made: list[Emulator], tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    with (
        dask(2) as (address, cluster),
        killing(lambda: int(cluster.workers[0].pid) if synced(lake) else None) as killed,
    ):
        report = all_of(store, f"parquet:{lake}/{{instance}}", executors.engine(address))
    assert killed
    assert report.done == COUNT, report.failing
    check(lake, made)
    served = served_calls(made)
    assert served <= report.calls <= served + 2 * IN_FLIGHT


def test_a_dask_worker_on_another_machine_has_told_what_it_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not see the driver's folder, and is killed in the middle of a long shard."""
    monkeypatch.setenv("XEROPORT_KEY", base64.b64encode(secrets.token_bytes(32)).decode())
    monkeypatch.setattr(Traces, "of", lambda self, shard: Trace(shard, "/nowhere", self.topic))
    made = emulators(1, size=20, faults="slow:150ms")
    lake = tmp_path / "lake"
    with serving(made) as base, dask(1) as (address, cluster):
        store = Store(tmp_path / "home")
        connect(store, made, base)
        victim = cluster.workers[0].pid
        with killing(lambda: victim if served_calls(made) >= 30 else None) as killed:
            report = fleet_sync(
                store, ("org-0000",), to=f"parquet:{lake}", engine=executors.engine(address)
            )
    assert killed
    assert report.done == 1, report.failing
    assert report.uncounted == 0
    assert report.lost_calls >= 10
    assert report.calls <= served_calls(made) + IN_FLIGHT


def test_a_dask_scheduler_without_workers_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XEROPORT_KEY", base64.b64encode(secrets.token_bytes(32)).decode())
    monkeypatch.setattr(executors, "DASK_SECONDS", 1)
    made = emulators(2, faults="slow:150ms")
    with serving(made) as base:
        store = Store(tmp_path / "home")
        connect(store, made, base)
        with (
            dask(0) as (address, _),
            pytest.raises(Unavailable, match="has no workers"),
        ):
            all_of(store, f"parquet:{tmp_path}/lake", executors.engine(address))


def test_an_instance_that_kills_its_workers_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever opens `org-0002` is killed: with it die the workers beside it, again and again."""
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    made = emulators(5, faults="slow:100ms")
    lake = tmp_path / "lake"

    def victim() -> int | None:
        for each in workers():
            if any("/lake/org_0002/" in path for path in open_files(each)):
                return each.pid
        return None

    with serving(made) as base:
        store = Store(tmp_path / "home")
        connect(store, made, base)
        with killing(victim, times=9) as killed:
            report = all_of(store, f"parquet:{lake}", executors.engine("local", workers=2))
    assert len(killed) == 3
    assert list(report.failing) == ["org-0002"]
    assert "its worker is lost each time" in report.failing["org-0002"]
    assert report.done == 4
    assert report.exit_status == 1


def test_workers_that_never_live_are_no_instance_s_fault(store: Store, tmp_path: Path) -> None:
    with (
        killing(a_worker, times=100),
        pytest.raises(Unavailable, match="no worker stays alive"),
    ):
        all_of(store, f"parquet:{tmp_path}/lake", executors.engine("local", workers=2))


@contextmanager
def driver(tmp_path: Path, base: str, made: list[Emulator]) -> Iterator[subprocess.Popen[str]]:
    """`fleet sync` as a process of its own, in the middle of its work."""
    home, lake = tmp_path / "home", tmp_path / "lake"
    connect(Store(home), made, base)
    words = ["fleet", "sync", "--all", "--workers", "2", "--to", f"parquet:{lake}"]
    with subprocess.Popen(
        [sys.executable, "-m", "xeroport", *words, "--home", str(home)],
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        until = time.monotonic() + 60
        while not synced(lake):
            assert time.monotonic() < until
            assert running.poll() is None
            time.sleep(0.02)
        yield running


def sync_again(tmp_path: Path) -> dict[str, int]:
    words = ["fleet", "sync", "--all", "--streams", "contacts,invoices", "--json"]
    more = ["--to", f"parquet:{tmp_path}/lake", "--home", str(tmp_path / "home")]
    done = subprocess.run(
        [sys.executable, "-m", "xeroport", *words, *more], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, int] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_a_driver_that_is_stopped_takes_its_workers_with_it(
    stop: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    made = emulators(COUNT, faults="slow:50ms")
    with serving(made) as base, driver(tmp_path, base, made) as running:
        children = psutil.Process(running.pid).children(recursive=True)
        assert len(children) >= 2
        running.send_signal(stop)
        _, said = running.communicate(timeout=20)
        _, alive = psutil.wait_procs(children, timeout=10)
        assert not alive
        if stop == signal.SIGINT:
            assert running.returncode == 130
            assert said.splitlines()[-2:] == [
                "stopped; all that was committed is kept",
                "hint: run the same command again to continue",
            ]
            assert "Traceback" not in said
        assert sync_again(tmp_path)["done"] == COUNT
        assert not list((tmp_path / "home" / "landing").iterdir())
        check(tmp_path / "lake", made)
