"""Profit and loss, for columns of any kind; and budget against actual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xeroport.books.statements.layout import profit_layout, profit_section
from xeroport.books.statements.statement_model import Books, Row, account_rows, amounts

SECTIONS = (("income", -1), ("cost_of_sales", 1), ("other_income", -1), ("expenses", 1))
"""Section → the sign that shows its balances positive."""

ALWAYS = ("income", "expenses")
"""Sections that are shown though nothing is in them."""


def profit_rows(books: Books, columns: Sequence[Mapping[str, int]]) -> list[Row]:
    """The rows of a profit and loss; each column is account → movement, debits positive."""
    layout = profit_layout(books.region)
    rows: list[Row] = []
    result = [0] * len(columns)
    for name, sign in SECTIONS:
        if name == "other_income":
            rows.append(Row("total", layout.gross, amounts(result)))
        title, total_title = getattr(layout, name)
        keys = [key for key in _moved(books, columns) if _section(books, key) == name]
        if keys or name in ALWAYS:
            rows.append(Row("section", title, section=title))
        listed, totals = account_rows(keys, books.accounts, columns, sign=sign, section=title)
        rows += listed
        if keys or name in ALWAYS:
            rows.append(Row("total", total_title, amounts(totals), section=title))
        result = [at - sign * total for at, total in zip(result, totals, strict=True)]
    rows.append(Row("total", layout.net, amounts(result)))
    return rows


def profit_accounts(books: Books) -> set[str]:
    """The accounts that a profit and loss can show."""
    return {key for key in books.accounts if _section(books, key)}


def _moved(books: Books, columns: Sequence[Mapping[str, int]]) -> set[str]:
    return {
        key
        for column in columns
        for key, cents in column.items()
        if cents and key in books.accounts
    }


def _section(books: Books, key: str) -> str | None:
    account = books.accounts[key]
    return profit_section(account.type, account.class_)


def budget_rows(books: Books, actual: Mapping[str, int], planned: Mapping[str, int]) -> list[Row]:
    """Actual, budget, variance and its percentage; a positive variance is good for the profit.

    `planned` is account → budget as Xero has it: income and costs are both positive.
    """
    signed = signed_budget(books, planned)
    signs = {_title(books, name): sign for name, sign in SECTIONS}
    layout = profit_layout(books.region)
    rows: list[Row] = []
    for row in profit_rows(books, [actual, signed]):
        if not row.values:
            rows.append(row)
            continue
        is_result = row.label in (layout.gross, layout.net)
        good = -1 if is_result else signs[row.section]
        done, plan = row.values
        variance = (done - plan) * -good
        share = round(variance / abs(plan) * 100, 1) if plan else None
        rows.append(
            Row(row.kind, row.label, (done, plan, variance, share), row.account_id, row.section)
        )
    return rows


def _title(books: Books, name: str) -> str:
    title, _ = getattr(profit_layout(books.region), name)
    return str(title)


def signed_budget(books: Books, planned: Mapping[str, int]) -> dict[str, int]:
    """A budget with debits positive, as movements are."""
    return {
        key: cents * (-1 if books.accounts[key].class_ == "REVENUE" else 1)
        for key, cents in planned.items()
        if key in books.accounts
    }
