"""GET of a list: choose, order, page, show."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from xeroport.catalogue import load
from xeroport.catalogue.model import Endpoint
from xeroport.emulator.message import Reply, Request
from xeroport.emulator.order import ordered
from xeroport.emulator.pages import tail
from xeroport.emulator.pages import whole as whole_page
from xeroport.emulator.problems import high_volume, server_error
from xeroport.emulator.render import compact, head, indented
from xeroport.emulator.select import is_too_early, modified_since, since_test, tests
from xeroport.emulator.trouble import Struck, edited_behind
from xeroport.emulator.views import View, hidden_fields, surroundings
from xeroport.emulator.where import compiled

if TYPE_CHECKING:
    from xeroport.emulator.app import Application

UNPAGED_LIMIT = 100_000
PAGE_DEFAULT = 100
PAGE_LIMIT = 1000
_KEPT = 12

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


class Selections:
    """The last few selections of a table, kept while the table does not change."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, ...], tuple[int, list[Record]]] = OrderedDict()

    def get(self, key: tuple[str, ...], changes: int) -> list[Record] | None:
        """The records chosen before under that key, if the table is as it was."""
        found = self._kept.get(key)
        return found[1] if found is not None and found[0] == changes else None

    def put(self, key: tuple[str, ...], changes: int, records: list[Record]) -> list[Record]:
        """Keep a selection; the oldest goes."""
        self._kept[key] = (changes, records)
        self._kept.move_to_end(key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return records

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()


def chosen(app: Application, endpoint: Endpoint, request: Request) -> list[Record]:
    """The records a list consists of, in its order, before paging."""
    kind = endpoint.record or ""
    table = app.organisation.tables[kind]
    since = modified_since(request, endpoint)
    by_app = request.flag("createdByMyApp") if "createdByMyApp" in endpoint.by_name else None
    short = "summaryOnly" in endpoint.by_name and request.flag("summaryOnly")
    hidden = hidden_fields(kind, "short") if short else frozenset()
    ignored = {"page", "pagesize", "unitdp"}
    parts = sorted(f"{k}={v}" for k, v in request.params.items() if k not in ignored)
    inclusive = app.switches.since_inclusive
    key = (endpoint.name, str(since), str(inclusive), *parts)
    kept = app.selections.get(key, table.changes)
    if kept is not None and not by_app:
        return kept
    passes = tests(request, endpoint)
    if since is not None:
        cursor = load().record(kind).cursor or "UpdatedDateUTC"
        passes.append(since_test(since, cursor, inclusive=inclusive))
    if by_app:
        passes.append(lambda record: record[table.key] in app.created)
    where = request.param("where") if "where" in endpoint.by_name else None
    if where is not None:
        passes.append(compiled(kind, where, hidden))
    found = list(table)
    for test in passes:
        found = [record for record in found if test(record)]
    order = request.param("order") if "order" in endpoint.by_name else None
    if order is not None:
        found = ordered(kind, found, order, hidden)
    return app.selections.put(key, table.changes, found)


def listed(
    app: Application, endpoint: Endpoint, request: Request, struck: Struck | None = None
) -> Reply:
    """The reply to a list; for callers who take gzip, put together from what is kept."""
    if app.switches.early_since == 500 and endpoint.modified_since and is_too_early(request):
        raise server_error()
    packed = app.switches.gzip and "gzip" in request.header("accept-encoding").lower()
    if struck or not packed or not app.switches.indented or not request.wants_json:
        return _made(app, endpoint, request, struck)
    kind = endpoint.record or ""
    switches = (app.switches.since_inclusive, app.switches.empty_delta)
    revision = (
        app.organisation.tables[kind].changes,
        surroundings(app.organisation, kind, "full"),
        len(app.created),
        switches,
    )
    since = request.header("if-modified-since")
    name = (endpoint.name, since, *sorted(f"{k}={v}" for k, v in request.params.items()))
    rest = app.pages.find(name, revision)
    if rest is None:
        reply = _made(app, endpoint, request, struck)
        if reply.status != 200:
            return reply
        body = indented(reply.body)
        rest = tail(body[_head_end(body) :])
        app.pages.put(name, revision, rest)
    opening = indented(compact(head(app.now())))
    return Reply(200, wire=whole_page(opening[: _head_end(opening)], rest))


def _head_end(body: bytes) -> int:
    """Where the head of an indented reply ends: after the time."""
    return body.index(b'/"', body.index(b'"DateTimeUTC"')) + 2


def _made(app: Application, endpoint: Endpoint, request: Request, struck: Struck | None) -> Reply:
    """A page of a list, or all of it as summaries."""
    records = chosen(app, endpoint, request)
    if not records and modified_since(request, endpoint) and app.switches.empty_delta == 304:
        return Reply(304)
    envelope = head(app.now())
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
                edited_behind(app, endpoint.record or "", records[: (number - 1) * size])
                records = chosen(app, endpoint, request)
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
    return app.enveloped(endpoint, request, envelope, records, view=view)
