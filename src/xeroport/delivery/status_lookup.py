"""Deletes, voids and archivings whose fate is unknown: Xero is asked for the record's status.

Sending one again would be refused, because it is done already, and the refusal would say that it
was not. The record itself says what became of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xeroport.catalogue import Catalogue, Endpoint
from xeroport.errors import Refused
from xeroport.records.document_checks import GONE
from xeroport.store.outbox.claims import Settlement
from xeroport.store.outbox.outbox import Delivery
from xeroport.xero.client import XeroClient

STATUS = ("Status", "ContactStatus")
VANISH = {"ContactGroup"}
"""Records that Xero does not give any more once they are deleted."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A record by its id that was to get a status after which it counts no more."""

    delivery: Delivery
    status: str
    endpoint: str
    params: Mapping[str, str]
    vanishes: bool


def status_of(values: Mapping[str, Any]) -> str | None:
    """The status a record was given, where it is one that ends it."""
    return next((str(values[name]) for name in STATUS if values.get(name) in GONE), None)


def leaving(catalogue: Catalogue, endpoint: Endpoint, delivery: Delivery) -> Leaving | None:
    """What to ask Xero about a delivery; None where it ends no record that an id names."""
    if endpoint.body != "json" or endpoint.record is None:
        return None
    values = json.loads(delivery.body)
    given = {**values, **json.loads(delivery.ids)}
    status = status_of(values)
    key = catalogue.record(endpoint.record).key
    getter = f"{endpoint.name.split('.', 1)[0]}.get"
    names = {each.name for each in catalogue.endpoints}
    if status is None or not key or not all(given.get(name) for name in key):
        return None
    if getter not in names or catalogue.endpoint(getter).record != endpoint.record:
        return None
    params = {name: str(given[name]) for name in key}
    return Leaving(delivery, status, getter, params, endpoint.record in VANISH)


async def ask(client: XeroClient, leaving: Leaving) -> Settlement | None:
    """The settlement of a delivery whose record has the wanted status; None where it has not, or
    is not there: then the delivery may go again, and Xero's word about it is the right one."""
    (identifier,) = leaving.params.values()
    held: list[Mapping[str, Any]] = []
    try:
        held = list((await client.call(leaving.endpoint, leaving.params, force=True)).records)
    except Refused as error:
        if error.status != 404:
            raise
    statuses = [each.get(name) for each in held for name in STATUS]
    if leaving.status in statuses or (leaving.vanishes and not held):
        words = f"found {leaving.status} in Xero after the reply was lost"
        return Settlement(leaving.delivery.position or 0, "sent", (words,), identifier)
    return None
