"""Deletes, voids and archivings whose outcome is unknown: Xero is asked for the record itself.

Sending one again would be refused, because it is done already, and the refusal would say that it
was not. The record, or the list that it was in, says what became of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xeroport.catalogue import Endpoint, load
from xeroport.errors import Refused
from xeroport.records.document_checks import GONE
from xeroport.store.outbox.claims import Settlement
from xeroport.store.outbox.outbox import Delivery
from xeroport.xero.client import XeroClient

STATUS = ("Status", "ContactStatus")
VANISH = {"ContactGroup"}
"""Records that Xero does not give any more once they are deleted."""
PARTS = {
    "contacts": ("Contacts", "ContactID"),
    "allocations": ("Allocations", "AllocationID"),
    "options": ("Options", "TrackingOptionID"),
}
"""What can be deleted inside a record → its list there, and its id."""


@dataclass(frozen=True, slots=True)
class RecordEnding:
    """A record by its id that was to get a status after which it counts no more, or to be deleted
    (`status` None); with a `part`, the list inside it and the id there (None: all of it)."""

    delivery: Delivery
    status: str | None
    endpoint: str
    params: Mapping[str, str]
    vanishes: bool
    part: tuple[str, str, str | None] | None = None


def status_of(values: Mapping[str, Any]) -> str | None:
    """The status a record was given, where it is one that ends it."""
    return next((str(values[name]) for name in STATUS if values.get(name) in GONE), None)


def ending_of(endpoint: Endpoint, delivery: Delivery) -> RecordEnding | None:
    """What to ask Xero about a delivery; None where it ends no record that an id names."""
    if endpoint.method == "DELETE":
        return _deleted(endpoint, delivery)
    if endpoint.body != "json" or endpoint.record is None:
        return None
    values = json.loads(delivery.body)
    values = {**values, **json.loads(delivery.ids)}
    status = status_of(values)
    key = load().record(endpoint.record).key
    getter = f"{endpoint.name.split('.', 1)[0]}.get"
    names = {each.name for each in load().endpoints}
    if status is None or not key or not all(values.get(name) for name in key):
        return None
    if getter not in names or load().endpoint(getter).record != endpoint.record:
        return None
    params = {name: str(values[name]) for name in key}
    return RecordEnding(delivery, status, getter, params, endpoint.record in VANISH)


def _deleted(endpoint: Endpoint, delivery: Delivery) -> RecordEnding | None:
    """What to ask about a call of the method DELETE, which names all by ids."""
    resource, *inner, _ = endpoint.name.split(".")
    getter = load().endpoint(f"{resource}.get")
    ids = {name: str(value) for name, value in json.loads(delivery.ids).items()}
    params = {name: ids[name] for name in getter.path_names if name in ids}
    if not params:
        return None
    part = None
    if inner:
        list_name, id_name = PARTS[inner[0]]
        part = (list_name, id_name, ids.get(id_name))
    return RecordEnding(delivery, None, getter.name, params, vanishes=part is None, part=part)


async def ask(client: XeroClient, ending: RecordEnding) -> Settlement | None:
    """The settlement of a delivery whose record has the wanted status, or is gone; None where it
    has not, or is not there: then the delivery may go again, and Xero's word about it is the right
    one."""
    records: list[Mapping[str, Any]] = []
    try:
        reply = await client.call(ending.endpoint, ending.params, force=True)
        records = list(reply.records)
    except Refused as error:
        if error.status != 404:
            raise
    position = ending.delivery.position or 0
    if ending.part is not None:
        if not records or not _is_gone(records[0], *ending.part):
            return None
        return Settlement(position, "sent", ("found gone from Xero after the reply was lost",))
    statuses = [record.get(name) for record in records for name in STATUS]
    if ending.status is None:
        if records and not GONE & set(statuses):
            return None
        return Settlement(position, "sent", ("found gone from Xero after the reply was lost",))
    (identifier,) = ending.params.values()
    if ending.status in statuses or (ending.vanishes and not records):
        words = f"found {ending.status} in Xero after the reply was lost"
        return Settlement(position, "sent", (words,), identifier)
    return None


def _is_gone(record: Mapping[str, Any], list_name: str, id_name: str, wanted: str | None) -> bool:
    """Whether a record's list is empty of what was deleted."""
    items = record.get(list_name)
    if not isinstance(items, list):
        return False
    return not any(
        wanted is None or str(item.get(id_name, "")).lower() == wanted.lower()
        for item in items
        if not GONE & {item.get(name) for name in STATUS}
    )
