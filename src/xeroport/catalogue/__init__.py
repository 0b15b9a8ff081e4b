"""What Xero's Accounting API offers, as data: read it with `load()`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from xeroport.catalogue.model import (
    Catalogue,
    Endpoint,
    Field,
    NaturalKey,
    Parameter,
    RecordType,
    ValueType,
)

__all__ = [
    "Catalogue",
    "Endpoint",
    "Field",
    "NaturalKey",
    "Parameter",
    "RecordType",
    "ValueType",
    "load",
]


@cache
def load() -> Catalogue:
    """The catalogue, read once a process from `accounting.json` (generated: `make catalogue`)."""
    data = Path(__file__).with_name("accounting.json").read_bytes()
    return msgspec.json.decode(data, type=Catalogue)
