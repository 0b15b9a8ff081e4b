"""Many emulated organisations behind one port, `/o0`, `/o1`, …: each an emulator of its own."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psutil

from xeroport.catalogue import load
from xeroport.jobs.fleet import executors
from xeroport.jobs.fleet import run as fleet
from xeroport.jobs.fleet.report import FleetReport
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport_emulator import Emulator
from xeroport_emulator.http.serve import served

COUNT = 8
STREAMS = ("contacts", "invoices", "payments")
KNOWN = frozenset(each.name for each in load().endpoints)


class Prefixed:
    """Dispatches by the first part of the path."""

    def __init__(self, emulators: list[Emulator]) -> None:
        self.apps = {f"o{number}": each.app for number, each in enumerate(emulators)}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        _, first, rest = scope["path"].split("/", 2)
        raw = scope["raw_path"].split(b"/", 2)[2]
        inner = {**scope, "path": f"/{rest}", "raw_path": b"/" + raw}
        await self.apps[first](inner, receive, send)


def emulators(count: int, *, size: int = 20, faults: str | None = None) -> list[Emulator]:
    """Organisations that differ in size and content."""
    return [
        Emulator(size + number % 5, limits="off", seed=number, faults=faults)
        for number in range(count)
    ]


@contextmanager
def serving(made: list[Emulator]) -> Iterator[str]:
    """The base URL before the prefixes."""
    with served(Prefixed(made), port=0) as base:
        yield base


def connect(store: Store, made: list[Emulator], base: str) -> None:
    """An instance `org-NNNN` for each."""
    for number, each in enumerate(made):
        url = f"{base}/o{number}"
        instance = Instance(
            name=f"org-{number:04}",
            base_url=url,
            identity_url=url,
            client_id=each.client_id,
            rate_limit=6000,
        )
        instances.add(store, instance, Secret(each.client_secret))


def total(emulator: Emulator) -> tuple[int, Decimal]:
    """Invoices and their sum, from the emulator's own records."""
    table = emulator.organisation.tables["Invoice"]
    return len(table), sum((each["Total"] for each in table), Decimal())


def check(lake: Path, made: list[Emulator]) -> None:
    """Every organisation's invoices are in the lake, once each, to the cent."""
    for number, emulator in enumerate(made):
        glob = f"{lake}/org_{number:04}/invoice/*.parquet"
        query = f"SELECT count(DISTINCT invoice_id), sum(total), count(*) FROM '{glob}'"
        count, money, rows = duckdb.sql(query).fetchall()[0]
        assert (count, money) == total(emulator)
        assert rows == count


def all_of(store: Store, to: str, engine: executors.Engine, **more: Any) -> FleetReport:
    names = fleet.selected(store, ("*",))
    return fleet.fleet_sync(store, names, to=to, engine=engine, streams=STREAMS, **more)


def served_calls(made: list[Emulator]) -> int:
    """API calls that the emulators have answered since their logs were cleared."""
    return sum(1 for each in made for _, name, _ in each.app.log if name in KNOWN)


def workers() -> list[psutil.Process]:
    """Worker processes, children of this one, that have begun a shard."""
    return [
        child
        for child in children()
        if any("/shard-" in path or "/alone-" in path for path in open_files(child))
    ]


def children() -> Iterator[psutil.Process]:
    """The children of this process; where the system lists them, without a look at all others."""
    lists = list(Path("/proc/self/task").glob("*/children"))
    if not lists:
        yield from psutil.Process().children()
    for listed in lists:
        with suppress(OSError, psutil.NoSuchProcess):
            for pid in listed.read_text().split():
                yield psutil.Process(int(pid))


def a_worker() -> int | None:
    """The process id of one of them."""
    return next((each.pid for each in workers()), None)


def open_files(process: psutil.Process) -> list[str]:
    try:
        return [each.path for each in process.open_files()]
    except psutil.Error:
        return []


def synced(lake: Path) -> int:
    """How many organisations have at least one committed batch."""
    return len(list(lake.glob("*/_manifest.json")))


@contextmanager
def killing(pid: Callable[[], int | None], *, times: int = 1) -> Iterator[list[int]]:
    """Beside the block, kill each process that `pid` names; which they were."""
    killed: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while len(killed) < times and not over.wait(0.01):
            found = pid()
            if found is not None and found not in killed:
                os.kill(found, signal.SIGKILL)
                killed.append(found)

    killer = threading.Thread(target=watch)
    killer.start()
    try:
        yield killed
    finally:
        over.set()
        killer.join()


@contextmanager
def dask(count: int) -> Iterator[tuple[str, Any]]:
    """A Dask cluster of real processes on loopback; they are forked, since each would take a second
    of CPU to import what it needs."""
    import dask.config
    from distributed import LocalCluster

    forking = dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"})
    ours = {name: text for name, text in os.environ.items() if name.startswith("XEROPORT_")}
    with (
        forking,
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=50,
            env=ours,
        ) as cluster,
    ):
        yield cluster.scheduler_address.replace("tcp://", "dask://"), cluster
