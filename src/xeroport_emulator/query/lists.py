"""GET of a list: choose, order, page, show."""

from __future__ import annotations

from typing import Any

from xeroport.catalogue import load
from xeroport.catalogue.model import Endpoint
from xeroport_emulator.gateway.faults import Struck
from xeroport_emulator.http.message import Reply, Request
from xeroport_emulator.http.refusals import high_volume, server_error
from xeroport_emulator.http.render import head
from xeroport_emulator.organisation.table import Table
from xeroport_emulator.organisation.views import View, hidden_fields
from xeroport_emulator.query.order import ordered
from xeroport_emulator.query.select import is_too_early, modified_since, since_test, tests
from xeroport_emulator.query.where import compiled
from xeroport_emulator.world import World

UNPAGED_LIMIT = 100_000
PAGE_DEFAULT = 100
BY_NAME = ("TaxRate",)
"""Record types that are listed by their names."""
PAGE_LIMIT = 1000

Record = dict[str, Any]


def whole(text: str | None) -> int | None:
    """A query parameter as an integer; None if it is none."""
    try:
        return int(text) if text else None
    except ValueError:
        return None


def has_pagination(endpoint: Endpoint) -> bool:
    """Whether the list is one of the nine that take pageSize and answer with `pagination`."""
    return endpoint.paging == "page" and "pageSize" in endpoint.by_name


def chosen(world: World, endpoint: Endpoint, request: Request) -> list[Record]:
    """The records a list consists of, in its order, before paging."""
    kind = endpoint.record or ""
    table = world.organisation.tables[kind]
    others = _beside(world, endpoint)
    changes = table.changes + sum(record.changes for record in others)
    since = modified_since(request, endpoint)
    by_app = request.flag("createdByMyApp") if "createdByMyApp" in endpoint.by_name else None
    short = "summaryOnly" in endpoint.by_name and request.flag("summaryOnly")
    hidden = hidden_fields(kind, "short") if short else frozenset()
    ignored = {"page", "pagesize", "unitdp"}
    parts = sorted(f"{k}={v}" for k, v in request.params.items() if k not in ignored)
    inclusive = world.switches.since_inclusive
    key = (endpoint.name, str(since), str(inclusive), str(len(others)), *parts)
    beyond = any("." in (request.param(parameter) or "") for parameter in ("where", "order"))
    remembered = None if beyond or by_app else world.selections.get(key, changes)
    if remembered is not None:
        return remembered
    passes = tests(request, endpoint)
    if since is not None:
        passes.append(since_test(since, load().record(kind).cursor, inclusive=inclusive))
    if by_app:
        passes.append(lambda record: record[table.key] in world.created)
    where = request.param("where") if "where" in endpoint.by_name else None
    if where is not None:
        passes.append(compiled(world.organisation, kind, where, hidden))
    records = [*table, *(record for other in others for record in other)]
    if kind in BY_NAME:
        records.sort(key=lambda record: str(record["Name"]).casefold())
    for test in passes:
        records = [record for record in records if test(record)]
    order = request.param("order") if "order" in endpoint.by_name else None
    if order is not None:
        records = ordered(world.organisation, kind, records, order, hidden)
    return records if beyond else world.selections.put(key, changes, records)


def _beside(world: World, endpoint: Endpoint) -> list[Table]:
    """The tables whose records stand in a list too: overpayments among the prepayments, where
    that is switched on."""
    among = endpoint.name == "prepayments.list" and world.switches.prepayments == "all"
    return [world.organisation.tables["Overpayment"]] if among else []


def listed(
    world: World, endpoint: Endpoint, request: Request, struck: Struck | None = None
) -> Reply:
    """A page of a list, or all of it as summaries; `struck` names the faults that befall it."""
    if world.switches.early_since == 500 and endpoint.modified_since and is_too_early(request):
        raise server_error()
    records = chosen(world, endpoint, request)
    if not records and modified_since(request, endpoint) and world.switches.empty_delta == 304:
        return Reply(304)
    envelope = head(world.now(), endpoint.record)
    view: View = "full"
    page = whole(request.param("page"))
    short = "summaryOnly" in endpoint.by_name and request.flag("summaryOnly")
    always = endpoint.name in ("linked_transactions.list", "purchase_orders.list")
    forced = always or short or (endpoint.name == "invoices.list" and request.param("Statuses"))
    if endpoint.paging == "page":
        if page is None and not forced:
            if len(records) > UNPAGED_LIMIT:
                raise high_volume(len(records))
            view = "summary"
        else:
            number, size = max(page or 1, 1), PAGE_DEFAULT
            if has_pagination(endpoint) and page is not None:
                asked = whole(request.param("pageSize"))
                size = PAGE_DEFAULT if asked is None else min(max(asked, 1), PAGE_LIMIT)
            count = len(records)
            if number > 1 and "edit" in (struck or {}):
                _edited_behind(world, endpoint.record or "", records[: (number - 1) * size])
                records = chosen(world, endpoint, request)
            if has_pagination(endpoint):
                envelope["pagination"] = {
                    "page": number,
                    "pageSize": size,
                    "pageCount": -(-count // size),
                    "itemCount": count,
                }
            records = records[(number - 1) * size : number * size]
            view = "short" if short else "full"
    elif endpoint.name in ("contact_groups.list", "budgets.list"):
        view = "summary"
    elif endpoint.name == "tracking_categories.list" and not request.flag("includeArchived"):
        view = "active"
    return world.enveloped(endpoint, request, envelope, records, view=view)


def _edited_behind(world: World, kind: str, already_read: list[dict[str, Any]]) -> None:
    """Someone edits a record that earlier pages held, so that it moves to the list's end."""
    if already_read and world.organisation.tables.get(kind) is not None:
        record = already_read[len(already_read) // 2]
        world.organisation.save(kind, dict(record))
