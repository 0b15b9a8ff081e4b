"""The accounts that a total of a statement adds up, so that it leads to its lines."""

from __future__ import annotations

from collections.abc import Iterator

from xeroport.books.statements.layout import ASSETS, LIABILITIES, profit_section
from xeroport.books.statements.statement_model import Books
from xeroport.books.tie import PROFIT, Account

PROFITS = {
    "income": ("income",),
    "cost_of_sales": ("cost_of_sales",),
    "other_income": ("other_income",),
    "expenses": ("expenses",),
    "gross": ("income", "cost_of_sales"),
    "net": ("income", "cost_of_sales", "other_income", "expenses"),
}
"""Group → the sections of a profit and loss that are in it."""
TYPES = {
    "assets": frozenset(ASSETS),
    "liabilities": frozenset(LIABILITIES),
    "net-assets": frozenset(ASSETS) | frozenset(LIABILITIES),
    "cash": frozenset({"BANK"}),
}
"""Group → the types of account in it."""


def accounts_of(books: Books, group: str) -> tuple[str, ...]:
    """The ids of a group's accounts; none for a group that there is not."""
    return tuple(
        key for key, account in books.accounts.items() if group in set(_groups_of(account))
    )


def _groups_of(account: Account) -> Iterator[str]:
    section = profit_section(account.type, account.class_)
    for group, sections in PROFITS.items():
        if section in sections:
            yield group
    for group, types in TYPES.items():
        if account.type in types:
            yield group
    title = ASSETS.get(account.type) or LIABILITIES.get(account.type)
    if title:
        yield slug(title)
    if account.class_ in ("EQUITY", *PROFIT):  # all profits ever are a part of the equity
        yield "equity"


def slug(title: str) -> str:
    """A section's title as a part of an address."""
    return title.lower().replace(" ", "-")
