"""How Xero was reported to answer writes: asked for over HTTP, in the words of the reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from emulator_caller import Caller

from xeroport.clock import ManualClock
from xeroport_emulator import Emulator

Record = dict[str, Any]
NO_ID = "00000000-0000-0000-0000-000000000000"


def line(**fields: Any) -> Record:
    return {
        "Description": "Work",
        "Quantity": 1,
        "UnitAmount": 100,
        "AccountCode": "200",
        **fields,
    }


def sale(*lines: Record, **fields: Any) -> Record:
    return {"Type": "ACCREC", "Contact": {"Name": "Oake"}, "LineItems": list(lines), **fields}


def approved(*lines: Record) -> Record:
    return sale(*lines, Status="AUTHORISED", DueDate="2026-12-01")


@pytest.fixture(scope="module")
def reported() -> Iterator[Caller]:
    """An organisation that every test of this file may add to."""
    caller = Caller(Emulator("empty", clock=ManualClock(), limits="off")).sign_in()
    bank = {"Code": "090", "Name": "Bank", "Type": "BANK", "BankAccountNumber": "1"}
    assert caller.put("/Accounts", json=bank).status_code == 200
    for code in ("USD", "GBP"):
        assert caller.put("/Currencies", json={"Code": code}).status_code == 200
    assert caller.put("/Contacts", json={"Name": "Oake"}).status_code == 200
    yield caller
    caller.close()


def errors(reply: Any) -> list[str]:
    assert reply.status_code == 400, reply.text
    (element,) = reply.json()["Elements"]
    return [each["Message"] for each in element["ValidationErrors"]]


def made(reply: Any, name: str = "Invoices") -> Record:
    assert reply.status_code == 200, reply.text
    (record,) = reply.json()[name]
    return dict(record)


MISMATCH = "The line total {} does not match the expected line total {}"


@pytest.mark.parametrize(
    ("element", "message"),
    [
        (sale(line(DiscountRate=100, LineAmount=0)), MISMATCH.format("-100.00", "0.00")),
        (
            sale(line(UnitAmount=0.01, DiscountRate=50, LineAmount=0)),
            MISMATCH.format("-0.01", "0.01"),
        ),
        (sale(line(DiscountRate=6.25, LineAmount=93.76)), MISMATCH.format("93.76", "93.75")),
        (
            sale(line(UnitAmount=-80, DiscountAmount=0), line(UnitAmount=300)),
            "The discount rate '0.00' is invalid. Discount must not be greater than the line "
            "total.",
        ),
        (sale(line(Quantity=-1), line(UnitAmount=500)), "Quantity must not be less than zero"),
        (sale(line(UnitAmount=-80)), "The total of an invoice must not be negative."),
        (
            sale(line(AccountCode="310", TaxType="OUTPUT2")),
            "The TaxType code 'OUTPUT2' cannot be used with account code '310'.",
        ),
        (
            sale(line(TaxType="INPUT9")),
            "The TaxType code INPUT9 does not exist or cannot be used for this type of "
            "transaction.",
        ),
        (
            approved({"Description": "Work", "Quantity": 1, "UnitAmount": 5}),
            "The TaxType field is mandatory",
        ),
        (
            approved({"Description": "Work", "Quantity": 1, "UnitAmount": 5}),
            "Account code must be specified",
        ),
        (
            approved(line(AccountCode="9999")),
            "Account code '9999' is not a valid code for this document.",
        ),
        (sale(line(), Url="not an address"), "Url must be a valid absolute url"),
        (approved(line(UnitAmount=0.001, Quantity=2)), "Account must be valid."),
        (approved(line(UnitAmount=0.001, Quantity=2)), "Tax rate must be valid."),
    ],
)
def test_invoices_that_are_refused(reported: Caller, element: Record, message: str) -> None:
    assert message in errors(reported.put("/Invoices?unitdp=4", json=element))


@pytest.mark.parametrize(
    "element",
    [
        sale(line(DiscountRate=100)),
        sale(line(DiscountRate=50, LineAmount=50)),
        sale(line(UnitAmount=-80, DiscountRate=0), line(UnitAmount=300)),
        sale(line(UnitAmount=-80), line(UnitAmount=500)),
        sale(line(TaxAmount=3)),
        sale(line(UnitAmount=0.001, Quantity=2)),
        approved(line(UnitAmount=0, Quantity=2)),
    ],
)
def test_invoices_that_are_taken(reported: Caller, element: Record) -> None:
    assert "Warnings" not in made(reported.put("/Invoices?unitdp=4", json=element))


def test_the_reason_of_a_line_of_nothing_stands_within_the_line(reported: Caller) -> None:
    reply = reported.put(
        "/Invoices?unitdp=4", json=approved(line(), line(UnitAmount=0.001, Quantity=2))
    )
    fine, nothing = reply.json()["Elements"][0]["LineItems"]
    assert fine["ValidationErrors"] == []
    assert [each["Message"] for each in nothing["ValidationErrors"]] == [
        "Account must be valid.",
        "Tax rate must be valid.",
    ]


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (1, "is 1 although the document is in USD"),
        (1.7, "may be inverted"),
        (0.59, ""),
    ],
)
def test_rates_that_are_hardly_meant_are_taken_with_a_warning(
    reported: Caller, rate: float, words: str
) -> None:
    record = made(
        reported.put("/Invoices", json=sale(line(), CurrencyCode="USD", CurrencyRate=rate))
    )
    warnings = [each["Message"] for each in record.get("Warnings", ())]
    assert len(warnings) == bool(words)
    assert words in "".join(warnings)


def test_an_account_unknown_to_a_draft_is_removed_with_a_warning(reported: Caller) -> None:
    record = made(reported.put("/Invoices", json=sale(line(AccountCode="9999"))))
    assert record["Warnings"] == [
        {
            "Message": "Account code '9999' has been removed as it does not match a recognised "
            "account."
        }
    ]
    assert "AccountCode" not in record["LineItems"][0]


def test_the_tax_of_a_bank_transaction_is_what_its_rate_says(reported: Caller) -> None:
    sent = {
        "Type": "RECEIVE",
        "Contact": {"Name": "Oake"},
        "BankAccount": {"Code": "090"},
        "LineItems": [line(TaxAmount=3, TaxType="OUTPUT2")],
    }
    assert errors(reported.put("/BankTransactions", json=sent)) == [
        "Tax amount 3.00 is incorrect for OUTPUT2 tax type, should be 15.00"
    ]
    sent["LineItems"] = [line(TaxAmount=15, TaxType="OUTPUT2")]
    made(reported.put("/BankTransactions", json=sent), "BankTransactions")


def test_a_zero_discount_on_an_order_is_a_wrong_total(reported: Caller) -> None:
    sent = {"Contact": {"Name": "Oake"}, "LineItems": [line(AccountCode="310", DiscountRate=0)]}
    assert MISMATCH.format("0", "100.00") in errors(reported.put("/PurchaseOrders", json=sent))


def test_a_discount_by_amount_comes_back_as_a_rate_that_is_refused(reported: Caller) -> None:
    sent = sale(line(UnitAmount=2400, DiscountAmount=150.07))
    record = made(reported.put("/Invoices", json=sent))
    assert record["LineItems"][0]["LineAmount"] == 2249.93
    identity = record["InvoiceID"]
    alone = made(reported.get(f"/Invoices/{identity}"))["LineItems"][0]
    assert (alone["DiscountAmount"], alone["DiscountEnteredAsPercent"]) == (150.07, False)
    listed = made(reported.get(f"/Invoices?page=1&IDs={identity}"))
    assert listed["LineItems"][0]["DiscountRate"] == 6.25
    assert "DiscountAmount" not in listed["LineItems"][0]
    assert MISMATCH.format("2249.93", "2250.00") in errors(
        reported.post("/Invoices", json={"Invoices": [listed]})
    )
    again = {"InvoiceID": identity, "Status": "AUTHORISED", "DueDate": "2026-12-01"}
    assert made(reported.post("/Invoices", json=again))["Total"] == record["Total"]


def test_a_payment_is_deleted_by_its_status_alone(reported: Caller) -> None:
    invoice = made(reported.put("/Invoices", json=approved(line())))
    sent = {
        "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        "Account": {"Code": "090"},
        "Amount": 10,
    }
    payment = made(reported.put("/Payments", json=sent), "Payments")
    path = f"/Payments/{payment['PaymentID']}"
    assert errors(reported.post(path, json={"Status": "DELETED", "Amount": 10})) == [
        "Only Status accepted for updates"
    ]
    assert made(reported.post(path, json={"Status": "DELETED"}), "Payments")["Status"] == "DELETED"


def test_a_refund_shows_its_credit_as_an_invoice(reported: Caller) -> None:
    sent = {**approved(line()), "Type": "ACCRECCREDIT"}
    note = made(reported.put("/CreditNotes", json=sent), "CreditNotes")
    refund = {
        "CreditNote": {"CreditNoteID": note["CreditNoteID"]},
        "Account": {"Code": "090"},
        "Amount": 20,
    }
    paid = made(reported.put("/Payments", json=refund), "Payments")
    shown = made(reported.get(f"/Payments/{paid['PaymentID']}"), "Payments")
    assert "CreditNote" not in shown
    assert shown["Invoice"]["InvoiceID"] == note["CreditNoteID"]
    assert shown["PaymentType"] == "ARCREDITPAYMENT"
    where = f'Invoice.InvoiceID==Guid("{note["CreditNoteID"]}")'
    found = reported.get("/Payments", params={"where": where, "page": 1})
    assert made(found, "Payments")["PaymentID"] == paid["PaymentID"]


@pytest.mark.parametrize("name", ["scan0001", "tool.exe", "photo.heic", ".pdf"])
def test_files_of_other_kinds_are_refused(reported: Caller, name: str) -> None:
    invoice = made(reported.put("/Invoices", json=sale(line())))
    path = f"/Invoices/{invoice['InvoiceID']}/Attachments/{name}"
    reply = reported.put(path, content=b"%PDF-1.7", headers={"Content-Type": "application/pdf"})
    assert errors(reply) == [
        "The file couldn't be uploaded because it isn't a supported file type."
    ]
    assert reply.json()["Elements"][0]["AttachmentID"] == NO_ID


def test_quotes_move_and_clear_as_reported(reported: Caller) -> None:
    sent = {
        "Contact": {"Name": "Oake"},
        "LineItems": [line(TaxType="OUTPUT2", UnitAmount=115)],
        "LineAmountTypes": "INCLUSIVE",
        "Title": "Pump",
    }
    quote = made(reported.put("/Quotes", json=sent), "Quotes")
    assert quote["Total"] == 115
    path = f"/Quotes/{quote['QuoteID']}"
    after = made(reported.post(path, json={"Reference": "PO 7"}), "Quotes")
    assert (after["LineAmountTypes"], after["Total"]) == ("EXCLUSIVE", 132.25)
    assert "Title" not in after
    refused = ["Quote not of valid status for modification"]
    assert errors(reported.post(path, json={"Status": "DECLINED"})) == refused
    for status in ("SENT", "ACCEPTED"):
        made(reported.post(path, json={"Status": status}), "Quotes")
    assert errors(reported.post(path, json={"Status": "DECLINED"})) == refused
    made(reported.post(path, json={"Status": "DELETED"}), "Quotes")


def test_empty_texts_clear_some_fields_and_not_others(reported: Caller) -> None:
    sent = {
        "Name": "Hazel",
        "EmailAddress": "hi@hazel.example",
        "Phones": [
            {"PhoneType": "MOBILE", "PhoneNumber": "21 55"},
            {"PhoneType": "DEFAULT", "PhoneNumber": "3 44"},
        ],
        "ContactPersons": [{"FirstName": "Tom", "EmailAddress": "tom@hazel.example"}],
    }
    contact = made(reported.put("/Contacts", json=sent), "Contacts")
    empty = {
        "ContactID": contact["ContactID"],
        "EmailAddress": "",
        "Phones": [{"PhoneType": "MOBILE", "PhoneNumber": ""}],
        "ContactPersons": [],
    }
    after = made(reported.post("/Contacts", json=empty), "Contacts")
    assert after["EmailAddress"] == ""
    numbers = {each["PhoneType"]: each["PhoneNumber"] for each in after["Phones"]}
    assert (numbers["MOBILE"], numbers["DEFAULT"]) == ("", "3 44")
    assert len(after["ContactPersons"]) == 1
    order = {
        "Contact": {"Name": "Oake"},
        "LineItems": [line(AccountCode="310")],
        "DeliveryDate": "2026-11-20",
    }
    order = made(reported.put("/PurchaseOrders", json=order), "PurchaseOrders")
    path = f"/PurchaseOrders/{order['PurchaseOrderID']}"
    kept = made(reported.post(path, json={"DeliveryDate": ""}), "PurchaseOrders")
    assert kept["DeliveryDate"] == order["DeliveryDate"]
    invoice = made(reported.put("/Invoices", json=sale(line(), ExpectedPaymentDate="2026-12-24")))
    path = f"/Invoices/{invoice['InvoiceID']}"
    assert "ExpectedPaymentDate" in made(reported.post(path, json={"ExpectedPaymentDate": ""}))
    gone = made(reported.post(path, json={"ExpectedPaymentDateString": ""}))
    assert "ExpectedPaymentDate" not in gone


def test_the_reason_of_a_batch_payment_stands_at_the_batch(reported: Caller) -> None:
    invoice = made(reported.put("/Invoices", json=approved(line())))
    sent = {
        "Account": {"Code": "090"},
        "Date": "2026-11-01",
        "Payments": [{"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": 5000}],
    }
    reply = reported.put("/BatchPayments", json={"BatchPayments": [sent]})
    batch = made(reply, "BatchPayments")
    assert batch["StatusAttributeString"] == "ERROR"
    assert batch["ValidationErrors"] == [
        {"Message": "Payment amount exceeds the amount outstanding on this document"}
    ]
    assert [each["ValidationErrors"] for each in batch["Payments"]] == [[]]


def test_a_refused_record_comes_back_whole(reported: Caller) -> None:
    order = {
        "PurchaseOrderNumber": "PO-77",
        "Contact": {
            "Name": "Oake",
            "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "1"}],
        },
        "LineItems": [line(AccountCode="310")],
        "Reference": "A",
    }
    first = made(reported.put("/PurchaseOrders", json=order), "PurchaseOrders")
    refused = reported.put("/PurchaseOrders", json=order).json()["Elements"][0]
    assert refused["PurchaseOrderID"] == NO_ID
    assert (refused["Type"], refused["HasErrors"]) == ("PURCHASEORDER", True)
    assert refused["Contact"]["ValidationErrors"] == []
    assert refused["Contact"]["Phones"][0]["ValidationErrors"] == []
    assert refused["LineItems"][0]["ValidationErrors"] == []
    path = f"/PurchaseOrders/{first['PurchaseOrderID']}"
    made(reported.post(path, json={"Status": "DELETED"}), "PurchaseOrders")
    again = reported.post(path, json={"Reference": "B"}).json()["Elements"][0]
    assert again["PurchaseOrderID"] == first["PurchaseOrderID"]
    assert (again["Reference"], again["Total"]) == ("B", first["Total"])


def test_xeros_own_words_in_the_history(reported: Caller) -> None:
    invoice = made(reported.put("/Invoices", json=approved(line())))
    path = f"/Invoices/{invoice['InvoiceID']}"
    made(reported.post(path, json={"SentToContact": True}))
    note = {**approved(line(UnitAmount=50)), "Type": "ACCRECCREDIT", "Date": "2026-11-01"}
    credit = made(reported.put("/CreditNotes", json=note), "CreditNotes")
    allocation = {
        "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        "Amount": 20,
        "Date": "2026-11-01",
    }
    reply = reported.put(f"/CreditNotes/{credit['CreditNoteID']}/Allocations", json=allocation)
    assert reply.status_code == 200
    said = [
        (each["Changes"], each["Details"])
        for each in reported.get(f"{path}/History").json()["HistoryRecords"]
    ]
    assert ("Invoice sent", "This invoice has been sent") in said
    assert ("Credited", "Amount credited on 01/11/2026 for 20.00.") in said


def test_new_sales_have_the_organisations_branding_theme(reported: Caller) -> None:
    theme = reported.get("/BrandingThemes").json()["BrandingThemes"][0]["BrandingThemeID"]
    assert made(reported.put("/Invoices", json=sale(line())))["BrandingThemeID"] == theme
    bill = {**sale(line(AccountCode="400")), "Type": "ACCPAY"}
    assert "BrandingThemeID" not in made(reported.put("/Invoices", json=bill))


def test_what_one_report_says_is_a_switch(start: Callable[..., Caller]) -> None:
    caller = start(limits="off")
    switch = caller.emulator.switches.change
    switch(emoji="dropped")
    contact = made(caller.put("/Contacts", json={"Name": "Joe\U0001f600 Bar"}), "Contacts")
    assert contact["Name"] == "Joe Bar"
    caller.put("/Items", json={"Code": "PIPE-1/2"})
    assert caller.get("/Items/PIPE-1%2F2").status_code == 200
    switch(slashes="missing")
    assert caller.get("/Items/PIPE-1%2F2").status_code == 404
    bad = {"Code": "B", "SalesDetails": {"UnitPrice": 4, "AccountCode": "2OO"}}
    sent = {"Items": [{"Code": "A"}, bad]}
    switch(bad_batches="500")
    assert caller.put("/Items?summarizeErrors=false", json=sent).status_code == 500
    assert len(caller.get("/Items").json()["Items"]) == 1
    switch(bad_batches="told")
    assert caller.put("/Items?summarizeErrors=false", json=sent).status_code == 200
    assert len(caller.get("/Items").json()["Items"]) == 2


def test_a_post_to_a_repeating_invoice_may_make_another(start: Callable[..., Caller]) -> None:
    caller = start(limits="off")
    sent = sale(line(), Schedule={"Period": 1, "Unit": "MONTHLY", "DueDate": 10,
        "DueDateType": "OFFOLLOWINGMONTH", "StartDate": "2026-12-01"})  # fmt: skip
    first = made(caller.put("/RepeatingInvoices", json=sent), "RepeatingInvoices")
    path = f"/RepeatingInvoices/{first['RepeatingInvoiceID']}"
    assert caller.post(path, json=sent).status_code == 400
    caller.emulator.switches.change(repeating="new")
    second = made(caller.post(path, json=sent), "RepeatingInvoices")
    assert second["RepeatingInvoiceID"] != first["RepeatingInvoiceID"]


def test_overpayments_may_stand_among_the_prepayments(start: Callable[..., Caller]) -> None:
    caller = start("demo", limits="off")
    own = caller.get("/Prepayments?page=1").json()["Prepayments"]
    assert all(each["PrepaymentID"] for each in own)
    caller.emulator.switches.change(prepayments="all")
    both = caller.get("/Prepayments?page=1").json()
    strays = [each for each in both["Prepayments"] if "PrepaymentID" not in each]
    assert strays
    assert {each["Type"] for each in strays} <= {"RECEIVE-OVERPAYMENT", "SPEND-OVERPAYMENT"}
    assert both["pagination"]["itemCount"] == len(own) + len(strays)
