"""A leg of a double entry, and the control account that a document moves."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import NamedTuple

from xeroport_emulator.accounting.chart import Record

ZERO = Decimal(0)
RECEIVABLE = "DEBTORS"
PAYABLE = "CREDITORS"


class Posting(NamedTuple):
    """One leg: `amount` in base currency, debit positive; `tracking` holds option ids.

    `settles` names the document (kind, id) whose receivable or payable this leg moves.
    """

    account_id: str
    date: datetime.date
    amount: Decimal
    tracking: tuple[str, ...] = ()
    description: str = ""
    tax_type: str | None = None
    tax_amount: Decimal = ZERO
    settles: tuple[str, str] | None = None


def control(kind: str, record: Record) -> tuple[str, int]:
    """The control account a document moves, and the sign with which it does.

    A sales invoice debits the receivable (+1); its credit notes, overpayments and prepayments
    credit it; the purchase side mirrors that on the payable.
    """
    of = str(record.get("Type") or "")
    sales = of.startswith(("ACCREC", "AR", "RECEIVE"))
    owed = kind == "Invoice" and not of.endswith(("CREDIT", "PAYMENT"))
    return (RECEIVABLE, 1 if owed else -1) if sales else (PAYABLE, -1 if owed else 1)
