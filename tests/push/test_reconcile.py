"""Records whose reply never came are found again by their natural keys, or stay `unknown`."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from push_world import World, invoice

from xeroport.errors import Unavailable
from xeroport.store.outbox import outbox

LINES = [{"Description": "Work", "Quantity": 2, "UnitAmount": "7.5", "AccountCode": "200"}]
CONTACT = {"Contact": {"Name": "Bluebell Ltd"}}
DOCUMENT = {**CONTACT, "Date": "2026-11-01", "LineItems": LINES}
FOUND: list[tuple[str, list[dict[str, Any]], str]] = [
    ("invoices.create", [invoice("A,1"), invoice("A-2")], "Invoice"),
    ("contacts.create", [{"Name": 'Quo "The" Ltd'}, {"Name": "Plain Ltd"}], "Contact"),
    ("contacts.create", [{"Name": "X", "ContactNumber": "C 1"}], "Contact"),
    (
        "credit_notes.create",
        [{**DOCUMENT, "Type": "ACCRECCREDIT", "CreditNoteNumber": f"CN-{n}"} for n in range(3)],
        "CreditNote",
    ),
    ("purchase_orders.create", [{**DOCUMENT, "PurchaseOrderNumber": "PO-1"}], "PurchaseOrder"),
    ("quotes.create", [{**DOCUMENT, "QuoteNumber": "QU-1"}], "Quote"),
    ("items.create", [{"Code": "W1", "Name": "Widget"}, {"Code": "W2"}], "Item"),
    ("accounts.create", [{"Code": "991", "Name": "New", "Type": "EXPENSE"}], "Account"),
    ("tracking_categories.create", [{"Name": "Region"}], "TrackingCategory"),
    ("contact_groups.create", [{"Name": "Friends"}], "ContactGroup"),
    (
        "tax_rates.create",
        [{"Name": "Odd", "TaxComponents": [{"Name": "Odd", "Rate": "3.5"}]}],
        "TaxRate",
    ),
]


class Deaf(httpx2.AsyncBaseTransport):
    """Carries every write out and loses its reply; reads and tokens come through."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self.inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self.inner.handle_async_request(request)
        if request.method in ("PUT", "POST") and "/connect/" not in request.url.path:
            raise httpx2.ReadError("lost", request=request)
        return response


def lose(world: World, endpoint: str, rows: list[dict[str, Any]], key: str | None) -> None:
    """Push, hear nothing, and let the idempotency key die."""
    hears, world.transport = world.transport, Deaf(world.transport)
    report = world.push(endpoint, rows, key=key)
    assert isinstance(report.stopped, Unavailable)
    assert report.exit_status == 5
    assert not report.stopped.outcome_known
    world.transport = hears
    world.clock.advance(400)


@pytest.mark.parametrize(("endpoint", "rows", "record"), FOUND)
def test_what_has_a_natural_key_is_found(
    world: World, endpoint: str, rows: list[dict[str, Any]], record: str
) -> None:
    before = len(world.held(record))
    lose(world, endpoint, rows, None)
    held = len(world.held(record))
    report = world.push(endpoint, rows)
    assert report.counts == {"sent": len(rows)}, report.results
    assert len(world.held(record)) == held == before + len(rows)
    for each in report.results:
        assert each.messages == ("found in Xero after the reply was lost",)
        assert each.xero_id


def test_within_the_life_of_the_key_the_same_bytes_go_again(world: World) -> None:
    rows = [
        {
            "Narration": "once",
            "JournalLines": [
                {"LineAmount": 5, "AccountCode": "200"},
                {"LineAmount": -5, "AccountCode": "400"},
            ],
        }
    ]
    hears, world.transport = world.transport, Deaf(world.transport)
    assert world.push("manual_journals.create", rows, key="Narration").exit_status == 5
    world.transport = hears
    report = world.push("manual_journals.create", rows, key="Narration")
    assert report.counts == {"sent": 1}
    assert len(world.held("ManualJournal")) == 1


def test_what_has_no_natural_key_stays_unknown_until_a_person_decides(world: World) -> None:
    rows = [{k: v for k, v in invoice("x", Reference="R-1").items() if k != "InvoiceNumber"}]
    lose(world, "invoices.create", rows, "Reference")
    assert len(world.held("Invoice")) == 1
    for _ in range(2):
        report = world.push("invoices.create", rows, key="Reference")
        assert (report.counts, report.exit_status) == ({"unknown": 1}, 1)
        assert "no reply came" in report.results[0].messages[0]
    assert len(world.held("Invoice")) == 1
    (unknown,) = outbox.deliveries(world.store, "acme", status=["unknown"])
    outbox.discard(world.store, unknown, "it is in Xero", 0.0)
    assert world.push("invoices.create", rows, key="Reference").counts == {"discarded": 1}


def test_somebody_elses_record_with_our_number_is_not_ours(world: World) -> None:
    """Ours never arrived; a person took the number. Xero's refusal is the truth."""
    row = invoice("A-1", amount="10")

    class Cut(Deaf):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            if request.method == "PUT":
                raise httpx2.ReadError("lost", request=request)
            return await self.inner.handle_async_request(request)

    hears, world.transport = world.transport, Cut(world.transport)
    assert world.push("invoices.create", [row], key="InvoiceNumber").exit_status == 5
    world.transport = hears
    world.clock.advance(400)
    assert world.push("invoices.upsert", [invoice("A-1", amount="11")], key="InvoiceNumber").ok
    report = world.push("invoices.create", [row], key="InvoiceNumber")
    assert report.counts == {"rejected": 1}
    assert report.results[0].messages == ("Invoice # must be unique.",)
    assert world.held("Invoice")[0]["Total"] == 22


def test_repeatable_writes_go_again(world: World) -> None:
    assert world.push("contacts.create", [{"Name": "A"}]).ok
    owner = world.held("Contact")[0]["ContactID"]
    rows = [{"ContactID": owner, "Name": "B"}]
    lose(world, "contacts.update", rows, None)
    assert world.push("contacts.update", rows).counts == {"sent": 1}
    assert [each["Name"] for each in world.held("Contact")] == ["B"]


class Twisted(Deaf):
    """Lets a write through, or not, and gives another answer than Xero's."""

    def __init__(
        self, inner: httpx2.AsyncBaseTransport, body: bytes, *, status: int = 200, carry: bool
    ) -> None:
        super().__init__(inner)
        self.body, self.status, self.carry = body, status, carry

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method != "PUT":
            return await self.inner.handle_async_request(request)
        if self.carry:
            await (await self.inner.handle_async_request(request)).aread()
        return httpx2.Response(
            self.status, stream=httpx2.ByteStream(self.body), request=request, headers=JSON
        )


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("status", [200, 204])
def test_an_empty_reply_to_a_create_proves_nothing(world: World, status: int) -> None:
    hears, world.transport = (
        world.transport,
        Twisted(world.transport, b"", status=status, carry=True),
    )
    report = world.push("invoices.create", [invoice("E-1")], key="InvoiceNumber")
    world.transport = hears
    assert report.counts == {"sent": 1}
    assert report.results[0].messages == ("found in Xero after the reply was lost",)
    assert report.results[0].xero_id == world.held("Invoice")[0]["InvoiceID"]


def test_a_server_that_says_ok_and_does_nothing_is_not_asked_for_ever(world: World) -> None:
    world.transport = Twisted(world.transport, b'{"Invoices":[]}', carry=False)
    report = world.push("invoices.create", [invoice("L-1")], key="InvoiceNumber")
    assert (report.counts, report.exit_status) == ({"unknown": 1}, 1)
    assert report.calls <= 10


def test_our_record_edited_in_xero_meanwhile_is_shown_to_a_person(world: World) -> None:
    lose(world, "invoices.create", [invoice("A-1")], None)
    organisation = world.emulator.organisation
    held = world.held("Invoice")[0]
    organisation.tables["Invoice"].replace({**held, "Reference": "edited", "Date": held["DueDate"]})
    report = world.push("invoices.create", [invoice("A-1")])
    assert (report.counts, report.exit_status) == ({"unknown": 1}, 1)
    assert "other contents, changed after" in report.results[0].messages[0]
    assert len(world.held("Invoice")) == 1


def test_one_record_in_xero_settles_one_delivery_only(world: World) -> None:
    """Two deliveries with one number: the first is in, the second never arrived."""
    row = invoice("A-1")
    assert world.push("invoices.create", [{**row, "Url": "https://a.example"}], key="Url").ok
    hears, world.transport = world.transport, Twisted(world.transport, b"{}", carry=False)
    again = [{**row, "Url": "https://b.example"}]
    world.push("invoices.create", again, key="Url")
    world.transport = hears
    report = world.push("invoices.create", again, key="Url")
    assert report.counts == {"rejected": 1}
    assert report.results[0].messages == ("Invoice # must be unique.",)


def test_a_clock_set_back_does_not_revive_a_key(world: World) -> None:
    rows = [
        {
            "Narration": "once",
            "JournalLines": [
                {"LineAmount": 5, "AccountCode": "200"},
                {"LineAmount": -5, "AccountCode": "400"},
            ],
        }
    ]
    lose(world, "manual_journals.create", rows, "Narration")
    world.emulator.world.replays.clear()
    world.clock.advance(-4000)
    report = world.push("manual_journals.create", rows, key="Narration")
    assert report.counts == {"unknown": 1}
    assert len(world.held("ManualJournal")) == 1


def bank(world: World) -> dict[str, Any]:
    row = {"Code": "090", "Name": "Bank", "Type": "BANK", "BankAccountNumber": "12-3456-7890123-00"}
    assert world.push("accounts.create", [row]).ok
    return {"Code": "090"}


def ended(world: World, kind: str) -> tuple[str, dict[str, Any], str]:
    """Endpoint, row and record type of something that ends a record of this kind."""
    if kind in ("invoice", "number", "payment"):
        row = invoice("A-1", Status="AUTHORISED")
        assert world.push("invoices.create", [row], key="InvoiceNumber").ok
        held = world.held("Invoice")[0]["InvoiceID"]
        if kind == "invoice":
            return "invoices.update", {"InvoiceID": held, "Status": "VOIDED"}, "Invoice"
        if kind == "number":
            row = {"InvoiceNumber": "A-1", "Type": "ACCREC", "Status": "VOIDED"}
            return "invoices.upsert", row, "Invoice"
        pays = {"Invoice": {"InvoiceID": held}, "Account": bank(world), "Amount": 1, "no": 1}
        assert world.push("payments.create", [{**pays, "Date": "2026-11-02"}], key="no").ok
        return "payments.delete", {"PaymentID": world.held("Payment")[0]["PaymentID"]}, "Payment"
    if kind == "group":
        assert world.push("contact_groups.create", [{"Name": "Friends"}]).ok
        held = world.held("ContactGroup")[0]["ContactGroupID"]
        row = {"ContactGroupID": held, "Status": "DELETED"}
        return "contact_groups.update", row, "ContactGroup"
    assert world.push("contacts.create", [{"Name": "A"}]).ok
    held = world.held("Contact")[0]["ContactID"]
    return "contacts.upsert", {"ContactID": held, "ContactStatus": "ARCHIVED"}, "Contact"


@pytest.mark.parametrize("kind", ["invoice", "number", "payment", "group", "contact"])
@pytest.mark.parametrize("arrived", [True, False])
def test_what_ends_a_record_is_settled_by_the_records_status(
    world: World, kind: str, arrived: bool
) -> None:
    endpoint, row, record = ended(world, kind)
    key = {"number": "InvoiceNumber", "contact": "ContactID"}.get(kind)
    if arrived:
        lose(world, endpoint, [row], key)
    else:
        hears, world.transport = world.transport, Mute(world.transport)
        assert world.push(endpoint, [row], key=key).exit_status == 5
        world.transport = hears
        world.clock.advance(400)
    report = world.push(endpoint, [row], key=key)
    assert report.counts == {"sent": 1}, report.results
    found = report.results[0].messages == (f"found {END[kind]} in Xero after the reply was lost",)
    assert found == arrived or kind == "number"
    held = world.held(record)[0]
    assert END[kind] in (held.get("Status"), held.get("ContactStatus"))


END = {
    "invoice": "VOIDED",
    "number": "VOIDED",
    "payment": "DELETED",
    "group": "DELETED",
    "contact": "ARCHIVED",
}


class Mute(Deaf):
    """Lets no write through, and does not say so."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method in ("PUT", "POST") and "/connect/" not in request.url.path:
            raise httpx2.ReadError("lost", request=request)
        return await self.inner.handle_async_request(request)


def test_a_lost_change_by_number_is_made_again(world: World) -> None:
    """The record is there with its number, and that does not say that the change arrived."""
    row = invoice("A-1")
    assert world.push("invoices.create", [row], key="InvoiceNumber").ok
    change = [invoice("A-1", DueDate="2026-12-24")]
    hears, world.transport = world.transport, Mute(world.transport)
    assert world.push("invoices.upsert", change, key="InvoiceNumber").exit_status == 5
    world.transport = hears
    world.clock.advance(400)
    report = world.push("invoices.upsert", change, key="InvoiceNumber")
    assert report.counts == {"sent": 1}
    (held,) = world.held("Invoice")
    assert str(held["DueDate"]) == "2026-12-24"
