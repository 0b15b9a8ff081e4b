"""Books as a bookkeeper knows them: lists of sales invoices, bills, bank transactions, contacts …,
narrowed by words, dates and status, with totals by currency, and out as CSV or Excel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
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
from xeroport.console.reading import documents, periods, tables
from xeroport.console.reading.document_kinds import (
    BY_KEY,
    GROUPS,
    MORE,
    PRICES,
    STATUS_WORDS,
    TYPE_WORDS,
    Kind,
)
from xeroport.console.reading.documents import Narrowing
from xeroport.console.reading.filter_values import number_of
from xeroport.console.web.address_numbers import whole
from xeroport.console.web.chosen_place import reading
from xeroport.console.web.render import page
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import instance_of
from xeroport.errors import InputError, UnknownName
from xeroport.store.instances import Instance, schema_name

NUMBERS = frozenset(
    ("sub_total", "total_tax", "amount_paid", "amount_credited", "currency_rate",
     "sales_details_unit_price", "purchase_details_unit_price", "quantity_on_hand")
)  # fmt: skip
"""Columns that line up on the right."""


@dataclass(frozen=True)
class ListCell:
    """One cell of a list: its text, whether it lines up on the right, where it leads."""

    text: str
    is_number: bool = False
    link: str = ""


def kind_named(request: Request) -> Kind:
    """The kind of record that an address names."""
    key = str(request.path_params["kind"])
    if key not in BY_KEY:
        raise UnknownName("kind of record", key, BY_KEY, hint="see Books, All documents")
    return BY_KEY[key]


def all_kinds(request: Request) -> HTMLResponse:
    """Every kind of record that was synced, with its number."""
    instance = instance_of(request)
    schema = schema_name(instance.name)
    with reading(request, instance) as books:
        present = tables.present(books, schema)
        wanted = [BY_KEY[key] for _, keys in GROUPS for key in keys]
        kinds = [kind for kind in wanted if kind.table in present]
        counts = _counts(books, schema, kinds) if kinds else {}
    groups = [
        (title, [(BY_KEY[key], counts[key]) for key in keys if counts.get(key)])
        for title, keys in GROUPS
    ]
    return page(
        request,
        "books.html",
        here="documents",
        instance=instance,
        groups=[(title, kinds) for title, kinds in groups if kinds],
    )


def _counts(books: Any, schema: str, kinds: list[Kind]) -> dict[str, int]:
    parts = [
        f"SELECT '{kind.key}', count(*) FROM {documents.source(schema, kind.table)} "  # noqa: S608
        f"WHERE _deleted_at IS NULL{f' AND {kind.where}' if kind.where else ''}"
        for kind in kinds
    ]
    return dict(books.rows(" UNION ALL ".join(parts)))


def choices(kind: Kind, present: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The columns that a list can show: its usual ones, then others that its table has."""
    usual = {name for name, _ in kind.columns}
    more = tuple(pair for pair in MORE if pair[0] in present and pair[0] not in usual)
    return (*kind.columns, *more)


def asked(
    request: Request, kind: Kind, instance: Instance, columns: Sequence[tuple[str, str]] = ()
) -> tuple[Narrowing, str]:
    """What the address asks for, of these columns, and the name of its period; InputError for what
    is no date or amount."""
    query = request.query_params
    name = query.get("period", "")
    span = periods.period(name, periods.today_of(instance))
    first, last = span or (None, None)
    narrowing = Narrowing(
        words=query.get("q", "").replace("\0", "").strip()[:200],
        status=query.get("status", "")[:40],
        first=periods.typed_date(query.get("first", ""), instance) or first,
        last=periods.typed_date(query.get("last", ""), instance) or last,
        late=periods.today_of(instance) if query.get("late") == "1" else None,
        contact=query.get("contact", "").replace("\0", "")[:60],
        low=_amount(query.get("low", "")),
        high=_amount(query.get("high", "")),
        columns=tuple(pair for pair in columns if pair[0] in query.getlist("col")),
        sort=query.get("sort", ""),
        descending=query.get("desc") == "1",
        offset=whole(query.get("from"), 0, low=0, high=documents.DEEPEST),
    )
    if narrowing.first and narrowing.last and narrowing.first > narrowing.last:
        raise InputError("the first day is after the last", hint="swap the two dates")
    if narrowing.low is not None and narrowing.high is not None and narrowing.low > narrowing.high:
        raise InputError("the lowest total is above the highest", hint="swap the two amounts")
    return narrowing, name


def _amount(text: str) -> Decimal | None:
    """The amount that a text means; None for an empty one, InputError for anything else."""
    if not text.strip():
        return None
    number = number_of(text.strip())
    if number is None:
        raise InputError(f"`{text.strip()[:40]}` is not an amount", hint="write it as 1200.00")
    return number


def listing(request: Request) -> HTMLResponse:
    """A page of one kind of record."""
    instance = instance_of(request)
    kind, schema = kind_named(request), schema_name(instance.name)
    wrong: InputError | None = None
    with reading(request, instance) as books:
        columns = choices(kind, documents.column_names(books, schema, kind.table))
        try:
            narrowing, period = asked(request, kind, instance, columns)
        except InputError as error:
            wrong, narrowing, period = error, Narrowing(), ""
        present = tables.present(books, schema)
        instance = documents.with_currency(books, schema, instance, present)
        if kind.table not in present:
            totals, rows, statuses = [], [], []
        else:
            currency = documents.currency_of(schema, kind, present, instance.base_currency or "")
            totals = documents.totals(books, schema, kind, narrowing, currency)
            rows = documents.page_of(books, schema, kind, narrowing, currency)
            statuses = documents.statuses(books, schema, kind)
        shown = narrowing.columns or kind.columns
        named = [dict(zip((name for name, _ in shown), row[3:], strict=True)) for row in rows]
        words = documents.words_of(books, schema, named, present)
    return page(
        request,
        "book_list.html",
        here=kind.section,
        instance=instance,
        kind=kind,
        columns=shown,
        choices=columns,
        numbers=NUMBERS | {kind.total, kind.open},
        views=views_of(request, instance.name, f"books/{kind.key}"),
        view_page=f"books/{kind.key}",
        kept=[(k, v) for k, v in request.query_params.multi_items()
              if k not in ("col", "from", "said")],
        rows=[_cells(kind, row, shown, words, instance) for row in rows],
        totals=totals,
        count=sum(total.count for total in totals),
        narrowing=narrowing,
        typed=dict(request.query_params),
        period=period,
        periods=periods.PERIODS,
        statuses=[(status, STATUS_WORDS.get(status, status)) for status in statuses],
        link=lambda **changes: _link(request, changes),
        size=documents.PAGE,
        wrong=wrong,
    )  # fmt: skip


def document_address(instance: str, kind: Kind, key: str) -> str:
    """Where one record is shown."""
    return f"/instances/{instance}/books/{kind.key}/{key}"


def _cells(
    kind: Kind,
    row: tuple[Any, ...],
    columns: Sequence[tuple[str, str]],
    words: documents.Words,
    instance: Instance,
) -> list[ListCell]:
    key, currency, contact = str(row[0]), row[1], row[2]
    cells = []
    for position, ((name, _), value) in enumerate(zip(columns, row[3:], strict=True)):
        text, is_number = as_text(name, value, instance)
        text = words.get((name, value), text)
        if is_number and name in (kind.total, kind.open) and currency and text:
            text = f"{text} {currency}"
        link = ""
        if position == 0:
            link = document_address(instance.name, kind, key)
        elif name == "contact_name" and contact:
            link = document_address(instance.name, BY_KEY["contacts"], str(contact))
        cells.append(ListCell(text or ("No number" if position == 0 else ""), is_number, link))
    return cells


def as_text(name: str, value: Any, instance: Instance) -> tuple[str, bool]:
    """A value in a bookkeeper's words, and whether it is a number."""
    from xeroport.console.wording import cell, day, is_number

    if isinstance(value, date):
        return day(value, instance.date_format), False
    if name in ("status", "contact_status"):
        return STATUS_WORDS.get(str(value), str(value or "")), False
    if name in ("type", "class"):
        return TYPE_WORDS.get(str(value), str(value or "").capitalize()), False
    if name in PRICES and value is not None and instance.base_currency:
        return f"{cell(value)} {instance.base_currency}", True
    return cell(value), is_number(value)


def _link(request: Request, changes: dict[str, object]) -> str:
    kept = [
        (key, value)
        for key, value in request.query_params.multi_items()
        if key != "said" and key not in changes and value
    ]
    return "?" + urlencode([*kept, *((k, v) for k, v in changes.items() if v not in (None, ""))])


def _to_download(
    request: Request, most: int
) -> tuple[Kind, list[str], Iterator[list[tuple[Any, ...]]]]:
    """The headings of the columns, and so many of the records that match, in lots."""
    instance = instance_of(request)
    kind, schema = kind_named(request), schema_name(instance.name)
    with reading(request, instance) as books:
        columns = choices(kind, documents.column_names(books, schema, kind.table))
        present = tables.present(books, schema)
        instance = documents.with_currency(books, schema, instance, present)
    narrowing, _ = asked(request, kind, instance, columns)
    currency = documents.currency_of(schema, kind, present, instance.base_currency or "")
    sql, values = documents.select(schema, kind, narrowing, currency)
    heads = ["Id", "Currency", *(label for _, label in narrowing.columns or kind.columns)]
    lots = lots_of(request, instance, sql, values, most=most)
    return kind, heads, ([(str(row[0]), row[1], *row[3:]) for row in lot] for lot in lots)


def download(request: Request) -> Response:
    """All records that match, as CSV that Excel opens with its letters right."""
    kind, heads, lots = _to_download(request, CSV_ROWS)
    return csv_response(kind.key, heads, lots)


def workbook(request: Request) -> Response:
    """All records that match, as an Excel workbook."""
    kind, heads, lots = _to_download(request, EXCEL_ROWS)
    return excel_response(kind.title, heads, chain.from_iterable(lots), name=kind.key)


ROUTES = [
    page_at("/instances/{instance}/books", all_kinds),
    page_at("/instances/{instance}/books/{kind}", listing),
    page_at("/instances/{instance}/books/{kind}/csv", download),
    page_at("/instances/{instance}/books/{kind}/xlsx", workbook),
]
