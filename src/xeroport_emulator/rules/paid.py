"""What may still change on a document that is paid or credited, wholly or in part."""

from __future__ import annotations

from typing import Any

from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record, words
from xeroport_emulator.rules import documents
from xeroport_emulator.rules.lines import SHOWN_ONLY, account_of, tracked
from xeroport_emulator.rules.renames import invoice_renumbered
from xeroport_emulator.rules.write import Write

NOT_EDITABLE = "This document cannot be edited as it has a payment or credit note allocated to it."
OPEN_FIELDS = words(
    "Reference DueDate InvoiceNumber BrandingThemeID Url SentToContact ExpectedPaymentDate"
)
UNSEEN = {"DueDate", "SentToContact", "ExpectedPaymentDate"}
"""Edits of these on a part-paid document do not move UpdatedDateUTC."""
FIXED = words("Type Date LineAmountTypes CurrencyCode CurrencyRate Status SubTotal TotalTax Total")
OPEN_LINE_FIELDS = {"Description", "AccountCode", "AccountID", "Tracking", "Item"}


def has_settlements(document: Record) -> bool:
    """Whether anything was paid, credited or allocated."""
    names = ("Payments", "CreditNotes", "Prepayments", "Overpayments", "Allocations")
    return any(document.get(name) for name in names)


def amend_invoice(write: Write, old: Record) -> Record:
    """Change the few fields that stay open; anything else that differs is refused."""
    element = write.element
    if any(each in element and element[each] != old.get(each) for each in FIXED):
        raise Refusal(NOT_EDITABLE)
    open_fields = OPEN_FIELDS + (("PlannedPaymentDate",) if old["Type"] == "ACCPAY" else ())
    changes: dict[str, Any] = {
        field: element[field]
        for field in open_fields
        if field in element and element[field] != old.get(field)
    }
    if "InvoiceNumber" in changes and old["Type"] == "ACCREC":
        if not changes["InvoiceNumber"]:
            del changes["InvoiceNumber"]
        elif documents.numbered(write, "Invoice", changes["InvoiceNumber"], but=old["InvoiceID"]):
            raise Refusal("Invoice # must be unique.")
    documents.theme(write, old)
    contact = documents.party(write, old)
    if contact != old["Contact"]:
        changes["Contact"] = contact
    if element.get("LineItems"):
        lines = amend_lines(write, old["LineItems"])
        if lines != old["LineItems"]:
            changes["LineItems"] = lines
    write.settle()
    if not changes:
        return old
    seen = bool(changes.keys() - UNSEEN)
    saved = write.organisation.save("Invoice", {**old, **changes}, bump=seen)
    if changes.keys() & {"InvoiceNumber", "Contact"}:
        invoice_renumbered(write.organisation, saved)
    return saved


def amend_lines(write: Write, old: list[Record]) -> list[Record]:
    """The old lines with new descriptions, accounts and tracking; refuses any other difference."""
    sent = {line.get("LineItemID"): line for line in write.element["LineItems"]}
    if set(sent) != {old_line["LineItemID"] for old_line in old} or len(sent) != len(old):
        raise Refusal(NOT_EDITABLE)
    return [_amend_line(write, line, sent[line["LineItemID"]]) for line in old]


def _amend_line(write: Write, old: Record, sent: Record) -> Record:
    if any(sent[field] != old.get(field) for field in sent.keys() - OPEN_LINE_FIELDS - SHOWN_ONLY):
        raise Refusal(NOT_EDITABLE)
    line = dict(old)
    if sent.get("Description"):
        line["Description"] = sent["Description"]
    code, identity = sent.get("AccountCode"), sent.get("AccountID")
    if (code and code != old.get("AccountCode")) or (
        identity and not code and identity != old.get("AccountID")
    ):
        if "_Stock" in old and "CostOfSales" not in old["_Stock"]:
            raise Refusal(NOT_EDITABLE)
        account = account_of(write, code, identity, given=str(code or identity))
        if account is not None:
            line["AccountID"] = account["AccountID"]
            line["AccountCode"] = account.get("Code", "")
    if "Tracking" in sent:
        line["Tracking"] = tracked(write, sent["Tracking"])
    return line
