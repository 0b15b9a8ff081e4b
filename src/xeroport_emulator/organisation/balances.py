"""What a contact owes and is owed, from the documents."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from xeroport_emulator.organisation.table import Record, Table

_CENT = Decimal("0.01")


def contact_balances(tables: dict[str, Table], contact_id: str, today: date) -> Record | None:
    """`Balances` of a contact in the base currency: approved and unpaid documents, less open
    credit. None if the contact has no open document."""
    sums: dict[str, dict[str, Decimal]] = {}
    for invoice in tables["Invoice"].find("Contact.ContactID", contact_id):
        if invoice.get("Status") != "AUTHORISED":
            continue
        side = "AccountsReceivable" if invoice["Type"] == "ACCREC" else "AccountsPayable"
        amount = _base(invoice, "AmountDue")
        due = invoice.get("DueDate")
        _count(sums, side, "Outstanding", amount)
        if due is not None and due < today:
            _count(sums, side, "Overdue", amount)
    for name in ("CreditNote", "Overpayment", "Prepayment"):
        for credit in tables[name].find("Contact.ContactID", contact_id):
            if credit.get("Status") != "AUTHORISED":
                continue
            receivable = credit["Type"] in (
                "ACCRECCREDIT",
                "RECEIVE-OVERPAYMENT",
                "RECEIVE-PREPAYMENT",
            )
            side = "AccountsReceivable" if receivable else "AccountsPayable"
            amount = -_base(credit, "RemainingCredit")
            _count(sums, side, "Outstanding", amount)
    return dict(sums) or None


def _base(record: Record, field: str) -> Decimal:
    amount: Decimal = record.get(field) or Decimal(0)
    rate: Decimal = record.get("CurrencyRate") or Decimal(1)
    return (amount / rate).quantize(_CENT)


def _count(sums: dict[str, dict[str, Decimal]], side: str, kind: str, amount: Decimal) -> None:
    zero = Decimal("0.00")
    entry = sums.setdefault(side, {"Outstanding": zero, "Overdue": zero})
    entry[kind] += amount
