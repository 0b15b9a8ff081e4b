"""A fingerprint of the tables of each record type: it changes when the catalogue widens."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import msgspec

from xeroport.catalogue.columns import tables


@cache
def _known() -> dict[str, str]:
    """Those of the record types of streams, made by `make docs`: the tables of all of them take
    longer to lay out than a sync that brings nothing may take."""
    data = Path(__file__).with_suffix(".json").read_bytes()
    return msgspec.json.decode(data, type=dict[str, str])


def fingerprint(record: str) -> str:
    """The fingerprint of a record type's tables."""
    return _known().get(record) or laid_out(record)


def laid_out(record: str) -> str:
    """The same, from the tables themselves."""
    return hashlib.blake2b(msgspec.json.encode(tables(record)), digest_size=8).hexdigest()
