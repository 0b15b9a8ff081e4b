"""Every example reply of Xero's description, field by field: each of its fields is in some reply of
the emulator, for the same record type and in the same form, or docs/coverage.md says why not."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from emulator_caller import Caller

from xeroport.catalogue import Endpoint, load
from xeroport.clock import ManualClock
from xeroport_emulator import Emulator
from xeroport_emulator.reported import NOT_SHOWN

Record = dict[str, Any]
Forms = defaultdict[tuple[str, str], set[str]]
TEXTS = ("described", "text")
WITHOUT_OFFSET = {"Quote", "Report", "Item", "HistoryRecord", "envelope"}
"""Whose dates were recorded without an offset, or are so in the examples of writes only."""


def form_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if value is None or isinstance(value, list | dict):
        return type(value).__name__
    text = str(value)
    if found := re.fullmatch(r"/Date\(-?\d+(\+0000)?\)/", text):
        return f"date{found[1] or ''}"
    return "moment" if re.match(r"\d{4}-\d\d-\d\d", text) else "text"


def note(kind: str, record: Record, forms: Forms) -> None:
    """The forms of a record's fields, and of what is in them, by record type."""
    known = load().record(kind).by_name if kind[:1].isupper() and "." not in kind else {}
    for name, value in record.items():
        forms[kind, name].add(form_of(value))
        of = known[name].of if name in known else None
        inner = of if of and of[:1].isupper() else f"{kind}.{name}"
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                note(inner, each, forms)


def note_reply(endpoint: Endpoint, body: Any, forms: Forms) -> None:
    if not isinstance(body, dict):
        return
    for name, value in body.items():
        if name != endpoint.envelope:
            forms["envelope", name].add(form_of(value))
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                note(endpoint.record or "", each, forms)


@pytest.fixture(scope="module")
def shown() -> Forms:
    """What the emulator shows: every list, some records of each by themselves, and writes."""
    forms: Forms = defaultdict(set)
    for country in ("NZ", "US", "UK"):
        caller = Caller(Emulator("demo", country=country, clock=ManualClock(), limits="off"))
        caller.emulator.switches.change(journals_open=True)
        caller.sign_in()
        _read(caller, forms, only=None if country == "NZ" else ("TenNinetyNine", "CISSettings"))
        if country == "NZ":
            _write(caller, forms)
        caller.close()
    return forms


def _read(caller: Caller, forms: Forms, *, only: tuple[str, ...] | None) -> None:
    contact = caller.get("/Contacts?page=1&pageSize=1").json()["Contacts"][0]["ContactID"]
    records: dict[str, list[Record]] = {}
    reads = [each for each in load().endpoints if each.method == "GET" and each.reply == "json"]
    for endpoint in reads:
        if "{" in endpoint.path or (only and not endpoint.path.endswith(only)):
            continue
        about = f"&contactId={contact}" if "ByContact" in endpoint.path else "&reportYear=2024"
        body = caller.get(f"{endpoint.path}?page=1&pageSize=1000{about}").json()
        note_reply(endpoint, body, forms)
        if isinstance(body.get(endpoint.envelope or ""), list):
            records[endpoint.path.strip("/")] = body[endpoint.envelope or ""]
    for endpoint in reads:
        if endpoint.path.count("{") != 1 or (only and not endpoint.path.endswith(only)):
            continue
        head, parameter = re.findall(r"^/(\w+)/\{(\w+)\}", endpoint.path)[0]
        if head not in records:
            records[head] = caller.get(f"/{head}?page=1&pageSize=1000").json().get(head + "s", [])
        filed = [each for each in records[head] if each.get("HasAttachments")]
        for record in [*records[head][:1], *records[head][-4:], *filed[:2]]:
            identity = record.get(parameter)
            if identity is not None:
                reply = caller.get(endpoint.path.replace(f"{{{parameter}}}", str(identity)))
                note_reply(endpoint, reply.json() if reply.status_code == 200 else None, forms)


def _write(caller: Caller, forms: Forms) -> None:
    """Writes that are taken and writes that are refused, for the types that examples show."""
    for name, ids, element in _writes(caller):
        endpoint = load().endpoint(name)
        path = endpoint.path
        for parameter, value in ids.items():
            path = path.replace(f"{{{parameter}}}", value)
        reply = caller.send(
            endpoint.method, f"/api.xro/2.0{path}?summarizeErrors=false", json=element
        )
        body = reply.json() if reply.content else None
        note_reply(endpoint, body, forms)
        for refused in (body or {}).get("Elements", ()):
            note(endpoint.record or "", refused, forms)


def _writes(caller: Caller) -> Iterator[tuple[str, dict[str, str], Record]]:
    tables = caller.emulator.organisation.tables
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    contact = {"Contact": {"Name": "Oake"}}
    bank = {"Type": "RECEIVE", **contact, "BankAccount": {"Code": "090"}}
    for good in ({"LineItems": [line]}, {"LineItems": []}):
        yield "bank_transactions.create", {}, {**bank, **good}
        yield "invoices.create", {}, {"Type": "ACCREC", **contact, **good}
        yield "credit_notes.create", {}, {"Type": "ACCRECCREDIT", **contact, **good}
        yield "purchase_orders.create", {}, {**contact, **good, "SentToContact": True}
        yield "quotes.create", {}, {**contact, **good}
    journal = [{"LineAmount": 1, "AccountCode": "476"}, {"LineAmount": -1, "AccountCode": "477"}]
    yield "manual_journals.create", {}, {"Narration": "n", "JournalLines": journal}
    yield "manual_journals.create", {}, {"Narration": "n", "JournalLines": journal[:1]}
    transfer = {"FromBankAccount": {"Code": "090"}, "ToBankAccount": {"Code": "091"}}
    yield "bank_transfers.create", {}, {**transfer, "Amount": 5}
    yield "items.create", {}, {"Code": "X-1"}
    yield "items.create", {}, {"Code": "X-1"}
    yield "linked_transactions.create", {}, {"SourceTransactionID": "x"}
    yield "payment_services.create", {}, {"PaymentServiceName": ""}
    group = next(iter(tables["ContactGroup"]))["ContactGroupID"]
    member = next(iter(tables["Contact"]))["ContactID"]
    added = {"Contacts": [{"ContactID": member}]}
    yield "contact_groups.contacts.add", {"ContactGroupID": group}, added
    category = next(iter(tables["TrackingCategory"]))["TrackingCategoryID"]
    option = {"TrackingCategoryID": category}
    yield "tracking_categories.options.create", option, {"Name": "Far north"}
    batch = next(iter(tables["BatchPayment"]))["BatchPaymentID"]
    notes = {"HistoryRecords": [{"Details": "Hello"}]}
    yield "batch_payments.history.add", {"BatchPaymentID": batch}, notes
    user = {"User": {"UserID": next(iter(tables["User"]))["UserID"]}}
    yield "receipts.create", {}, {**contact, "LineItems": [line]}
    claim = [{"ReceiptID": each["ReceiptID"]} for each in tables["Receipt"]][:1]
    yield "expense_claims.create", {}, {**user, "Receipts": claim}
    invoices = [each for each in tables["Invoice"] if each["Status"] == "AUTHORISED"]
    sale = next(each for each in invoices if each["Type"] == "ACCREC" and each["AmountDue"] > 9)
    paid = {"Account": {"Code": "090"}, "Invoice": {"InvoiceID": sale["InvoiceID"]}}
    yield "payments.create", {}, {**paid, "Amount": 1}
    yield "payments.create", {}, {**paid, "Amount": 1_000_000}
    for kind, name in (
        ("Overpayment", "overpayments"),
        ("Prepayment", "prepayments"),
        ("CreditNote", "credit_notes"),
    ):
        credit = [e for e in tables[kind] if e["Allocations"] and e["Type"][0] in "AR"][-1]
        ids = {f"{kind}ID": credit[f"{kind}ID"]}
        allocation = credit["Allocations"][0]
        gone = {"AllocationID": allocation["AllocationID"]}
        yield f"{name}.allocations.delete", {**ids, **gone}, {}
        again = {"Amount": 1, "Date": "2026-10-31", "Invoice": allocation["Invoice"]}
        again["Invoice"] = {"InvoiceID": allocation["Invoice"]["InvoiceID"]}
        yield f"{name}.allocations.create", ids, again
    yield "setup.create", {}, {"Accounts": [{"Code": "461", "Name": "Printing", "Type": "EXPENSE"}]}


@pytest.fixture(scope="module")
def described(spec_document: dict[str, Any]) -> Forms:
    forms: Forms = defaultdict(set)
    operations = {each.operation: each for each in load().endpoints}
    count = 0
    for methods in spec_document["paths"].values():
        for operation in methods.values():
            if not isinstance(operation, dict) or operation["operationId"] not in operations:
                continue
            content = operation["responses"].get("200", {}).get("content", {})
            example = content.get("application/json", {}).get("example")
            note_reply(operations[operation["operationId"]], example, forms)
            count += example is not None
    assert count > 150
    return forms


def test_every_field_of_the_examples_is_shown(described: Forms, shown: Forms) -> None:
    absent = {key for key in described if key not in shown and key[0].count(".") == 0}
    assert " ".join(f"{kind}.{name}" for kind, name in sorted(absent - NOT_SHOWN.keys())) == ""


def test_what_is_said_to_be_absent_is_absent(described: Forms, shown: Forms) -> None:
    assert NOT_SHOWN.keys() & shown.keys() == set()
    assert NOT_SHOWN.keys() - described.keys() == set()


def test_the_fields_have_the_forms_of_the_examples(described: Forms, shown: Forms) -> None:
    wrong = {
        key: (forms, shown[key])
        for key, forms in described.items()
        if key in shown
        and key != ("envelope", "Invoice")  # of an allocation that ends: see NOT_SHOWN
        and not forms & shown[key]
        and not (key[0] in WITHOUT_OFFSET and {"date", "date+0000"} >= forms | shown[key])
    }
    assert wrong == {}
