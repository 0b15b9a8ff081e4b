"""Kind 1: nobody compared the reply with the request.

Sources: xeroizer#196, #320 (allocations ignored), xero-php#736, xero-node#476 (not cleared),
Xero's page on multicurrency (warnings on success), xero-mcp-server PR#309 (totals that change),
xero-node#415 and vendors' pages on merged contacts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner
from push_world import World, invoice

from xeroport.jobs.push.report import DIFFERENT, PushReport


class Altered(httpx2.AsyncBaseTransport):
    """Xero does as it is told, or not, and its replies to writes are altered record by record."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, **changes: Any) -> None:
        self.inner = inner
        self.changes = changes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self.inner.handle_async_request(request)
        if request.method not in ("PUT", "POST") or "/connect/" in request.url.path:
            return response
        document = json.loads(await response.aread())
        for records in document.values():
            for record in records if isinstance(records, list) else ():
                record.update(self.changes)
        return httpx2.Response(
            response.status_code,
            stream=httpx2.ByteStream(json.dumps(document).encode()),
            headers={"Content-Type": "application/json"},
            request=request,
        )


def altered(world: World, row: dict[str, Any], endpoint: str, **changes: Any) -> PushReport:
    world.transport = Altered(world.transport, **changes)
    return world.push(endpoint, [row], key=None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Status": "DRAFT"}, "`Status` is `DRAFT` in Xero, not `AUTHORISED`"),
        ({"SubTotal": 19.09, "Total": 19.09}, "`Total` is 19.09 in Xero, and the lines come to 21"),
        ({"Reference": "PO"}, "`Reference` is `PO` in Xero, not `PO 🙂`"),
        ({"DueDate": "/Date(1767139200000+0000)/"}, "`DueDate` is `2025-12-31` in Xero"),
        ({"LineItems": [{}, {}]}, "Xero has 2 `LineItems`, not 1"),
        ({"CurrencyCode": "USD"}, "`CurrencyCode` is `USD` in Xero, not `NZD`"),
    ],
)
def test_what_xero_changed_is_said_on_the_record(
    world: World, changes: dict[str, Any], said: str
) -> None:
    row = invoice("A-1", Status="AUTHORISED", Reference="PO 🙂", CurrencyCode="NZD")
    report = altered(world, row, "invoices.create", **changes)
    assert report.counts == {DIFFERENT: 1}
    assert report.exit_status == 1
    assert any(message.startswith(said) for message in report.results[0].messages)
    assert report.results[0].xero_id == world.held("Invoice")[0]["InvoiceID"]


def test_an_unaltered_reply_has_no_difference(world: World) -> None:
    row = invoice("A-1", Status="AUTHORISED", Reference=" PO  7 ", CurrencyCode="NZD")
    row |= {"LineAmountTypes": "Exclusive", "Url": "https://shop.example/1"}
    row["LineItems"] = [
        {"Description": "Micro", "Quantity": "3", "UnitAmount": "0.3333", "AccountCode": "200"},
        {
            "Description": "Off",
            "Quantity": 1,
            "UnitAmount": 41.28,
            "DiscountRate": 12.5,
            "AccountCode": "200",
        },
    ]
    report = world.push("invoices.create", [row])
    assert report.counts == {"sent": 1}, report.results


HAZEL = {
    "Name": "Hazel",
    "Phones": [{"PhoneType": "MOBILE", "PhoneNumber": "021 5"}],
    "Addresses": [{"AddressType": "POBOX", "City": "Leek"}],
    "ContactPersons": [{"FirstName": "Al", "LastName": "Roe"}],
}
JOURNAL = {
    "Narration": "N",
    "Date": "2026-11-01",
    "JournalLines": [
        {"LineAmount": 5, "AccountCode": "200", "Description": "a"},
        {"LineAmount": -5, "AccountCode": "400", "Description": "b"},
    ],
}
ITEM = {"Code": "I", "Name": "n", "SalesDetails": {"UnitPrice": 5, "AccountCode": "200"}}


@pytest.mark.parametrize(
    ("endpoint", "row", "changes", "said"),
    [
        (
            "invoices.create",
            invoice("A-1"),
            {"Contact": {"Name": "Other Ltd"}},
            "`Contact` is `Other Ltd` in Xero, not `Bluebell Ltd`",
        ),
        (
            "invoices.create",
            invoice("A-1"),
            {"LineItems": [{"Description": "Work", "Quantity": 10.5, "UnitAmount": 2}]},
            "no line has the `Quantity` `2` in Xero, but `10.5`",
        ),
        (
            "invoices.create",
            invoice("A-1"),
            {"LineItems": [{"Description": "Wor"}]},
            "no line has the `Description` `Work` in Xero, but `Wor`",
        ),
        ("invoices.create", invoice("A-1"), {"Status": "VOIDED"}, "`Status` is `VOIDED` in Xero"),
        (
            "contacts.create",
            HAZEL,
            {"Phones": [{"PhoneType": "MOBILE", "PhoneNumber": "99"}]},
            "`Phones`: `PhoneNumber` of `MOBILE` is `99` in Xero, not `021 5`",
        ),
        (
            "contacts.create",
            HAZEL,
            {"Addresses": None},
            "`Addresses`: `City` of `POBOX` is empty in Xero, not `Leek`",
        ),
        (
            "contacts.create",
            HAZEL,
            {"ContactPersons": [{"FirstName": "Al", "LastName": ""}]},
            "`ContactPersons` in Xero do not have `Al, Roe`",
        ),
        (
            "contacts.create",
            HAZEL,
            {"ContactStatus": "ARCHIVED"},
            "`ContactStatus` is `ARCHIVED` in Xero",
        ),
        (
            "items.create",
            ITEM,
            {"SalesDetails": {"UnitPrice": 6}},
            "`SalesDetails.UnitPrice` is `6` in Xero, not `5`",
        ),
        (
            "tax_rates.create",
            {"Name": "n", "TaxComponents": [{"Name": "a", "Rate": 5}]},
            {"TaxComponents": [{"Name": "a", "Rate": 7}]},
            "`TaxComponents` in Xero do not have `a, 5`",
        ),
    ],
)
def test_what_xero_changed_inside_a_record_is_said_too(
    world: World, endpoint: str, row: dict[str, Any], changes: dict[str, Any], said: str
) -> None:
    report = altered(world, row, endpoint, **changes)
    assert report.counts == {DIFFERENT: 1}
    assert said in report.results[0].messages, report.results


def test_tracking_and_amounts_that_are_lost_are_said(world: World) -> None:
    options = {"Name": "Region", "Options": [{"Name": "North"}]}
    assert world.push("tracking_categories.create", [options]).ok
    category = world.held("TrackingCategory")[0]["TrackingCategoryID"]
    option = {"TrackingCategoryID": category, "Name": "North"}
    world.push("tracking_categories.options.create", [option], key="Name")
    row = invoice("A-1")
    row["LineItems"] = [
        {**row["LineItems"][0], "Tracking": [{"Name": "region", "Option": "north"}]}
    ]
    assert world.push("invoices.create", [row]).counts == {"sent": 1}
    (line,) = world.held("Invoice")[0]["LineItems"]
    lost = {"Description": line["Description"], "Tracking": []}
    report = altered(world, {**row, "InvoiceNumber": "A-2"}, "invoices.create", LineItems=[lost])
    assert "no line has the option `north` of `region` in Xero" in report.results[0].messages
    lines = [{"LineAmount": 6, "Description": "a"}, {"LineAmount": -6, "Description": "b"}]
    world.transport = Altered(world.transport.inner, JournalLines=lines)  # type: ignore[attr-defined]
    report = world.push("manual_journals.create", [JOURNAL], key="Narration")
    assert any("the `LineAmount` `5` in Xero" in said for said in report.results[0].messages)


@pytest.mark.parametrize(
    ("endpoint", "row"),
    [
        (
            "contacts.create",
            {**HAZEL, "PaymentTerms": {"Bills": {"Day": 15, "Type": "OFCURRENTMONTH"}}},
        ),
        ("items.create", ITEM),
        ("manual_journals.create", JOURNAL),
        ("tax_rates.create", {"Name": "n", "TaxComponents": [{"Name": "a", "Rate": "5.0"}]}),
        ("invoices.create", invoice("A-1", Contact={"Name": " BLUEBELL ltd "})),
    ],
)
def test_what_is_kept_inside_a_record_is_no_difference(
    world: World, endpoint: str, row: dict[str, Any]
) -> None:
    assert world.push("contacts.create", [{"Name": "Bluebell Ltd"}]).ok
    key = "Narration" if "Narration" in row else None
    report = world.push(endpoint, [row], key=key)
    assert report.counts == {"sent": 1}, (report.results, report.problems)


def test_a_price_that_xero_rounds_to_the_cent_is_no_difference() -> None:
    """Xero rounds half a cent away from zero, as it does everywhere."""
    from xeroport.catalogue import load
    from xeroport.delivery.compare import differences

    invoices = load().record("Invoice")
    sent, kept, other = ({"LineItems": [{"UnitAmount": n}]} for n in ("0.125", "0.13", "0.12"))
    assert not list(differences(invoices, sent, kept))
    assert list(differences(invoices, sent, other))


def test_another_identity_is_not_sent(world: World) -> None:
    report = altered(world, invoice("A-1"), "invoices.create", InvoiceNumber="B-9")
    world.transport = world.transport.inner  # type: ignore[attr-defined]
    assert report.results[0].status != "sent" or report.results[0].messages == (
        "found in Xero after the reply was lost",
    )
    assert report.results[0].xero_number in (None, "A-1")


def test_names_are_folded_as_xero_folds_them(world: World) -> None:
    """An emoji that Xero drops makes a difference, and no other record."""
    report = altered(world, {"Name": "Café 🍕  Roma"}, "contacts.create", Name="Café Roma")
    assert report.counts == {DIFFERENT: 1} or report.problems
    if not report.problems:
        assert "`Name` is `Café Roma` in Xero" in report.results[0].messages[0]


def test_allocations_inside_a_new_credit_note_are_never_plainly_sent(world: World) -> None:
    """B25: taken, 200, and ignored."""
    assert world.push("invoices.create", [invoice("A-1", Status="AUTHORISED")]).ok
    owed = world.held("Invoice")[0]["InvoiceID"]
    note = {
        "Type": "ACCRECCREDIT",
        "CreditNoteNumber": "CN-1",
        "Status": "AUTHORISED",
        "Contact": {"Name": "Bluebell Ltd"},
        "Date": "2026-11-01",
        "LineItems": [
            {"Description": "Return", "Quantity": 1, "UnitAmount": 5, "AccountCode": "200"}
        ],
        "Allocations": [{"Amount": 5, "Invoice": {"InvoiceID": owed}, "Date": "2026-11-01"}],
    }
    report = altered(world, note, "credit_notes.create", Allocations=[])
    if report.problems and report.sent_nothing:
        return
    assert report.counts == {DIFFERENT: 1}, report.results
    assert "credit_notes.allocations.create" in report.results[0].messages[0]


@pytest.mark.parametrize(
    ("row", "still", "said"),
    [
        ({"EmailAddress": ""}, {"EmailAddress": "a@b.example"}, "`EmailAddress` was not emptied"),
        (
            {"Phones": [{"PhoneType": "MOBILE", "PhoneNumber": ""}]},
            {"Phones": [{"PhoneType": "MOBILE", "PhoneNumber": "0161"}]},
            "`MOBILE PhoneNumber` was not emptied in Xero, and is still `0161`",
        ),
    ],
)
def test_what_was_to_be_emptied_and_is_not_is_said(
    world: World, row: dict[str, Any], still: dict[str, Any], said: str
) -> None:
    """B07, for every empty value that goes to Xero."""
    from xeroport.catalogue import load
    from xeroport.delivery.compare import differences

    found = differences(load().record("Contact"), row, still)
    assert found
    assert found[0].startswith(said)
    assert world.held("Contact") == []


class Merging(httpx2.AsyncBaseTransport):
    """Makes one item of all that are sent."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self.inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method not in ("PUT", "POST") or "/connect/" in request.url.path:
            return await self.inner.handle_async_request(request)
        sent = json.loads(request.content)["Items"]
        one = {"ItemID": "11111111-1111-4111-8111-111111111111", "Code": "PX-1"}
        return httpx2.Response(
            200,
            stream=httpx2.ByteStream(json.dumps({"Items": [each | one for each in sent]}).encode()),
            headers={"Content-Type": "application/json"},
            request=request,
        )


@pytest.mark.parametrize("at_once", [True, False])
def test_two_keys_of_one_push_with_one_record_are_told(
    world: World, at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Xero compares codes without case: two rows became one item, and both were `sent`."""
    from xeroport.records import targets

    monkeypatch.setattr(targets, "MOST", 50 if at_once else 1)
    world.transport = Merging(world.transport)
    rows = [{"Code": "PX-1", "no": 1}, {"Code": "px-1", "no": 2}]
    report = world.push("items.upsert", rows, key="no")
    assert sorted(result.status for result in report.results) == ["rejected", "sent"]
    (told,) = [result for result in report.results if result.status == "rejected"]
    assert "Xero took it for the record of" in told.messages[0]


def test_xeros_warnings_on_success_are_counted_and_printed(world: World, tmp_path: Path) -> None:
    """B19, and the last line of the report: warnings were on no terminal."""
    from xeroport.cli.commands import push as command
    from xeroport.cli.session import Session

    warnings = [{"Message": "The currency rate looks inverted."}]
    report = altered(world, invoice("A-1"), "invoices.create", Warnings=warnings)
    assert (report.counts, report.warned, report.exit_status) == ({"sent": 1}, 1, 0)
    runner = CliRunner()
    with runner.isolation() as (out, err, _):
        command._show(Session(), report, command._Calls())
        shown = out.getvalue() + err.getvalue()
    assert b"warning: A-1: The currency rate looks inverted." in shown
    assert b"with a warning from Xero  1" in shown
    assert tmp_path.exists()


def test_a_refusal_comes_with_what_to_do(world: World) -> None:
    """B20 and B22: the words that support pages are full of."""
    from xeroport.cli.commands import push as command
    from xeroport.cli.session import Session

    assert world.push("invoices.create", [invoice("A-1")], key="InvoiceNumber").ok
    report = world.push(
        "invoices.create", [{**invoice("A-1"), "Url": "https://b.example"}], key="Url"
    )
    assert report.counts == {"rejected": 1}
    with CliRunner().isolation() as (out, err, _):
        command._show(Session(), report, command._Calls())
        shown = out.getvalue() + err.getvalue()
    assert b"hint: another record in Xero has this number" in shown


def test_a_total_that_changed_by_sending_a_quote_back_is_said(world: World) -> None:
    """B21: the lines of a quote with tax came without it, and posting them back lowered it."""
    quote = {
        "QuoteNumber": "QU-1",
        "Contact": {"Name": "Bluebell Ltd"},
        "Date": "2026-11-01",
        "LineAmountTypes": "INCLUSIVE",
        "Total": "1210.00",
        "LineItems": [
            {"Description": "Work", "Quantity": 1, "UnitAmount": 1100, "AccountCode": "200"}
        ],
    }
    report = world.push("quotes.create", [quote])
    assert report.counts == {DIFFERENT: 1}, report.results
    assert report.results[0].messages == ("`Total` is 1100.00 in Xero, not 1210.00",)
    assert world.push("quotes.create", [quote]).counts == {"sent": 1}
