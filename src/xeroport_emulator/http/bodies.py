"""From the bytes of a write to its elements: an envelope with a list, or one bare record."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from xeroport.catalogue.model import Endpoint
from xeroport_emulator.http.message import Request
from xeroport_emulator.http.refusals import nothing_processed, post_data_error
from xeroport_emulator.http.xml import from_xml

ITEMS_LIMIT = 500
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


def parsed(request: Request, endpoint: Endpoint) -> Any:
    """The JSON or XML of a body, numbers exact; refused with Xero's 400 where it cannot be read."""
    body = request.body
    if "x-www-form-urlencoded" in request.header("content-type").lower():
        body = dict(parse_qsl(body.decode("utf-8", "replace"))).get("xml", "").encode() or body
    body = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        raise nothing_processed()
    if body[:1] == b"<":
        try:
            return from_xml(body, endpoint)
        except ValueError as error:
            raise post_data_error(f"XML request body could not be read, Error {error}") from error
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidOperation) as error:
        raise post_data_error(f"JSON request body could not be read, Error {error}") from error


def _listed(endpoint: Endpoint, value: Any) -> list[Any]:
    if not isinstance(value, dict):
        raise post_data_error("JSON request body could not be read, Error an object was expected")
    for name in (endpoint.body_envelope, endpoint.envelope):
        if name is not None and name in value:
            inside = value[name]
            if inside is None:
                return []
            return inside if isinstance(inside, list) else [inside]
    return [value]


def elements(endpoint: Endpoint, request: Request) -> list[dict[str, Any]]:
    """The elements of a write as parsed JSON: at least one, no more than Xero takes at once."""
    elements_sent = _listed(endpoint, parsed(request, endpoint))
    if not elements_sent:
        raise nothing_processed()
    most = ITEMS_LIMIT if endpoint.resource == "Items" else endpoint.batch
    if len(elements_sent) > most:
        raise post_data_error(
            f"The request carries {len(elements_sent)} elements; "
            f"`{endpoint.method} {endpoint.path}` takes at most {most}"
        )
    for position, element in enumerate(elements_sent):
        if not isinstance(element, dict):
            raise post_data_error(
                "JSON request body could not be read, Error an object was expected. "
                f"Path '[{position}]'"
            )
    return elements_sent
