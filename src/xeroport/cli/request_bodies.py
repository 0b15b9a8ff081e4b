"""Request bodies from files: JSON with exact numbers, and the fields that Xero does not know."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from xeroport.catalogue import Catalogue, Endpoint
from xeroport.errors import InputError
from xeroport.rows.json_stream import with_each_name_once
from xeroport.rows.values import UnfitValue

WANTED = "the body is one record, a list of records, or Xero's envelope"


class GivenTwice(ValueError):
    """A name that stands twice in one object, with two values."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = with_each_name_once(pairs)
    twice = next((each for each in values.values() if isinstance(each, UnfitValue)), None)
    if twice is not None:
        raise GivenTwice(twice.why)
    return values


def parse(content: bytes, source: str) -> Any:
    """The JSON value of a body; InputError says where it stops being JSON."""
    place = "stdin" if source == "-" else f"`{source}`"
    try:
        value = json.loads(
            content.decode("utf-8-sig"), parse_float=Decimal, object_pairs_hook=_once
        )
    except UnicodeDecodeError:
        raise InputError(f"{place} is not JSON: it is not text in UTF-8", hint=WANTED) from None
    except json.JSONDecodeError as error:
        raise InputError(
            f"{place} is not JSON: line {error.lineno}, column {error.colno}: "
            f"{error.msg[0].lower()}{error.msg[1:]}",
            hint=WANTED,
        ) from None
    except GivenTwice as error:
        raise InputError(f"{place}: {error}", hint="keep one of them") from None
    except (RecursionError, ValueError):
        raise InputError(
            f"{place} is nested too deeply or holds too long a number", hint=WANTED
        ) from None
    if not isinstance(value, dict | list):
        raise InputError(f"{place} holds neither a record nor a list of records", hint=WANTED)
    return value


def unknown_fields(
    catalogue: Catalogue, endpoint: Endpoint, body: Any
) -> Iterator[tuple[str, str | None]]:
    """Path of each field that Xero does not know, with the nearest that it does."""
    envelope = endpoint.body_envelope
    if isinstance(body, dict) and envelope and envelope in body:
        body = body[envelope]
    for record in body if isinstance(body, list) else [body]:
        if endpoint.body_record:
            yield from _unknown(catalogue, endpoint.body_record, record, "")


def _unknown(
    catalogue: Catalogue, type_name: str, record: Any, path: str
) -> Iterator[tuple[str, str | None]]:
    if not isinstance(record, dict):
        return
    known = catalogue.record(type_name).by_name
    for name, value in record.items():
        field = known.get(name)
        if field is None:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            yield path + name, near[0] if near else None
        elif field.of and field.type in ("object", "list"):
            if field.of not in catalogue.records:
                continue
            for element in value if isinstance(value, list) else [value]:
                yield from _unknown(catalogue, field.of, element, f"{path}{name}.")
