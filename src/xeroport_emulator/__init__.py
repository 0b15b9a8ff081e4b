"""An embedded Xero: paging, limits, scopes, rules, books and faults as the real one has them."""

from xeroport_emulator.emulator import Emulator
from xeroport_emulator.gateway.limits import Limits

__all__ = ["Emulator", "Limits"]
