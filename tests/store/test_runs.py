"""Runs keep what jobs say, and tell when a job's process died."""

from __future__ import annotations

import socket
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from xeroport.errors import UnknownName
from xeroport.store import runs
from xeroport.store.database import Store


def test_a_run_from_start_to_end(tmp_path: Path) -> None:
    store = Store(tmp_path)
    number = runs.start(store, "acme", "sync", {"streams": ["invoices"], "full": True})
    running = runs.get(store, number)
    assert (running.status, running.instance, running.job) == ("running", "acme", "sync")
    assert running.arguments == {"streams": ["invoices"], "full": True}
    assert running.finished_at is None
    runs.progress(store, number, {"pages": 3})
    runs.log(store, number, "first")
    runs.log(store, number, "second")
    runs.finish(store, number, "partial", {"rows": 12, "total": Decimal("1.10"), "on": date.min})
    ended = runs.get(store, number)
    assert ended.status == "partial"
    assert ended.progress == {"pages": 3}
    assert ended.report == {"rows": 12, "total": "1.10", "on": "0001-01-01"}
    assert ended.finished_at is not None
    assert ended.finished_at >= ended.started_at
    assert [line.text for line in runs.lines(store, number)] == ["first", "second"]
    assert [line.text for line in runs.lines(store, number, after=1)] == ["second"]


def test_the_latest_first_and_by_instance_and_job(tmp_path: Path) -> None:
    store = Store(tmp_path)
    made = [
        runs.start(store, name, job, {})
        for name, job in (("a", "sync"), ("b", "sync"), ("a", "push"))
    ]
    assert [run.id for run in runs.recent(store)] == made[::-1]
    assert [run.id for run in runs.recent(store, 1)] == [made[2]]
    assert [run.id for run in runs.recent(store, instance="a")] == [made[2], made[0]]
    assert [run.id for run in runs.recent(store, instance="a", job="sync")] == [made[0]]


def test_a_run_whose_process_died_is_lost(tmp_path: Path) -> None:
    Store(tmp_path).close()
    script = (
        "import os, pathlib, sys\n"
        "from xeroport.store import runs\n"
        "from xeroport.store.database import Store\n"
        "print(runs.start(Store(pathlib.Path(sys.argv[1])), 'a', 'sync', {}), flush=True)\n"
        "os._exit(9)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert runs.get(Store(tmp_path), int(told.stdout)).status == "lost"


def test_a_bounded_number_of_runs_is_kept_of_each_job_of_each_instance(tmp_path: Path) -> None:
    store = Store(tmp_path)
    others = [ended(store, "acme", "webhook", 3), ended(store, "other", "sync", 3)]
    going_on = runs.start(store, "acme", "sync", {})
    for _ in range(6):
        ended(store, "acme", "sync", 3)
    held = [run.id for run in runs.recent(store, instance="acme", job="sync")]
    assert len(held) == 4
    assert held[-1] == going_on
    assert {run.id for run in runs.recent(store)} == {*held, *others}
    assert runs.lines(store, others[0]) != ()


def ended(store: Store, instance: str, job: str, kept: int, **arguments: object) -> int:
    number = runs.start(store, instance, job, arguments)
    runs.log(store, number, "line")
    runs.finish(store, number, "done", {}, kept=kept)
    return number


def test_a_lost_run_is_forgotten_like_any_other(tmp_path: Path) -> None:
    store = Store(tmp_path)
    number = runs.start(store, "acme", "sync", {})
    with store.transaction() as connection:
        gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with store.transaction() as connection:
        process = f"{socket.gethostname()}:{gone.pid}"
        connection.execute("UPDATE run SET process = ? WHERE id = ?", (process, number))
    for _ in range(2):
        ended(store, "acme", "sync", 1)
    with pytest.raises(UnknownName):
        runs.get(store, number)


def test_the_runs_of_one_flow_push_no_other_s_out(tmp_path: Path) -> None:
    store = Store(tmp_path)
    rare = ended(store, "acme", "flow", 2, flow="rare")
    for _ in range(5):
        ended(store, "acme", "flow", 2, flow="busy")
    assert runs.get(store, rare).id == rare
    assert len(runs.recent(store, job="flow")) == 3


def test_an_unknown_run(tmp_path: Path) -> None:
    with pytest.raises(UnknownName):
        runs.get(Store(tmp_path), 7)
