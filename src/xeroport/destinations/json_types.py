"""How the JSON of landed records is read, form by form: the types that DuckDB's reader is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar, get_args

import duckdb
from msgspec import Struct, structs

from xeroport.catalogue.columns import ListOf, Path, Shape, widened
from xeroport.catalogue.model import ValueType
from xeroport.destinations.protocol import Batch, Form
from xeroport.destinations.typed import identifier, text

LINES = frozenset({"LineItems", "JournalLines"})
"""Lists that nearly every record has. Others are staged as JSON text: a typed list costs memory and
time for each of its fields, filled or not."""


MISFITS = (duckdb.ConversionException, duckdb.InvalidInputException, duckdb.OutOfRangeException)
"""What a value raises that its column cannot hold exactly, where records are not read as text."""

T = TypeVar("T")


class FormTypes(Struct, frozen=True):
    """How the records of a form are read: leaf of a shape → its type for the JSON reader, in a
    staged record and in a list staged as JSON text (a leaf that is not named is not read); the
    prefix of the macros that make values of it; whether records bring an `_extra` of their own."""

    staged: dict[str, str]
    listed: dict[str, str]
    macro: str
    has_extra: bool = False


_TEXTS = dict.fromkeys(get_args(ValueType), "VARCHAR")
_TYPES = {"money": "DOUBLE", "number": "DOUBLE", "integer": "BIGINT", "boolean": "BOOLEAN"}
_SAID = {"said": "JSON"}
_LISTED = _TEXTS | _TYPES | _SAID
_STAGED = _LISTED | {"uuid": "UUID"}
_REST = {"rest": "JSON"}
WAYS: dict[Form, FormTypes] = {
    "bare": FormTypes(_STAGED, _LISTED, "plain_"),
    "plain": FormTypes(_STAGED | _REST, _LISTED | _REST, "plain_"),
    "any": FormTypes(_TEXTS | _SAID | _REST, _TEXTS | _SAID | _REST, "as_", has_extra=True),
}


@cache
def columns_argument(
    record: str, form: Form, said: frozenset[Path], met: frozenset[Path] | None = None
) -> str:
    """The `columns` argument of read_json: JSON types of all that the tables take, or of those
    fields of it that were `met`."""
    way = WAYS[form]
    taken = {
        name: "JSON" if is_unread(part, name) else _json_type(part, way)
        for name, part in _taken(widened(record, said, met), way.staged)
    }
    if way.has_extra:
        taken["_extra"] = "JSON"
    return "{" + ", ".join(f"{identifier(k)}: {text(v)}" for k, v in taken.items()) + "}"


def _taken(of: Shape, leaves: dict[str, str]) -> Iterator[tuple[str, Shape | ListOf | str]]:
    """The fields that are read: all but leaves that are not named."""
    for name, part in of.fields.items():
        if not isinstance(part, str) or part in leaves:
            yield name, part


def _json_type(part: Shape | ListOf | str, way: FormTypes) -> str:
    if isinstance(part, str):
        return way.staged[part]
    item = part.item if isinstance(part, ListOf) else part
    parts = {name: _json_type(each, way) for name, each in _taken(item, way.staged)}
    if isinstance(part, ListOf) and way.has_extra:
        parts["_extra"] = "JSON"
    struct = "STRUCT(" + ", ".join(f"{identifier(k)} {v}" for k, v in parts.items()) + ")"
    return struct + "[]" if isinstance(part, ListOf) else struct


def structure(part: Shape | ListOf | str, way: FormTypes) -> Any:
    """The same type as json_transform takes it."""
    if isinstance(part, str):
        return way.listed[part]
    item = part.item if isinstance(part, ListOf) else part
    parts = {name: structure(each, way) for name, each in _taken(item, way.listed)}
    if isinstance(part, ListOf):
        return [parts | {"_extra": "JSON"} if way.has_extra else parts]
    return parts


def is_unread(part: Shape | ListOf | str, name: str) -> bool:
    """Whether a list is staged as JSON text, to be read only where it has items."""
    return isinstance(part, ListOf) and name not in LINES


def either_way(batch: Batch, write: Callable[[Batch], T]) -> T:
    """What `write` makes of a batch whose records are read as what they are, or, where a value does
    not fit its column, as text."""
    if batch.form != "any":
        with suppress(*MISFITS):
            return write(batch)
    return write(structs.replace(batch, form="any", met=None))
