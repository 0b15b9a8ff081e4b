"""An embedded Xero: paging, limits, scopes, rules, books and faults as the real one has them."""

from xeroport.emulator.embedded import Emulator
from xeroport.emulator.limits import Limits

__all__ = ["Emulator", "Limits"]
