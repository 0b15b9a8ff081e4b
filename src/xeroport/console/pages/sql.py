"""A box for SQL over the synced tables: read-only, without files and network, for so long only."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from xeroport.console import tables
from xeroport.console.books import Reading
from xeroport.console.pages.data import as_csv, csv_response, sql_problem
from xeroport.console.render import page
from xeroport.console.state import console
from xeroport.errors import InputError, XeroportError
from xeroport.store import instances
from xeroport.store.instances import schema_name

ROWS = 500
CSV_ROWS = 100_000
LONGEST = 20_000


@dataclass(frozen=True)
class Result:
    """What a query gave."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    seconds: float
    cut: bool


def box(request: Request) -> HTMLResponse:
    """The box, and the answer to what was asked."""
    state = console(request)
    instance = instances.get(state.store, request.path_params["instance"])
    sql = request.query_params.get("sql", "").strip()[:LONGEST]
    wrong: XeroportError | None = None
    result: Result | None = None
    schema = schema_name(instance.name)
    with state.books.read() as reading:
        names = tables.names(reading.connection, schema)
        as_of = reading.as_of
    if sql:
        try:
            with state.books.read() as reading:
                result = run(reading, schema, sql, ROWS)
        except XeroportError as error:
            wrong = error
    return page(
        request,
        "sql.html",
        status=422 if wrong else 200,
        here="data",
        instance=instance,
        sql=sql,
        names=names,
        result=result,
        wrong=wrong,
        as_of=as_of,
        most=ROWS,
    )


def run(reading: Reading, schema: str, sql: str, most: int) -> Result:
    """One statement, at most so many rows; InputError in DuckDB's words."""
    began = time.perf_counter()
    try:
        reading.connection.execute(f"USE {tables.quoted(schema)}")
        statements = reading.connection.extract_statements(sql)
        if len(statements) != 1:
            raise InputError("one statement at a time", hint="take out all but one")
        query = statements[0].query.rstrip().rstrip(";")
        if statements[0].type == duckdb.StatementType.SELECT:
            query = f"SELECT * FROM (\n{query}\n) LIMIT {most + 1}"  # noqa: S608
        found = reading.connection.execute(query)
        columns = [each[0] for each in found.description or ()]
        rows = found.fetchmany(most + 1) if columns else []
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        raise InputError(sql_problem(error), hint=_hint(error)) from error
    return Result(columns, rows[:most], time.perf_counter() - began, len(rows) > most)


def _hint(error: duckdb.Error) -> str | None:
    if isinstance(error, duckdb.PermissionException):
        return "this box reads the synced tables only: no files, no network, no extensions"
    if isinstance(error, duckdb.CatalogException):
        return "the tables are listed below the box"
    return "this box only reads" if "read-only" in str(error) else None


def download(request: Request) -> Response:
    """The whole answer as CSV."""
    state = console(request)
    instance = instances.get(state.store, request.path_params["instance"])
    sql = request.query_params.get("sql", "").strip()[:LONGEST]
    if not sql:
        raise InputError("there is no query", hint="type one into the box")
    with state.books.read(copy=True) as reading:
        result = run(reading, schema_name(instance.name), sql, CSV_ROWS)

    def stream() -> Iterator[bytes]:
        yield as_csv(result.columns, result.rows)

    return csv_response(stream(), "query")


ROUTES = [
    Route("/instances/{instance}/sql", box),
    Route("/instances/{instance}/sql/csv", download),
]
