"""Xero's JSON → records with exact values, by the catalogue.

Money and numbers become Decimal from the very digits of the JSON text (also where Xero sends them
as strings), dates `date`, timestamps aware UTC `datetime`. Unknown fields and values that do not
fit their type are kept as they came; unknown values of enums are text.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from typing import Any

import msgspec

from xeroport.catalogue import Endpoint, Field, load

Convert = Callable[[Any], Any]
Converters = Mapping[type, Mapping[str, Convert]]
"""For each kind of JSON value, the fields whose values of that kind become another."""

MS_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
LONGEST_MOMENT = 50
"""Characters that a date or an instant has at most."""
MOMENTS = 1_000
"""How many of the last texts of instants are remembered: records repeat them."""
NOT_RECORDS = frozenset({"Warnings", "ValidationErrors", "Elements"})
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_parse = msgspec.json.Decoder(float_hook=Decimal).decode


_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def whole_text(body: bytes) -> bytes:
    """JSON without halves of a character, which a writer leaves that cuts texts at a limit:
    each becomes U+FFFD, and the rest of the reply can be read."""
    if b"\\ud" not in body and b"\\uD" not in body:
        return body
    return _ESCAPE.sub(lambda match: b"\\ufffd" if match[1] else match[0], body)


def in_utf8(body: bytes) -> bytes:
    """JSON in UTF-8 without a mark at its start, whether it came so or as UTF-16. What is neither
    stays as it is."""
    if body.startswith(codecs.BOM_UTF8):
        return body[len(codecs.BOM_UTF8) :]
    head = body[:2]
    if head in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        encoding = "utf-16"
    elif b"\0" in head:
        encoding = "utf-16-be" if head.startswith(b"\0") else "utf-16-le"
    else:
        return body
    try:
        return body.decode(encoding).encode()
    except UnicodeError:
        return body


def instant(text: str) -> datetime | None:
    """An aware UTC instant from `/Date(ms+hhmm)/` or ISO text; None for anything else.

    The milliseconds are UTC already; the offset only says where Xero's writer sat. ISO text
    without an offset is UTC.
    """
    match = MS_DATE.fullmatch(text)
    if match:
        try:
            return EPOCH + timedelta(milliseconds=int(match[1]))
        except OverflowError:
            return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


@lru_cache(MOMENTS)
def _moment(text: str) -> datetime | None:
    return instant(text)


def _timestamp(value: Any) -> Any:
    if not isinstance(value, str) or len(value) > LONGEST_MOMENT:
        return value
    moment = _moment(value)
    return value if moment is None else moment


def _date(value: Any) -> Any:
    if not isinstance(value, str) or len(value) > LONGEST_MOMENT:
        return value
    try:
        if len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        return value
    moment = _moment(value)
    return value if moment is None else moment.date()


def _decimal(value: Any) -> Any:
    if isinstance(value, Decimal | bool):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, str):
        try:
            number = Decimal(value.strip())
        except InvalidOperation:
            return value
        return number if number.is_finite() else value
    return value


def _integer(value: Any) -> Any:
    if isinstance(value, str | Decimal):
        number = _decimal(value)
        if isinstance(number, Decimal) and number == number.to_integral_value():
            return int(number)
    return value


def _boolean(value: Any) -> Any:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), value)
    return value


def _text(value: Any) -> Any:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return value


SCALARS: dict[str, Convert] = {
    "money": _decimal,
    "number": _decimal,
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
    "text": _text,
    "uuid": _text,
}
KEPT: dict[type, tuple[Convert | None, ...]] = {
    str: (_text,),
    Decimal: (_decimal,),
    int: (_integer,),
    dict: tuple(SCALARS.values()),
    list: tuple(SCALARS.values()),
    bool: tuple(SCALARS.values()),
}
"""What leaves JSON values of a kind as they are, and need not be asked; null always stays."""


def _converter(field: Field) -> Convert | None:
    if field.type == "object" and field.of:
        return _object(field.of)
    if field.type == "list" and field.of:
        return _list(SCALARS.get(field.of) or _object(field.of))
    return SCALARS.get(field.type)


def _object(record: str) -> Convert:
    def convert(value: Any) -> Any:
        return _apply(value, _converters(record)) if isinstance(value, dict) else value

    return convert


def _list(one: Convert) -> Convert:
    def convert(value: Any) -> Any:
        return [one(item) for item in value] if isinstance(value, list) else value

    return convert


@cache
def _converters(record: str) -> Converters:
    fields = {field.name: _converter(field) for field in load().record(record).fields}
    return {
        kind: {name: to for name, to in fields.items() if to is not None and to not in kept}
        for kind, kept in KEPT.items()
    } | {type(None): {}}


def _apply(record: dict[str, Any], converters: Converters) -> dict[str, Any]:
    """The record itself, its values converted in place."""
    for name, value in record.items():
        convert = converters[type(value)].get(name)
        if convert is not None:
            record[name] = convert(value)
    return record


def listed(endpoint: Endpoint, parsed: dict[str, Any], is_list: Callable[[Any], bool]) -> Any:
    """The list of records in an envelope. Where Xero's key is not the one it documents (seen with
    CIS settings), the only list there is; None if there is none."""
    if endpoint.envelope in parsed:
        return parsed[endpoint.envelope]
    others = [each for key, each in parsed.items() if key not in NOT_RECORDS and is_list(each)]
    return others[0] if len(others) == 1 else None


def decode(endpoint: Endpoint, body: bytes) -> list[dict[str, Any]]:
    """The records of a reply: those in the endpoint's envelope, or the reply itself as the one.

    An empty body, or an envelope without the list, holds none. A reply that the catalogue knows
    nothing of comes back as one record, its numbers exact. ValueError if it is not JSON.
    """
    if not body.strip() or endpoint.reply in ("binary", "pdf"):
        return []
    try:
        items: Any = _parse(whole_text(body))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if endpoint.envelope is not None and isinstance(items, dict):
        items = listed(endpoint, items, lambda value: isinstance(value, list))
    if isinstance(items, dict):
        items = [items]
    records = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    if endpoint.record is None:
        return records
    converters = _converters(endpoint.record)
    return [_apply(record, converters) for record in records]


def raw_records(endpoint: Endpoint, body: bytes) -> list[bytes]:
    """The same records as the bytes that Xero sent."""
    if not body.strip():
        return []
    if endpoint.envelope is None:
        return [body]
    envelope = msgspec.json.decode(whole_text(body), type=dict[str, msgspec.Raw])
    items = listed(endpoint, envelope, lambda value: bytes(value).startswith(b"["))
    if items is None or bytes(items) == b"null":
        return []
    if bytes(items).startswith(b"{"):
        return [bytes(items)]
    return [bytes(item) for item in msgspec.json.decode(items, type=list[msgspec.Raw])]
