"""The three kinds of data an organisation can start with."""

from __future__ import annotations

from xeroport_emulator.data import bulk, demo
from xeroport_emulator.data.opening import open_books
from xeroport_emulator.organisation.organisation import Organisation


def fill(organisation: Organisation, data: str | int) -> None:
    """Fill a new organisation: `demo`, `empty` (accounts and tax rates only), or so many
    invoices."""
    if isinstance(data, int):
        bulk.fill(organisation, data)
    elif data == "demo":
        demo.fill(organisation)
    else:
        open_books(organisation)
