"""The record a path names: `/Invoices/{InvoiceID}/…` by id, or by its number, code or name."""

from __future__ import annotations

from functools import cache
from typing import Any

from xeroport.catalogue import load
from xeroport.catalogue.model import Endpoint
from xeroport_emulator.http.refusals import not_found
from xeroport_emulator.organisation.table import Table
from xeroport_emulator.world import World

Record = dict[str, Any]


@cache
def _kinds() -> dict[str, str]:
    """First segment of a path → the record type listed there."""
    return {
        endpoint.path.strip("/"): endpoint.record
        for endpoint in load().endpoints
        if endpoint.method == "GET" and endpoint.record and endpoint.path.count("/") == 1
    }


def owner_kind(endpoint: Endpoint) -> str:
    """The record type of the first segment of an endpoint's path."""
    return _kinds()[endpoint.path.strip("/").split("/")[0]]


def by_name(table: Table, value: str) -> Record | None:
    """A record of the table by its id or by one of its natural keys."""
    record = table.get(value)
    for natural in load().record(table.name).natural_keys:
        record = record or table.first(natural.fields[0], value)
    return record


def owner(world: World, endpoint: Endpoint, ids: dict[str, str]) -> tuple[Table, Record]:
    """The table and the record the path names first; 404 if there is none."""
    table = world.organisation.tables[owner_kind(endpoint)]
    record = by_name(table, next(iter(ids.values())))
    if record is None:
        raise not_found()
    return table, record
