"""What faults do to a call: refuse it, drop it, or change the reply that goes out."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from xeroport.catalogue import load
from xeroport.catalogue.model import Endpoint
from xeroport.emulator.faults import Fault
from xeroport.emulator.message import HTML, JSON, Reply, plain
from xeroport.emulator.problems import Refusal, server_error
from xeroport.emulator.render import compact

if TYPE_CHECKING:
    from xeroport.emulator.app import Application

Struck = dict[str, Fault]

NEW_VALUE = "SOMETHINGNEW"
NEW_FIELD = "FieldOfTomorrow"
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_OPEN_FIELDS = ("Status", "ContactStatus", "Type", "TaxType", "Class")


class Dropped(Exception):
    """The connection is lost here, without a reply."""


def before(app: Application, struck: Struck) -> None:
    """The faults that keep a call from being carried out."""
    if "drop-before" in struck:
        raise Dropped
    for kind in struck:
        if kind.startswith("429-"):
            raise Refusal(app.gate.refused(kind.removeprefix("429-")))
    if "500" in struck:
        raise server_error()
    if "503" in struck:
        raise Refusal(plain(503, "The Xero API is currently offline for maintenance"))
    if "text" in struck:
        raise Refusal(plain(500, "The service cannot answer at this moment"))
    if "html" in struck:
        page = b"<html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>"
        raise Refusal(Reply(502, page, HTML))


def edited_behind(app: Application, kind: str, already_read: list[dict[str, Any]]) -> None:
    """Someone edits a record that earlier pages held, so that it moves to the list's end."""
    if already_read and app.organisation.tables.get(kind) is not None:
        record = already_read[len(already_read) // 2]
        app.organisation.save(kind, dict(record))


def mangled(reply: Reply, endpoint: Endpoint | None, struck: Struck) -> Reply:
    """The reply with a status or a field that no one knows yet."""
    wanted = {"unknown-enum", "unknown-field"} & struck.keys()
    if not wanted or endpoint is None or reply.media != JSON or not reply.body:
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
