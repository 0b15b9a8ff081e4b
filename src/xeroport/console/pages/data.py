"""The synced tables: all of them, and one with search, filter, sort, paging and CSV."""

from __future__ import annotations

from itertools import chain, islice, zip_longest
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from xeroport.console.pages.downloads import (
    CSV_ROWS,
    EXCEL_ROWS,
    csv_response,
    excel_response,
    lots_of,
)
from xeroport.console.pages.views import views_of
from xeroport.console.reading import tables
from xeroport.console.reading.filter_values import TableColumn, value_of
from xeroport.console.reading.periods import typed_date
from xeroport.console.reading.tables import Filter, Query
from xeroport.console.web.address_numbers import whole
from xeroport.console.web.chosen_place import reading
from xeroport.console.web.render import page
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import instance_of
from xeroport.destinations.typed import identifier as quoted
from xeroport.errors import InputError
from xeroport.store.instances import Instance, schema_name

MOST_FILTERS = 8


def listing(request: Request) -> HTMLResponse:
    """All tables of an instance."""
    instance = instance_of(request)
    with reading(request, instance) as books:
        table_names = tables.names(books, schema_name(instance.name))
    known = tables.families()
    groups: dict[str, list[tuple[str, int]]] = {
        "Records": [],
        "Lines and other parts": [],
        "Reports": [],
        "About the sync": [],
    }
    for name, rows in table_names:
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
        groups={title: group for title, group in groups.items() if any(n for _, n in group)},
        hollow=[name for name, rows in table_names if not rows],
    )


def _query(
    request: Request, all_columns: list[TableColumn], filters: tuple[Filter, ...] = ()
) -> Query:
    """What the address asks for; names that the table does not have are left out."""
    asked = request.query_params
    names = {column.name for column in all_columns}
    sort = asked.get("sort", "")
    usual = "" if sort in names else tables.usual_order(all_columns)
    return Query(
        words=_plain(asked.get("q", ""))[:200],
        sort=usual or (sort if sort in names else ""),
        descending=bool(usual) or asked.get("desc") == "1",
        filters=filters,
        offset=whole(asked.get("from"), 0, low=0, high=tables.DEEPEST),
    )


def _filters(
    request: Request, all_columns: list[TableColumn], instance: Instance
) -> tuple[Filter, ...]:
    """The conditions of an address, in order; InputError for what cannot be a value."""
    asked = request.query_params
    by_name = {column.name: column for column in all_columns}
    triples = zip_longest(*(asked.getlist(name) for name in ("column", "op", "value")))
    filters = []
    for name, operator, typed in islice(triples, MOST_FILTERS):
        operator, value = operator or "contains", _plain(typed or "")[:400]
        if name not in by_name or operator not in tables.OPERATORS:
            continue
        if operator in ("empty", "filled"):
            filters.append(Filter(name, operator, ""))
        elif value:
            exact = value if operator == "contains" else _exact(by_name[name], value, instance)
            filters.append(Filter(name, operator, exact))
    return tuple(filters)


def _exact(column: TableColumn, value: str, instance: Instance) -> str:
    """A value as its column has it; dates are read in the organisation's format."""
    if column.type == "DATE" or (column.type.startswith("TIMESTAMP") and ":" not in value):
        return str(typed_date(value, instance))
    if value_of(column, value) is None:
        kinds = {"BOOLEAN": "yes or no"}
        kind = "numbers" if column.is_number else kinds.get(column.type, "other values")
        raise InputError(
            f"`{column.name}` holds {kind}, not `{value[:60]}`",
            hint="correct it, or use `contains`",
        )
    return value


def _plain(text: str) -> str:
    """Without the one character that no database takes."""
    return text.replace("\0", "").strip()


def one(request: Request) -> HTMLResponse:
    """A page of one table."""
    instance = instance_of(request)
    schema, table = schema_name(instance.name), str(request.path_params["table"])
    wrong: InputError | None = None
    with reading(request, instance) as books:
        all_columns = tables.columns(books, schema, table)
        try:
            query = _query(request, all_columns, _filters(request, all_columns, instance))
        except InputError as error:
            wrong, query = error, _query(request, all_columns)
        everything = request.query_params.get("columns") == "all"
        chosen = set(request.query_params.getlist("col"))
        shown = [column for column in all_columns if everything or column.name in chosen]
        shown = shown or tables.main_columns(all_columns)
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
    width = len(shown)
    lines = [(row[:width], _address(instance.name, family, keys, row[width:])) for row in rows]
    return page(
        request,
        "table.html",
        here="data",
        instance=instance,
        wrong=wrong,
        typed=_typed(request),
        chosen=chosen,
        kept=[(k, v) for k, v in request.query_params.multi_items()
              if k not in ("col", "columns", "from", "said")],
        views=views_of(request, instance.name, f"data/{table}"),
        view_page=f"data/{table}",
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
    )  # fmt: skip


def _typed(request: Request) -> list[tuple[str, str, str]]:
    """The conditions as typed, and an empty one to add."""
    asked = request.query_params
    triples = zip_longest(
        *(asked.getlist(name) for name in ("column", "op", "value")), fillvalue=""
    )
    typed = [(column, op, value) for column, op, value in islice(triples, MOST_FILTERS) if column]
    return [*typed, ("", "", "")][:MOST_FILTERS]


def _address(
    instance: str, family: tables.Family | None, keys: list[TableColumn], values: tuple[Any, ...]
) -> str | None:
    if family is None or not keys or any(value is None for value in values):
        return None
    key = urlencode({each.name: str(v) for each, v in zip(keys, values, strict=True)})
    return f"/instances/{instance}/data/{family.table}/record?{key}"


def _link(request: Request, changes: dict[str, object]) -> str:
    """This page's address with some parameters changed; None takes one out."""
    kept = [
        (key, value)
        for key, value in request.query_params.multi_items()
        if key != "said" and key not in changes
    ]
    return "?" + urlencode([*kept, *((k, v) for k, v in changes.items() if v is not None)])


def _to_download(request: Request) -> tuple[Instance, list[str], str, list[Any]]:
    """The columns, and the query for the rows as narrowed and sorted."""
    instance = instance_of(request)
    schema, table = schema_name(instance.name), str(request.path_params["table"])
    with reading(request, instance) as books:
        all_columns = tables.columns(books, schema, table)
    query = _query(request, all_columns, _filters(request, all_columns, instance))
    chosen = set(request.query_params.getlist("col"))
    shown = [
        column.name
        for column in all_columns
        if column.name in chosen or not (chosen or column.name.startswith("_"))
    ] or [column.name for column in all_columns]
    where, values = tables.conditions(all_columns, query)
    wanted = ", ".join(map(quoted, shown))
    sql = f"SELECT {wanted} FROM {quoted(schema)}.{quoted(table)}{where}"  # noqa: S608
    if query.sort:
        sql += f" ORDER BY {quoted(query.sort)}{' DESC' if query.descending else ''}"
    return instance, shown, sql, values


def download(request: Request) -> Response:
    """The table as CSV."""
    instance, heads, sql, values = _to_download(request)
    lots = lots_of(request, instance, sql, values, most=CSV_ROWS)
    return csv_response(str(request.path_params["table"]), heads, lots)


def workbook(request: Request) -> Response:
    """The table as an Excel workbook."""
    instance, heads, sql, values = _to_download(request)
    table = str(request.path_params["table"])
    lots = lots_of(request, instance, sql, values, most=EXCEL_ROWS)
    return excel_response(table, heads, chain.from_iterable(lots), name=table)


ROUTES = [
    page_at("/instances/{instance}/data", listing),
    page_at("/instances/{instance}/data/{table}", one),
    page_at("/instances/{instance}/data/{table}/csv", download),
    page_at("/instances/{instance}/data/{table}/xlsx", workbook),
]
