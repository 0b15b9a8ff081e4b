"""The Python API where an event loop runs already, as in a notebook."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from tests.sync.books import NAME, add_instance

import xeroport
from xeroport.store import runs
from xeroport.store.database import Store
from xeroport_emulator import Emulator

IN_A_LOOP = """
import asyncio, sys, xeroport
async def cell():
    print("begun", flush=True)
    xeroport.sync("acme-uk", home=sys.argv[1])
asyncio.new_event_loop().run_until_complete(cell())
"""
"""A notebook's loop leaves Ctrl-C to the code that runs in it, as `asyncio.run` does not."""


@pytest.fixture(scope="module")
def emulator() -> Iterator[tuple[Emulator, str]]:
    emulator = Emulator("demo", limits="off")
    with emulator.serve() as base_url:
        yield emulator, base_url


@pytest.fixture
def home(tmp_path: Path, emulator: tuple[Emulator, str]) -> Path:
    store = Store(tmp_path / "home")
    add_instance(store, *emulator)
    store.close()
    return store.home


def test_sync_push_and_connect_work_inside_a_loop(home: Path) -> None:
    async def cell() -> tuple[str, dict[str, int], str]:
        report = xeroport.sync(NAME, streams="items", home=home)
        rows = [{"Name": "From a notebook"}]
        pushed = xeroport.push(NAME, "contacts.create", rows, key="Name", home=home)
        with xeroport.connect(NAME, home=home) as xero:
            organisation = xero.call("organisation.get").records[0]["Name"]
        return report.status, pushed.counts, organisation

    status, counts, organisation = asyncio.run(cell())
    assert (status, counts) == ("done", {"sent": 1})
    assert organisation
    with duckdb.connect(str(home / "books.duckdb")) as books:
        assert books.execute("SELECT count(*) > 0 FROM acme_uk.item").fetchone() == (True,)


def test_errors_come_through(home: Path) -> None:
    async def cell() -> None:
        xeroport.sync(NAME, streams=["invoice"], home=home)

    with pytest.raises(xeroport.XeroportError, match="there is no stream `invoice`"):
        asyncio.run(cell())


def test_an_interrupt_ends_the_sync_and_keeps_the_run(
    home: Path, emulator: tuple[Emulator, str]
) -> None:
    emulator[0].faults.add("slow", seconds=2.0)
    try:
        child = subprocess.Popen(
            [sys.executable, "-c", IN_A_LOOP, str(home)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        child.stdout.readline()
        until = time.monotonic() + 60
        while not runs.recent(Store(home), 1) and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        child.wait(30)
    finally:
        emulator[0].faults.clear()
    (run,) = runs.recent(Store(home), 1)
    assert run.status == "interrupted"
