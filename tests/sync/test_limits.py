"""Two syncs and a push at once, on one budget: no refusal for speed, and no idle minute."""

from __future__ import annotations

import asyncio
import dataclasses
import math
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from tests.sync.books import NAME, Books

from xeroport.clock import ManualClock
from xeroport.jobs.push import Order, push_async
from xeroport.jobs.source import from_rows
from xeroport.jobs.sync import sync_instance
from xeroport.store import instances

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

    transport = httpx2.ASGITransport(app=counting)
    rows = [
        {"Name": f"New customer {number}"} for number in range(120)
    ]  # three calls of 50 at most
    order = Order(NAME, "contacts.create", rows=from_rows(rows), key=("Name",))

    async def together() -> Any:
        places = (books.home / "one.duckdb", books.home / "two.duckdb")
        syncs = [
            sync_instance(books.store, NAME, to=f"duckdb:{place}", clock=clock, transport=transport)
            for place in places
        ]
        return await asyncio.gather(
            *syncs, push_async(books.store, order, clock=clock, transport=transport)
        )

    first, second, pushed = asyncio.run(together())
    assert (first.status, second.status) == ("done", "done")
    assert (first.throttled, second.throttled, pushed.throttled) == ({}, {}, 0)
    assert pushed.counts == {"sent": len(rows)}
    calls = sum(minutes.values())
    assert calls == first.calls + second.calls + pushed.calls > ALLOWED
    took = (clock.now() - began).total_seconds()
    assert took <= 60 * math.ceil(calls / ALLOWED), f"{calls} calls in {took:.0f} s"


@pytest.mark.soak
def test_a_real_minute(make_books: Any) -> None:
    """The same limits on the machine's own clock: more than two minutes of calls."""
    books: Books = make_books(100_000, limits="xero")
    instance = instances.get(books.store, NAME)
    instances.save(books.store, dataclasses.replace(instance, rate_limit=ALLOWED))
    report = books.sync()
    assert report.status == "done"
    assert report.throttled == {}
    assert report.seconds <= 60 * (report.calls / ALLOWED + 1)
