"""Lists and records as Xero shows them: paging, summaries, filters, deltas, formats."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from emulator_caller import Caller

from xeroport.clock import ManualClock

PAGED = {
    "BankTransactions": "BankTransaction",
    "Contacts": "Contact",
    "CreditNotes": "CreditNote",
    "Invoices": "Invoice",
    "ManualJournals": "ManualJournal",
    "Overpayments": "Overpayment",
    "Payments": "Payment",
    "Prepayments": "Prepayment",
    "PurchaseOrders": "PurchaseOrder",
}


def listed(caller: Caller, name: str, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = caller.get(f"/{name}", params=params).json()[name]
    return found


def numbers(caller: Caller, **params: Any) -> set[str]:
    return {each["InvoiceNumber"] for each in listed(caller, "Invoices", page=1, **params)}


@pytest.mark.parametrize("name", PAGED)
def test_pages_hold_every_record_once(demo: Caller, name: str) -> None:
    table = demo.emulator.organisation.tables[PAGED[name]]
    hidden = sum(1 for each in table if each.get("ContactStatus") == "ARCHIVED")
    seen: list[str] = []
    page = 1
    while True:
        body = demo.get(f"/{name}", params={"page": page, "pageSize": 7}).json()
        seen += [each[table.key] for each in body[name]]
        about = body["pagination"]
        assert about["page"] == page
        assert about["pageSize"] == 7
        if page >= about["pageCount"]:
            break
        page += 1
        if page > 20:
            page = about["pageCount"]
            break
    assert about["itemCount"] == len(table) - hidden
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(("given", "used"), [("0", 1), ("-5", 1), ("5000", 1000), ("x", 100)])
def test_page_sizes_are_clamped(demo: Caller, given: str, used: int) -> None:
    body = demo.get("/Invoices", params={"page": 1, "pageSize": given}).json()
    assert body["pagination"]["pageSize"] == used


def test_page_size_alone_and_misspelt_parameters_mean_nothing(demo: Caller) -> None:
    everything = len(demo.emulator.organisation.tables["Invoice"])
    for params in ({"pageSize": 10}, {"page_size": 10}, {"limit": 3}):
        body = demo.get("/Invoices", params=params).json()
        assert len(body["Invoices"]) == everything
        assert "pagination" not in body


def test_without_a_page_there_are_no_lines(demo: Caller) -> None:
    assert all(each["LineItems"] == [] for each in listed(demo, "Invoices"))
    assert all(each["JournalLines"] == [] for each in listed(demo, "ManualJournals"))
    assert all(each["LineItems"] for each in listed(demo, "Invoices", page=1))
    thin = {"ContactPersons", "ContactGroups", "Balances", "HasAttachments"}
    assert not thin & {name for each in listed(demo, "Contacts") for name in each}
    assert thin <= {name for each in listed(demo, "Contacts", page=1) for name in each}


def test_summary_only_forces_paging_and_drops_lines(demo: Caller) -> None:
    body = demo.get("/Invoices", params={"summaryOnly": "true"}).json()
    assert len(body["Invoices"]) == 100
    assert body["pagination"]["page"] == 1
    assert not {"Payments", "HasAttachments", "CISDeduction"} & set(body["Invoices"][0])


def test_lists_that_are_always_paged_by_a_hundred(demo: Caller) -> None:
    quotes = demo.get("/Quotes", params={"page": 1, "pageSize": 3}).json()
    assert "pagination" not in quotes
    assert len(quotes["Quotes"]) > 3
    orders = demo.get("/PurchaseOrders").json()
    assert orders["pagination"]["pageSize"] == 100


def test_lists_begin_with_what_changed_first(demo: Caller) -> None:
    for name in ("Invoices", "Payments", "Contacts"):
        stamps = [each["UpdatedDateUTC"] for each in listed(demo, name, page=1, pageSize=1000)]
        moments = [int(re.findall(r"\d+", each)[0]) for each in stamps]
        assert moments == sorted(moments)


def test_filters_of_invoices(demo: Caller) -> None:
    table = demo.emulator.organisation.tables["Invoice"]
    some = [each for each in table if each["Type"] == "ACCREC"][:3]
    wanted = {each["InvoiceNumber"] for each in some}
    assert numbers(demo, IDs=",".join(each["InvoiceID"] for each in some)) == wanted
    assert numbers(demo, InvoiceNumbers=",".join(wanted)) == wanted
    contact = some[0]["Contact"]["ContactID"]
    theirs = listed(demo, "Invoices", page=1, ContactIDs=contact)
    assert {each["Contact"]["ContactID"] for each in theirs} == {contact}
    drafts = demo.get("/Invoices", params={"Statuses": "DRAFT,SUBMITTED"}).json()
    assert {each["Status"] for each in drafts["Invoices"]} <= {"DRAFT", "SUBMITTED"}
    assert "pagination" in drafts
    term = some[0]["InvoiceNumber"].lower()
    assert some[0]["InvoiceNumber"] in numbers(demo, searchTerm=term)


def test_filters_of_quotes_and_orders(demo: Caller) -> None:
    for name in ("Quotes", "PurchaseOrders"):
        params = {"DateFrom": "2026-01-01", "DateTo": "2026-06-30"}
        for each in listed(demo, name, page=1, **params):
            assert "2026-01-01" <= each["DateString"][:10] <= "2026-06-30"
        status = listed(demo, name, page=1)[0]["Status"]
        assert {each["Status"] for each in listed(demo, name, page=1, Status=status)} == {status}


def test_archived_contacts_and_deleted_transfers_are_asked_for(xero: Caller) -> None:
    made = xero.put("/Contacts", json={"Contacts": [{"Name": "Here"}, {"Name": "Gone"}]}).json()
    gone = made["Contacts"][1]["ContactID"]
    xero.post(f"/Contacts/{gone}", json={"ContactStatus": "ARCHIVED"})
    assert {each["Name"] for each in listed(xero, "Contacts", page=1)} == {"Here"}
    both = listed(xero, "Contacts", page=1, includeArchived="true")
    assert {each["Name"] for each in both} == {"Here", "Gone"}


def test_created_by_my_app(start: Callable[..., Caller]) -> None:
    caller = start("demo", limits="off")
    assert listed(caller, "Invoices", page=1, createdByMyApp="true") == []
    contact = listed(caller, "Contacts", page=1)[0]["ContactID"]
    lines = [{"Description": "Work"}]
    body = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "LineItems": lines}
    made = caller.put("/Invoices", json=body).json()["Invoices"][0]["InvoiceID"]
    found = listed(caller, "Invoices", page=1, createdByMyApp="true")
    assert [each["InvoiceID"] for each in found] == [made]


@pytest.mark.parametrize(("inclusive", "count"), [(False, 1), (True, 2)])
def test_modified_since(xero: Caller, clock: ManualClock, inclusive: bool, count: int) -> None:
    xero.emulator.switches.since_inclusive = inclusive
    for name in ("First", "Second"):
        xero.put("/Contacts", json={"Name": name})
        clock.advance(1)
    since = {"If-Modified-Since": "2026-11-01T00:00:00"}
    assert len(xero.get("/Contacts?page=1", headers=since).json()["Contacts"]) == count
    by_rfc = {"If-Modified-Since": "Sun, 01 Nov 2026 00:00:00 GMT"}
    assert len(xero.get("/Contacts?page=1", headers=by_rfc).json()["Contacts"]) == count
    nonsense = {"If-Modified-Since": "lately"}
    assert len(xero.get("/Contacts?page=1", headers=nonsense).json()["Contacts"]) == 2


def test_an_empty_delta_is_200_or_304_by_a_switch(xero: Caller) -> None:
    since = {"If-Modified-Since": "2030-01-01T00:00:00"}
    assert xero.get("/Contacts?page=1", headers=since).json()["Contacts"] == []
    xero.emulator.switches.change(empty_delta=304)
    reply = xero.get("/Contacts?page=1", headers=since)
    assert (reply.status_code, reply.content) == (304, b"")


def test_unpaged_calls_over_too_many_documents_are_refused(
    xero: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xeroport_emulator.query.lists.UNPAGED_LIMIT", 1)
    xero.put("/Contacts", json={"Contacts": [{"Name": "A"}, {"Name": "B"}]})
    reply = xero.get("/Contacts")
    assert (reply.status_code, reply.json()["ErrorNumber"]) == (400, 51)
    assert reply.json()["Type"] == "HighVolumeException"
    assert xero.get("/Contacts?page=1").status_code == 200


def test_order(demo: Caller) -> None:
    totals = [
        Decimal(str(each["Total"])) for each in listed(demo, "Invoices", page=1, order="Total DESC")
    ]
    assert totals == sorted(totals, reverse=True)
    names = [each["Name"] for each in listed(demo, "Accounts", order="Type, Name ASC")]
    by_type = [(each["Type"], each["Name"]) for each in listed(demo, "Accounts", order="Type,Name")]
    assert by_type == sorted(by_type, key=lambda pair: (pair[0].lower(), pair[1].lower()))
    assert len(names) == len(by_type)
    refused = demo.get("/Invoices", params={"page": 1, "order": "Nothing"})
    assert refused.json()["Type"] == "QueryParseException"


def test_journals_go_by_number(start: Callable[..., Caller]) -> None:
    caller = start("demo", limits="off")
    caller.emulator.switches.journals_open = True
    caller.sign_in()
    first = listed(caller, "Journals")
    assert [each["JournalNumber"] for each in first] == list(range(1, 101))
    after = listed(caller, "Journals", offset=100)
    assert after[0]["JournalNumber"] == 101
    assert "SourceID" in first[0]
    one = caller.get("/Journals/5").json()["Journals"][0]
    assert one["JournalID"] == first[4]["JournalID"]


def test_one_record_by_its_id_its_number_and_not_at_all(demo: Caller) -> None:
    record = next(iter(demo.emulator.organisation.tables["Invoice"]))
    for key in (record["InvoiceID"], record["InvoiceID"].upper(), record["InvoiceNumber"]):
        (found,) = demo.get(f"/Invoices/{key}").json()["Invoices"]
        assert found["InvoiceID"] == record["InvoiceID"]
    missing = demo.get("/Invoices/00000000-0000-0000-0000-000000000000")
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "text/html; charset=utf-8"


def test_dates_money_and_their_twins(xero: Caller) -> None:
    contact = xero.put("/Contacts", json={"Name": "A"}).json()["Contacts"][0]["ContactID"]
    body = {
        "Type": "ACCREC",
        "Contact": {"ContactID": contact},
        "Date": "2026-10-05",
        "DueDate": "/Date(1760000000000+0000)/",
        "LineItems": [
            {"Description": "x", "Quantity": 1, "UnitAmount": "33.33335", "AccountCode": "200"}
        ],
    }
    reply = xero.put("/Invoices?unitdp=4", json=body)
    made = reply.json()["Invoices"][0]["InvoiceID"]
    two = xero.get(f"/Invoices/{made}").text
    four = xero.get(f"/Invoices/{made}?unitdp=4").text
    milliseconds = int(datetime(2026, 10, 5, tzinfo=UTC).timestamp() * 1000)
    assert f'"Date": "\\/Date({milliseconds}+0000)\\/"' in two
    assert '"DateString": "2026-10-05T00:00:00"' in two
    assert '"UpdatedDateUTCString": "2026-11-01T00:00:00Z"' in two
    assert '"Quantity": 1.0000' in two
    assert '"UnitAmount": 33.33,' in two
    assert '"UnitAmount": 33.3334,' in four
    assert '"LineAmount": 33.33' in two
    due = json.loads(two)["Invoices"][0]["DueDateString"]
    assert due == f"{date.fromtimestamp(1760000000).isoformat()}T00:00:00"


def test_replies_are_indented_with_cr_lf_unless_switched(xero: Caller) -> None:
    shown = xero.get("/Accounts").content
    assert shown.startswith(b'{\r\n  "Id": "')
    assert shown.count(b"\n") == shown.count(b"\r\n") > 100
    xero.emulator.switches.indented = False
    assert b"\n" not in xero.get("/Accounts").content


def test_the_envelope(xero: Caller, clock: ManualClock) -> None:
    body = xero.get("/Organisation").json()
    assert list(body)[:4] == ["Id", "Status", "ProviderName", "DateTimeUTC"]
    assert body["Status"] == "OK"
    assert body["DateTimeUTC"] == f"/Date({int(clock.now().timestamp() * 1000)})/"


def test_gzip_when_accepted(xero: Caller) -> None:
    plain = xero.get("/Accounts", headers={"Accept-Encoding": "identity"})
    packed = xero.get("/Accounts", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json()["Accounts"] == plain.json()["Accounts"]


def test_xml_unless_json_is_asked_for(demo: Caller) -> None:
    reply = demo.get("/Invoices?page=1&pageSize=3", headers={"Accept": "*/*"})
    assert reply.headers["content-type"].startswith("text/xml")
    root = ElementTree.fromstring(reply.content)
    found = root.findall("Invoices/Invoice")
    assert len(found) == 3
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00", found[0].findtext("Date") or "")
    assert found[0].findall("LineItems/LineItem")


def test_contacts_carry_what_they_owe(demo: Caller) -> None:
    owed: dict[str, Decimal] = {}
    for each in demo.emulator.organisation.tables["Invoice"]:
        if each["Type"] == "ACCREC" and each["Status"] == "AUTHORISED":
            name = each["Contact"]["ContactID"]
            rate = each.get("CurrencyRate") or Decimal(1)
            due = (each["AmountDue"] / rate).quantize(Decimal("0.01"))
            owed[name] = owed.get(name, Decimal(0)) + due
    assert owed
    credited = {
        each["Contact"]["ContactID"]
        for kind in ("CreditNote", "Overpayment", "Prepayment")
        for each in demo.emulator.organisation.tables[kind]
        if each.get("RemainingCredit")
    }
    for contact, amount in owed.items():
        if contact not in credited:
            (shown,) = demo.get(f"/Contacts/{contact}").json()["Contacts"]
            told = Decimal(str(shown["Balances"]["AccountsReceivable"]["Outstanding"]))
            assert abs(told - amount) < Decimal("0.05")
