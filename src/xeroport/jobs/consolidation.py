"""Consolidation: several instances as one group, as an Excel file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from xeroport.books.group import (
    Member,
    balance_lines,
    member_balances,
    profit_lines,
    rate_of,
    read_mapping,
    read_rates,
)
from xeroport.books.statements.layout import profit_layout
from xeroport.books.statements.model import long_date
from xeroport.books.statements.reading import read_figures
from xeroport.books.workbook.group import Group, write_group_sheets
from xeroport.books.workbook.sheets import Pages, open_book, save
from xeroport.jobs.statement import asking, books_of
from xeroport.jobs.workbook import period
from xeroport.store.instances import schema_name


def group_of(
    instances: tuple[str, ...],
    *,
    url: str,
    since: date | None,
    until: date | None,
    today: date,
    accounts: Path | None = None,
    rates: Path | None = None,
    currency: str | None = None,
) -> Group:
    """A group of instances: the period is that of the first. InputError for a rate or a mapping
    that is missing or not right."""
    mapping, known = read_mapping(accounts), read_rates(rates)
    lead = books_of(instances[0], url)
    group_currency = (currency or lead.currency).upper()
    first, last = period(lead, since=since, until=until, today=today)
    members: list[Member] = []
    for name in instances:
        books = books_of(name, url)
        figures = read_figures(asking(name, url), schema_name(name), until=last)
        members.append(
            Member(
                instance=name,
                books=books,
                moved=figures.moved(first, last),
                balances=member_balances(books, figures, last),
                rate=rate_of(books.currency, group_currency, known),
            )
        )
    layout = profit_layout(lead.region)
    return Group(
        name=" + ".join(member.books.organisation for member in members),
        period=f"{long_date(first)} to {long_date(last)}",
        currency=group_currency,
        members=tuple(members),
        profit=tuple(profit_lines(members, mapping, layout)),
        balance=tuple(balance_lines(members, mapping)),
        layout=layout,
    )


def write_group(
    instances: tuple[str, ...],
    path: Path,
    *,
    url: str,
    since: date | None,
    until: date | None,
    today: date,
    accounts: Path | None = None,
    rates: Path | None = None,
    currency: str | None = None,
) -> None:
    """The consolidated statements of several instances as an Excel file."""
    group = group_of(
        instances, url=url, since=since, until=until, today=today, accounts=accounts,
        rates=rates, currency=currency,
    )  # fmt: skip
    book = open_book(path)
    write_group_sheets(Pages(book), group)
    save(book, path)
