"""The short forms in which records appear inside other records."""

from __future__ import annotations

from decimal import Decimal

from xeroport_emulator.organisation.table import Record, words

DOCUMENTS = words(
    "Invoice CreditNote BankTransaction Overpayment Prepayment PurchaseOrder Quote Receipt "
    "RepeatingInvoice"
)
"""Record types that have a contact and lines."""
SHOWN_IN = {
    "CreditNote": "CreditNotes",
    "Prepayment": "Prepayments",
    "Overpayment": "Overpayments",
}
"""Record type of a credit → the list of an invoice that shows it."""
PAID_KINDS = ("Invoice", *SHOWN_IN)
"""Record types that payments are of."""


def contact(record: Record) -> Record:
    """A contact as documents show it."""
    return {"ContactID": record["ContactID"], "Name": record["Name"]}


def account(record: Record) -> Record:
    """An account as payments and bank transactions show it."""
    short = {"AccountID": record["AccountID"], "Name": record["Name"]}
    return {**short, "Code": record["Code"]} if record.get("Code") else short


def invoice(record: Record) -> Record:
    """An invoice as payments show it."""
    return {**numbered(record), "Contact": record["Contact"]}


def numbered(record: Record) -> Record:
    """An invoice as allocations and batch payments show it."""
    return {
        "InvoiceID": record["InvoiceID"],
        "InvoiceNumber": record.get("InvoiceNumber", ""),
        "Type": record["Type"],
        "CurrencyCode": record["CurrencyCode"],
    }


def payment(record: Record) -> Record:
    """A payment as the paid document shows it."""
    short = {
        "PaymentID": record["PaymentID"],
        "Date": record["Date"],
        "Amount": record["Amount"],
        "CurrencyRate": record.get("CurrencyRate", Decimal(1)),
        "Reference": record.get("Reference", ""),
        "HasAccount": True,
        "HasValidationErrors": False,
    }
    if record.get("BatchPaymentID"):
        short["BatchPaymentID"] = record["BatchPaymentID"]
    return short


def credit(record: Record, key: str, allocation: Record) -> Record:
    """A credit note, prepayment or overpayment as the invoice shows it: with what was allocated."""
    short = {
        key: record[key],
        "AppliedAmount": allocation["Amount"],
        "Date": allocation["Date"],
        "Total": record["Total"],
    }
    if key == "CreditNoteID":
        short |= {"HasErrors": False, "CreditNoteNumber": record.get("CreditNoteNumber", "")}
    return short
