"""From an endpoint to what answers it: lists, single records, writes, reports and the rest."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING, Any

from xeroport.catalogue import load
from xeroport.catalogue.model import Endpoint
from xeroport.emulator.lists import journal_page, listed
from xeroport.emulator.message import Reply, Request
from xeroport.emulator.problems import not_found
from xeroport.emulator.render import compact, head
from xeroport.emulator.writes import written

if TYPE_CHECKING:
    from xeroport.emulator.app import Application

Record = dict[str, Any]


def answer(
    app: Application,
    endpoint: Endpoint,
    ids: dict[str, str],
    request: Request,
    struck: Container[str] = (),
) -> Reply:
    """The reply to an authorised call; `struck` names the faults that befall it."""
    if endpoint.is_write:
        return written(app, endpoint, ids, request)
    if endpoint.name == "journals.list":
        return journal_page(app, endpoint, request)
    if endpoint.record in app.organisation.tables:
        if not ids:
            return listed(app, endpoint, request, struck)
        record = found(app, endpoint, ids)
        return app.enveloped(endpoint, request, head(app.now()), [record])
    return Reply(501, compact({"Title": "Not implemented", "Detail": endpoint.name}))


def found(app: Application, endpoint: Endpoint, ids: dict[str, str]) -> Record:
    """The record a path names, by its id or by its own number, code or name; 404 otherwise."""
    value = next(iter(ids.values()))
    table = app.organisation.tables[endpoint.record or ""]
    record = table.get(value)
    if record is None:
        for natural in load().record(table.name).natural_keys:
            record = record or table.first(natural.fields[0], value)
    if record is None:
        raise not_found()
    return record
