"""Allocations of credit notes, prepayments and overpayments to invoices, and undoing them."""

from __future__ import annotations

from decimal import Decimal

from xeroport_emulator.organisation.money import cents
from xeroport_emulator.organisation.refusal import Missing, Refusal
from xeroport_emulator.organisation.table import Record, guid
from xeroport_emulator.rules import documents, nested
from xeroport_emulator.rules.settling import settled_credit, settled_invoice
from xeroport_emulator.rules.write import Rule, Write

PAYABLE = {"ACCPAYCREDIT", "SPEND-PREPAYMENT", "SPEND-OVERPAYMENT", "APPREPAYMENT"}
NO_INVOICE = "An existing Invoice with the specified InvoiceID could not be found"


def create(kind: str) -> Rule:
    """The rule that allocates a credit of that record type."""

    def rule(write: Write) -> Record:
        credit = write.named(kind, f"{kind}ID")
        element = write.element
        if element.get("Date") is None:
            raise Refusal("The Date of the allocation must be specified.")
        if element.get("Amount") is None or cents(element["Amount"]) <= 0:
            raise Refusal("The Amount of the allocation must be greater than zero.")
        invoice = _invoice(write, element.get("Invoice") or {})
        amount = cents(element["Amount"])
        _check(write, credit, invoice, amount)
        allocation = {
            "AllocationID": write.organisation.new_id(),
            "Amount": amount,
            "Date": element["Date"],
            "Invoice": nested.numbered(invoice),
        }
        allocations = [*credit["Allocations"], allocation]
        _save(write, kind, {**credit, "Allocations": allocations}, invoice["InvoiceID"])
        return {**allocation, kind: {f"{kind}ID": credit[f"{kind}ID"]}}

    return rule


def delete(kind: str) -> Rule:
    """The rule that undoes an allocation of a credit of that record type."""

    def rule(write: Write) -> Record:
        credit = write.named(kind, f"{kind}ID")
        identity = guid(write.ids["AllocationID"]).lower()
        gone = next((a for a in credit["Allocations"] if a["AllocationID"] == identity), None)
        if gone is None:
            raise Missing(identity)
        documents.unlocked(write, gone["Date"])
        remaining = [allocation for allocation in credit["Allocations"] if allocation is not gone]
        _save(write, kind, {**credit, "Allocations": remaining}, gone["Invoice"]["InvoiceID"])
        return {**gone, "IsDeleted": True}

    return rule


def _invoice(write: Write, sent: Record) -> Record:
    table = write.table("Invoice")
    found = table.get(sent.get("InvoiceID"))
    if found is None and not sent.get("InvoiceID") and sent.get("InvoiceNumber"):
        found = table.first("InvoiceNumber", sent["InvoiceNumber"])
    if found is None:
        raise Refusal(NO_INVOICE)
    return found


def _check(write: Write, credit: Record, invoice: Record, amount: Decimal) -> None:
    documents.unlocked(write, write.element["Date"])
    if credit["Status"] not in ("AUTHORISED", "PAID"):
        raise Refusal("Only an authorised credit can be allocated.")
    if invoice["Status"] not in ("AUTHORISED", "PAID"):
        raise Refusal("Credits can only be allocated to Authorised documents")
    if (credit["Type"] in PAYABLE) != (invoice["Type"] == "ACCPAY"):
        raise Refusal("The credit and the invoice must both be receivable or both be payable.")
    if credit["Contact"]["ContactID"] != invoice["Contact"]["ContactID"]:
        raise Refusal("The credit and the invoice must have the same contact.")
    if credit["CurrencyCode"] != invoice["CurrencyCode"]:
        raise Refusal("The credit and the invoice must have the same currency.")
    if amount > credit["RemainingCredit"]:
        raise Refusal("The allocation amount exceeds the remaining credit")
    if amount > invoice["AmountDue"]:
        raise Refusal("The allocation amount exceeds the amount outstanding on this document")


def _save(write: Write, kind: str, credit: Record, invoice_id: str) -> None:
    """Store the credit, and on the invoice what of this credit is allocated to it."""
    organisation = write.organisation
    credit = organisation.save(kind, settled_credit(credit))
    invoice = organisation.tables["Invoice"].get(invoice_id)
    if invoice is None:
        return
    name, key = nested.SHOWN_IN[kind], f"{kind}ID"
    shown = [allocation for allocation in invoice[name] if allocation[key] != credit[key]]
    shown += [
        nested.credit(credit, key, allocation)
        for allocation in credit["Allocations"]
        if allocation["Invoice"]["InvoiceID"] == invoice_id
    ]
    organisation.save("Invoice", settled_invoice({**invoice, name: shown}))
