"""Statements on an instance's ledger: which figures they need, and how they are put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal, get_args

from msgspec import Struct, structs

from xeroport.books.statements import aged, lines
from xeroport.books.statements.balances import balance_rows, label, trial_rows
from xeroport.books.statements.layout import profit_layout
from xeroport.books.statements.model import (
    Ask,
    Books,
    ColumnSpan,
    Figures,
    Row,
    Statement,
    long_date,
    money,
    short_date,
)
from xeroport.books.statements.profit import budget_rows, profit_rows
from xeroport.books.statements.reading import (
    read_books,
    read_budget,
    read_figures,
    tracking_options,
)
from xeroport.books.tie import month_end
from xeroport.errors import InputError, UnknownName
from xeroport.jobs.query import answering, books_open
from xeroport.jobs.statement_days import BY, ONE_DAY, Range, parts_of, range_before, year_before
from xeroport.store.instances import schema_name

Name = Literal[
    "trial-balance", "profit-and-loss", "balance-sheet", "general-ledger", "aged-receivables",
    "aged-payables", "budget-vs-actual", "cash", "sales-tax",
]  # fmt: skip
NAMES: tuple[str, ...] = get_args(Name)
AT_A_DAY = frozenset({"trial-balance", "balance-sheet", "aged-receivables", "aged-payables"})
"""Statements of a day; the others are of a range of days."""


class Wish(Struct, frozen=True):
    """What is asked: a day or a range of days, and how the columns are cut. `before` adds the range
    of the same length right before, `days` are more days beside `at`."""

    at: date | None = None
    since: date | None = None
    until: date | None = None
    by: str | None = None
    tracking: str | None = None
    compare: bool = False
    before: bool = False
    days: tuple[date, ...] = ()
    cash: bool = False
    drill: str | None = None


class Asked(Struct, frozen=True):
    """A wish with its days filled in, and what it is answered from."""

    ask: Ask
    schema: str
    books: Books
    wish: Wish
    since: date
    until: date


def statement(instance: str, name: str, wish: Wish, *, url: str, today: date) -> Statement:
    """A statement on the ledger of an instance at a destination.

    InputError where there is no ledger, or the wish does not fit the statement.
    """
    with books_open(url, instance) as ask:
        return drawn(ask, instance, name, wish, today=today)


def drawn(ask: Ask, instance: str, name: str, wish: Wish, *, today: date) -> Statement:
    """The same from books that are open already."""
    if name not in NAMES:
        raise UnknownName("statement", name, NAMES, hint="see `xeroport report --help`")
    schema = schema_name(instance)
    books = read_books(ask, schema, instance=instance)
    if wish.cash and not books.has_cash:
        raise InputError(
            f"the cash basis of `{instance}` was not derived",
            hint=f"`xeroport ledger {instance} --cash`",
        )
    since, until = _days(name, wish, today)
    asked = Asked(ask, schema, books, wish, since, until)
    built = _drill(asked) if wish.drill else _BUILDERS[name](asked)
    return structs.replace(
        built,
        organisation=books.organisation,
        currency=books.currency,
        basis="cash" if wish.cash else "accrual",
        as_of=books.as_of,
        tied_until=books.tied_until,
        notes=_notes(asked, built),
    )


def asking(instance: str, url: str) -> Ask:
    """Answers queries over what was synced of an instance, and its ledger."""

    def ask(sql: str) -> Sequence[tuple[Any, ...]]:
        with answering(sql, url=url, instance=instance) as answer:
            return list(answer.rows())

    return ask


def books_of(instance: str, url: str) -> Books:
    """The organisation, chart and last run of an instance's ledger."""
    return read_books(asking(instance, url), schema_name(instance), instance=instance)


def _days(name: str, wish: Wish, today: date) -> tuple[date, date]:
    """The first and the last day; a range is this month where none is named."""
    if name in AT_A_DAY and (wish.since or wish.until) and not wish.drill:
        raise InputError(f"`{name}` is of one day", hint="name it with `--at 2026-06-30`")
    if name not in AT_A_DAY and wish.at:
        raise InputError(f"`{name}` is of a range of days", hint="name it with `--from` and `--to`")
    until = wish.at or wish.until or (month_end(wish.since) if wish.since else today)
    since = wish.since or until.replace(day=1)
    if since > until:
        raise InputError(
            f"`{since}` is after `{until}`", hint="`--from` is the first day, `--to` the last"
        )
    return since, until


def _notes(asked: Asked, built: Statement) -> tuple[str, ...]:
    notes = list(built.notes)
    books = asked.books
    if books.tied_until is None:
        notes.append("not tied to Xero's trial balance")
    elif asked.until > books.tied_until:
        notes.append(f"tied to Xero until {books.tied_until}; later days are from documents alone")
    if built.not_from_documents:
        notes.append(
            f"{built.not_from_documents:,} {books.currency} in these figures come from no document"
        )
    if books.missing:
        notes.append(f"never synced: {books.missing}")
    if asked.wish.cash:
        notes.append("the cash basis has no residual: it is not tied to Xero")
    return tuple(notes)


def _blank(
    name: str,
    title: str,
    period: str,
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    spans: Sequence[ColumnSpan | None] = (),
) -> Statement:
    return Statement(name, title, "", period, "", tuple(columns), tuple(rows), spans=tuple(spans))


def _figures(asked: Asked, *ranges: Range, option: str | None = None) -> Figures:
    """Movements; of these ranges of days only, where they are named."""
    cuts = {day for since, until in ranges for day in (since, until + ONE_DAY) if day is not None}
    return read_figures(
        asked.ask,
        asked.schema,
        until=max((until for _, until in ranges), default=asked.until),
        cash=asked.wish.cash,
        option=option,
        cuts=cuts,
    )


def _trial_balance(asked: Asked) -> Statement:
    until = asked.until
    year = asked.books.year_end.start(until)
    figures = _figures(asked, (None, year - ONE_DAY), (until.replace(day=1), until))
    built = _blank(
        "trial-balance", "Trial Balance", f"As at {long_date(asked.until)}",
        ("Debit", "Credit", "YTD Debit", "YTD Credit"),
        trial_rows(asked.books, figures, asked.until),
    )  # fmt: skip
    return _with_residual(built, figures, None, asked.until)


def _with_residual(
    built: Statement, figures: Figures, since: date | None, until: date
) -> Statement:
    return structs.replace(built, not_from_documents=money(figures.unexplained(since, until)))


def _profit_and_loss(asked: Asked) -> Statement:
    books, wish = asked.books, asked.wish
    title = profit_layout(books.region).title
    period = f"{long_date(asked.since)} to {long_date(asked.until)}"
    whole = (asked.since, asked.until)
    if wish.tracking:
        figures = _figures(asked, whole)
        heads, columns, spans = _tracked(asked, figures)
    else:
        titled = [
            (short_date(until), (since, until))
            for since, until in parts_of(asked.since, asked.until, wish.by)
        ]
        if len(titled) > 1:
            titled.append(("Total", whole))
        if wish.before:
            titled.append(_headed(range_before(*whole)))
        if wish.compare:
            titled.append(_headed((year_before(asked.since), year_before(asked.until))))
        figures = _figures(asked, *(days for _, days in titled))
        heads = [head for head, _ in titled]
        columns = [figures.moved(*days) for _, days in titled]
        spans = [ColumnSpan(*days) for _, days in titled]
    rows = profit_rows(books, columns)
    built = _blank("profit-and-loss", title, period, heads, rows, spans=spans)
    return _with_residual(built, figures, asked.since, asked.until)


def _headed(days: tuple[date, date]) -> tuple[str, tuple[date, date]]:
    return short_date(days[1]), days


def _tracked(
    asked: Asked, figures: Figures
) -> tuple[list[str], list[Mapping[str, int]], list[ColumnSpan]]:
    """A column for each option of a category, what has none, and the total; or one option's."""
    category, _, only = (asked.wish.tracking or "").partition("=")
    options = tracking_options(asked.ask, asked.schema, category)
    if only:
        chosen = {key: name for key, name in options.items() if name.casefold() == only.casefold()}
        if not chosen:
            raise UnknownName(f"option of `{category}`", only, options.values())
        options = chosen
    whole = (asked.since, asked.until)
    columns: list[Mapping[str, int]] = [
        _figures(asked, whole, option=key).moved(*whole) for key in options
    ]
    heads = list(options.values())
    spans = [ColumnSpan(*whole, option=key) for key in options]
    if not only:
        moved = figures.moved(*whole)
        rest = {
            key: cents - sum(column.get(key, 0) for column in columns)
            for key, cents in moved.items()
        }
        heads += ["Unassigned", "Total"]
        columns += [rest, moved]
        spans += [ColumnSpan(*whole, without=category), ColumnSpan(*whole)]
    return heads, columns, spans


def _balance_sheet(asked: Asked) -> Statement:
    days = [asked.until, *asked.wish.days]
    if asked.wish.by:
        raise InputError(
            "`balance-sheet` is of one day", hint="`--compare` adds the same day a year earlier"
        )
    if asked.wish.compare:
        days.append(year_before(asked.until))
    starts = [asked.books.year_end.start(day) for day in days]
    figures = _figures(
        asked, *((None, day) for day in days), *((None, start - ONE_DAY) for start in starts)
    )
    built = _blank(
        "balance-sheet", "Balance Sheet", f"As at {long_date(asked.until)}",
        [long_date(day) for day in days], balance_rows(asked.books, figures, days),
        spans=[ColumnSpan(None, day) for day in days],
    )  # fmt: skip
    return _with_residual(built, figures, None, asked.until)


def _general_ledger(asked: Asked) -> Statement:
    figures = _figures(asked)
    listed = lines.read_lines(
        asked.ask, asked.schema, since=asked.since, until=asked.until, cash=asked.wish.cash
    )
    opening = figures.moved(None, asked.since - timedelta(days=1))
    rows = lines.ledger_rows(asked.books, listed, opening)
    period = f"{long_date(asked.since)} to {long_date(asked.until)}"
    built = _blank("general-ledger", "General Ledger", period, lines.GENERAL_LEDGER[1:], rows)
    return _with_residual(built, figures, asked.since, asked.until)


def _drill(asked: Asked) -> Statement:
    """The documents behind one account's figure."""
    wanted = asked.wish.drill or ""
    keys = [
        key
        for key, account in asked.books.accounts.items()
        if wanted in (account.code, account.account_id)
        or wanted.casefold() == account.name.casefold()
    ]
    if not keys:
        codes = [account.code or account.name for account in asked.books.accounts.values()]
        raise UnknownName("account", wanted, codes)
    listed = lines.read_lines(
        asked.ask, asked.schema, since=asked.since, until=asked.until, account=keys[0],
        cash=asked.wish.cash,
    )  # fmt: skip
    period = f"{long_date(asked.since)} to {long_date(asked.until)}"
    title = f"Documents on {label(asked.books, keys[0])}"
    return _blank("drill", title, period, lines.DRILL[1:], lines.drill_rows(listed))


def _aged(asked: Asked, *, sales: bool) -> Statement:
    documents = aged.read_open(asked.ask, asked.schema, at=asked.until, sales=sales)
    name = "aged-receivables" if sales else "aged-payables"
    built = _blank(
        name, f"Aged {'Receivables' if sales else 'Payables'}", f"As at {long_date(asked.until)}",
        (*aged.BUCKETS, "Total"), aged.aged_rows(documents, asked.until),
    )  # fmt: skip
    return structs.replace(built, notes=("from documents, at the rate of each document",))


def _budget(asked: Asked) -> Statement:
    whole = (asked.since, asked.until)
    figures = _figures(asked, whole)
    planned = read_budget(asked.ask, asked.schema, since=asked.since, until=asked.until)
    built = _blank(
        "budget-vs-actual", "Budget vs Actual",
        f"{long_date(asked.since)} to {long_date(asked.until)}",
        ("Actual", "Budget", "Variance", "Variance %"),
        budget_rows(asked.books, figures.moved(*whole), planned),
        spans=(ColumnSpan(*whole), None, None, None),
    )  # fmt: skip
    if not planned:
        built = structs.replace(built, notes=("no overall budget was synced for these months",))
    return _with_residual(built, figures, asked.since, asked.until)


def _cash(asked: Asked) -> Statement:
    before = asked.since - ONE_DAY
    figures = _figures(asked, (None, before), (asked.since, asked.until))
    moved = lines.read_cash(
        asked.ask, asked.schema, since=asked.since, until=asked.until,
        banks={key for key, account in asked.books.accounts.items() if account.type == "BANK"},
    )  # fmt: skip
    during = ColumnSpan(asked.since, asked.until)
    built = _blank(
        "cash", "Bank Summary", f"From {long_date(asked.since)} to {long_date(asked.until)}",
        ("Opening Balance", "Cash Received", "Cash Spent", "Closing Balance"),
        lines.cash_rows(asked.books, figures.moved(None, before), moved),
        spans=(ColumnSpan(None, before), during, during, ColumnSpan(None, asked.until)),
    )  # fmt: skip
    return _with_residual(built, figures, asked.since, asked.until)


def _sales_tax(asked: Asked) -> Statement:
    figures = _figures(asked)
    parts = lines.read_tax(
        asked.ask, asked.schema, since=asked.since, until=asked.until, cash=asked.wish.cash
    )
    moved = figures.moved(asked.since, asked.until)
    tax = sum(
        moved.get(key, 0) for key, each in asked.books.accounts.items() if each.system == "GST"
    )
    return _blank(
        "sales-tax", "Sales Tax", f"{long_date(asked.since)} to {long_date(asked.until)}",
        ("Net", "Tax"), lines.tax_rows(asked.books, parts, tax),
    )  # fmt: skip


_BUILDERS: Mapping[str, Callable[[Asked], Statement]] = {
    "trial-balance": _trial_balance,
    "profit-and-loss": _profit_and_loss,
    "balance-sheet": _balance_sheet,
    "general-ledger": _general_ledger,
    "aged-receivables": lambda asked: _aged(asked, sales=True),
    "aged-payables": lambda asked: _aged(asked, sales=False),
    "budget-vs-actual": _budget,
    "cash": _cash,
    "sales-tax": _sales_tax,
}


def flat(built: Statement) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """A statement as columns and rows, for CSV and frames: section, kind, label, then figures."""
    return (
        ("section", "kind", "label", *built.columns),
        [
            (row.section, row.kind, row.label, *_padded(row, len(built.columns)))
            for row in built.rows
            if row.kind != "section"
        ],
    )


def _padded(row: Row, width: int) -> tuple[Any, ...]:
    return (*row.values, *(None,) * (width - len(row.values)))


__all__ = ["BY", "NAMES", "Wish", "asking", "books_of", "drawn", "flat", "statement"]
