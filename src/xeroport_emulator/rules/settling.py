"""What is still due on an invoice, and left of a credit: always derived from what was applied."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from xeroport_emulator.organisation.money import ZERO
from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules.nested import SHOWN_IN


def settled_invoice(invoice: Record) -> Record:
    """The invoice with AmountPaid, AmountCredited, AmountDue, Status and FullyPaidOnDate as its
    payments and credits say; prepayments and overpayments count as credited."""
    paid = _sum(invoice["Payments"], "Amount")
    credits = [entry for name in SHOWN_IN.values() for entry in invoice[name]]
    credited = _sum(credits, "AppliedAmount")
    due = invoice["Total"] - paid - credited - invoice.get("CISDeduction", ZERO)
    changed = {**invoice, "AmountPaid": paid, "AmountCredited": credited, "AmountDue": due}
    dates = [entry["Date"] for entry in (*invoice["Payments"], *credits)]
    return _closed(changed, open_amount=due, dates=dates)


def settled_credit(credit: Record) -> Record:
    """The credit note, prepayment or overpayment with RemainingCredit, AppliedAmount, Status and
    FullyPaidOnDate as its allocations and refunds say."""
    allocated = _sum(credit["Allocations"], "Amount")
    refunded = _sum(credit["Payments"], "Amount")
    remaining = credit["Total"] - allocated - refunded
    changed = {
        **credit,
        "AppliedAmount": allocated + refunded,
        "RemainingCredit": remaining,
    }
    dates = [each["Date"] for each in (*credit["Payments"], *credit["Allocations"])]
    closed = _closed(changed, open_amount=remaining, dates=dates)
    if "CreditNoteID" not in credit:
        closed.pop("FullyPaidOnDate", None)
    return closed


def _closed(document: Record, *, open_amount: Decimal, dates: list[date]) -> Record:
    if document["Status"] == "AUTHORISED" and open_amount == 0 and (dates or not document["Total"]):
        document["Status"] = "PAID"
        document["FullyPaidOnDate"] = max(dates, default=document["Date"])
    elif document["Status"] == "PAID" and (open_amount != 0 or (document["Total"] and not dates)):
        document["Status"] = "AUTHORISED"
        document.pop("FullyPaidOnDate", None)
    elif document["Status"] == "PAID" and dates:
        document["FullyPaidOnDate"] = max(dates)
    return document


def _sum(applied: list[Record], field: str) -> Decimal:
    return sum((each[field] for each in applied), ZERO)
