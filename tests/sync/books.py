"""An emulated Xero, a home folder and the syncs between them, for the tests of this package."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import httpx2
from tests.ready_home import begun

from xeroport.clock import SYSTEM_CLOCK, Clock, ManualClock
from xeroport.destinations.unopened import stamp
from xeroport.jobs.sync.report import StreamReport, SyncReport
from xeroport.jobs.sync.run import sync_instance
from xeroport.secrets.vault import Secret
from xeroport.store import instances, stream_reads
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.store.leases import place_mark
from xeroport.store.stream_reads import HeldState
from xeroport_emulator import Emulator

URL = "http://127.0.0.1:1"
NAME = "acme-uk"
SCHEMA = "acme_uk"


@cache
def memory() -> duckdb.DuckDBPyConnection:
    """A database in memory that files are attached to: to open one takes longer than most tests
    read."""
    return duckdb.connect()


def rows_of(path: Path, schema: str, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """What a query of a file's schema gives."""
    connection = memory()
    connection.execute(f"ATTACH '{path}' AS books")
    try:
        connection.execute(f"USE books.{schema}")
        return connection.execute(sql, list(values)).fetchall()
    finally:
        connection.execute("USE memory")
        connection.execute("DETACH books")


class Books:
    """One organisation of an emulator and what a sync made of it; in one process, no sockets."""

    def __init__(self, emulator: Emulator, home: Path, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self.emulator = emulator
        self.app: Any = emulator.app
        self.home = home
        self.clock = clock
        self.store = begun(home)
        if not instances.all_instances(self.store):  # or the folder is a copy
            add_instance(self.store, emulator, URL)
        self.url = f"duckdb:{home / 'books.duckdb'}"

    def sync(self, *streams: str, **options: Any) -> SyncReport:
        self.store.clock = self.clock
        self.store.transport = httpx2.ASGITransport(app=self.app)
        return asyncio.run(
            sync_instance(
                self.store, NAME, streams=streams, to=options.pop("to", self.url), **options
            )
        )

    def stream(self, name: str, **options: Any) -> StreamReport:
        report = self.sync(name, **options)
        assert [each.stream for each in report.streams] == [name]
        return report.streams[0]

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return rows_of(self.home / "books.duckdb", SCHEMA, sql, values)

    def one(self, sql: str, *values: Any) -> Any:
        return self.query(sql, *values)[0][0]

    def records(self, name: str) -> list[dict[str, Any]]:
        return list(self.emulator.organisation.tables[name])


def add_instance(store: Store, emulator: Emulator, url: str) -> None:
    instance = Instance(
        name=NAME,
        base_url=url,
        identity_url=url,
        client_id=emulator.client_id,
        rate_limit=60_000,
    )
    instances.add(store, instance, Secret(emulator.client_secret))


def synced(folder: Path, data: Any, *, at: datetime) -> None:
    """Make a home folder after a first sync at that time that followed the plan."""
    clock = ManualClock(at)
    books = Books(Emulator(data, clock=clock, limits="off"), folder / "home", clock=clock)
    assert books.sync(fresh=False).ok
    books.store.close()
    tokens = folder / "tokens"
    generation = books.emulator.identity._generation
    tokens.write_text(json.dumps([data, generation, clock.now().isoformat()]))


def copied(folder: Path, home: Path) -> Books:
    """A copy of what `synced` made, with a Xero that nothing was changed in yet. The copied file is
    known to the copied store as the first one was to its own."""
    data, generation, now = json.loads((folder / "tokens").read_text())
    shutil.copytree(folder / "home", home)
    clock = ManualClock(datetime.fromisoformat(now))
    emulator = Emulator(data, clock=clock, limits="off")
    emulator.identity._generation = generation  # of the tokens in the copied store
    books = Books(emulator, home, clock=clock)
    first = place_mark(f"duckdb:{folder / 'home' / 'books.duckdb'}")
    state, stamped = stream_reads.held(books.store, NAME, first), stamp(books.url, SCHEMA)
    assert state is not None
    assert stamped is not None
    stream_reads.remember(
        books.store,
        NAME,
        place_mark(books.url),
        stream_reads.latest(books.store, NAME, first),
        state=HeldState(stamped, state.checkpoints),
    )
    return books
