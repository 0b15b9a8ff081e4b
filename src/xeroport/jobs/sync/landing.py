"""From a page's bytes to lines of a landing file, without decoding a record.

A page is checked against the shape that its tables take. What fits (nearly every page) is split
into raw records and written as it came. On a page with fields that have no place, or with numbers
too long for a double, each record is arranged: strays move to `_extra`, long numbers become text.
"""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Raw, Struct

from xeroport.catalogue import Endpoint
from xeroport.catalogue.columns import REPLY_ONLY, ListOf, Shape, shape
from xeroport.destinations.protocol import FORMS, Form

EXACT_DIGITS = 15
"""Significant digits that survive a double."""

_LONG_RUN = 16
_LONG_NUMBER = re.compile(rb"[:,\[]-?[0-9.]{16}")
"""Such a run at the start of a value (or of a text after a comma)."""
_RUNS = bytes(48 if chr(code) in "0123456789." else 32 for code in range(256))
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_Spare = (
    Annotated[str, msgspec.Meta(max_length=0)]
    | Annotated[list[Raw], msgspec.Meta(max_length=0)]
    | Annotated[dict[str, Raw], msgspec.Meta(max_length=0)]
    | None
)
_ANY: dict[str, Any] = {"spare": _Spare}
_PLAIN = _ANY | {"money": float, "number": float, "integer": int, "boolean": bool}
_LEAVES: dict[Form, dict[str, Any]] = {
    "bare": _PLAIN | {"rest": _Spare},
    "plain": _PLAIN,
    "any": _ANY,
}
"""What a value of a shape's leaf may be, apart from null; leaves not named may be anything."""


class Page(Struct, frozen=True):
    """What one reply holds: raw records without white space, Xero's count over all pages (None
    where it gives none), and drift: fields without a place → how many records have them. `form` is
    that of all the records."""

    records: list[Raw | bytes]
    page_count: int | None = None
    item_count: int | None = None
    drift: dict[str, int] = {}
    form: Form = "any"


class _Pagination(Struct):
    pageCount: int | None = None  # noqa: N815  Xero's name
    itemCount: int | None = None  # noqa: N815


def read_page(endpoint: Endpoint, body: bytes) -> Page:
    """Split a list's reply; an empty body (304) is an empty page."""
    if not body.strip():
        return Page([])
    flat = msgspec.json.format(body, indent=-1)
    envelope = _splitter(endpoint).decode(flat)
    records = envelope.records or []
    found = envelope.pagination or _Pagination()
    record = str(endpoint.record)
    if not _has_long_numbers(flat):
        for form in FORMS:
            if _fits(_checker(record, form), records):
                return Page(records, found.pageCount, found.itemCount, form=form)
    drift: Counter[str] = Counter()
    arranged: list[Raw | bytes] = [_arranged(bytes(each), record, drift) for each in records]
    return Page(arranged, found.pageCount, found.itemCount, dict(drift))


def last_stamps(records: Iterable[Raw | bytes], cursor: str) -> list[str]:
    """The cursor field of each record, as it came."""
    decoder = _cursor_decoder(cursor)
    return [decoder.decode(each).cursor or "" for each in records]


def last_numbers(records: Iterable[Raw | bytes], field: str) -> list[int]:
    """A whole number of each record, as `JournalNumber`; records without it are left out."""
    decoder = _number_decoder(field)
    found = (decoder.decode(each).number for each in records)
    return [each for each in found if each is not None]


class LandingFile:
    """One NDJSON file of raw records; `longest` and `size` are bytes, `form` is all records'."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records = 0
        self.longest = 0
        self.size = 0
        self.form: Form = FORMS[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")

    def add(self, records: list[Raw | bytes], *, form: Form = "any") -> None:
        """Append records, one a line."""
        if not records:
            return
        self.form = max(self.form, form, key=FORMS.index)
        self.longest = max(self.longest, max(memoryview(each).nbytes for each in records))
        self.size += self._file.write(b"\n".join(records))
        self._file.write(b"\n")
        self.records += len(records)

    def close(self) -> Path:
        """End the file; its path."""
        self._file.close()
        return self.path


@cache
def _splitter(endpoint: Endpoint) -> msgspec.json.Decoder[Any]:
    made = msgspec.defstruct(
        "Envelope",
        [("pagination", _Pagination | None, None), ("records", list[Raw] | None, None)],
        rename={"records": str(endpoint.envelope)},
    )
    return msgspec.json.Decoder(made, strict=False)


@cache
def _checker(record: str, form: Form) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(_checked(shape(record), _LEAVES[form]))


def _checked(of: Shape, leaves: dict[str, Any]) -> Any:
    """A type that refuses what the shape has no place for, and values that are not of the types
    `leaves`; other values are not looked at."""
    fields = [(f"f{n}", *_field(part, leaves)) for n, part in enumerate(of.fields.values())]
    names = {f"f{number}": name for number, name in enumerate(of.fields)}
    return msgspec.defstruct("Checked", fields, rename=names, forbid_unknown_fields=True, gc=False)


def _field(part: Shape | ListOf | str, leaves: dict[str, Any]) -> tuple[Any, Any]:
    if isinstance(part, ListOf):
        return list[_checked(part.item, leaves)] | None, None  # type: ignore[misc]
    if isinstance(part, Shape):
        return _checked(part, leaves) | None, None
    return (leaves[part] | None, None) if part in leaves else (Raw, Raw())


@cache
def _cursor_decoder(cursor: str) -> msgspec.json.Decoder[Any]:
    made = msgspec.defstruct("Cursor", [("cursor", str | None, None)], rename={"cursor": cursor})
    return msgspec.json.Decoder(made)


@cache
def _number_decoder(field: str) -> msgspec.json.Decoder[Any]:
    made = msgspec.defstruct("Numbered", [("number", int | None, None)], rename={"number": field})
    return msgspec.json.Decoder(made, strict=False)


def _fits(check: msgspec.json.Decoder[Any], records: list[Raw]) -> bool:
    """Whether a check takes all records; one by one, so that little memory is touched."""
    try:
        deque(map(check.decode, records), maxlen=0)
    except msgspec.ValidationError:
        return False
    return True


def _has_long_numbers(flat: bytes) -> bool:
    """Whether there may be a number that a double does not hold."""
    return flat.translate(_RUNS).find(b"0" * _LONG_RUN) >= 0 and bool(_LONG_NUMBER.search(flat))


def _arranged(raw: bytes, record: str, drift: Counter[str]) -> bytes:
    value = json.loads(raw, parse_float=_number, parse_int=_number)
    if not isinstance(value, dict):
        raise msgspec.DecodeError("a list of records holds something else")
    extra: dict[str, Any] = {}
    seen: set[str] = set()
    _arrange(value, shape(record), extra, seen, path="", name=record)
    drift.update(seen)
    if extra:
        value["_extra"] = extra
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _number(text: str) -> float | int | str:
    """A number that a double holds exactly, else its plain text."""
    if sum(each.isdigit() for each in text) > EXACT_DIGITS:
        return format(Decimal(text), "f")
    return float(text) if set(text) & set(".eE") else int(text)


def _arrange(
    value: dict[str, Any], of: Shape, extra: dict[str, Any], seen: set[str], *, path: str, name: str
) -> None:
    """Move what has no place in `of` from `value` to `extra`; `seen` are the fields unknown."""
    for field in list(value):
        part, given = of.fields.get(field), value[field]
        here = f"{path}{field}"
        if isinstance(part, Shape) and isinstance(given, dict):
            _arrange(given, part, extra, seen, path=f"{here}.", name=name)
        elif isinstance(part, ListOf) and isinstance(given, list):
            value[field] = [
                _arranged_item(each, part.item, seen, name=f"{name}.{here}")
                for each in given
                if isinstance(each, dict)
            ]
            _keep_strays(here, given, extra, seen, name)
        elif part == "spare":
            del value[field]
            if _says(field, given):
                extra[here] = given
        elif part is None or (isinstance(part, Shape | ListOf) and given is not None):
            extra[here] = value.pop(field)
            seen.add(f"{name}.{here}")


def _arranged_item(item: dict[str, Any], of: Shape, seen: set[str], *, name: str) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    _arrange(item, of, extra, seen, path="", name=name)
    return item | {"_extra": extra} if extra else item


def _keep_strays(
    here: str, given: list[Any], extra: dict[str, Any], seen: set[str], name: str
) -> None:
    """Items of a list of records that are no records."""
    strays = [each for each in given if not isinstance(each, dict) and each is not None]
    if strays:
        extra[here] = strays
        seen.add(f"{name}.{here}")


def _says(field: str, given: Any) -> bool:
    return given not in _EMPTY and not (given is False and field in REPLY_ONLY)
