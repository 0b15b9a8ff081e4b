"""The synced tables: all of them, and one with search, filter, sort, paging and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from xeroport.console.reading import tables
from xeroport.console.reading.chosen_place import reading
from xeroport.console.reading.filter_values import TableColumn
from xeroport.console.reading.tables import Filter, Query
from xeroport.console.web.address_numbers import whole
from xeroport.console.web.render import page
from xeroport.console.web.state import console
from xeroport.console.web.wording import cell
from xeroport.destinations.typed import identifier as quoted
from xeroport.store import instances
from xeroport.store.instances import schema_name

FORMULA = ("=", "+", "-", "@", "\t", "\r")
CSV_ROWS = 1_000_000
CSV_SECONDS = 600.0
CHUNK = 5_000


def listing(request: Request) -> HTMLResponse:
    """All tables of an instance."""
    state = console(request)
    instance = instances.get(state.store, request.path_params["instance"])
    with reading(request, instance) as books:
        found = tables.names(books, schema_name(instance.name))
        as_of = books.as_of
    known = tables.families()
    groups: dict[str, list[tuple[str, int]]] = {
        "Records": [],
        "Lines and other parts": [],
        "Reports": [],
        "About the sync": [],
    }
    for name, rows in found:
        if name.startswith("_"):
            groups["About the sync"].append((name, rows))
        elif name.startswith("report"):
            groups["Reports"].append((name, rows))
        elif name in known and known[name].table != name:
            groups["Lines and other parts"].append((name, rows))
        else:
            groups["Records"].append((name, rows))
    return page(
        request,
        "data.html",
        here="data",
        instance=instance,
        groups={title: each for title, each in groups.items() if any(n for _, n in each)},
        hollow=[name for name, rows in found if not rows],
        as_of=as_of,
    )


def _query(request: Request, all_columns: list[TableColumn]) -> Query:
    """What the address asks for; names that the table does not have are left out."""
    asked = request.query_params
    names = {column.name for column in all_columns}
    wanted = None
    operator = asked.get("op", "contains")
    if asked.get("column") in names and operator in tables.OPERATORS:
        value = _plain(asked.get("value", ""))[:400]
        if value or operator in {"empty", "filled"}:
            wanted = Filter(asked["column"], operator, value)
    sort = asked.get("sort", "")
    usual = "" if sort in names else tables.usual_order(all_columns)
    return Query(
        words=_plain(asked.get("q", ""))[:200],
        sort=usual or (sort if sort in names else ""),
        descending=bool(usual) or asked.get("desc") == "1",
        filter=wanted,
        offset=whole(asked.get("from"), 0, low=0, high=tables.DEEPEST),
    )


def _plain(text: str) -> str:
    """Without the one character that no database takes."""
    return text.replace("\0", "").strip()


def one(request: Request) -> HTMLResponse:
    """A page of one table."""
    state = console(request)
    instance = instances.get(state.store, request.path_params["instance"])
    schema, table = schema_name(instance.name), str(request.path_params["table"])
    with reading(request, instance) as books:
        all_columns = tables.columns(books, schema, table)
        query = _query(request, all_columns)
        everything = request.query_params.get("columns") == "all"
        shown = all_columns if everything else tables.main_columns(all_columns)
        family = tables.families().get(table)
        names = {column.name for column in all_columns}
        key = family.key if family and set(family.key) <= names else ()
        keys = [column for column in all_columns if column.name in key]
        rows, total, exact = tables.rows(
            books,
            schema,
            table,
            query=query,
            shown=[*shown, *keys],
            all_columns=all_columns,
        )
        as_of = books.as_of
    width = len(shown)
    lines = [(row[:width], _address(instance.name, family, keys, row[width:])) for row in rows]
    return page(
        request,
        "table.html",
        here="data",
        instance=instance,
        table=table,
        columns=shown,
        all_columns=all_columns,
        everything=everything,
        rows=lines,
        query=query,
        total=total,
        exact=exact,
        operators=tables.OPERATORS,
        link=lambda **changes: _link(request, changes),
        size=tables.PAGE,
        deepest=tables.DEEPEST,
        as_of=as_of,
    )


def _address(
    instance: str, family: tables.Family | None, keys: list[TableColumn], values: tuple[Any, ...]
) -> str | None:
    if family is None or not keys or any(value is None for value in values):
        return None
    key = urlencode({each.name: str(v) for each, v in zip(keys, values, strict=True)})
    return f"/instances/{instance}/data/{family.table}/record?{key}"


def _link(request: Request, changes: dict[str, object]) -> str:
    """This page's address with some parameters changed; None takes one out."""
    asked: dict[str, object] = {
        key: value for key, value in request.query_params.items() if key != "said"
    }
    asked |= changes
    return "?" + urlencode({key: value for key, value in asked.items() if value is not None})


def download(request: Request) -> Response:
    """The table, as narrowed and sorted, as CSV; read from a copy so that no sync waits for it."""
    state = console(request)
    instance = instances.get(state.store, request.path_params["instance"])
    schema, table = schema_name(instance.name), str(request.path_params["table"])
    with reading(request, instance) as books:
        all_columns = tables.columns(books, schema, table)
    query = _query(request, all_columns)
    shown = [column for column in all_columns if not column.name.startswith("_")] or all_columns
    has_deleted = any(column.name == "_deleted_at" for column in all_columns)
    where, values = tables.conditions(all_columns, query, has_deleted=has_deleted)
    wanted = ", ".join(quoted(each.name) for each in shown)
    sql = f"SELECT {wanted} FROM {quoted(schema)}.{quoted(table)}{where}"  # noqa: S608
    if query.sort:
        sql += f" ORDER BY {quoted(query.sort)}{' DESC' if query.descending else ''}"
    sql += f" LIMIT {CSV_ROWS}"

    def stream() -> Iterator[bytes]:
        with reading(request, instance, seconds=CSV_SECONDS, copy=True) as books:
            yield as_csv([each.name for each in shown], [])
            for lot in books.lots(sql, values, size=CHUNK):
                yield as_csv(None, lot)

    return csv_response(stream(), table)


def csv_response(content: Iterator[bytes], name: str) -> Response:
    """A CSV download; `name` is one of ours, never a visitor's."""
    return StreamingResponse(
        content,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def as_csv(heads: list[str] | None, rows: list[tuple[Any, ...]]) -> bytes:
    """Rows as CSV. Text that a spreadsheet would take for a formula gets an apostrophe before."""
    out = io.StringIO()
    writer = csv.writer(out)
    if heads is not None:
        writer.writerow([_harmless(head) for head in heads])
    writer.writerows([_harmless(value) for value in row] for row in rows)
    return out.getvalue().encode()


def _harmless(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    if isinstance(value, bool | dict | list):
        return cell(value)
    return value


ROUTES = [
    Route("/instances/{instance}/data", listing),
    Route("/instances/{instance}/data/{table}", one),
    Route("/instances/{instance}/data/{table}/csv", download),
]
