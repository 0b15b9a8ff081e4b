"""The SQL types of records, nested: from the catalogue, or from the records themselves.

A layout is what DuckDB's `from_json` takes: a type's name, a dict of fields, or a list of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from xeroport.catalogue import load

Layout = Any
DEPTH = 3
"""How deep records inside records have fields of their own; further down they are JSON."""
SCALARS = {
    "text": "VARCHAR",
    "uuid": "VARCHAR",
    "money": "DECIMAL(24,6)",
    "number": "DECIMAL(24,10)",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


@cache
def of_record(name: str, *, depth: int = DEPTH) -> Mapping[str, Layout]:
    """The layout of a record type of Xero's. Timestamps are UTC, without a zone."""
    known = load().records
    layout: dict[str, Layout] = {}
    for field in load().record(name).fields:
        if field.type not in ("object", "list"):
            layout[field.name] = SCALARS[field.type]
            continue
        inner: Layout = SCALARS.get(field.of or "", "JSON")
        if field.of in known:
            inner = of_record(field.of, depth=depth - 1) if depth > 1 else "JSON"
        layout[field.name] = [inner] if field.type == "list" else inner
    return layout


def of_texts(columns: Iterable[str]) -> dict[str, Layout]:
    """The layout of a CSV: everything is text."""
    return dict.fromkeys(columns, "VARCHAR")


def of_values(rows: Iterable[Mapping[str, Any]], known: Mapping[str, Layout]) -> dict[str, Layout]:
    """What the values of some rows say of their types, added to what is known already."""
    layout = dict(known)
    for row in rows:
        for name, value in row.items():
            layout[name] = _merged(layout.get(name), _of_value(value))
    return layout


def final(layout: Layout) -> Layout:
    """A layout in which what was always null is text."""
    if layout is None:
        return "VARCHAR"
    if isinstance(layout, dict):
        return {name: final(each) for name, each in layout.items()}
    if isinstance(layout, list):
        return [final(layout[0])]
    return layout


def names(layout: Mapping[str, Layout]) -> list[str]:
    """The dotted names of a layout, two levels deep, for suggestions."""
    names_listed: list[str] = []
    for name, field in layout.items():
        names_listed.append(name)
        inner = field[0] if isinstance(field, list) else field
        if isinstance(inner, dict):
            names_listed += [f"{name}.{below}" for below in inner]
    return names_listed


def _of_value(value: Any) -> Layout:
    if value is None:
        return None
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int):
        return "HUGEINT"
    if isinstance(value, float):
        return "DOUBLE"
    if isinstance(value, Decimal):
        return "DECIMAL(38,10)"
    if isinstance(value, datetime):
        return "TIMESTAMP"
    if isinstance(value, date):
        return "DATE"
    if isinstance(value, Mapping):
        return {name: _of_value(field) for name, field in value.items()} or "JSON"
    if isinstance(value, list | tuple):
        inner: Layout = None
        for item in value:
            inner = _merged(inner, _of_value(item))
        return [inner]
    return "VARCHAR"


NUMBERS = ("HUGEINT", "DECIMAL(38,10)", "DOUBLE")


def _merged(one: Layout, other: Layout) -> Layout:
    """The narrowest type that holds both."""
    if one is None or one == other:
        return other
    if other is None:
        return one
    if isinstance(one, dict) and isinstance(other, dict):
        every = {**one, **other}
        return {name: _merged(one.get(name), other.get(name)) for name in every}
    if isinstance(one, list) and isinstance(other, list):
        return [_merged(one[0], other[0])]
    if isinstance(one, str) and isinstance(other, str):
        if one in NUMBERS and other in NUMBERS:
            return max(one, other, key=NUMBERS.index)
        return "JSON" if "JSON" in (one, other) else "VARCHAR"
    return "JSON"
