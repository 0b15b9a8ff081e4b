"""A box for SQL over the synced tables: read-only, without files and network, for so long only."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from xeroport.console.pages.downloads import csv_response
from xeroport.console.reading import tables
from xeroport.console.reading.books_protocol import Answer, TooSlow
from xeroport.console.reading.sql_process import warm_up
from xeroport.console.web.chosen_place import reading
from xeroport.console.web.render import page
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import instance_of
from xeroport.errors import InputError, XeroportError
from xeroport.store.instances import Instance, schema_name

ROWS = 500
CSV_ROWS = 100_000
LONGEST = 20_000
QUICK = 2.0
"""Seconds for which a query may keep a sync from opening the books."""


def box(request: Request) -> HTMLResponse:
    """The box, and the answer to what was asked."""
    instance = instance_of(request)
    sql = _asked(request)
    wrong: XeroportError | None = None
    answer, seconds = None, 0.0
    with reading(request, instance) as books:
        names = tables.names(books, schema_name(instance.name))
        language, warning = books.language, books.warning
    warm_up()
    if sql:
        try:
            began = time.perf_counter()
            answer = _answer(request, instance, sql, ROWS)
            seconds = time.perf_counter() - began
        except XeroportError as error:
            wrong = error
    return page(
        request,
        "sql.html",
        here="sql",
        instance=instance,
        sql=sql,
        names=names,
        answer=answer,
        seconds=seconds,
        wrong=wrong,
        language=language,
        warning=warning,
        most=ROWS,
    )


def _asked(request: Request) -> str:
    return request.query_params.get("sql", "").replace("\0", "").strip()[:LONGEST]


def _answer(request: Request, instance: Instance, sql: str, most: int) -> Answer:
    """The answer: a quick one from the books themselves, a slow one from a copy, so that no job
    waits for it."""
    schema = schema_name(instance.name)
    try:
        with reading(request, instance, seconds=QUICK) as books:
            return books.answer(schema, sql, most)
    except TooSlow:
        with reading(request, instance, copy=True) as books:
            return books.answer(schema, sql, most)


def download(request: Request) -> Response:
    """The whole answer as CSV."""
    instance = instance_of(request)
    sql = _asked(request)
    if not sql:
        raise InputError("there is no query", hint="type one into the box")
    answer = _answer(request, instance, sql, CSV_ROWS)
    return csv_response("query", answer.columns, [answer.rows], for_excel=False)


ROUTES = [
    page_at("/instances/{instance}/sql", box),
    page_at("/instances/{instance}/sql/csv", download),
]
