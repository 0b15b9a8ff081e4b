"""What became of each record of a write: one outcome per element of Xero's reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct

from xeroport.catalogue import Endpoint, load
from xeroport.errors import Refused
from xeroport.xero.policy.refusals import document, errors_and_warnings
from xeroport.xero.wire.decode import decode
from xeroport.xero.wire.reply import Reply

Status = Literal["ok", "warning", "error"]
NO_ID = "00000000-0000-0000-0000-000000000000"


class Outcome(Struct, frozen=True):
    """One element of a reply. `natural_key` holds the fields that identify the record by content,
    as Xero echoed them; `messages` are Xero's errors, or its warnings where there are none."""

    position: int
    status: Status
    id: str | None
    natural_key: dict[str, Any]
    messages: tuple[str, ...]
    record: dict[str, Any]


def outcomes(endpoint: Endpoint, reply: Reply | bytes) -> tuple[Outcome, ...]:
    """The outcomes in the reply's own order, which Xero does not promise to be the request's.

    Match by position *and* natural key, and count. A record is refused when its
    StatusAttributeString says so, when it has errors, or when an error flag of it is set.
    """
    body = reply.body if isinstance(reply, Reply) else reply
    records = decode(endpoint, body)
    return _outcomes(endpoint, records)


def refused_elements(endpoint: Endpoint, error: Refused) -> tuple[Outcome, ...]:
    """The elements that a 400 reply names as failed; empty where it names none."""
    elements = document(error.body).get("Elements")
    records = [
        element
        for element in (elements if isinstance(elements, list) else ())
        if isinstance(element, dict)
    ]
    return _outcomes(endpoint, records)


def _outcomes(endpoint: Endpoint, records: Sequence[dict[str, Any]]) -> tuple[Outcome, ...]:
    kind = load().record(endpoint.record) if endpoint.record else None
    own = kind.key[0] if kind is not None and kind.key else None
    names = sorted({name for key in kind.natural_keys for name in key.fields}) if kind else []
    return tuple(_outcome(index, record, own, names) for index, record in enumerate(records))


def _outcome(
    position: int, record: dict[str, Any], own: str | None, names: Sequence[str]
) -> Outcome:
    """What an element says; `own` is the field of its id, `names` those that identify it."""
    errors, warnings = errors_and_warnings(record)
    attribute = str(record.get("StatusAttributeString", "")).upper()
    failed = (
        attribute == "ERROR"
        or bool(errors)
        or record.get("HasErrors") is True
        or record.get("HasValidationErrors") is True
    )
    status: Status = (
        "error" if failed else "warning" if warnings or attribute == "WARNING" else "ok"
    )
    identifier = None if own is None else record.get(own)
    return Outcome(
        position=position,
        status=status,
        id=None if identifier in (None, "", NO_ID) else str(identifier),
        natural_key={name: record[name] for name in names if name in record},
        messages=errors or warnings,
        record=record,
    )
