"""Invoices and bills: ACCREC numbers are unique, paid ones keep their amounts."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Any

from xeroport_emulator.organisation import scheme
from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules import contacts, documents, linked, paid
from xeroport_emulator.rules.settling import settled_invoice
from xeroport_emulator.rules.verbs import either, verbs
from xeroport_emulator.rules.write import Write, pick

NOT_MODIFIABLE = "Invoice not of valid status for modification"
PLAIN = {
    "ACCREC": ("Reference", "Url", "SentToContact", "ExpectedPaymentDate"),
    "ACCPAY": ("Reference", "Url", "SentToContact", "PlannedPaymentDate"),
}
"""Type → the fields that are kept as they are sent."""


def _namesake(write: Write) -> Record | None:
    """The sales invoice with the number that was sent; bills have no natural key. A voided or
    deleted invoice still holds its number, and cannot be changed."""
    number = write.element.get("InvoiceNumber")
    if write.element.get("Type", "ACCREC") != "ACCREC" or not number:
        return None
    invoice = documents.numbered(write, "Invoice", number)
    namesakes = write.table("Invoice").find("InvoiceNumber", number)
    if invoice is None and any(namesake["Type"] == "ACCREC" for namesake in namesakes):
        raise Refusal(NOT_MODIFIABLE)
    return invoice


def update(write: Write) -> Record:
    """POST to one invoice, by id or by number."""
    invoice = documents.numbered(write, "Invoice", write.ids["InvoiceID"])
    return _change(write, invoice or write.named("Invoice", "InvoiceID", "InvoiceNumber"))


def _new(write: Write) -> Record:
    element = write.element
    kind = element.get("Type")
    if kind not in ("ACCREC", "ACCPAY"):
        raise Refusal("The Type of an invoice must be ACCREC or ACCPAY.")
    number = element.get("InvoiceNumber", "")
    if kind == "ACCREC" and documents.numbered(write, "Invoice", number):
        raise Refusal("Invoice # must be unique.")
    if kind == "ACCREC" and not number:
        number = documents.next_number(write, "INV", ("Invoice", "InvoiceNumber"))
    status = documents.step(write, None, documents.MOVES, NOT_MODIFIABLE)
    invoice = {
        "Type": kind,
        "InvoiceID": write.organisation.new_id(),
        "InvoiceNumber": number,
        "Reference": "",
        "Payments": [],
        "CreditNotes": [],
        "Prepayments": [],
        "Overpayments": [],
        "IsDiscounted": False,
        "HasAttachments": False,
        "HasErrors": False,
        "SentToContact": False,
        "Date": write.organisation.today(),
        **pick(element, PLAIN[kind]),
    }
    return _finish(write, invoice, status, None)


def _change(write: Write, old: Record) -> Record:
    documents.unlocked(write, old["Date"])
    if old["Status"] in documents.CLOSED:
        raise Refusal(NOT_MODIFIABLE)
    if paid.has_settlements(old):
        return paid.amend_invoice(write, old)
    if write.element.get("Type", old["Type"]) != old["Type"]:
        raise Refusal("The Type of an existing invoice cannot be changed.")
    status = documents.step(write, old, documents.MOVES, NOT_MODIFIABLE)
    if status in documents.CLOSED:
        closed = write.organisation.save("Invoice", {**old, "Status": status})
        linked.follow(write.organisation, closed["InvoiceID"])
        return closed
    number = write.element.get("InvoiceNumber") or old["InvoiceNumber"]
    if old["Type"] == "ACCREC" and documents.numbered(
        write, "Invoice", number, but=old["InvoiceID"]
    ):
        raise Refusal("Invoice # must be unique.")
    invoice = {**old, **pick(write.element, PLAIN[old["Type"]]), "InvoiceNumber": number}
    if write.sent.get("ExpectedPaymentDateString") == "":  # its text alone clears it
        invoice.pop("ExpectedPaymentDate", None)
    return _finish(write, invoice, status, old)


def _finish(write: Write, invoice: Record, status: str, old: Record | None) -> Record:
    element = write.element
    sales = invoice["Type"] == "ACCREC"
    contact = documents.party(write, old)
    day: date = element.get("Date") or invoice["Date"]
    documents.unlocked(write, day)
    mode = documents.mode(write, old)
    rules = documents.line_rules(mode, status, sales=sales)
    lines, sums = documents.priced(write, old, rules, totals_checked=status != "DRAFT")
    if sums.total < 0:
        write.problem("The total of an invoice must not be negative.")
    due = element.get("DueDate", invoice.get("DueDate")) or _due(write, contact, day, sales=sales)
    if due is None and status in documents.APPROVED:
        due = day
    if due is not None:
        invoice["DueDate"] = due
    invoice = {
        **invoice,
        **documents.currency(write, old, contact["ContactID"]),
        **documents.theme(write, old, default=sales),
        "Status": status,
        "Contact": contact,
        "Date": day,
        "LineAmountTypes": mode,
        "LineItems": lines,
        **sums.fields(),
        "IsDiscounted": sums.discount != 0,
    }
    if sums.discount:
        invoice["TotalDiscount"] = sums.discount
    if status == "AUTHORISED":
        invoice |= scheme.deducted(write.organisation, invoice, lines)
    if status == "DRAFT" and "Total" in element:
        invoice["_EnteredTotal"] = element["Total"]
    write.settle()
    if status == "AUTHORISED":
        contacts.trades(write, contact["ContactID"], sales=sales)
    saved = write.organisation.save("Invoice", settled_invoice(invoice))
    linked.follow(write.organisation, saved["InvoiceID"])
    return saved


def _due(write: Write, contact: Record, day: date, *, sales: bool) -> date | None:
    """The due date by the payment terms of the contact, else of the organisation."""
    side = "Sales" if sales else "Bills"
    full = write.table("Contact").get(contact["ContactID"]) or {}
    for terms in (full.get("PaymentTerms"), write.organisation.details.get("PaymentTerms")):
        term = (terms or {}).get(side)
        if term and term.get("Day") is not None:
            return due_date(day, term)
    return None


def due_date(day: date, term: dict[str, Any]) -> date:
    """`day` plus a payment term of `Day` and `Type`."""
    count, kind = int(term["Day"]), term.get("Type", "DAYSAFTERBILLDATE")
    if kind == "DAYSAFTERBILLMONTH":
        return _month_day(day, 0, 31) + timedelta(days=count)
    if kind == "OFCURRENTMONTH":
        return _month_day(day, 0, count)
    if kind == "OFFOLLOWINGMONTH":
        return _month_day(day, 1, count)
    return day + timedelta(days=count)


def _month_day(day: date, months: int, number: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(max(number, 1), calendar.monthrange(year, month)[1]))


create, upsert, _ = verbs("Invoice", either(_new, _change), namesake=_namesake)
