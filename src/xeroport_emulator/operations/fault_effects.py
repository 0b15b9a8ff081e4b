"""What faults do to a call: refuse it, drop it, or change the reply that goes out."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from xeroport.catalogue import load
from xeroport.catalogue.model import Endpoint
from xeroport_emulator.gateway.faults import Struck
from xeroport_emulator.http.message import HTML, JSON, PLAIN_JSON, Reply, jsoned, plain
from xeroport_emulator.http.refusals import FAILED, RefusedCall
from xeroport_emulator.http.render import compact
from xeroport_emulator.world import World

NEW_VALUE = "SOMETHINGNEW"
NEW_FIELD = "FieldOfTomorrow"
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_OPEN_FIELDS = ("Status", "ContactStatus", "Type", "TaxType", "Class")


_REFUSED = {
    "500": jsoned(500, FAILED),
    "503": plain(503, "The Xero API is currently offline for maintenance"),
    "text": plain(500, "The service cannot answer at this moment"),
    "html": Reply(
        502,
        b"<html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>",
        HTML,
    ),
}
"""Fault → what is answered before anything is done."""


class Dropped(Exception):
    """The connection is lost here, without a reply."""


def before(world: World, struck: Struck) -> None:
    """The faults that keep a call from being carried out."""
    if "drop-before" in struck:
        raise Dropped
    for kind in struck:
        if kind.startswith("429-"):
            raise RefusedCall(world.gate.refused(kind.removeprefix("429-")))
    for kind, refused in _REFUSED.items():
        if kind in struck:
            raise RefusedCall(refused)


def mangled(reply: Reply, endpoint: Endpoint | None, struck: Struck) -> Reply:
    """The reply with a status or a field that no one knows yet."""
    wanted = {"unknown-enum", "unknown-field"} & struck.keys()
    if not wanted or endpoint is None or reply.media not in (JSON, PLAIN_JSON) or not reply.body:
        return reply
    value = _decode(reply.body)
    records = value.get(endpoint.envelope) if isinstance(value, dict) else None
    if not isinstance(records, list) or not records:
        return reply
    if "unknown-field" in wanted:
        for record in records:
            record[NEW_FIELD] = {"Since": "tomorrow", "Count": 1}
    if "unknown-enum" in wanted:
        known = load().record(endpoint.record or "").by_name
        for name in _OPEN_FIELDS:
            if name in known and name in records[0]:
                records[0][name] = NEW_VALUE
                break
    return Reply(reply.status, compact(value), reply.media, reply.headers)
