"""Kind 6: absence was taken for proof, and a twin for ours.

Sources: xero-python#53, xero-node#253 (`/` and `#` in codes), Emersion's and Expensify's pages on
voided numbers, xero-php-oauth2#257.
"""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from push_world import World, invoice
from test_one_bad_record import Broken
from test_reconcile import DOCUMENT, lose


class Deaf404(httpx2.AsyncBaseTransport):
    """Answers 404 to every path that holds more than ids and words of Xero's, as it does for
    `PIPE-1/2`."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self.inner = inner
        self.paths: list[str] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.raw_path.decode().partition("?")[0]
        self.paths.append(path)
        if "%" in path or path.count("/") > 4:
            return httpx2.Response(404, stream=httpx2.ByteStream(b"no"), request=request)
        return await self.inner.handle_async_request(request)


class Mute(Broken):
    """Lets no write through, and does not say so."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method in ("PUT", "POST") and "/connect/" not in request.url.path:
            raise httpx2.ReadError("lost", request=request)
        return await self.inner.handle_async_request(request)


def never_arrives(world: World, endpoint: str, rows: list[dict[str, Any]], key: str | None) -> None:
    hears, world.transport = world.transport, Mute(world.transport, "")
    assert world.push(endpoint, rows, key=key).exit_status == 5
    world.transport = hears
    world.clock.advance(400)


@pytest.mark.parametrize(
    ("endpoint", "row", "record"),
    [
        ("items.create", {"Code": "PIPE-1/2", "Name": "Pipe ½ inch"}, "Item"),
        (
            "purchase_orders.create",
            {**DOCUMENT, "PurchaseOrderNumber": "2026/0117"},
            "PurchaseOrder",
        ),
        ("quotes.create", {**DOCUMENT, "QuoteNumber": "Q#9", "LineAmountTypes": "NOTAX"}, "Quote"),
        ("invoices.create", invoice("A/1&B=2 +x"), "Invoice"),
        ("contacts.create", {"Name": "Smith & Sons / Leeds #2"}, "Contact"),
    ],
)
def test_no_text_of_a_user_goes_into_a_path(
    world: World, endpoint: str, row: dict[str, Any], record: str
) -> None:
    """B28: after a lost reply it is found, and not sent again."""
    lose(world, endpoint, [row], None)
    world.transport = line = Deaf404(world.transport)
    report = world.push(endpoint, [row])
    assert report.counts == {"sent": 1}, report.results
    assert report.results[0].messages == ("found in Xero after the reply was lost",)
    assert len(world.held(record)) == 1
    assert not [path for path in line.paths if "%" in path]


@pytest.mark.parametrize("status", ["VOIDED", "DELETED"])
def test_a_voided_twin_is_not_ours(world: World, status: str) -> None:
    """B20: the number of a voided invoice, with the same contents, and a reply that was lost."""
    start = "AUTHORISED" if status == "VOIDED" else "DRAFT"
    row = invoice("TV-310", Status=start)
    assert world.push("invoices.create", [row], key="InvoiceNumber").ok
    held = world.held("Invoice")[0]["InvoiceID"]
    end = [{"InvoiceID": held, "Status": status}]
    assert world.push("invoices.update", end, guard=agreed()).ok
    world.clock.advance(7_200)
    again = [{**row, "Url": "https://shop.example/2"}]
    never_arrives(world, "invoices.create", again, "Url")
    report = world.push("invoices.create", again, key="Url")
    (result,) = report.results
    assert result.xero_id != held
    assert result.status in ("rejected", "sent")
    live = [each for each in world.held("Invoice") if each["Status"] == start]
    assert len(live) == (1 if result.status == "sent" else 0)


def agreed() -> Any:
    from xeroport.jobs.push.checked import Guard

    return Guard(agreed=True)


@pytest.mark.parametrize("shift", [0, 86_400, -86_400])
def test_a_record_older_than_our_sending_is_not_ours(world: World, shift: float) -> None:
    """A person's, with the same number and contents; the wall clock may have been set since."""
    row = invoice("A-1")
    assert world.push("invoices.create", [{**row, "Url": "https://a.example"}], key="Url").ok
    world.store.connection.execute("DELETE FROM delivery")
    world.clock.advance(7_200)
    never_arrives(world, "invoices.create", [row], "InvoiceNumber")
    report = world.push("invoices.create", [row], key="InvoiceNumber")
    assert report.counts == {"rejected": 1}, report.results
    assert report.results[0].messages == ("Invoice # must be unique.",)
    assert len(world.held("Invoice")) == 1


@pytest.mark.parametrize("ahead", [-86_400, 86_400])
def test_our_record_is_found_though_our_wall_clock_was_wrong(world: World, ahead: float) -> None:
    """Xero's clock is not ours: only the machine's uptime says how long ago the sending was."""

    class Skewed(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            world.clock.set_wall(-ahead)
            try:
                return await inner.handle_async_request(request)
            finally:
                world.clock.set_wall(ahead)

    inner = world.transport
    world.clock.set_wall(ahead)
    world.transport = Skewed()
    lose(world, "invoices.create", [invoice("A-1")], None)
    report = world.push("invoices.create", [invoice("A-1")])
    assert report.counts == {"sent": 1}, report.results
    assert len(world.held("Invoice")) == 1


def test_after_a_reboot_an_equal_record_is_for_a_person_if_it_may_be_older(world: World) -> None:
    row = invoice("A-1")
    assert world.push("invoices.create", [{**row, "Url": "https://a.example"}], key="Url").ok
    world.store.connection.execute("DELETE FROM delivery")
    world.clock.advance(7_200)
    never_arrives(world, "invoices.create", [row], "InvoiceNumber")
    world.clock.reboot()
    report = world.push("invoices.create", [row], key="InvoiceNumber")
    assert report.counts == {"unknown": 1}
    assert "may be older than this sending" in report.results[0].messages[0]


def test_a_lost_delete_is_settled_by_what_is_left(world: World) -> None:
    assert world.push("items.create", [{"Code": "I-1"}, {"Code": "I-2"}]).ok
    ids = [each["ItemID"] for each in world.held("Item")]
    lost = [{"ItemID": ids[0]}]

    class DeafToDeletes(Broken):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            response = await self.inner.handle_async_request(request)
            if request.method == "DELETE":
                raise httpx2.ReadError("lost", request=request)
            return response

    hears, world.transport = world.transport, DeafToDeletes(world.transport, "")
    assert world.push("items.delete", lost, guard=agreed()).exit_status == 5
    world.transport = hears
    report = world.push("items.delete", lost, guard=agreed())
    assert report.counts == {"sent": 1}, report.results
    assert "gone from Xero" in report.results[0].messages[0]
    assert [each["ItemID"] for each in world.held("Item")] == ids[1:]


def test_a_delete_that_was_lied_about_is_made(world: World) -> None:
    """The first never arrived, and the second is answered 404 by somebody else than Xero."""
    assert world.push("items.create", [{"Code": "I-1"}]).ok
    item = world.held("Item")[0]["ItemID"]
    calls = 0

    class Liar(Broken):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            nonlocal calls
            if request.method != "DELETE":
                return await self.inner.handle_async_request(request)
            calls += 1
            if calls == 1:
                raise httpx2.ReadError("lost", request=request)
            if calls == 2:
                return httpx2.Response(404, stream=httpx2.ByteStream(b"?"), request=request)
            return await self.inner.handle_async_request(request)

    world.transport = Liar(world.transport, "")
    for _ in range(3):
        report = world.push("items.delete", [{"ItemID": item}], guard=agreed())
        is_there = bool(world.held("Item"))
        assert not (report.counts.get("sent") and is_there), report.results
        assert not (report.counts.get("rejected") and not is_there), report.results
    assert not world.held("Item")
