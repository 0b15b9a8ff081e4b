"""A refused record of a flow, corrected by a person: the values that the source gave are changed,
and the next `retry` of its run makes it again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

import msgspec

from xeroport.errors import InputError, UnknownName
from xeroport.store import flows
from xeroport.store.database import Store
from xeroport.store.flows import FlowRecord

MOST = 400
"""Values of one record that can be corrected."""
Path = tuple[str | int, ...]
_encode = msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode


@dataclass(frozen=True)
class SourceValue:
    """One value that a source gave: its `place` as a JSON path, and how people name it."""

    place: str
    label: str
    text: str


def values_of(record: FlowRecord) -> tuple[SourceValue, ...]:
    """The values that a source gave for a record; with several rows, each is numbered."""
    rows = json.loads(record.source or "[]", parse_float=Decimal)
    return tuple(
        SourceValue(json.dumps(path), _label(path, len(rows)), _shown(value))
        for path, value in islice(_leaves((), rows), MOST)
    )


def _label(path: Path, rows: int) -> str:
    names = ".".join(str(part + 1 if isinstance(part, int) else part) for part in path[1:])
    return names if rows == 1 else f"row {int(path[0]) + 1}: {names}"


def correct(
    store: Store, flow: str, record_id: int, values: Mapping[str, str], *, now: datetime
) -> int:
    """Change values of a refused record; the run whose `retry` sends it."""
    record = flows.carried(store, flow, record_id)
    if record.status != "refused" or record.source is None:
        raise InputError(
            f"`{record.key}` is not refused any more", hint="reload the page to see where it is"
        )
    rows = json.loads(record.source, parse_float=Decimal)
    before = {json.dumps(path): (path, value) for path, value in _leaves((), rows)}
    for place, text in values.items():
        if place not in before:
            raise UnknownName("value of this record", place, (), hint="reload the page")
        path, value = before[place]
        if text != _shown(value):
            _put(rows, path, _typed(text, value))
    with store.transaction() as connection:
        flows.set_source(connection, record, _encode(rows).decode(), now)
    run = flows.last_run(store, record)
    if run is None:
        raise InputError(f"`{record.key}` belongs to no run", hint="run the flow again")
    return run


def _leaves(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    pairs: Any
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    else:
        yield path, value
        return
    for name, item in pairs:
        yield from _leaves((*path, name), item)


def _put(rows: Any, path: Path, value: Any) -> None:
    *way, last = path
    for part in way:
        rows = rows[part]
    rows[last] = value


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _typed(text: str, before: Any) -> Any:
    """A text as a value of the kind that was there."""
    if not text:
        return None
    if isinstance(before, bool) and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if isinstance(before, int | Decimal):
        try:
            number = Decimal(text)
        except InvalidOperation:
            return text
        return number if number.is_finite() else text
    return text
