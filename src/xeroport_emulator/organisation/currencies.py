"""What is known of currencies: their names, and about what they are worth.

The worth is rough and never books anything: it tells a rate that is the wrong way round.
"""

from __future__ import annotations

from decimal import Decimal
from math import log
from typing import Final

CURRENCIES: Final = {
    "AUD": ("Australian Dollar", 1.5),
    "CAD": ("Canadian Dollar", 1.4),
    "CHF": ("Swiss Franc", 0.8),
    "CNY": ("Chinese Yuan", 7.1),
    "EUR": ("Euro", 0.87),
    "FJD": ("Fijian Dollar", 2.3),
    "GBP": ("British Pound", 0.76),
    "HKD": ("Hong Kong Dollar", 7.8),
    "INR": ("Indian Rupee", 88.0),
    "JPY": ("Japanese Yen", 152.0),
    "NZD": ("New Zealand Dollar", 1.7),
    "SGD": ("Singapore Dollar", 1.3),
    "USD": ("United States Dollar", 1.0),
    "ZAR": ("South African Rand", 17.5),
}
"""Code → name, and about how many one United States Dollar buys."""
_NEAR = log(1.1)
"""A rate this near to the usual one is right, whatever its inverse is."""


def is_upside_down(rate: Decimal, *, base: str, foreign: str) -> bool:
    """Whether a rate looks like base for foreign units, where foreign for base units belong."""
    if base not in CURRENCIES or foreign not in CURRENCIES or rate <= 0:
        return False
    usual, given = log(CURRENCIES[foreign][1] / CURRENCIES[base][1]), log(rate)
    return abs(given - usual) > _NEAR and abs(given + usual) < abs(given - usual)


def currency_name(code: str) -> str:
    """The name of a currency; its code where that is all that is known."""
    return CURRENCIES[code][0] if code in CURRENCIES else code
