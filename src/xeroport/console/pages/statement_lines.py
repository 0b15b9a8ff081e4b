"""Behind a figure of a statement: the lines of an account or a total, and the documents that are
open at a day; each leads to its document."""

from __future__ import annotations

from datetime import date, timedelta

from starlette.requests import Request
from starlette.responses import HTMLResponse

from xeroport.books.statements.ageing import BUCKETS, OpenDocument
from xeroport.books.statements.balances import retained_account
from xeroport.books.statements.figures import read_books
from xeroport.books.statements.statement_model import Books
from xeroport.console.pages.books import as_text, document_address
from xeroport.console.pages.statement_wish import TITLES
from xeroport.console.pages.statements import ageing_of, being_built, named
from xeroport.console.reading import periods, statements
from xeroport.console.reading.account_groups import accounts_of
from xeroport.console.reading.document_kinds import BY_KEY, KINDS
from xeroport.console.reading.movements import LinePart, Movement, Movements, movements
from xeroport.console.reading.periods import today_of
from xeroport.console.web.address_numbers import whole
from xeroport.console.web.chosen_place import reading
from xeroport.console.web.render import page
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import instance_of
from xeroport.errors import InputError, UnknownName
from xeroport.store.instances import Instance, schema_name

SOURCES = {
    "ACCREC": "sales-invoices",
    "ACCPAY": "bills",
    "ACCRECCREDIT": "sales-credit-notes",
    "ACCPAYCREDIT": "supplier-credit-notes",
}
"""Kinds of journals that say which kind of record is behind them."""
SIDES = {
    "receivables": ("sales-invoices", "sales-credit-notes"),
    "payables": ("bills", "supplier-credit-notes"),
}
GROUP_TITLES = {
    "income": "Income", "cost_of_sales": "Cost of sales", "other_income": "Other income",
    "expenses": "Operating expenses", "gross": "Gross profit", "net": "Net profit",
    "assets": "Assets", "liabilities": "Liabilities", "net-assets": "Net assets",
    "equity": "Equity", "cash": "Bank accounts", "retained": "Retained earnings",
}  # fmt: skip
OPEN_DOCUMENTS = 500


def account(request: Request) -> HTMLResponse:
    """The lines of one account between two days, each with its document."""
    return _lines(request, account=str(request.path_params["account"]))


def group(request: Request) -> HTMLResponse:
    """The lines that a total of a statement adds up."""
    return _lines(request, group=request.query_params.get("group", ""))


def _lines(request: Request, *, account: str = "", group: str = "") -> HTMLResponse:
    instance = instance_of(request)
    schema = schema_name(instance.name)
    wrong: InputError | None = None
    try:
        first, last = _days(request, instance)
    except InputError as error:
        wrong, first, last = error, today_of(instance).replace(day=1), today_of(instance)
    query = request.query_params
    with reading(request, instance) as books:
        basis = statements.basis(books, schema)
        known, moved = None, Movements([], 0, 0, [])  # type: ignore[arg-type]
        name = ""
        if basis is not None:
            known = read_books(books.rows, schema, instance=instance.name)
            name, parts = _parts(known, account, group, first, last)
            tracked = [
                LinePart(part.accounts, part.first, part.last, _plain(query.get("option", "")),
                         _plain(query.get("without", "")))
                for part in parts
            ]  # fmt: skip
            moved = movements(books, schema, tracked, basis.currency)
    return page(
        request,
        "account.html",
        here="statements",
        instance=instance,
        name=name or "Lines",
        group=group,
        basis=basis,
        building=being_built(request, instance),
        lines=[(line, _account_name(known, line), _document_link(instance, line))
               for line in moved.lines],
        moved=moved,
        first=as_text("date", first, instance)[0] if first else "",
        last=as_text("date", last, instance)[0],
        kept={key: query[key] for key in ("group", "option", "without") if query.get(key)},
        day=lambda value: as_text("date", value, instance)[0],
        wrong=wrong,
    )  # fmt: skip


def _plain(text: str) -> str:
    """Without the one character that no database takes, and no longer than a name is."""
    return text.replace("\0", "")[:200]


def _days(request: Request, instance: Instance) -> tuple[date | None, date]:
    """The two days of an address; from the beginning where it names only the last."""
    first, last = periods.typed_days(request.query_params, instance)
    return first, last or max(today_of(instance), first or today_of(instance))


def _parts(
    known: Books, account: str, group: str, first: date | None, last: date
) -> tuple[str, list[LinePart]]:
    """What the page is called, and the lines that it lists."""
    if account:
        if account not in known.accounts:
            raise UnknownName("account", account, (), hint="open it from a statement")
        chosen = known.accounts[account]
        name = f"{chosen.code} {chosen.name}" if chosen.code else chosen.name
        return name, [LinePart((account,), first, last)]
    if group == "retained":
        before = known.year_end.start(last) - timedelta(days=1)
        return GROUP_TITLES[group], [
            LinePart((retained_account(known),), None, last),
            LinePart(accounts_of(known, "net"), None, before),
        ]
    accounts = accounts_of(known, group)
    if not accounts:
        raise UnknownName("total", group, GROUP_TITLES, hint="open it from a statement")
    title = GROUP_TITLES.get(group) or group.replace("-", " ").capitalize()
    return title, [LinePart(accounts, first, last)]


def _account_name(known: Books | None, line: Movement) -> str:
    found = known.accounts.get(line.account_id) if known else None
    return found.name if found else ""


def _document_link(instance: Instance, line: Movement) -> str:
    """The record behind a line, as a page."""
    if not line.record_id:
        return ""
    if line.record in ("invoice", "credit_note"):
        key = SOURCES.get(line.source_type, "")
    else:
        key = next((kind.key for kind in KINDS if kind.table == line.record), "")
    return document_address(instance.name, BY_KEY[key], line.record_id) if key else ""


def documents(request: Request) -> HTMLResponse:
    """The documents that are open at a day: of one contact, age or currency, or all."""
    instance, schema, key = named(request)
    if key not in SIDES:
        raise UnknownName("list of open documents", key, SIDES)
    query = request.query_params
    wrong: InputError | None = None
    try:
        at = periods.typed_date(query.get("at", ""), instance) or today_of(instance)
    except InputError as error:
        wrong, at = error, today_of(instance)
    bucket = whole(query.get("age"), -1, low=0, high=len(BUCKETS) - 1)
    rows: list[OpenDocument] = []
    count, total = 0, None
    with reading(request, instance) as books:
        basis = statements.basis(books, schema)
        if basis is not None:
            rows, count, total = ageing_of(books, instance, key, at).documents(
                most=OPEN_DOCUMENTS,
                contact=_plain(query.get("contact", "")),
                bucket=bucket if bucket >= 0 else None,
                currency=_plain(query.get("currency", "")),
            )
    contact = rows[0].contact if rows and query.get("contact") else ""
    return page(
        request,
        "open_documents.html",
        here="statements",
        instance=instance,
        key=key,
        title=TITLES[key],
        contact=contact,
        contact_link=document_address(instance.name, BY_KEY["contacts"], rows[0].contact_id)
        if contact
        else "",
        age=BUCKETS[bucket] if bucket >= 0 else "",
        currency=query.get("currency", "")[:10],
        basis=basis,
        building=being_built(request, instance),
        rows=[(row, BUCKETS[row.bucket], _open_link(instance, key, row)) for row in rows],
        count=count,
        total=total,
        own=_own_sums(rows) if count == len(rows) else [],
        at=as_text("date", at, instance)[0],
        day=lambda value: as_text("date", value, instance)[0] if value else "",
        wrong=wrong,
    )


def _own_sums(rows: list[OpenDocument]) -> list[tuple[str, object]]:
    sums: dict[str, object] = {}
    for row in rows:
        sums[row.currency] = sums.get(row.currency, 0) + row.due  # type: ignore[operator]
    return sorted(sums.items())


def _open_link(instance: Instance, key: str, row: OpenDocument) -> str:
    invoice, credit_note = SIDES[key]
    kinds = {"invoice": invoice, "credit_note": credit_note, "overpayment": "overpayments",
             "prepayment": "prepayments"}  # fmt: skip
    return document_address(instance.name, BY_KEY[kinds[row.kind]], row.document_id)


ROUTES = [
    page_at("/instances/{instance}/statements/account/{account}", account),
    page_at("/instances/{instance}/statements/lines", group),
    page_at("/instances/{instance}/statements/{statement}/open", documents),
]
