"""Rows of the store as values: one mapper for all of them."""

from __future__ import annotations

import sqlite3
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def value_of(kind: type[T], row: sqlite3.Row, *, json: tuple[str, ...] = (), **others: Any) -> T:
    """A row as a dataclass whose fields are named as its columns; further columns are left out.

    Instants, kept as text, become datetimes, and 0 and 1 booleans; columns named in `json` hold
    JSON. `others` are fields that no column has under their name.
    """
    columns = dict(row)
    decoded = {name: msgspec.json.decode(columns[name]) for name in json}
    return msgspec.convert(columns | decoded | others, kind, strict=False)
