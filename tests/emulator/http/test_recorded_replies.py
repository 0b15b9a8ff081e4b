"""Replies key by key as they were recorded of real organisations: which keys, in which order, what
stands where nothing is, and which are never there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from emulator_caller import Caller

Record = dict[str, Any]
CONTACT = "ContactID Name Addresses Phones ContactGroups ContactPersons HasValidationErrors"
SETTLED = (
    "InvoiceID InvoiceNumber Payments CreditNotes Prepayments Overpayments IsDiscounted "
    "InvoiceAddresses HasErrors InvoicePaymentServices LineItems"
)
SHOWN: list[tuple[str, str, str, str]] = [
    # address, way to the record, keys in their order, keys that are never there
    (
        "Invoices?page=1",
        "",
        "Type InvoiceID InvoiceNumber Reference Payments CreditNotes Prepayments Overpayments "
        "AmountDue AmountPaid AmountCredited CurrencyRate IsDiscounted HasAttachments "
        "InvoiceAddresses HasErrors InvoicePaymentServices UpdatedDateUTCString Contact DateString "
        "Date DueDateString DueDate Status LineAmountTypes LineItems SubTotal TotalTax Total "
        "UpdatedDateUTC CurrencyCode",
        "",
    ),
    ("Invoices?page=1", "Contact", CONTACT, "ContactStatus EmailAddress"),
    ("Invoices?page=1", "LineItems", "Description Tracking LineItemID", "ValidationErrors"),
    (
        "Invoices?page=1",
        "LineItems.Tracking",
        "Name Option TrackingCategoryID Options",
        "TrackingOptionID",
    ),
    (
        "CreditNotes?page=1",
        "",
        "CreditNoteID CreditNoteNumber ID CurrencyRate Type Reference RemainingCredit Allocations "
        "Payments HasAttachments InvoiceAddresses HasErrors UpdatedDateUTCString Contact "
        "DateString Date Status LineAmountTypes LineItems SubTotal TotalTax Total "
        "UpdatedDateUTC CurrencyCode",
        "AppliedAmount",
    ),
    ("CreditNotes?page=1", "Contact", CONTACT, ""),
    ("CreditNotes?page=1", "Allocations.Invoice", SETTLED, "Type CurrencyCode Contact"),
    (
        "BankTransactions?page=1",
        "",
        "BankTransactionID BankAccount Type IsReconciled HasAttachments DateString Date Status "
        "LineAmountTypes LineItems SubTotal TotalTax Total UpdatedDateUTC CurrencyCode",
        "",
    ),
    ("BankTransactions?page=1", "BankAccount", "AccountID Code Name", ""),
    ("BankTransactions?page=1", "Contact", CONTACT, ""),
    (
        "Payments?page=1",
        "",
        "PaymentID Date BankAmount Amount Reference CurrencyRate PaymentType Status UpdatedDateUTC "
        "UpdatedDateUTCString HasAccount IsReconciled Account HasValidationErrors",
        "",
    ),
    ("Payments?page=1", "Account", "AccountID Code", "Name"),
    (
        "Payments?page=1",
        "Invoice",
        "Type InvoiceID InvoiceNumber Payments CreditNotes Prepayments Overpayments IsDiscounted "
        "InvoiceAddresses HasErrors InvoicePaymentServices Contact LineItems CurrencyCode",
        "",
    ),
    ("Payments?page=1", "Invoice.Contact", CONTACT, ""),
    (
        "Payments?page=1",
        "BatchPayment",
        "Account BatchPaymentID DateString Date Type Status TotalAmount UpdatedDateUTC "
        "IsReconciled",
        "",
    ),
    (
        "Prepayments?page=1",
        "",
        "PrepaymentID ID Type Reference InvoiceNumber RemainingCredit Allocations Payments "
        "HasAttachments UpdatedDateUTCString Contact DateString Date Status LineAmountTypes "
        "LineItems SubTotal TotalTax Total UpdatedDateUTC CurrencyCode",
        "CurrencyRate AppliedAmount",
    ),
    (
        "Overpayments?page=1",
        "",
        "OverpaymentID Type Reference RemainingCredit Allocations Payments HasAttachments "
        "UpdatedDateUTCString Contact DateString Date Status",
        "CurrencyRate AppliedAmount",
    ),
    (
        "PurchaseOrders",
        "",
        "PurchaseOrderID PurchaseOrderNumber DateString Date HasErrors IsDiscounted Type "
        "CurrencyRate CurrencyCode Contact Status LineAmountTypes LineItems SubTotal TotalTax "
        "Total UpdatedDateUTC HasAttachments",
        "",
    ),
    (
        "PurchaseOrders",
        "Contact",
        "ContactID ContactStatus Name Addresses Phones UpdatedDateUTC ContactGroups ContactPersons "
        "HasValidationErrors",
        "Balances",
    ),
    ("PurchaseOrders", "LineItems", "Description Tracking LineItemID", "AccountID"),
    (
        "Quotes",
        "",
        "QuoteID QuoteNumber Contact LineItems Date DateString Status CurrencyRate CurrencyCode "
        "SubTotal TotalTax Total UpdatedDateUTC LineAmountTypes",
        "",
    ),
    ("Quotes", "LineItems", "LineItemID Description ItemCode Tracking", "TaxType"),
    ("Users", "", "GlobalUserID UserID EmailAddress FirstName LastName", ""),
    (
        "TrackingCategories",
        "Options",
        "TrackingOptionID Name Status IsDeleted IsArchived IsActive",
        "",
    ),
    ("ContactGroups", "", "ContactGroupID Name Status", ""),
    ("BankTransfers", "", "BankTransferID CreatedDateUTCString CreatedDateUTC DateString Date", ""),
]
"""What recordings show."""


def reached(record: Record, way: str) -> Iterator[Record]:
    """The records at a dotted way, through lists."""
    head, _, rest = way.partition(".")
    if not head:
        yield record
        return
    inside = record.get(head)
    for each in inside if isinstance(inside, list) else [inside]:
        if isinstance(each, dict):
            yield from reached(each, rest)


@pytest.mark.parametrize(("address", "way", "keys", "never"), SHOWN)
def test_keys_and_their_order(demo: Caller, address: str, way: str, keys: str, never: str) -> None:
    body = demo.get(f"/{address}").json()
    found = [each for record in body[address.partition("?")[0]] for each in reached(record, way)]
    assert found
    for record in found:
        shown = [key for key in record if key in keys.split()]
        assert shown == keys.split(), record
        assert not set(never.split()) & record.keys()


def test_the_empties_are_empty_and_the_flags_are_false(demo: Caller) -> None:
    (invoice,) = demo.get("/Invoices?page=1&pageSize=1").json()["Invoices"]
    assert invoice["InvoicePaymentServices"] == invoice["InvoiceAddresses"] == []
    assert invoice["HasErrors"] is invoice["Contact"]["HasValidationErrors"] is False
    assert invoice["Contact"]["Addresses"] == invoice["Contact"]["ContactGroups"] == []


def test_in_base_currency_a_bank_transaction_has_no_rate_and_a_foreign_one_has(
    demo: Caller,
) -> None:
    for record in demo.get("/BankTransactions?page=1&pageSize=1000").json()["BankTransactions"]:
        assert ("CurrencyRate" in record) == (record["CurrencyCode"] != "NZD"), record


def test_sent_to_contact_is_shown_where_it_is_set(demo: Caller) -> None:
    shown = demo.get("/Invoices?page=1&pageSize=1000").json()["Invoices"]
    assert {each.get("SentToContact", True) for each in shown} == {True}
    assert any("SentToContact" not in each for each in shown)


def test_dates_of_quotes_and_organisations_have_no_offset(demo: Caller) -> None:
    reply = demo.get("/Quotes")
    assert reply.headers["content-type"] == "application/json"
    assert "SummarizeErrors" in reply.json()
    assert list(reply.json())[:2] == ["SummarizeErrors", "Id"]
    assert "+0000" not in reply.text.partition('"Quotes"')[2]
    (organisation,) = demo.get("/Organisation").json()["Organisations"]
    assert "+" not in organisation["CreatedDateUTC"]
    for quote in reply.json()["Quotes"]:
        assert all(quote.get(key) != "" for key in ("Reference", "Title", "Summary"))
    report = demo.get("/Reports/TrialBalance").json()["Reports"][0]
    assert "+" not in report["UpdatedDateUTC"]


def test_slashes_are_escaped_and_lines_end_with_a_return(demo: Caller) -> None:
    text = demo.get("/Invoices?page=1&pageSize=1").text
    assert r"\/Date(" in text
    assert "/Date(" not in text.replace(r"\/Date(", "")
    assert '\r\n  "Status": "OK",\r\n' in text


def test_a_reply_is_known_by_one_id(demo: Caller) -> None:
    reply = demo.get("/Items")
    assert reply.json()["Id"] == reply.headers["xero-correlation-id"]


def test_a_limit_is_a_reply_without_a_body(start: Callable[..., Caller]) -> None:
    caller = start("empty", limits="minute=1")
    caller.get("/Items")
    reply = caller.get("/Items")
    assert (reply.status_code, reply.content) == (429, b"")
    assert "content-type" not in reply.headers
    assert reply.headers["x-rate-limit-problem"] == "minute"


def test_a_written_invoice_is_shown_otherwise_than_a_read_one(xero: Caller) -> None:
    sent = {
        "Type": "ACCREC",
        "Contact": {"Name": "Mānuka Café", "EmailAddress": "hello@example.org"},
        "LineItems": [{"Description": "Coffee", "Quantity": 1, "UnitAmount": 5}],
    }
    (written,) = xero.put("/Invoices", json=sent).json()["Invoices"]
    assert not {"Payments", "CreditNotes", "AmountCredited", "HasAttachments"} & written.keys()
    assert written["SentToContact"] is False
    assert written["Contact"]["EmailAddress"] == "hello@example.org"
    assert written["Contact"]["SalesTrackingCategories"] == []
    assert written["LineItems"][0]["ValidationErrors"] == []
    (read,) = xero.get(f"/Invoices/{written['InvoiceID']}").json()["Invoices"]
    assert {"Payments", "CreditNotes", "AmountCredited", "HasAttachments"} <= read.keys()
    assert read["SentToEmailAddress"] == ""
    assert "EmailAddress" not in read["Contact"]


def test_a_line_of_words_has_nothing_else(xero: Caller) -> None:
    sent = {
        "Type": "ACCREC",
        "Contact": {"Name": "A"},
        "LineItems": [{"Description": "As agreed on the telephone"}],
    }
    (written,) = xero.put("/Invoices", json=sent).json()["Invoices"]
    (read,) = xero.get(f"/Invoices/{written['InvoiceID']}").json()["Invoices"]
    assert list(read["LineItems"][0]) == ["Description", "Tracking", "LineItemID"]


def test_the_contact_of_an_order_has_local_time_as_if_it_were_utc(demo: Caller) -> None:
    order = demo.get("/PurchaseOrders").json()["PurchaseOrders"][0]
    identity = order["Contact"]["ContactID"]
    (contact,) = demo.get(f"/Contacts/{identity}").json()["Contacts"]

    def milliseconds(text: str) -> int:
        return int(text[6:].partition("+")[0])

    hours = milliseconds(order["Contact"]["UpdatedDateUTC"])
    hours -= milliseconds(contact["UpdatedDateUTC"])
    assert hours / 3_600_000 in (12, 13)
    assert [each["PhoneType"] for each in order["Contact"]["Phones"]] == ["DEFAULT"]


def test_a_note_is_answered_without_user_and_kind(demo: Caller) -> None:
    identity = demo.get("/Invoices?page=1&pageSize=1").json()["Invoices"][0]["InvoiceID"]
    sent = {"HistoryRecords": [{"Details": "Called them"}]}
    (note,) = demo.put(f"/Invoices/{identity}/History", json=sent).json()["HistoryRecords"]
    assert list(note) == ["DateUTCString", "DateUTC", "Details", "ValidationErrors"]
    assert "+" not in note["DateUTC"]
    assert len(note["DateUTCString"]) == len("2026-11-01T00:00:00")


def test_the_form_of_the_description_is_a_switch_away(start: Callable[..., Caller]) -> None:
    caller = start("demo", limits="off")
    caller.emulator.switches.change(replies="described")
    (invoice,) = caller.get("/Invoices?page=1&pageSize=1").json()["Invoices"]
    assert "InvoicePaymentServices" not in invoice
    assert "Addresses" not in invoice["Contact"]
