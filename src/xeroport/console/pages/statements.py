"""Statements of the ledger as `xeroport report` has them: profit and loss, balance sheet, what is
owed, cash and budget; every figure leads on. And building the ledger."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from xeroport.books.statements.ageing import BUCKETS, Ageing
from xeroport.books.statements.figures import read_books, tracking_categories
from xeroport.books.statements.statement_model import Books, Statement
from xeroport.console.pages.downloads import EXCEL, csv_response
from xeroport.console.pages.statement_rows import FigureRow, aged_page, figure_rows
from xeroport.console.pages.statement_wish import COLUMNS, NAMES, TITLES, usual_period, wish_of
from xeroport.console.pages.views import views_of
from xeroport.console.reading import periods, statements
from xeroport.console.reading.books_protocol import Reading
from xeroport.console.reading.periods import today_of
from xeroport.console.web.address_numbers import whole
from xeroport.console.web.chosen_place import chosen, reading
from xeroport.console.web.forms import form_at
from xeroport.console.web.render import page
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import console, instance_of
from xeroport.console.wording import day
from xeroport.errors import InputError, UnknownName
from xeroport.jobs.statement import drawn
from xeroport.jobs.statement_rows import flat
from xeroport.jobs.statement_wish import Wish
from xeroport.store import runs
from xeroport.store.instances import Instance, schema_name

CONTACTS = 100
"""Contacts on a page of what is owed; the totals are of all."""
MOST_CONTACTS = 1_000_000


@dataclass(frozen=True)
class StatementPage:
    """What the page shows: the headings of its columns, its rows, and what else to know."""

    columns: tuple[str, ...]
    rows: list[FigureRow]
    period: str
    notes: tuple[str, ...] = ()
    count: int = 0
    offset: int = 0


def being_built(request: Request, instance: Instance) -> int | None:
    """The run that derives the ledger just now, or the sync that it follows."""
    for run in runs.recent(console(request).store, 4, instance=instance.name):
        if run.status == "running" and run.job in ("ledger", "sync"):
            return run.id
    return None


def start(request: Request) -> Response:
    """The first statement."""
    name = request.path_params["instance"]
    return RedirectResponse(f"/instances/{name}/statements/profit-and-loss", 303)


def one(request: Request) -> HTMLResponse:
    """One statement."""
    instance, schema, key = named(request)
    wrong: InputError | UnknownName | None = None
    shown, categories, wish = None, [], Wish()
    with reading(request, instance) as books:
        basis = statements.basis(books, schema)
        if basis is not None:
            known = read_books(books.rows, schema, instance=instance.name)
            if key == "profit-and-loss":
                categories = tracking_categories(books.rows, schema)
            try:
                wish = _wish(request, key, instance, known)
                shown = _page(request, books, key, instance, known, wish)
            except (InputError, UnknownName) as error:
                wrong = error
                wish = wish_of({}, key, instance, today=today_of(instance), year_end=known.year_end)
                shown = _page(request, books, key, instance, known, wish)
    query = request.query_params
    typed = dict(query)
    return page(
        request,
        "statement.html",
        here="statements",
        instance=instance,
        key=key,
        titles=TITLES,
        basis=basis,
        building=being_built(request, instance),
        shown=shown,
        typed=typed,
        at=day(wish.at, instance.date_format) if wish.at else "",
        period=query.get("period") or ("" if query.get("first") or query.get("last")
                                       else usual_period(key)),
        periods=periods.OF_STATEMENTS,
        by=COLUMNS,
        categories=categories,
        views=views_of(request, instance.name, f"statements/{key}"),
        view_page=f"statements/{key}",
        query=f"?{query}" if query else "",
        most=CONTACTS,
        wrong=wrong,
    )  # fmt: skip


def named(request: Request) -> tuple[Instance, str, str]:
    """The instance, its schema and the statement of an address."""
    instance = instance_of(request)
    key = str(request.path_params["statement"])
    if key not in TITLES:
        raise UnknownName("statement", key, TITLES)
    return instance, schema_name(instance.name), key


def _wish(request: Request, key: str, instance: Instance, known: Books) -> Wish:
    return wish_of(
        request.query_params, key, instance, today=today_of(instance), year_end=known.year_end
    )


def _page(
    request: Request, books: Reading, key: str, instance: Instance, known: Books, wish: Wish
) -> StatementPage:
    base = f"/instances/{instance.name}/statements"
    if key in ("receivables", "payables"):
        assert wish.at
        ageing = ageing_of(books, instance, key, wish.at)
        offset = whole(request.query_params.get("from"), 0, low=0, high=MOST_CONTACTS)
        contacts, count = ageing.contacts(most=CONTACTS, offset=offset)
        currencies = ageing.currencies()
        rows = aged_page(contacts, currencies, f"{base}/{key}/open", wish.at.isoformat())
        heads = (*BUCKETS, "Total")
        total = sum((currency.total for currency in currencies), Decimal("0.00"))
        notes = tuple(ageing.beside(known, total))
        return StatementPage(heads, rows, "", notes, count=count, offset=offset)
    built = _built(books, key, instance, wish)
    return StatementPage(built.columns, figure_rows(built, known, base), built.period, built.notes)


def _built(books: Reading, key: str, instance: Instance, wish: Wish) -> Statement:
    return drawn(
        books.rows, instance.name, NAMES[key], wish, dialect=books.dialect, today=today_of(instance)
    )


def ageing_of(books: Reading, instance: Instance, key: str, at: date) -> Ageing:
    """What is open at a day, of one side."""
    schema = schema_name(instance.name)
    return Ageing(books.rows, schema, books.dialect, at, key == "receivables")


def _to_download(request: Request) -> tuple[str, Statement]:
    """The whole statement of an address; of what is owed, all contacts."""
    instance, schema, key = named(request)
    with reading(request, instance) as books:
        if statements.basis(books, schema) is None:
            raise InputError("there is no ledger yet", hint="build it on this page first")
        known = read_books(books.rows, schema, instance=instance.name)
        return key, _built(books, key, instance, _wish(request, key, instance, known))


def download(request: Request) -> Response:
    """A statement as CSV."""
    key, built = _to_download(request)
    heads, rows = flat(built)
    lines = [(section, label, *values) for section, _, label, *values in rows]
    return csv_response(key, ["Section", "Line", *heads[3:]], [lines])


def workbook(request: Request) -> Response:
    """A statement as an Excel workbook, its totals as formulas."""
    from xeroport.jobs.workbook import write_statement

    key, built = _to_download(request)
    with tempfile.TemporaryDirectory(prefix="xeroport-") as folder:
        path = Path(folder) / f"{key}.xlsx"
        write_statement(built, path)
        content = path.read_bytes()
    return Response(
        content,
        media_type=EXCEL,
        headers={"Content-Disposition": f'attachment; filename="{key}.xlsx"'},
    )


def build(request: Request, form: FormData) -> Response:
    """Derive the ledger, as `xeroport ledger` does, and show its run."""
    words = ["--no-tie"] if form.get("tie") == "no" else []
    state = console(request)
    instance = instance_of(request)
    into = chosen(request, instance).place.url
    run = state.work.start("ledger", instance.name, *words, into=into)
    return RedirectResponse(f"/runs/{run}", 303)


ROUTES = [
    page_at("/instances/{instance}/statements", start),
    form_at("/instances/{instance}/statements/build", build),
    page_at("/instances/{instance}/statements/{statement}", one),
    page_at("/instances/{instance}/statements/{statement}/csv", download),
    page_at("/instances/{instance}/statements/{statement}/xlsx", workbook),
]
