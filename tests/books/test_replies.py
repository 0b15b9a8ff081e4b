"""Documents as Xero's API shows them, with what it leaves out; the legs are worked out by hand.

The forms are those of recorded replies and of the examples in Xero's description.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from reply_copy import Replies, day, key

from xeroport.books.statements.ageing import Ageing
from xeroport.errors import InputError
from xeroport.jobs.query import books_open

Leg = tuple[str, str, str, str]
CONTACT = {
    "ContactID": key("contact"), "Name": "Fjell & Sønn", "Addresses": [], "Phones": [],
    "ContactGroups": [], "ContactPersons": [], "HasValidationErrors": False,
}  # fmt: skip


@pytest.fixture
def replies(tmp_path: Path) -> Replies:
    return Replies(tmp_path)


def line(code: str, amount: float, tax: float | None = None, **more: Any) -> dict[str, Any]:
    record = {"Description": "Work", "UnitAmount": amount, "AccountCode": code, "Tracking": [],
              "Quantity": 1.0, "LineItemID": key(f"{code} {amount} {tax}"), "LineAmount": amount,
              "AccountID": key(code)}  # fmt: skip
    if tax is not None:
        record |= {"TaxType": "OUTPUT2", "TaxAmount": tax}
    return record | more


def invoice(replies: Replies, name: str, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    record: dict[str, Any] = {
        "Type": "ACCREC", "InvoiceID": key(name), "InvoiceNumber": name, "Reference": "",
        "Payments": [], "CreditNotes": [], "Prepayments": [], "Overpayments": [],
        "Contact": CONTACT, "Date": "2026-01-15", "DueDate": "2026-02-15", "Status": "AUTHORISED",
        "LineItems": list(lines), "InvoicePaymentServices": [], "CurrencyCode": "NZD",
    } | more  # fmt: skip
    return replies.add("invoices", **record)


def bank(replies: Replies, name: str, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    record: dict[str, Any] = {
        "BankTransactionID": key(name), "BankAccount": {"AccountID": key("090"), "Code": "090"},
        "Type": "SPEND", "Reference": "", "IsReconciled": True, "Contact": CONTACT,
        "Date": "2026-01-15", "Status": "AUTHORISED", "LineAmountTypes": "Exclusive",
        "LineItems": list(lines), "CurrencyCode": "NZD",
    } | more  # fmt: skip
    return replies.add("bank_transactions", **record)


def pay(replies: Replies, name: str, amount: float, **more: Any) -> dict[str, Any]:
    record: dict[str, Any] = {
        "PaymentID": key(name), "Date": "2026-02-01", "Amount": amount, "BankAmount": amount,
        "Reference": "", "PaymentType": "ACCRECPAYMENT", "Status": "AUTHORISED",
        "HasAccount": True, "IsReconciled": False,
        "Account": {"AccountID": key("090"), "Code": "090"},
    } | more  # fmt: skip
    return replies.add("payments", **record)


def posted(replies: Replies) -> list[tuple[str, str]]:
    return [(code, amount) for _, _, code, amount in replies.legs()]


def test_lines_that_do_not_say_how_they_are_taxed_are_read_by_the_total(replies: Replies) -> None:
    invoice(replies, "a", line("200", 115, 15), SubTotal=100, TotalTax=15, Total=115)
    invoice(replies, "b", line("200", 100, 15), SubTotal=100, TotalTax=15, Total=115)
    assert posted(replies) == 2 * [("610", "115.00"), ("200", "-100.00"), ("820", "-15.00")]


def test_so_are_lines_of_a_document_with_its_own_rounding_or_without_tax(replies: Replies) -> None:
    """115.00 with the tax inside, but 114.99 in all; and 100.00 of which no tax counts."""
    invoice(replies, "a", line("200", 115, 15), SubTotal=99.99, TotalTax=15, Total=114.99)
    invoice(
        replies, "b", line("220", 100, 15), SubTotal=100, TotalTax=0, Total=100, Date="2026-01-16"
    )
    assert posted(replies) == [
        ("610", "114.99"), ("200", "-100.00"), ("820", "-15.00"), ("860", "0.01"),
        ("610", "100.00"), ("220", "-100.00"),
    ]  # fmt: skip


def test_a_document_without_a_total_is_the_sum_of_its_lines(replies: Replies) -> None:
    invoice(replies, "a", line("200", 100, 15), LineAmountTypes="Exclusive")
    assert posted(replies) == [("610", "115.00"), ("200", "-100.00"), ("820", "-15.00")]


def test_words_zeros_and_discounts_post_what_is_left_of_them(replies: Replies) -> None:
    """A line of words alone, one of nothing, 10 % off 100, 5.00 off 30, and one taken back."""
    invoice(
        replies, "a",
        {"Description": "As agreed", "Tracking": [], "LineItemID": key("words")},
        line("200", 0, 0), line("200", 90, 13.5, UnitAmount=100, DiscountRate=10),
        line("220", 25, 3.75, UnitAmount=30, DiscountAmount=5), line("220", -20, -3),
        LineAmountTypes="Exclusive", SubTotal=95, TotalTax=14.25, Total=109.25, TotalDiscount=15,
    )  # fmt: skip
    assert posted(replies) == [
        ("610", "109.25"), ("200", "-90.00"), ("220", "-25.00"), ("220", "20.00"),
        ("820", "-14.25"),
    ]  # fmt: skip


def test_money_received_that_has_a_prepayment_is_one(replies: Replies) -> None:
    bank(replies, "b", line("620", 10), Type="RECEIVE", PrepaymentID=key("p"), Total=10)
    assert replies.legs() == [
        ("ARPREPAYMENT", "2026-01-15", "090", "10.00"),
        ("ARPREPAYMENT", "2026-01-15", "620", "-10.00"),
    ]


def ahead(replies: Replies, kind: str, *lines: dict[str, Any], **more: Any) -> None:
    """Money paid ahead: the bank transaction, and its own record without a rate."""
    stream, name = f"{kind}s".lower(), f"{kind}ID"
    rate = {key_: more.pop(key_) for key_ in ("CurrencyRate",) if key_ in more}
    shared = {"Type": f"RECEIVE-{kind.upper()}", **more}
    bank(replies, "b", *lines, **{name: key("p")}, **shared | rate)
    own = {"Contact": CONTACT, "Status": "AUTHORISED", "Date": "2026-01-15", "CurrencyCode": "NZD",
           "LineAmountTypes": "Exclusive", "LineItems": [], "Allocations": [],
           "Payments": []}  # fmt: skip
    replies.add(stream, **{name: key("p"), "ID": key("p")}, **own | shared)


def allocation(name: str, amount: float, when: str = "2026-03-01") -> dict[str, Any]:
    shown = {"InvoiceID": key(name), "InvoiceNumber": name, "Payments": [], "LineItems": []}
    return {
        "AllocationID": key(f"to {name}"),
        "Amount": amount,
        "Date": day(when),
        "Invoice": shown,
    }


def test_a_prepayment_that_shows_no_lines_has_those_of_its_bank_transaction(
    replies: Replies,
) -> None:
    """115.00 paid ahead, 15.00 of it tax; half of it is taken by an invoice."""
    ahead(
        replies, "Prepayment", line("620", 100, 15), Total=115, Allocations=[allocation("a", 57.5)]
    )
    invoice(replies, "a", line("200", 200), Total=200, LineAmountTypes="NoTax")
    assert [leg for leg in replies.legs() if leg[1] == "2026-03-01"] == [
        ("ARPREPAYMENT", "2026-03-01", "610", "-57.50"),
        ("ARPREPAYMENT", "2026-03-01", "620", "50.00"),
        ("ARPREPAYMENT", "2026-03-01", "820", "7.50"),
    ]


def test_an_overpayment_that_stands_among_the_prepayments_counts_once(replies: Replies) -> None:
    """50.00 USD at 0.5 are 100.00; at the invoice's 0.4 they are 125.00."""
    ahead(
        replies, "Overpayment", line("610", 50), Total=50, CurrencyCode="USD", CurrencyRate=0.5,
        BankAccount={"AccountID": key("093")}, Allocations=[allocation("a", 50)],
    )  # fmt: skip
    twin = dict(replies.records["overpayments"][0])
    replies.records.setdefault("prepayments", []).append(
        twin | {"PrepaymentID": twin["OverpaymentID"]}
    )
    invoice(replies, "a", line("200", 80), Total=80, LineAmountTypes="NoTax", CurrencyCode="USD",
            CurrencyRate=0.4)  # fmt: skip
    assert [leg for leg in replies.legs() if leg[1] != "2026-01-15"] == [
        ("AROVERPAYMENT", "2026-03-01", "610", "-125.00"),
        ("AROVERPAYMENT", "2026-03-01", "497", "25.00"),
        ("AROVERPAYMENT", "2026-03-01", "610", "100.00"),
    ]


def test_money_that_leaves_a_home_account_leaves_as_what_it_is(replies: Replies) -> None:
    """100.00 at home for 90.00 abroad: the rate is that of the other side."""
    bank(replies, "s", Type="SPEND-TRANSFER", Total=100)
    replies.add(
        "bank_transfers", BankTransferID=key("t"), Date="2026-01-20", Amount=100, CurrencyRate=0.9,
        FromBankAccount={"AccountID": key("090"), "Name": "Bank"},
        ToBankAccount={"AccountID": key("092"), "Name": "Sydney"},
        FromBankTransactionID=key("s"), ToBankTransactionID=key("r"),
    )  # fmt: skip
    assert posted(replies) == [("090", "-100.00"), ("092", "100.00")]


def test_a_home_invoice_that_is_paid_abroad_is_settled_at_its_amount(replies: Replies) -> None:
    """An amount is in the invoice's currency, whatever the account's rate is."""
    invoice(replies, "a", line("200", 100), Total=100, LineAmountTypes="NoTax")
    pay(replies, "p", 100, BankAmount=90, CurrencyRate=0.9, Account={"AccountID": key("092")},
        Invoice={"InvoiceID": key("a"), "Type": "ACCREC", "CurrencyCode": "NZD"})  # fmt: skip
    assert posted(replies)[2:] == [("092", "100.00"), ("610", "-100.00")]


def test_the_payment_of_a_foreign_bill_from_a_third_currency(replies: Replies) -> None:
    """80 AUD at 0.8 are 100.00, paid at 0.9: 88.89 leave, 11.11 are gained."""
    invoice(replies, "a", line("400", 80), Type="ACCPAY", Total=80, LineAmountTypes="NoTax",
            CurrencyCode="AUD", CurrencyRate=0.8)  # fmt: skip
    pay(replies, "p", 80, BankAmount=52.33, CurrencyRate=0.9, PaymentType="ACCPAYPAYMENT",
        Account={"AccountID": key("093")}, Invoice={"InvoiceID": key("a")})  # fmt: skip
    assert posted(replies) == [
        ("800", "-100.00"), ("400", "100.00"), ("093", "-88.89"), ("497", "-11.11"),
        ("800", "100.00"),
    ]  # fmt: skip


def test_a_bill_without_a_number_goes_by_its_reference(replies: Replies) -> None:
    invoice(replies, "a", line("999", 100), Type="ACCPAY", InvoiceNumber="", Reference="March rent",
            Total=100, LineAmountTypes="NoTax")  # fmt: skip
    replies.records["invoices"][0]["LineItems"][0]["AccountID"] = key("999")
    with pytest.raises(InputError, match="invoice `March rent` of 2026-01-15"):
        replies.legs()


def test_what_is_owed_names_a_bill_without_a_number_by_its_reference(replies: Replies) -> None:
    invoice(replies, "a", line("400", 100), Type="ACCPAY", InvoiceNumber="", Reference="March rent",
            Total=100, AmountDue=100, LineAmountTypes="NoTax")  # fmt: skip
    assert posted(replies) == [("800", "-100.00"), ("400", "100.00")]
    with books_open(f"duckdb:{replies.folder / 'books.duckdb'}", "acme") as ask:
        documents, *_ = Ageing(ask, "acme", "duckdb", date(2026, 3, 1), False).documents()
    assert [(document.number, str(document.amount)) for document in documents] == [
        ("March rent", "100.00")
    ]


def test_lines_by_code_go_to_the_account_that_has_the_code_today(replies: Replies) -> None:
    replies.add("accounts", AccountID=key("old"), Code="400", Name="Old", Type="EXPENSE",
                Status="ARCHIVED", Class="EXPENSE", UpdatedDateUTC=day("2026-06-01"))  # fmt: skip
    by_code, by_id = line("400", 10), line("400", 20, AccountID=key("old"))
    del by_code["AccountID"]
    bank(replies, "b", by_code, by_id, Total=30, LineAmountTypes="NoTax")
    assert [leg[2:] for leg in replies.legs()] == [
        ("090", "-30.00"), ("400", "10.00"), ("400", "20.00"),
    ]  # fmt: skip


def test_tax_on_imports_is_tax_without_goods(replies: Replies) -> None:
    duty = line("400", 0, 150, TaxType="GSTONIMPORTS")
    invoice(replies, "a", duty, Type="ACCPAY", LineAmountTypes="Exclusive", SubTotal=0,
            TotalTax=150, Total=150)  # fmt: skip
    assert posted(replies) == [("800", "-150.00"), ("820", "150.00")]


@pytest.mark.parametrize("status", ["DRAFT", "VOIDED", "DELETED", "ARCHIVED"])
def test_a_journal_that_is_not_posted_says_nothing(replies: Replies, status: str) -> None:
    journal(replies, "Exclusive", Status=status)
    assert replies.legs() == []


def journal(replies: Replies, style: str, **more: Any) -> None:
    record = {
        "ManualJournalID": key("m"), "Date": "2026-01-31", "Status": "POSTED",
        "Narration": "Year end",
        "LineAmountTypes": style, "ShowOnCashBasisReports": True, "JournalLines": [
            {"LineAmount": 100, "AccountID": key("400"), "AccountCode": "400", "TaxType": "INPUT2",
             "TaxAmount": 15, "IsBlank": False, "Tracking": []},
            {"LineAmount": -115, "AccountID": key("090"), "AccountCode": "090", "TaxType": "NONE",
             "TaxAmount": 0, "IsBlank": False, "Tracking": []},
        ],
    } | more  # fmt: skip
    replies.add("manual_journals", **record)


def test_a_journal_with_tax_added_posts_it_on_the_tax_account(replies: Replies) -> None:
    journal(replies, "Exclusive")
    assert posted(replies) == [("400", "100.00"), ("090", "-115.00"), ("820", "15.00")]


def test_the_credit_of_a_bill_across_rates_and_one_taken_back(replies: Replies) -> None:
    """20 USD at 0.5 are 40.00, at the bill's 0.4 they are 50.00: 10.00 are lost to the supplier."""
    invoice(replies, "a", line("400", 40), Type="ACCPAY", Total=40, LineAmountTypes="NoTax",
            CurrencyCode="USD", CurrencyRate=0.4)  # fmt: skip
    gone = allocation("a", 5) | {"IsDeleted": True, "AllocationID": key("gone")}
    replies.add(
        "credit_notes", CreditNoteID=key("c"), CreditNoteNumber="C-1", Type="ACCPAYCREDIT",
        Status="PAID", Date="2026-02-01", LineAmountTypes="NoTax", LineItems=[line("400", 20)],
        Total=20, CurrencyCode="USD", CurrencyRate=0.5, Contact=CONTACT, Payments=[],
        Allocations=[gone, allocation("a", 20)],
    )  # fmt: skip
    assert posted(replies) == [
        ("800", "-100.00"), ("400", "100.00"), ("800", "40.00"), ("400", "-40.00"),
        ("800", "50.00"), ("497", "-10.00"), ("800", "-40.00"),
    ]  # fmt: skip


def test_foreign_money_without_a_rate_is_left_out_by_name(replies: Replies) -> None:
    """40.00 USD are 40.00 of nothing; the payment that shows a rate counts at it on both sides."""
    invoice(replies, "a", line("200", 40), Total=40, LineAmountTypes="NoTax", CurrencyCode="USD")
    pay(replies, "p", 40, BankAmount=80, CurrencyRate=0.5, Invoice={"InvoiceID": key("a")})
    bank(replies, "b", line("200", 40), Total=40, Type="RECEIVE-OVERPAYMENT", CurrencyCode="USD",
         Reference="Twice")  # fmt: skip
    invoice(replies, "c", Total=7, LineAmountTypes="NoTax")
    assert posted(replies) == [("090", "80.00"), ("610", "-80.00")]
    assert replies.left_out == ("bank transaction Twice", "invoice a", "invoice c")


def test_a_credit_whose_rate_nobody_shows_has_that_of_the_invoice_it_pays(replies: Replies) -> None:
    """20 USD of an overpayment that came before this connection's reach, on a bill at 0.4."""
    invoice(replies, "a", line("400", 40), Type="ACCPAY", Total=40, LineAmountTypes="NoTax",
            CurrencyCode="USD", CurrencyRate=0.4)  # fmt: skip
    replies.add("overpayments", OverpaymentID=key("o"), Type="SPEND-OVERPAYMENT", Status="PAID",
                Date="2026-01-10", Total=20, CurrencyCode="USD", LineItems=[], Contact=CONTACT,
                Allocations=[allocation("a", 20)])  # fmt: skip
    assert posted(replies) == [("800", "-100.00"), ("400", "100.00")]
