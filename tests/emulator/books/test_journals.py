"""Journals: numbered, balanced, never changed."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from books_world import Books, Record, line

from xeroport_emulator.accounting.books import books_of
from xeroport_emulator.accounting.journals import journal, journal_page
from xeroport_emulator.organisation.organisation import Organisation


def _all(organisation: Organisation, **options: Any) -> list[Record]:
    found: list[Record] = []
    while page := journal_page(
        organisation, after=found[-1]["JournalNumber"] if found else 0, **options
    ):
        assert len(page) <= 100
        found += page
    return found


def test_journals_are_numbered_in_the_order_of_time(demo: Organisation) -> None:
    found = _all(demo)
    assert [each["JournalNumber"] for each in found] == list(range(1, len(found) + 1))
    assert len({each["JournalID"] for each in found}) == len(found) > 1000
    stamps = [each["CreatedDateUTC"] for each in found]
    assert stamps == sorted(stamps)


def test_journals_are_the_ledger(demo: Organisation) -> None:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for each in _all(demo):
        assert sum(leg["NetAmount"] for leg in each["JournalLines"]) == 0
        for leg in each["JournalLines"]:
            assert leg["GrossAmount"] == leg["NetAmount"] + leg["TaxAmount"]
            sums[leg["AccountID"]] += leg["NetAmount"]
    held = books_of(demo).movements(date(2030, 1, 1))
    assert {k: v for k, v in sums.items() if v} == {k: v for k, v in held.items() if v}


def test_an_edit_takes_the_old_posting_back(books: Books) -> None:
    made = books.invoice(line("100", "200", "OUTPUT2"))
    (first,) = _all(books.organisation)
    assert first["SourceType"] == "ACCREC"
    assert first["SourceID"] == made["InvoiceID"]
    sale = next(leg for leg in first["JournalLines"] if leg["AccountCode"] == "200")
    assert (sale["NetAmount"], sale["TaxAmount"]) == (Decimal("-100.00"), Decimal("-15.00"))
    assert (sale["TaxType"], sale["TaxName"]) == ("OUTPUT2", "15% GST on Income")
    books.ok("invoices.update", {"Status": "VOIDED"}, InvoiceID=made["InvoiceID"])
    again, second = _all(books.organisation)
    assert _amounts(again) == _amounts(first)
    assert again["JournalID"] == first["JournalID"]
    assert _amounts(second) == {code: -amount for code, amount in _amounts(first).items()}
    assert second["JournalDate"] == first["JournalDate"]


def test_an_allocation_adds_a_journal_and_reverses_none(books: Books) -> None:
    invoice = books.invoice(line("100", "200"))
    note = books.ok(
        "credit_notes.create",
        {
            "Type": "ACCRECCREDIT",
            "Contact": {"ContactID": books.customer},
            "Status": "AUTHORISED",
            "LineItems": [line("40", "200")],
        },
    )
    assert len(_all(books.organisation)) == 2
    books.ok(
        "credit_notes.allocations.create",
        {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": "40", "Date": "2026-06-01"},
        CreditNoteID=note["CreditNoteID"],
    )
    *_, last = _all(books.organisation)
    assert last["JournalNumber"] == 3
    assert [leg["NetAmount"] for leg in last["JournalLines"]] == [Decimal(40), Decimal(-40)]


def test_one_journal_by_number_and_by_id(demo: Organisation) -> None:
    listed = journal_page(demo, after=41, limit=1)[0]
    short = {k: v for k, v in listed.items() if k not in ("SourceID", "SourceType")}
    assert journal(demo, "42") == journal(demo, listed["JournalID"].upper()) == short
    assert journal(demo, "0") is None
    assert journal(demo, "999999") is None
    assert journal(demo, "9" * 5000) is None
    assert journal(demo, "no such journal") is None


def test_payments_only_leaves_out_documents(demo: Organisation) -> None:
    kinds = {each["SourceType"] for each in _all(demo, payments_only=True)}
    assert "ACCRECPAYMENT" in kinds
    assert not kinds & {"ACCREC", "ACCPAY", "ACCRECCREDIT"}


def _amounts(found: Record) -> dict[str, Decimal]:
    return {leg["AccountCode"]: leg["NetAmount"] for leg in found["JournalLines"]}
