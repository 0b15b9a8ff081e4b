"""The three kinds of data an organisation can start with."""

from __future__ import annotations

from typing import Literal

from xeroport_emulator.data import bulk, demo
from xeroport_emulator.data.opening import open_books
from xeroport_emulator.organisation.organisation import Organisation

Data = Literal["demo", "empty"] | int


def data_set(data: object) -> Data:
    """The data set of that name or size; ValueError for anything else."""
    if data == "demo":
        return "demo"
    if data == "empty":
        return "empty"
    if isinstance(data, int) and not isinstance(data, bool) and data >= 0:
        return data
    raise ValueError(f"`{data}` is not a data set; use `demo`, `empty` or a number of invoices")


def fill(organisation: Organisation, data: str | int) -> None:
    """Fill a new organisation: `demo`, `empty` (accounts and tax rates only), or so many
    invoices."""
    if isinstance(data, int):
        bulk.fill(organisation, data)
    elif data == "demo":
        demo.fill(organisation)
    else:
        open_books(organisation)
