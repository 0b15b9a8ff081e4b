"""Records → the JSON that Xero wants: decimals digit by digit, dates as `YYYY-MM-DD`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec

from xeroport.catalogue import Endpoint
from xeroport.errors import InputError

_encode = msgspec.json.Encoder().encode


def stamp(moment: datetime) -> str:
    """`YYYY-MM-DDThh:mm:ss` in UTC, the precision Xero takes; a naive moment is UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.replace(tzinfo=None, microsecond=0).isoformat()


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is str or value is None or kind is bool or kind is int:
        return value
    if kind is Decimal and value.is_finite():
        return msgspec.Raw(format(value, "f").encode())
    if kind is date:
        return value.isoformat()
    if kind is dict:
        return {
            name if type(name) is str else str(name): inner if type(inner) is str else _plain(inner)
            for name, inner in value.items()
        }
    if kind is list:
        return [_plain(item) for item in value]
    return _plain_other(value)


def _plain_other(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, Mapping):
        return {str(key): _plain(field) for key, field in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise InputError(f"`{value}` is not an amount", hint="Xero takes finite numbers")
        return msgspec.Raw(format(value, "f").encode())
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise InputError(f"`{value}` is not a number", hint="Xero takes finite numbers")
        return value
    raise InputError(
        f"a `{type(value).__name__}` cannot be written as JSON for Xero",
        hint="use text, numbers, dates, lists and dicts",
    )


def encode(value: Any) -> bytes:
    """JSON bytes of a record, a list of records or a whole envelope; InputError if impossible."""
    return _encode(_plain(value))


def encode_body(endpoint: Endpoint, body: Any) -> bytes:
    """The request body of an endpoint: bytes as they are, records put into their envelope."""
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    if endpoint.body == "binary":
        raise InputError(
            f"`{endpoint.name}` takes the bytes of a file as its body",
            hint="read the file as bytes, and give those",
        )
    key = endpoint.body_envelope
    if key is None:
        if isinstance(body, list | tuple) and endpoint.body_record:
            if len(body) != 1:
                raise InputError(
                    f"`{endpoint.name}` takes one record at a time, not {len(body)}",
                    hint="call it once for each",
                )
            body = body[0]
        return encode(body)
    if isinstance(body, Mapping):
        return encode(body if key in body else {key: [body]})
    return encode({key: _records(endpoint, body)})


def _records(endpoint: Endpoint, body: Any) -> list[Any]:
    """The records of a body; InputError for anything else."""
    if isinstance(body, str) or not isinstance(body, Iterable):
        raise InputError(
            f"`{endpoint.name}` takes records, not {type(body).__name__}",
            hint="give a dictionary with Xero's field names, or a list of them",
        )
    records = list(body)
    if not records:
        raise InputError(f"`{endpoint.name}` has no record to send", hint="give at least one")
    for place, record in enumerate(records, 1):
        if not isinstance(record, Mapping):
            raise InputError(
                f"record {place} of the body is a `{type(record).__name__}`",
                hint="give dictionaries with Xero's field names",
            )
    return records
