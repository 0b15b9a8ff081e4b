"""From the bytes of a write to its elements: an envelope with a list, or one bare record."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from xeroport.catalogue.model import Endpoint
from xeroport_emulator.http.message import Request
from xeroport_emulator.http.refusals import nothing_processed, post_data_error

ITEMS_LIMIT = 500
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


def parsed(request: Request) -> Any:
    """The JSON of a body, numbers exact; refused with Xero's 400 where it cannot be read."""
    media = request.header("content-type").lower()
    if "xml" in media or request.body.lstrip()[:1] == b"<":
        raise post_data_error("The emulator reads JSON only; send `Content-Type: application/json`")
    if not request.body.strip():
        raise nothing_processed()
    try:
        return _decode(request.body.removeprefix(b"\xef\xbb\xbf"))
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
    found = _listed(endpoint, parsed(request))
    if not found:
        raise nothing_processed()
    most = ITEMS_LIMIT if endpoint.resource == "Items" else endpoint.batch
    if len(found) > most:
        raise post_data_error(
            f"The request carries {len(found)} elements; `{endpoint.method} {endpoint.path}` "
            f"takes at most {most}"
        )
    for position, each in enumerate(found):
        if not isinstance(each, dict):
            raise post_data_error(
                "JSON request body could not be read, Error an object was expected. "
                f"Path '[{position}]'"
            )
    return found
