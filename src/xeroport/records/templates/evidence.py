"""What the values of a file of invoices say of it: whose documents, and whether with tax.

Xero knows both from the screen that a file is imported on; the file itself does not say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from xeroport.records.last_sync import Known
from xeroport.records.last_sync_checks import CLASS_OF_TYPE
from xeroport.records.templates.header import Header
from xeroport.rows.numbers import decimal_in
from xeroport.rows.row import Row
from xeroport.rows.values import shown

Side = Literal["ACCREC", "ACCPAY"]
Basis = Literal["Exclusive", "Inclusive"]
SALES = re.compile(r"\b(income|sales|revenue|output)\b|^output", re.IGNORECASE)
PURCHASES = re.compile(r"\b(expenses?|purchases?|input)\b|^input", re.IGNORECASE)
PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
NEAR = Decimal("0.015")
"""How far a tax may be from the one worked out: both are rounded to the cent."""


@dataclass(slots=True)
class Evidence:
    """What the rows of a file of documents say, taken in one after another.

    `sides` and `bases` hold the first row that speaks for each, in words; `filled` are the columns
    with a value in any row.
    """

    header: Header
    known: Known
    sides: dict[Side, str] = field(default_factory=dict)
    bases: dict[Basis, str] = field(default_factory=dict)
    lines: dict[Basis, int] = field(default_factory=dict)
    filled: set[str] = field(default_factory=set)

    def add(self, row: Row) -> None:
        """Take in one row."""
        if row.broken:
            return
        self.filled.update(name for name, value in row.values.items() if value not in (None, ""))
        if self.header.layout.kind != "documents":
            return
        tax = _text(self._value(row, "TaxType"))
        self._side(row, tax)
        self._basis(row, tax)

    def _value(self, row: Row, name: str) -> Any:
        column = self.header.column(name)
        return None if column is None else row.values.get(column)

    def _side(self, row: Row, tax: str) -> None:
        for word, pattern in (("ACCREC", SALES), ("ACCPAY", PURCHASES)):
            if tax and pattern.search(tax):
                self._speak(word, f"`{tax}` in line {row.line}")
        code = _text(self._value(row, "AccountCode"))
        account = (self.known.accounts or {}).get(code)
        if account is not None:
            kind = account.account_class or CLASS_OF_TYPE.get(account.type, "")
            side = {"REVENUE": "ACCREC", "EXPENSE": "ACCPAY"}.get(kind)
            if side is not None:
                self._speak(side, f"account `{code}` ({account.name}) in line {row.line}")

    def _speak(self, side: Any, why: str) -> None:
        self.sides.setdefault(side, why)

    def _basis(self, row: Row, tax: str) -> None:
        rate, stated = self._rate(tax), decimal_in(self._value(row, "TaxAmount"))
        amount = self._amount(row)
        if not rate or not stated or not amount:
            return
        without = amount * rate / 100
        within = amount * rate / (100 + rate)
        fits_without = abs(abs(without) - abs(stated)) <= NEAR
        fits_within = abs(abs(within) - abs(stated)) <= NEAR
        if fits_without == fits_within:
            return
        basis: Basis = "Exclusive" if fits_without else "Inclusive"
        column = self.header.column("TaxAmount")
        why = f"`{column}` is {shown(stated)} of {shown(amount)} in line {row.line}"
        self.bases.setdefault(basis, why)
        self.lines.setdefault(basis, row.line)

    def _rate(self, tax: str) -> Decimal | None:
        rate = self.known.rate(tax) or next(iter(self.known.rates_called(tax)), None)
        if rate is not None and rate.rate is not None:
            return rate.rate
        match = PERCENT.search(tax)
        return Decimal(match[1]) if match else None

    def _amount(self, row: Row) -> Decimal | None:
        quantity = decimal_in(self._value(row, "Quantity"))
        unit = decimal_in(self._value(row, "UnitAmount"))
        discount = decimal_in(self._value(row, "Discount")) or Decimal(0)
        if quantity is None or unit is None:
            return None
        return quantity * unit * (100 - discount) / 100


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
