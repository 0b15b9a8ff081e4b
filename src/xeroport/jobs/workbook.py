"""Workbooks: a statement, or the monthly pack of an instance, as an Excel file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import structs

from xeroport.books.statements import lines
from xeroport.books.statements.figures import (
    read_books,
    read_budget,
    read_figures,
    read_proof,
    tracking_categories,
)
from xeroport.books.statements.layout import profit_layout
from xeroport.books.statements.profit import profit_rows, signed_budget
from xeroport.books.statements.statement_model import (
    Ask,
    Books,
    Figures,
    Statement,
    long_date,
    short_date,
)
from xeroport.books.views import Dialect
from xeroport.books.workbook.pack import Pack, Proof, ResidualLine, write_pack
from xeroport.books.workbook.sheets import Pages, open_book, save
from xeroport.dates import months_after
from xeroport.destinations import is_postgres
from xeroport.errors import InputError
from xeroport.jobs.query import books_open
from xeroport.jobs.statement import drawn
from xeroport.jobs.statement_days import parts_of, year_before
from xeroport.jobs.statement_wish import Wish
from xeroport.store.instances import schema_name

MOST_MONTHS = 36
"""Months that are set side by side."""


def write_statement(built: Statement, path: Path) -> None:
    """One statement as an Excel file; InputError unless the file is named as one."""
    if path.suffix.casefold() != ".xlsx":
        raise InputError(
            f"`{path}` is not a name of an Excel file",
            hint=f"such as `{path.with_suffix('.xlsx')}`",
        )
    book = open_book(path)
    Pages(book).statement(built.title.replace("/", "-"), built)
    save(book, path)


def write_pack_of(
    instance: str, path: Path, *, url: str, since: date | None, until: date | None, today: date
) -> None:
    """The pack of one instance, from the first day of a month to a day: this financial year up to
    the last month end that is tied, where none is named."""
    pack = pack_of(instance, url=url, since=since, until=until, today=today)
    book = open_book(path)
    write_pack(Pages(book), pack)
    save(book, path)


def period(
    books: Books, *, since: date | None, until: date | None, today: date
) -> tuple[date, date]:
    """The days of a pack; InputError where they are too many or the wrong way round."""
    last = until or books.tied_until or today
    first = (since or books.year_end.start(last)).replace(day=1)
    if first > last:
        raise InputError(f"`{first}` is after `{last}`", hint="`--from` is the first month")
    if len(parts_of(first, last, "month")) > MOST_MONTHS:
        raise InputError(
            f"{first} to {last} are more than {MOST_MONTHS} months",
            hint="a workbook holds three years at most",
        )
    return first, last


def pack_of(
    instance: str, *, url: str, since: date | None, until: date | None, today: date
) -> Pack:
    """All that a pack shows."""
    with books_open(url, instance) as ask:
        return _pack(ask, instance, url=url, since=since, until=until, today=today)


def _pack(
    ask: Ask, instance: str, *, url: str, since: date | None, until: date | None, today: date
) -> Pack:
    schema = schema_name(instance)
    books = read_books(ask, schema, instance=instance)
    dialect: Dialect = "postgres" if is_postgres(url) else "duckdb"
    first, last = period(books, since=since, until=until, today=today)
    figures = read_figures(ask, schema, until=last)

    def make(name: str, **wish: Any) -> Statement:
        return drawn(ask, instance, name, Wish(**wish), dialect=dialect, today=today)

    months, count = _months(ask, schema, books, figures, first, last)
    tracking = tuple(
        structs.replace(
            make("profit-and-loss", since=first, until=last, tracking=category),
            period=f"{category}, {long_date(first)} to {long_date(last)}",
        )
        for category in tracking_categories(ask, schema)
    )
    return Pack(
        proof=_proof(ask, schema, books, first, last),
        months=months,
        month_count=count,
        balance_sheet=make("balance-sheet", at=last, compare=True),
        trial_balance=make("trial-balance", at=last),
        receivables=make("aged-receivables", at=last),
        payables=make("aged-payables", at=last),
        tracking=tracking,
        ledger=_lines(ask, schema, books, first, last),
    )


def _months(
    ask: Ask, schema: str, books: Books, figures: Figures, since: date, until: date
) -> tuple[Statement, int]:
    ranges = parts_of(since, until, "month")
    planned = signed_budget(books, read_budget(ask, schema, since=since, until=until))
    columns: list[Mapping[str, int]] = [figures.moved(*each) for each in ranges]
    columns.append(figures.moved(since, until))
    columns.append(figures.moved(months_after(since, -12), year_before(until)))
    columns.append(planned)
    built = Statement(
        name="profit-and-loss",
        title=profit_layout(books.region).title,
        organisation=books.organisation,
        period=f"{long_date(since)} to {long_date(until)}",
        currency=books.currency,
        columns=(*(short_date(end) for _, end in ranges), "Total", "Year before", "Budget"),
        rows=tuple(profit_rows(books, columns)),
        as_of=books.as_of,
        tied_until=books.tied_until,
    )
    return built, len(ranges)


def _proof(ask: Ask, schema: str, books: Books, since: date, until: date) -> Proof:
    run, residual = read_proof(ask, schema, until=until)
    return Proof(
        organisation=books.organisation,
        currency=books.currency,
        period=f"{long_date(since)} to {long_date(until)}",
        as_of=books.as_of,
        derived_at=run["derived_at"],
        tied_from=run["tied_from"],
        tied_until=run["tied_until"],
        lines=run["lines"],
        journals=run["journals"],
        missing=books.missing,
        residual=tuple(ResidualLine(*row) for row in residual),
    )


def _lines(
    ask: Ask, schema: str, books: Books, since: date, until: date
) -> tuple[tuple[Any, ...], ...]:
    rows: list[tuple[Any, ...]] = []
    for line in lines.read_lines(ask, schema, since=since, until=until):
        key, day, source, description, reference, amount, contact, *_ = line
        account = books.accounts[key]
        debit, credit = (amount, None) if amount >= 0 else (None, -amount)
        rows.append(
            (day, account.code, account.name, source, reference, contact, description, debit,
             credit, amount)
        )  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (row[0], str(row[1] or ""))))
