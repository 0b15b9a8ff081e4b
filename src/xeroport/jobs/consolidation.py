"""Consolidation: several instances as one group, as an Excel file."""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from msgspec import Struct

from xeroport.books.group import Member, Translation, balance_lines, member_balances, profit_lines
from xeroport.books.group_inputs import (
    Accounts,
    Rates,
    average_of,
    check_mapping,
    closing_of,
    has_months,
    read_mapping,
    read_rates,
)
from xeroport.books.statements.figures import read_figures
from xeroport.books.statements.layout import profit_layout
from xeroport.books.statements.statement_model import Books, Figures, long_date
from xeroport.books.tie import month_end
from xeroport.books.workbook.group_sheets import Group, write_group_sheets
from xeroport.books.workbook.sheets import Pages, open_book, save
from xeroport.destinations.typed import identifier
from xeroport.errors import InputError
from xeroport.jobs.query import answering, books_open
from xeroport.jobs.statement import books_of
from xeroport.jobs.statement_days import parts_of
from xeroport.jobs.workbook import period
from xeroport.rows import source
from xeroport.rows.row import Source
from xeroport.store.instances import schema_name

TABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*")


class GroupOrder(Struct, frozen=True):
    """What group is wanted: `rates` and `accounts` are files (CSV, a spreadsheet), or tables of the
    destination written `schema.table`; `currency` is the group's, else the first instance's."""

    instances: tuple[str, ...]
    url: str
    today: date
    since: date | None = None
    until: date | None = None
    accounts: str | None = None
    rates: str | None = None
    currency: str | None = None


def group_of(order: GroupOrder) -> Group:
    """A group of instances: the period is that of the first. InputError for a rate or a mapping
    that is missing or not right."""
    twice = [name for name in order.instances if order.instances.count(name) > 1]
    if twice:
        raise InputError(f"`{twice[0]}` is named twice", hint="name each instance once")
    rates: Rates = read_rates(_table(order, order.rates)) if order.rates else {}
    mapping: Accounts = read_mapping(_table(order, order.accounts)) if order.accounts else {}
    held = {name: books_of(name, order.url) for name in order.instances}
    check_mapping(
        mapping, {name: _words(books) for name, books in held.items()}, name=order.accounts or ""
    )
    lead = held[order.instances[0]]
    currency = (order.currency or lead.currency).upper()
    first, last = period(lead, since=order.since, until=order.until, today=order.today)
    begin = min(first, *(books.year_end.start(last) for books in held.values()))
    parts: list[tuple[date, date]] = [(begin, last)]
    if has_months(rates):
        parts = parts_of(begin, last, "month")
    members = tuple(
        _member(order, name, books, rates, currency, parts, first) for name, books in held.items()
    )
    layout = profit_layout(lead.region)
    return Group(
        name=" + ".join(member.books.organisation for member in members),
        period=f"{long_date(first)} to {long_date(last)}",
        currency=currency,
        members=members,
        profit=tuple(profit_lines(members, mapping, layout)),
        balance=tuple(balance_lines(members, mapping)),
        layout=layout,
        months=tuple(month_end(end) for _, end in parts) if has_months(rates) else (),
        is_year=all(books.year_end.start(last) == first for books in held.values()),
    )


def _words(books: Books) -> set[str]:
    """The codes and names of a chart, in small letters."""
    return {
        word.casefold()
        for account in books.accounts.values()
        for word in (account.code, account.name)
        if word
    }


def _member(
    order: GroupOrder,
    name: str,
    books: Books,
    rates: Rates,
    currency: str,
    parts: list[tuple[date, date]],
    first: date,
) -> Member:
    last = parts[-1][1]
    with books_open(order.url, name) as ask:
        figures = read_figures(ask, schema_name(name), until=last)
    by_month = has_months(rates)
    return Member(
        instance=name,
        books=books,
        moved=tuple(_moved(figures, since, until, first) for since, until in parts),
        balances=member_balances(books, figures, last),
        year=tuple(
            _moved(figures, since, until, books.year_end.start(last)) for since, until in parts
        ),
        rates=Translation(
            tuple(
                average_of(books.currency, currency, rates, month_end(end) if by_month else None)
                for _, end in parts
            ),
            closing_of(books.currency, currency, rates, last),
        ),
    )


def _moved(figures: Figures, since: date, until: date, first: date) -> dict[str, int]:
    """The movements of a part of the period, not counting days before `first`."""
    return figures.moved(max(since, first), until) if until >= first else {}


def _table(order: GroupOrder, where: str) -> Source:
    """The rows of a file, or of a table in the destination."""
    if not TABLE.fullmatch(where) or Path(where).exists():
        return source.open_file(where)
    schema, _, table = where.partition(".")
    sql = f"SELECT * FROM {identifier(schema)}.{identifier(table)}"  # noqa: S608 (quoted names)
    with ExitStack() as stack:
        answer = stack.enter_context(answering(sql, url=order.url, instance=order.instances[0]))
        rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows()]
        columns = tuple(answer.columns)
    return source.from_rows(rows).with_rows(
        source.from_rows(rows).rows, name=where, columns=columns
    )


def write_group(order: GroupOrder, path: Path) -> None:
    """The consolidated statements of several instances as an Excel file."""
    group = group_of(order)
    book = open_book(path)
    write_group_sheets(Pages(book), group)
    save(book, path)
