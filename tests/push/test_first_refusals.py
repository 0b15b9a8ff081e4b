"""The first sending is carried out and answered with a refusal of all of it, which is a lie.

Nothing is doubled by what goes again, in smaller calls or because a person asks for it, and nothing
is `rejected` while it is in Xero. An honest refusal ends as before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from push_lies import WITHOUT_KEY, Lie
from push_targets import Books
from push_world import World, invoice

from xeroport.catalogue import load
from xeroport.delivery.recent_lookup import recent_list
from xeroport.store.outbox import outbox


@dataclass
class FirstLie(httpx2.AsyncBaseTransport):
    """Refuses the first write, carried out or not, and is honest then."""

    inner: httpx2.AsyncBaseTransport
    lie: Lie
    carried_out: bool = True
    writes: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET" or "/connect/" in request.url.path:
            self.reads += [request.url.path] if request.method == "GET" else []
            return await self.inner.handle_async_request(request)
        self.writes.append(request.url.path)
        if len(self.writes) > 1:
            return await self.inner.handle_async_request(request)
        if self.carried_out:
            await (await self.inner.handle_async_request(request)).aread()
        return self.lie.response(request)


def refused_at_first(
    world: World, endpoint: str, rows: list[dict[str, Any]], status: int, key: str, **line: Any
) -> FirstLie:
    """Push rows over such a line, then again, and then retry what was rejected."""
    world.transport = liar = FirstLie(world.transport, Lie(status), **line)
    world.push(endpoint, rows, key=key)
    world.clock.advance(20)
    world.push(endpoint, rows, key=key)
    for delivery in outbox.deliveries(world.store, "acme", status=("rejected",)):
        assert outbox.retry(world.store, delivery)
    world.clock.advance(400)
    world.push(endpoint, rows, key=key)
    return liar


LISTED = {
    record: endpoint
    for record, endpoint in WITHOUT_KEY.items()
    if recent_list(load().record(record)) is not None
}


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("status", [400, 404, 413])
def test_what_has_no_number_is_not_made_twice(
    world: World, tmp_path: Path, status: int, count: int
) -> None:
    books = Books(world, tmp_path)
    rows = [books.row("ManualJournal") for _ in range(count)]
    refused_at_first(world, "manual_journals.create", rows, status, "no")
    assert len(world.held("ManualJournal")) == count
    kept = list(outbox.deliveries(world.store, "acme", endpoint="manual_journals.create"))
    assert {delivery.status for delivery in kept} == {"unknown"}
    assert all("resembles it" in delivery.messages[-1] for delivery in kept)


@pytest.mark.parametrize(("record", "endpoint"), LISTED.items())
def test_no_kind_of_record_without_a_number_is_made_twice(
    world: World, tmp_path: Path, record: str, endpoint: str
) -> None:
    books = Books(world, tmp_path)
    rows = [books.row(record) for _ in range(2)]
    before = len(world.held(record))
    refused_at_first(world, endpoint, rows, 400, "no")
    assert len(world.held(record)) - before == 2


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("status", [400, 404, 422])
def test_what_has_a_number_is_found_by_it(world: World, status: int, count: int) -> None:
    rows = [invoice(f"A-{number}") for number in range(count)]
    refused_at_first(world, "invoices.create", rows, status, "InvoiceNumber")
    assert len(world.held("Invoice")) == count
    kept = list(outbox.deliveries(world.store, "acme", endpoint="invoices.create"))
    assert {delivery.status for delivery in kept} == {"sent"}
    held = {str(each["InvoiceID"]) for each in world.held("Invoice")}
    assert {delivery.xero_id for delivery in kept} == held


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("record", ["ManualJournal", "Invoice"])
def test_after_an_honest_refusal_all_goes_at_last(
    world: World, tmp_path: Path, record: str, count: int
) -> None:
    endpoint = {"ManualJournal": "manual_journals.create", "Invoice": "invoices.create"}[record]
    books = Books(world, tmp_path)
    rows = [books.row(record) for _ in range(count)]
    refused_at_first(world, endpoint, rows, 400, "no", carried_out=False)
    assert len(world.held(record)) == count
    kept = outbox.deliveries(world.store, "acme", endpoint=endpoint)
    assert {delivery.status for delivery in kept} == {"sent"}


def test_what_goes_well_asks_nothing_more(world: World) -> None:
    rows = [invoice(f"A-{number}") for number in range(60)]
    world.transport = line = FirstLie(world.transport, Lie(400), writes=["none"])
    assert world.push("invoices.create", rows).counts == {"sent": 60}
    assert len(line.writes) == 3
    assert line.reads == []
