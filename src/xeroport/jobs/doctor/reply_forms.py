"""The form of a reply without its contents: unknown fields and values that do not fit a type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from xeroport.catalogue import Field, load

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}|/Date\(-?\d+([+-]\d{4})?\)/|\d{4}-\d{2}-\d{2}T[\d:.]+Z?.*")
NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
ANSWERS = frozenset({"ValidationErrors", "Warnings", "Elements", "StatusAttributeString"})


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float) or bool(NUMBER.fullmatch(str(value)))


FITS: dict[str, Callable[[Any], bool]] = {
    "uuid": lambda value: isinstance(value, str) and bool(UUID.fullmatch(value)),
    "date": lambda value: isinstance(value, str) and bool(DAY.fullmatch(value)),
    "timestamp": lambda value: isinstance(value, str) and bool(DAY.fullmatch(value)),
    "money": _is_number,
    "number": _is_number,
    "integer": _is_number,
    "boolean": lambda value: isinstance(value, bool) or str(value).lower() in ("true", "false"),
    "text": lambda value: not isinstance(value, dict | list),
    "object": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
}


def form_of(value: Any) -> str:
    """The form of a value in words, such as `a text` or `an empty list`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, list):
        return f"a list of {form_of(value[0])}" if value else "an empty list"
    if isinstance(value, dict):
        return "an object"
    text = str(value)
    if not text:
        return "an empty text"
    for pattern, name in ((UUID, "an id"), (DAY, "a date"), (NUMBER, "a number in a text")):
        if pattern.fullmatch(text):
            return name
    return "a text"


def unknown_fields(record_type: str, record: Any) -> Iterator[tuple[str, str]]:
    """Path and form of each field that the catalogue has no place for."""
    for path, field, value in _leaves(record_type, record, record_type):
        if field is None:
            yield path, form_of(value)


def misfits(record_type: str, record: Any) -> Iterator[tuple[str, str]]:
    """Path of each value that does not fit its type, with the type and the form it has."""
    for path, field, value in _leaves(record_type, record, record_type):
        if field is None or value is None or value == "":
            continue
        if not FITS.get(field.type, lambda _: True)(value):
            yield path, f"{form_of(value)} where {field.type} belongs"


def _leaves(record_type: str, record: Any, path: str) -> Iterator[tuple[str, Field | None, Any]]:
    if not isinstance(record, dict):
        return
    known = load().record(record_type).by_name
    names = load().records
    for name, value in record.items():
        if name in ANSWERS:
            continue
        field = known.get(name)
        yield f"{path}.{name}", field, value
        if field is not None and field.of in names and field.type in ("object", "list"):
            for item in value if isinstance(value, list) else [value]:
                yield from _leaves(str(field.of), item, f"{path}.{name}")
