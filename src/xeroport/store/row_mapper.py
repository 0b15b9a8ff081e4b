"""Rows of the store as values: one mapper for all of them."""

from __future__ import annotations

import dataclasses
import sqlite3
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from xeroport.store.instants import to_text

T = TypeVar("T")


def value_of(kind: type[T], row: sqlite3.Row, *, json: tuple[str, ...] = (), **others: Any) -> T:
    """A row as a dataclass whose fields are named as its columns; further columns are left out.

    Instants, kept as text, become datetimes, and 0 and 1 booleans; columns named in `json` hold
    JSON. `others` are fields that no column has under their name.
    """
    columns = dict(row)
    decoded = {name: msgspec.json.decode(columns[name]) for name in json}
    return msgspec.convert(columns | decoded | others, kind, strict=False)


def columns_of(value: Any, **others: Any) -> dict[str, Any]:
    """The fields of a dataclass as columns of a row, by their names: instants as text. `others` are
    columns that no field has under their name."""
    fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    plain = {n: to_text(v) if isinstance(v, datetime) else v for n, v in fields.items()}
    return plain | others
