"""The arithmetic of documents: line amounts, tax a line, sums, and the rounding Xero allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from xeroport_emulator.organisation.money import ZERO, cents
from xeroport_emulator.organisation.table import Record

TOLERANCE = Decimal("0.10")
"""How far a sent total may be from the sum of the lines; the difference is booked as rounding."""
LARGEST = Decimal("9999999999.99")


def places(amount: Decimal, count: int) -> Decimal:
    """Rounded to so many decimals, halves away from zero."""
    return amount.quantize(_unit(count), rounding=ROUND_HALF_UP)


@cache
def _unit(count: int) -> Decimal:
    return Decimal(1).scaleb(-count)


def line_amount(line: Record) -> Decimal:
    """Quantity × unit price less the discount, in cents."""
    gross = line.get("Quantity", ZERO) * line.get("UnitAmount", ZERO)
    return cents(gross - discount(line))


def discount(line: Record) -> Decimal:
    """The discount of a line, exact: its amount, or its rate in percent."""
    if line.get("DiscountAmount"):
        return Decimal(line["DiscountAmount"])
    rate = line.get("DiscountRate")
    if not rate:
        return ZERO
    return Decimal(line.get("Quantity", ZERO) * line.get("UnitAmount", ZERO) * rate / 100)


def tax(amount: Decimal, rate: Decimal, mode: str) -> Decimal:
    """The tax on or in a line amount; `rate` in percent, `mode` a LineAmountTypes in any case."""
    mode = mode.lower()
    if mode == "notax":
        return ZERO
    if mode == "inclusive":
        return cents(amount * rate / (100 + rate))
    return cents(amount * rate / 100)


@dataclass(frozen=True)
class Sums:
    """The totals of a document, all in its currency."""

    sub_total: Decimal
    tax: Decimal
    total: Decimal
    discount: Decimal

    def fields(self) -> dict[str, Any]:
        """As the fields of a document."""
        return {"SubTotal": self.sub_total, "TotalTax": self.tax, "Total": self.total}


def sums(lines: Iterable[Record], mode: str) -> Sums:
    """Tax was rounded on each line and is summed here."""
    amount = tax_total = off = ZERO
    for line in lines:
        amount += line.get("LineAmount", ZERO)
        tax_total += line.get("TaxAmount", ZERO)
        off += cents(discount(line))
    sub_total = amount - tax_total if mode.lower() == "inclusive" else amount
    return Sums(sub_total, tax_total, sub_total + tax_total, off)
