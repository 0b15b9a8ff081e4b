"""Statements of the ledger: profit and loss, balance sheet, receivables, payables, cash, and the
lines of an account down to the documents; building the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from xeroport.console.pages.books import BOM, as_text, document_address
from xeroport.console.pages.data import as_csv
from xeroport.console.reading import periods, statements
from xeroport.console.reading.chosen_place import chosen, reading
from xeroport.console.reading.document_kinds import BY_KEY, KINDS
from xeroport.console.reading.documents import source
from xeroport.console.reading.periods import end_of_month, months_after, today_of
from xeroport.console.reading.protocol import Reading
from xeroport.console.reading.statements import (
    AGES,
    ZERO,
    Movement,
    StatementLine,
    StatementSection,
)
from xeroport.console.web.forms import form
from xeroport.console.web.render import page
from xeroport.console.web.state import console
from xeroport.errors import InputError, UnknownName
from xeroport.store import instances, runs
from xeroport.store.instances import Instance, schema_name

TITLES = {
    "profit-and-loss": "Profit and loss",
    "balance-sheet": "Balance sheet",
    "receivables": "Owed by customers",
    "payables": "Owed to suppliers",
    "cash": "Cash",
}
MOST_COLUMNS = 24
SOURCES = {
    "ACCREC": "sales-invoices",
    "ACCPAY": "bills",
    "ACCRECCREDIT": "sales-credit-notes",
    "ACCPAYCREDIT": "supplier-credit-notes",
}
"""Kinds of journals that say which kind of record is behind them."""


@dataclass(frozen=True)
class StatementColumn:
    """One column of a statement: its heading and the days that its figures are about."""

    title: str
    first: date
    last: date


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
    instance, schema, key = _named(request)
    wrong: InputError | None = None
    with reading(request, instance) as books:
        basis = statements.basis(books, schema)
        columns: list[StatementColumn] = []
        sections: list[StatementSection] = []
        last_line: StatementLine | None = None
        if basis is not None:
            try:
                columns = _columns(request, instance, key)
            except InputError as error:
                wrong, columns = error, _columns_of("this-year", instance, key)
            sections, last_line = _filled(books, schema, key, columns, today_of(instance))
        as_of = books.as_of
    query = request.query_params
    return page(
        request,
        "statement.html",
        status=422 if wrong else 200,
        here="statements",
        instance=instance,
        key=key,
        titles=TITLES,
        basis=basis,
        building=being_built(request, instance),
        columns=columns,
        sections=sections,
        last_line=last_line,
        link=lambda line, column: _account_link(instance, key, line, column),
        typed=dict(query),
        period=query.get("period", "" if query.get("first") else "this-year"),
        periods={k: words for k, words in periods.PERIODS.items() if k},
        query=f"?{query}" if query else "",
        wrong=wrong,
        as_of=as_of,
    )


def _named(request: Request) -> tuple[Instance, str, str]:
    instance = instances.get(console(request).store, request.path_params["instance"])
    key = str(request.path_params["statement"])
    if key not in TITLES:
        raise UnknownName("statement", key, TITLES)
    return instance, schema_name(instance.name), key


def _columns(request: Request, instance: Instance, key: str) -> list[StatementColumn]:
    """The columns that the address asks for."""
    query = request.query_params
    today = today_of(instance)
    if key == "balance-sheet":
        at = periods.typed_date(query.get("at", ""), instance) or today
        days = [end_of_month(at)]
        if query.get("compare") == "1":
            days.append(end_of_month(months_after(at.replace(day=1), -12)))
        return [StatementColumn(f"{day:%-d %b %Y}", date(1900, 1, 1), day) for day in days]
    if key != "profit-and-loss":
        return []
    first = periods.typed_date(query.get("first", ""), instance)
    last = periods.typed_date(query.get("last", ""), instance)
    if first is None and last is None:
        span = periods.period(query.get("period", "this-year") or "this-year", today)
        assert span is not None
        first, last = span
    last = end_of_month(last or today)
    first = (first or last).replace(day=1)
    if first > last:
        raise InputError("the first day is after the last", hint="swap the two dates")
    return _split(first, last, by=query.get("by", ""), compare=query.get("compare") == "1")


def _columns_of(period: str, instance: Instance, key: str) -> list[StatementColumn]:
    if key == "balance-sheet":
        day = end_of_month(today_of(instance))
        return [StatementColumn(f"{day:%-d %b %Y}", date(1900, 1, 1), day)]
    span = periods.period(period, today_of(instance))
    assert span is not None
    return _split(*span, by="", compare=False) if key == "profit-and-loss" else []


def _split(first: date, last: date, *, by: str, compare: bool) -> list[StatementColumn]:
    """The whole span, or each of its months; and the span of the same length before it."""
    if by == "month":
        columns = []
        month = first
        while month <= last:
            columns.append(StatementColumn(f"{month:%b %Y}", month, end_of_month(month)))
            month = months_after(month, 1)
        if len(columns) > MOST_COLUMNS:
            raise InputError(
                f"that is {len(columns)} months; at most {MOST_COLUMNS} fit on a page",
                hint="choose a shorter period, or one column for the whole of it",
            )
        whole = [StatementColumn("Total", first, last)] if len(columns) > 1 else []
        return [*columns, *whole]
    columns = [StatementColumn(_span_title(first, last), first, last)]
    if compare:
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        before = months_after(first, -months)
        end = first - timedelta(days=1)
        columns.append(StatementColumn(_span_title(before, end), before, end))
    return columns


def _span_title(first: date, last: date) -> str:
    if (first.year, first.month) == (last.year, last.month):
        return f"{first:%b %Y}"
    return f"{first:%b %Y} – {last:%b %Y}"


def _filled(
    books: Reading, schema: str, key: str, columns: list[StatementColumn], today: date
) -> tuple[list[StatementSection], StatementLine]:
    if key == "profit-and-loss":
        return statements.profit_and_loss(books, schema, [(c.first, c.last) for c in columns])
    if key == "balance-sheet":
        return statements.balance_sheet(books, schema, [column.last for column in columns])
    if key == "cash":
        rows = statements.cash(books, schema, today)
        lines = tuple(
            StatementLine(name, (amount,), account_id) for account_id, name, amount in rows
        )
        total = sum((row[2] for row in rows), ZERO)
        return [StatementSection("Bank accounts", lines, StatementLine("", ()))], StatementLine(
            "Cash", (total,), is_sum=True
        )
    view = {"receivables": "receivable", "payables": "payable"}[key]
    contacts = statements.ageing(books, schema, view, today)
    lines = tuple(
        StatementLine(name, (*ages, sum(ages, ZERO)), contact) for contact, name, ages in contacts
    )
    sums = tuple(
        sum((line.amounts[column] for line in lines), ZERO) for column in range(len(AGES) + 1)
    )
    return [StatementSection("", lines, StatementLine("", ()))], StatementLine(
        "Total", sums, is_sum=True
    )


def _account_link(
    instance: Instance, key: str, line: StatementLine, column: StatementColumn | None
) -> str:
    """Where a figure leads: the lines of its account, or the contact's documents."""
    if not line.account_id:
        return ""
    base = f"/instances/{instance.name}"
    if key in ("receivables", "payables"):
        of_kind = "sales-invoices" if key == "receivables" else "bills"
        return f"{base}/books/{of_kind}?contact={line.account_id}&status=AUTHORISED"
    span = f"?first={column.first}&last={column.last}" if column else ""
    return f"{base}/statements/account/{line.account_id}{span}"


def account(request: Request) -> HTMLResponse:
    """The lines of one account between two days, each with its document."""
    instance = instances.get(console(request).store, request.path_params["instance"])
    schema, key = schema_name(instance.name), str(request.path_params["account"])
    today = today_of(instance)
    wrong: InputError | None = None
    try:
        first = periods.typed_date(request.query_params.get("first", ""), instance)
        last = periods.typed_date(request.query_params.get("last", ""), instance)
    except InputError as error:
        wrong, first, last = error, None, None
    first, last = first or date(today.year, 1, 1), last or today
    with reading(request, instance) as books:
        basis = statements.basis(books, schema)
        named = books.rows(
            f"SELECT code, name FROM {source(schema, 'account')} "  # noqa: S608
            "WHERE account_id::VARCHAR = $1",
            (key,),
        )
        if not named:
            raise UnknownName("account", key, (), hint="open it from a statement")
        lines, total, count = (
            statements.movements(books, schema, key, first, last) if basis else ([], ZERO, 0)
        )
        as_of = books.as_of
    return page(
        request,
        "account.html",
        status=422 if wrong else 200,
        here="statements",
        instance=instance,
        key=key,
        name=" ".join(part for part in named[0] if part),
        basis=basis,
        building=being_built(request, instance),
        lines=[(line, _document_link(instance, line)) for line in lines],
        total=total,
        count=count,
        first=as_text("date", first, instance)[0],
        last=as_text("date", last, instance)[0],
        day=lambda value: as_text("date", value, instance)[0],
        wrong=wrong,
        as_of=as_of,
    )


def _document_link(instance: Instance, line: Movement) -> str:
    """The record behind a line, as a page."""
    if not line.record_id:
        return ""
    if line.record in ("invoice", "credit_note"):
        key = SOURCES.get(line.source_type, "")
    else:
        key = next((kind.key for kind in KINDS if kind.table == line.record), "")
    return document_address(instance.name, BY_KEY[key], line.record_id) if key else ""


def download(request: Request) -> Response:
    """A statement as CSV."""
    instance, schema, key = _named(request)
    columns = _columns(request, instance, key)
    with reading(request, instance) as books:
        if statements.basis(books, schema) is None:
            raise InputError("there is no ledger yet", hint="build it on this page first")
        sections, last_line = _filled(books, schema, key, columns, today_of(instance))
    heads = [column.title for column in columns]
    if key in ("receivables", "payables"):
        heads = [*AGES, "Total"]
    elif key == "cash":
        heads = ["Balance"]
    rows: list[tuple[Any, ...]] = []
    for section in sections:
        rows += [(section.title, line.label, *_plain(line.amounts)) for line in section.lines]
        if section.total.label:
            rows.append((section.title, section.total.label, *_plain(section.total.amounts)))
    rows.append(("", last_line.label, *_plain(last_line.amounts)))

    def stream() -> Iterator[bytes]:
        yield BOM + as_csv(["Section", "Line", *heads], rows)

    return StreamingResponse(
        stream(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{key}.csv"'},
    )


def _plain(amounts: tuple[Decimal, ...]) -> list[Decimal]:
    return [amount.quantize(Decimal("0.01")) for amount in amounts]


async def build(request: Request) -> Response:
    """Derive the ledger, as `xeroport ledger` does, and show its run."""
    found = await form(request)
    words = ["--no-tie"] if found.get("tie") == "no" else []
    return await run_in_threadpool(_build, request, words)


def _build(request: Request, words: list[str]) -> Response:
    state = console(request)
    instance = instances.get(state.store, request.path_params["instance"])
    into = chosen(request, instance).place.url
    run = state.work.start("ledger", instance.name, *words, into=into)
    return RedirectResponse(f"/runs/{run}", 303)


ROUTES = [
    Route("/instances/{instance}/statements", start),
    Route("/instances/{instance}/statements/build", build, methods=["POST"]),
    Route("/instances/{instance}/statements/account/{account}", account),
    Route("/instances/{instance}/statements/{statement}", one),
    Route("/instances/{instance}/statements/{statement}/csv", download),
]
