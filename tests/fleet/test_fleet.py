"""A fleet of emulated organisations, on processes and on Dask, with workers lost on the way."""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import organisations
import psutil
import psycopg
import pytest
from click.testing import CliRunner

from xeroport.cli import main
from xeroport.emulator import Emulator
from xeroport.errors import InputError, UnknownName
from xeroport.jobs import crew, fleet
from xeroport.store import leases, runs
from xeroport.store.database import Store

COUNT = 8
STREAMS = ("contacts", "invoices", "payments")


@pytest.fixture(scope="module")
def made() -> list[Emulator]:
    return organisations.emulators(COUNT)


@pytest.fixture(scope="module")
def base(made: list[Emulator]) -> Iterator[str]:
    with organisations.serving(made) as found:
        yield found


@pytest.fixture
def store(
    tmp_path: Path, made: list[Emulator], base: str, monkeypatch: pytest.MonkeyPatch
) -> Store:
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    monkeypatch.setenv("XEROPORT_KEY", key)
    found = Store(tmp_path / "home")
    organisations.connect(found, made, base)
    return found


def total(emulator: Emulator) -> tuple[int, Decimal]:
    """Invoices and their sum, from the emulator's own records."""
    table = emulator.organisation.tables["Invoice"]
    return len(table), sum((each["Total"] for each in table), Decimal())


def check(lake: Path, made: list[Emulator]) -> None:
    for number, emulator in enumerate(made):
        glob = f"{lake}/org_{number:04}/invoice/*.parquet"
        query = f"SELECT count(DISTINCT invoice_id), sum(total), count(*) FROM '{glob}'"
        count, money, rows = duckdb.sql(query).fetchall()[0]
        assert (count, money) == total(emulator)
        assert rows == count


def all_of(store: Store, to: str, engine: crew.Engine, **more: Any) -> fleet.FleetReport:
    names = fleet.selected(store, ("*",))
    return fleet.fleet_sync(store, names, to=to, engine=engine, streams=STREAMS, **more)


def test_local_workers_sync_them_all(store: Store, made: list[Emulator], tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    report = all_of(store, f"parquet:{lake}/{{instance}}", crew.engine("local", workers=2))
    assert (report.done, report.failing, report.behind) == (COUNT, {}, [])
    assert report.exit_status == 0
    check(lake, made)
    status = fleet.fleet_status(store)
    assert [each["status"] for each in status] == ["done"] * COUNT
    assert len(runs.recent(store, 100, job="sync")) == COUNT
    again = all_of(store, f"parquet:{lake}/{{instance}}", crew.engine("local", workers=2))
    assert again.calls == COUNT * len(STREAMS)


def test_postgres_takes_a_schema_each(
    store: Store, made: list[Emulator], postgres_url: str
) -> None:
    report = all_of(store, postgres_url, crew.engine("local", workers=2))
    assert report.done == COUNT, report.failing
    with psycopg.connect(postgres_url) as database:
        for number, emulator in enumerate(made):
            query = f"SELECT count(*), sum(total) FROM org_{number:04}.invoice"
            assert database.execute(query).fetchone() == total(emulator)


def test_a_lost_process_costs_time_only(store: Store, made: list[Emulator], tmp_path: Path) -> None:
    """One of two workers is killed as soon as it has begun."""
    lake = tmp_path / "lake"
    killed: list[int] = []

    def kill() -> None:
        until = time.monotonic() + 20
        while not killed and time.monotonic() < until:
            for child in psutil.Process().children(recursive=True):
                busy = any("xeroport-shard" in each.path for each in _files(child))
                if busy and list(lake.glob("*/_manifest.json")):
                    os.kill(child.pid, signal.SIGKILL)
                    killed.append(child.pid)
                    return
            time.sleep(0.01)

    killer = threading.Thread(target=kill)
    killer.start()
    report = all_of(store, f"parquet:{lake}/{{instance}}", crew.engine("local", workers=2))
    killer.join()
    assert killed
    assert report.given_again >= 1
    assert report.done == COUNT, report.failing
    check(lake, made)


def _files(process: psutil.Process) -> list[Any]:
    try:
        return list(process.open_files())
    except psutil.Error:
        return []


@contextmanager
def dask(workers: int) -> Iterator[tuple[str, Any]]:
    """A Dask cluster of real processes on loopback."""
    from distributed import LocalCluster

    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        silence_logs=50,
    ) as cluster:
        yield cluster.scheduler_address.replace("tcp://", "dask://"), cluster


def test_dask_with_one_of_two_workers_killed(
    store: Store, made: list[Emulator], tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    with dask(2) as (address, cluster):

        def kill() -> None:
            until = time.monotonic() + 20
            while not list(lake.glob("*/_manifest.json")) and time.monotonic() < until:
                time.sleep(0.01)
            os.kill(cluster.workers[0].pid, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        report = all_of(store, f"parquet:{lake}/{{instance}}", crew.engine(address))
        killer.join()
    assert report.done == COUNT, report.failing
    check(lake, made)


def test_what_is_wrong_with_one_is_said_and_stops_no_other(
    store: Store, base: str, tmp_path: Path
) -> None:
    from dataclasses import replace

    from xeroport.store import instances

    broken = replace(instances.get(store, "org-0003"), client_id="WRONG")
    instances.save(store, broken)
    taken = leases.take(store, leases.way_into("org-0005", f"parquet:{tmp_path}/lake"))
    assert taken is not None
    report = all_of(store, f"parquet:{tmp_path}/lake", crew.engine("local", workers=2))
    assert report.done == COUNT - 2
    assert list(report.failing) == ["org-0003"]
    assert report.busy == ["org-0005"]
    assert report.exit_status == 1
    (failing,) = [each for each in fleet.fleet_status(store) if each["status"] == "failed"]
    assert failing["instance"] == "org-0003"


def test_names_engines_and_destinations_that_cannot_be(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"instance `uk-\*`"):
        fleet.selected(store, ("uk-*",))
    with pytest.raises(InputError, match="one process at a time"):
        all_of(store, f"duckdb:{tmp_path}/books.duckdb", crew.engine("local"))
    with pytest.raises(InputError, match="there is no engine `spark`"):
        crew.engine("spark")


def test_the_app_s_minute_is_shared_out() -> None:
    for workers in (1, 2, 10, 40, 166):
        assert fleet.at_once(workers) * workers * 60 <= fleet.APP_MINUTE
    assert fleet.at_once(1) == fleet.AT_ONCE


def test_many_instances_from_a_file(
    tmp_path: Path, made: list[Emulator], base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    monkeypatch.setenv("ORG_1_SECRET", made[1].client_secret)
    (tmp_path / "secret-0").write_text(made[0].client_secret)
    lines = ["name,client_id,client_secret_file,client_secret_env,base_url,identity_url"]
    urls = [f"{base}/o{number},{base}/o{number}" for number in range(3)]
    lines += [
        f"org-0,{made[0].client_id},secret-0,,{urls[0]}",
        f"org-1,{made[1].client_id},,ORG_1_SECRET,{urls[1]}",
        f"org-2,{made[2].client_id},secret-0,,{urls[2]}",
        f"Org 3,{made[2].client_id},secret-0,,{urls[2]}",
        f"org-4,{made[2].client_id},nowhere,,{urls[2]}",
    ]
    file = tmp_path / "organisations.csv"
    file.write_text("\n".join(lines) + "\n")
    home = ["--home", str(tmp_path / "home")]
    result = CliRunner().invoke(main, ["instance", "import", str(file), "--json", *home])
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert [bool(each["error"]) for each in found] == [False, False, True, True, True]
    assert [each["line"] for each in found] == [2, 3, 4, 5, 6]
    assert "cannot be an instance's name" in found[3]["error"]
    listed = CliRunner().invoke(main, ["instance", "list", "--json", *home])
    assert [each["name"] for each in json.loads(listed.stdout)] == ["org-0", "org-1"]
    file.write_text("name,client_id,password\norg-9,x,y\n")
    refused = CliRunner().invoke(main, ["instance", "import", str(file), *home])
    assert refused.exit_code == 2
    assert "unknown column `password`" in refused.stderr


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["dask", "local"])
def test_a_thousand_organisations_with_a_worker_killed_in_mid_run(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XEROPORT_KEY", base64.b64encode(secrets.token_bytes(32)).decode())
    thousand = organisations.emulators(1000, size=8)
    lake = tmp_path / "lake"
    with organisations.serving(thousand) as base:
        store = Store(tmp_path / "home")
        organisations.connect(store, thousand, base)
        with dask(2) if kind == "dask" else nullcontext(("local", None)) as (engine, cluster):

            def pid() -> int:
                if cluster is not None:
                    return int(cluster.workers[0].pid)
                return next(
                    child.pid
                    for child in psutil.Process().children(recursive=True)
                    if any("xeroport-shard" in each.path for each in _files(child))
                )

            killed: list[int] = []

            def kill() -> None:
                while len(list(lake.glob("*/_manifest.json"))) < 300:
                    time.sleep(0.2)
                killed.append(pid())
                os.kill(killed[0], signal.SIGKILL)

            killer = threading.Thread(target=kill)
            killer.start()
            report = all_of(store, f"parquet:{lake}/{{instance}}", crew.engine(engine, workers=2))
            killer.join()
    assert killed
    with capsys.disabled():
        print(f"\n{kind}: {report}")
    assert (report.done, report.failing, report.behind) == (1000, {}, [])
    check(lake, thousand)
