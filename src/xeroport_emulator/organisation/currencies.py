"""What is known of currencies: their names, and about what they are worth.

The worth is rough and never books anything: it tells a rate that is the wrong way round.
"""

from __future__ import annotations

from decimal import Decimal
from math import log
from typing import Final

NAMES: Final = {
    "AUD": "Australian Dollar",
    "CAD": "Canadian Dollar",
    "CHF": "Swiss Franc",
    "CNY": "Chinese Yuan",
    "EUR": "Euro",
    "FJD": "Fijian Dollar",
    "GBP": "British Pound",
    "HKD": "Hong Kong Dollar",
    "INR": "Indian Rupee",
    "JPY": "Japanese Yen",
    "NZD": "New Zealand Dollar",
    "SGD": "Singapore Dollar",
    "USD": "United States Dollar",
    "ZAR": "South African Rand",
}
"""Code → name."""

WORTH: Final = {
    "AUD": 1.5,
    "CAD": 1.4,
    "CHF": 0.8,
    "CNY": 7.1,
    "EUR": 0.87,
    "FJD": 2.3,
    "GBP": 0.76,
    "HKD": 7.8,
    "INR": 88.0,
    "JPY": 152.0,
    "NZD": 1.7,
    "SGD": 1.3,
    "USD": 1.0,
    "ZAR": 17.5,
}
"""Code → about how many one United States Dollar buys."""
_NEAR = log(1.1)
"""A rate this near to the usual one is right, whatever its inverse is."""


def is_upside_down(rate: Decimal, *, base: str, foreign: str) -> bool:
    """Whether a rate looks like base for foreign units, where foreign for base units belong."""
    if base not in WORTH or foreign not in WORTH or rate <= 0:
        return False
    usual, given = log(WORTH[foreign] / WORTH[base]), log(rate)
    return abs(given - usual) > _NEAR and abs(given + usual) < abs(given - usual)
