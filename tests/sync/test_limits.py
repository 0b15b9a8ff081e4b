"""Two syncs and a push at once, on one budget: no refusal for speed, and no idle minute."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import math
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.sync.books import NAME, Books, add_instance

from xeroport.clock import ManualClock
from xeroport.jobs.push.run import Order, push_async
from xeroport.jobs.sync.run import sync_instance
from xeroport.rows.source import from_rows
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport_emulator import Emulator

ALLOWED = 60


def test_two_syncs_and_a_push_keep_every_minute_busy_without_a_429(make_books: Any) -> None:
    began = datetime.now(UTC)
    clock = ManualClock(began)
    books: Books = make_books(6_000, limits="xero", clock=clock)
    instance = instances.get(books.store, NAME)
    instances.save(books.store, dataclasses.replace(instance, rate_limit=ALLOWED))
    minutes: Counter[int] = Counter()
    app = books.app

    async def counting(scope: Any, receive: Any, send: Any) -> None:
        if "/api.xro/" in scope["path"]:
            minutes[int((clock.now() - began).total_seconds() // 60)] += 1
        await app(scope, receive, send)

    books.store.clock, books.store.transport = clock, httpx2.ASGITransport(app=counting)
    rows = [
        {"Name": f"New customer {number}"} for number in range(120)
    ]  # three calls of 50 at most
    order = Order(NAME, "contacts.create", rows=from_rows(rows), key=("Name",))

    async def together() -> Any:
        places = (books.home / "one.duckdb", books.home / "two.duckdb")
        syncs = [sync_instance(books.store, NAME, to=f"duckdb:{place}") for place in places]
        return await asyncio.gather(*syncs, push_async(books.store, order))

    first, second, pushed = asyncio.run(together())
    assert (first.status, second.status) == ("done", "done")
    assert (first.throttled, second.throttled, pushed.throttled) == ({}, {}, 0)
    assert pushed.counts == {"sent": len(rows)}
    calls = sum(minutes.values())
    assert calls == first.calls + second.calls + pushed.calls > ALLOWED
    took = (clock.now() - began).total_seconds()
    assert took <= 60 * math.ceil(calls / ALLOWED), f"{calls} calls in {took:.0f} s"


@pytest.mark.soak
def test_two_syncs_and_a_push_in_processes_of_their_own(tmp_path: Path) -> None:
    """The same on the machine's own clock: more than two minutes of calls, none refused, and all
    minutes but the last full."""
    emulator = Emulator(20_000, limits="xero")
    customers = tmp_path / "customers.csv"
    customers.write_text("Name\n" + "".join(f"New customer {each}\n" for each in range(120)))
    home = tmp_path / "home"
    with emulator.serve() as base_url:
        store = Store(home)
        add_instance(store, emulator, base_url)
        instance = instances.get(store, NAME)
        instances.save(store, dataclasses.replace(instance, rate_limit=ALLOWED))
        store.close()
        began = time.monotonic()
        started = [
            _started(home, "sync", NAME, "--to", f"duckdb:{tmp_path / 'one.duckdb'}"),
            _started(home, "sync", NAME, "--to", f"parquet:{tmp_path / 'two'}"),
            _started(home, "push", NAME, "contacts.create", str(customers), "--key", "Name"),
        ]
        told = [each.communicate(timeout=600) for each in started]
        took = time.monotonic() - began
    assert [each.returncode for each in started] == [0, 0, 0], [err for _, err in told]
    first, second, pushed = (json.loads(out) for out, _ in told)
    assert (first["throttled"], second["throttled"], pushed["throttled"]) == ({}, {}, 0)
    assert pushed["counts"] == {"sent": 120}
    calls = first["calls"] + second["calls"] + pushed["calls"]
    assert calls > 2 * ALLOWED
    assert took <= 60 * calls // ALLOWED + 15, f"{calls} calls in {took:.0f} s"


def _started(home: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "xeroport", *words, "--json", "--home", str(home)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    )
