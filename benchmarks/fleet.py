"""Fleets of 10, 100 and 1,000 emulated organisations: full reads, then deltas."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.harness import table
from xeroport.credentials import Secret
from xeroport.jobs import crew, fleet
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance

SIZES = (10, 100, 1000)
STREAMS = ("contacts", "invoices", "payments")
WHOLE = 20
"""Organisations of which every stream is read."""

INVOICES = 20
EDITED = 5
WORKERS = 2
SERVER = Path(__file__).with_name("servers") / "organisations.py"


class Measured:
    """One fleet sync: the report, wall seconds, CPU seconds of workers and of the driver."""

    def __init__(self, store: Store, to: str, streams: tuple[str, ...]) -> None:
        before = _cpu(resource.RUSAGE_CHILDREN), _cpu(resource.RUSAGE_SELF)
        names = fleet.selected(store, ("*",))
        self.report = fleet.fleet_sync(
            store, names, to=to, engine=crew.engine("local", workers=WORKERS), streams=streams
        )
        if self.report.done != len(names):
            raise RuntimeError(f"not all done: {self.report}")
        self.workers = _cpu(resource.RUSAGE_CHILDREN) - before[0]
        self.driver = _cpu(resource.RUSAGE_SELF) - before[1]

    def row(self, size: int, what: str) -> tuple[Any, ...]:
        found = self.report
        return (
            f"{size:,}",
            what,
            f"{found.seconds:,.1f} s",
            f"{size / found.seconds * 3600:,.0f}",
            f"{found.calls / size:.1f}",
            f"{found.records / size:,.0f}",
            f"{self.workers / size * 1000:,.0f} ms",
            f"{self.driver / size * 1000:,.1f} ms",
        )


def _cpu(who: int) -> float:
    found = resource.getrusage(who)
    return found.ru_utime + found.ru_stime


@contextmanager
def organisations(count: int) -> Iterator[tuple[dict[str, Any], Any]]:
    """Their facts, and a function that edits invoices in each."""
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

        yield json.loads(process.stdout.readline()), edit
        process.stdin.close()
        process.wait(20)


def fleet_of(size: int, folder: Path, streams: tuple[str, ...]) -> list[tuple[Any, ...]]:
    store = Store(folder / "home")
    with organisations(size) as (facts, edit):
        for number, (client, secret) in enumerate(facts["credentials"]):
            base = f"{facts['base']}/o{number}"
            made = Instance(f"org-{number:04}", base, base, client, rate_limit=6000)
            instances.add(store, made, Secret(secret))
        to = f"parquet:{folder}/lake/{{instance}}"
        full = Measured(store, to, streams)
        edit(EDITED)
        delta = Measured(store, to, streams)
    store.close()
    what = f"{len(streams)} streams" if streams else "all streams"
    return [full.row(size, f"full, {what}"), delta.row(size, f"delta, {what}")]


def section() -> str:
    os.environ.setdefault("XEROPORT_KEYRING", "off")
    rows: list[tuple[Any, ...]] = []
    for size, streams in [(WHOLE, ()), *((size, STREAMS) for size in SIZES)]:
        with tempfile.TemporaryDirectory(prefix="xeroport-") as folder:
            rows += fleet_of(size, Path(folder), streams)
            print(rows[-2:], file=sys.stderr, flush=True)
    head = ("organisations", "sync", "took", "an hour", "calls", "records", "CPU", "driver's CPU")
    return "\n\n".join(
        (
            "## A fleet of organisations",
            f"`fleet sync --all --to 'parquet:lake/{{instance}}' --workers {WORKERS}` of emulated "
            f"organisations with {INVOICES} invoices each, all in one other process on the same "
            f"two cores, without limits; every stream, or {', '.join(STREAMS)}. Then again after "
            f"{EDITED} invoices were edited in each. Calls, records and CPU are an organisation's "
            "share; CPU is the workers' own, their start included, without the emulators'.",
            table(head, rows),
        )
    )
