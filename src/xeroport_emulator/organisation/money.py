"""Amounts: rounded to the cent, and turned into the base currency."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
_ONE = Decimal(1)


def cents(amount: Decimal) -> Decimal:
    """Rounded to two decimals, halves away from zero."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def foreign(rate: Decimal | None) -> Decimal | None:
    """The rate of a foreign document; None if there is nothing to convert."""
    return None if rate is None or rate == _ONE or not rate else rate


def base(amount: Decimal, rate: Decimal | None) -> Decimal:
    """A foreign amount in base currency, to the cent."""
    rate = foreign(rate)
    return amount if rate is None else cents(amount / rate)
