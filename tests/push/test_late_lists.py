"""Xero's lists may be late: what they do not show yet may be there, and is not `rejected`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from push_lies import UPSERTS, WITH_KEY, WITHOUT_KEY
from push_targets import Books
from push_world import World, invoice

from xeroport.catalogue import load


@dataclass
class LateLists(httpx2.AsyncBaseTransport):
    """The first write is carried out and its reply lost, all sendings of its key fail; lists do not
    show what was made since, for so many answers."""

    inner: httpx2.AsyncBaseTransport
    hidden: int
    lost: str = ""
    before: frozenset[str] = frozenset()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if "/connect/" in request.url.path or request.url.path.endswith("/Organisation"):
            return await self.inner.handle_async_request(request)
        key = request.headers.get("idempotency-key", "")
        if request.method in ("PUT", "POST"):
            if not self.lost or key == self.lost:
                response = await self.inner.handle_async_request(request)
                await response.aread()
                self.lost = key
                raise httpx2.ReadError("lost", request=request)
            return await self.inner.handle_async_request(request)
        response = await self.inner.handle_async_request(request)
        if not self.lost or self.hidden <= 0:
            return response
        self.hidden -= 1
        return _without(json.loads(await response.aread()), self.before, request)


def _without(
    body: dict[str, Any], before: frozenset[str], request: httpx2.Request
) -> httpx2.Response:
    """A list without the records that were not there before."""
    for name, records in body.items():
        if isinstance(records, list):
            body[name] = [each for each in records if before & set(map(str, each.values()))]
    stream = httpx2.ByteStream(json.dumps(body).encode())
    return httpx2.Response(
        200, stream=stream, headers={"Content-Type": "application/json"}, request=request
    )


def late(world: World, record: str, hidden: int) -> LateLists:
    ids = frozenset(str(each[load().record(record).key[0]]) for each in world.held(record))
    transport = LateLists(world.transport, hidden, before=ids)
    world.transport = transport
    return transport


def fail_until_unknown(world: World, endpoint: str, rows: list[dict[str, Any]], key: str) -> None:
    """Push until the key of the first sending is dead."""
    world.push(endpoint, rows, key=key)
    world.clock.advance(400)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("hidden", [1, 4, 200])
def test_a_number_that_is_taken_by_our_own_record_is_not_rejected(
    world: World, count: int, hidden: int
) -> None:
    rows = [invoice(f"I-{n}", amount=f"{n + 1}") for n in range(count)]
    late(world, "Invoice", hidden)
    fail_until_unknown(world, "invoices.create", rows, "InvoiceNumber")
    for _ in range(3):
        report = world.push("invoices.create", rows, key="InvoiceNumber")
        assert "rejected" not in report.counts, report.results
        assert len(world.held("Invoice")) == count
        world.clock.advance(60)
    if hidden > 100:
        assert report.counts == {"unknown": count}
        assert "unique" in str(report.results[0].messages)
        world.transport.hidden = 0  # type: ignore[attr-defined]
        report = world.push("invoices.create", rows, key="InvoiceNumber")
    assert report.counts == {"sent": count}, report.results


@pytest.mark.parametrize(("record", "endpoint"), [*WITH_KEY.items(), *UPSERTS.items()])
def test_no_kind_of_record_is_rejected_while_it_is_there(
    world: World, tmp_path: Path, record: str, endpoint: str
) -> None:
    books = Books(world, tmp_path)
    rows = [books.row(record)]
    before = len(world.held(record))
    late(world, record, 1)
    fail_until_unknown(world, endpoint, rows, "no")
    for _ in range(3):
        report = world.push(endpoint, rows, key="no")
        assert "rejected" not in report.counts, report.results
        world.clock.advance(60)
    assert len(world.held(record)) == before + 1
    assert report.counts == {"sent": 1}, report.results


def test_a_number_that_somebody_else_has_is_rejected(world: World) -> None:
    """Not ours for sure: the list shows another record with it."""
    world.push(
        "invoices.upsert", [invoice("I-1", amount="99", Reference="theirs")], key="InvoiceNumber"
    )
    world.clock.advance(4000)

    @dataclass
    class Lost(httpx2.AsyncBaseTransport):
        inner: httpx2.AsyncBaseTransport
        key: str = ""

        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            key = request.headers.get("idempotency-key", "")
            if request.method == "PUT" and self.key in ("", key):
                self.key = key
                raise httpx2.ReadError("lost", request=request)
            return await self.inner.handle_async_request(request)

    world.transport = Lost(world.transport)
    rows = [invoice("I-1", amount="5")]
    fail_until_unknown(world, "invoices.create", rows, "InvoiceNumber")
    report = world.push("invoices.create", rows, key="InvoiceNumber")
    assert report.counts == {"rejected": 1}, report.results


@dataclass
class Fails(httpx2.AsyncBaseTransport):
    """Writes are carried out and answered with a 500."""

    inner: httpx2.AsyncBaseTransport

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self.inner.handle_async_request(request)
        if request.method == "PUT":
            await response.aread()
            return httpx2.Response(500, stream=httpx2.ByteStream(b"trouble"), request=request)
        return response


def test_what_resembles_a_record_is_said_once(world: World, tmp_path: Path) -> None:
    """However often it is looked up again."""
    rows = [Books(world, tmp_path).row("ManualJournal")]
    world.transport = Fails(world.transport)
    for _ in range(3):
        report = world.push("manual_journals.create", rows, key="no")
        world.clock.advance(400)
    (result,) = report.results
    assert result.status == "unknown"
    assert any("resembles" in each for each in result.messages), result
    assert len(set(result.messages)) == len(result.messages)


@dataclass
class FailsAndIsLate(httpx2.AsyncBaseTransport):
    """The first write is carried out, and it and all of its key are answered with a 500; lists show
    it seconds later."""

    world: World
    inner: httpx2.AsyncBaseTransport
    behind: float = 4.0
    done_at: float = 0.0
    key: str = ""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self.inner.handle_async_request(request)
        now = self.world.clock.now().timestamp()
        key = request.headers.get("idempotency-key", "")
        if request.method == "PUT" and self.key in ("", key):
            self.key, self.done_at = key, now
            await response.aread()
            return httpx2.Response(500, stream=httpx2.ByteStream(b"trouble"), request=request)
        is_list = request.method == "GET" and not request.url.path.endswith("/Organisation")
        if is_list and "/connect/" not in request.url.path and now < self.done_at + self.behind:
            return _without(json.loads(await response.aread()), frozenset(), request)
        return response


@pytest.mark.parametrize("behind", [4, 55])
@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("record", ["ManualJournal", "BankTransaction", "Payment", "Invoice"])
def test_what_a_late_list_does_not_show_is_not_sent_again(
    world: World, tmp_path: Path, record: str, count: int, behind: float
) -> None:
    """Carried out, answered with a 500, and not in the list at once, or for almost a minute."""
    books = Books(world, tmp_path)
    rows = [books.row(record) for _ in range(count)]
    before = len(world.held(record))
    world.transport = FailsAndIsLate(world, world.transport, behind)
    for _ in range(2):
        report = world.push((WITH_KEY | WITHOUT_KEY)[record], rows, key="no")
        assert len(world.held(record)) - before == count, report.results
        assert "rejected" not in report.counts, report.results
        world.clock.advance(400)
