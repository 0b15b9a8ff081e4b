"""Discounts as Xero gives them back: a rate of few decimals beside the exact total of the line.

The two do not multiply, and sent back as read they are refused. The total of the line is the
truth; the amount of the discount follows from it and says the same without rounding.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from xeroport.catalogue import RecordType
from xeroport.records.document_checks import expected_amount, to_the_cent

TAKES_AMOUNTS = {"Invoice", "CreditNote", "Quote", "RepeatingInvoice"}
"""Documents whose lines take a discount as an amount."""


def settle_discounts(record: RecordType, values: dict[str, Any]) -> int:
    """Turn rounded rates into amounts in a record's lines; gives the number of lines changed."""
    if record.name not in TAKES_AMOUNTS:
        return 0
    return sum(_settle(line) for line in values.get("LineItems") or () if isinstance(line, dict))


def _settle(line: dict[str, Any]) -> bool:
    rate, total = line.get("DiscountRate"), line.get("LineAmount")
    quantity, unit = line.get("Quantity"), line.get("UnitAmount")
    if rate is None or total is None or quantity is None or unit is None:
        return False
    expected = expected_amount(line)
    if expected is None:
        return False
    if expected == total:
        if not total:
            del line["LineAmount"]  # It says what the discount says, and Xero refuses it.
        return False
    whole = quantity * unit
    places = max(-int(rate.as_tuple().exponent), 0)
    rounding = abs(whole) * Decimal(5).scaleb(-places - 3) + Decimal("0.01")
    if abs(expected - total) > rounding:
        return False
    discount = whole - total
    if discount < 0 or discount != to_the_cent(discount):
        return False
    line["DiscountAmount"] = discount
    del line["DiscountRate"], line["LineAmount"]
    return True
