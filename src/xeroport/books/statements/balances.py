"""Trial balance and balance sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from xeroport.books.statements.layout import ASSETS, LIABILITIES
from xeroport.books.statements.statement_model import (
    Books,
    Figures,
    Row,
    account_rows,
    amounts,
    money,
)
from xeroport.books.tie import PROFIT

CURRENT_EARNINGS = "abababab-abab-abab-abab-abababababab"
"""Xero's id for this year's result, which is no account of the chart."""

TRIAL_SECTIONS = {
    "REVENUE": "Revenue",
    "EXPENSE": "Expenses",
    "ASSET": "Assets",
    "LIABILITY": "Liabilities",
    "EQUITY": "Equity",
}


def retained_account(books: Books) -> str:
    """The account of earlier years' profits."""
    return next(
        (key for key, account in books.accounts.items() if account.system == "RETAINEDEARNINGS"),
        "",
    )


def year_to_date(books: Books, figures: Figures, day: date) -> dict[str, int]:
    """Account → balance at a day: revenue and expenses of the year, earlier ones on retained
    earnings."""
    start = books.year_end.start(day)
    balances = figures.moved(None, day)
    earlier = figures.moved(None, start - timedelta(days=1))
    closed = 0
    for key, cents in earlier.items():
        if _class(books, key) in PROFIT:
            closed += cents
            balances[key] -= cents
    retained = retained_account(books)
    balances[retained] = balances.get(retained, 0) + closed
    return {key: cents for key, cents in balances.items() if key in books.accounts}


def trial_rows(books: Books, figures: Figures, day: date) -> list[Row]:
    """Debit and credit of the month, and of the year to date."""
    month = figures.moved(day.replace(day=1), day)
    balances = year_to_date(books, figures, day)
    rows: list[Row] = []
    sums = [Decimal("0.00")] * 4
    for class_, title in TRIAL_SECTIONS.items():
        keys = [
            key
            for key, cents in balances.items()
            if _class(books, key) == class_ and (cents or month.get(key))
        ]
        if not keys:
            continue
        rows.append(Row("section", title, section=title))
        for key in sorted(keys, key=lambda key: label(books, key).casefold()):
            is_debit = class_ in ("EXPENSE", "ASSET")
            values = (*_sides(month.get(key, 0), is_debit), *_sides(balances[key], is_debit))
            sums = [total + (value or 0) for total, value in zip(sums, values, strict=True)]
            rows.append(Row("row", label(books, key), values, key, title))
    rows.append(Row("total", "Total", tuple(sums)))
    return rows


def label(books: Books, key: str) -> str:
    """`Name (Code)`, or the name alone."""
    account = books.accounts[key]
    return f"{account.name} ({account.code})" if account.code else account.name


def _sides(cents: int, is_debit: bool) -> tuple[Decimal | None, Decimal | None]:
    """Debit and credit; a zero stands on the account's natural side."""
    if cents > 0 or (cents == 0 and is_debit):
        return money(cents), None
    return None, money(-cents)


def balance_rows(books: Books, figures: Figures, days: Sequence[date]) -> list[Row]:
    """The balance sheet at each of these days."""
    balances = [_with_earnings(books, figures, day) for day in days]
    keys = {key for column in balances for key, cents in column.items() if cents}
    rows: list[Row] = []
    assets = _side(books, balances, keys, rows, title="Assets", sections=ASSETS, sign=1)
    owed = _side(books, balances, keys, rows, title="Liabilities", sections=LIABILITIES, sign=-1)
    net = [asset - debt for asset, debt in zip(assets, owed, strict=True)]
    rows.append(Row("total", "Net Assets", amounts(net)))
    rows.append(Row("section", "Equity", section="Equity"))
    named = {CURRENT_EARNINGS: "Current Year Earnings"} | {
        key: books.accounts[key].name for key in keys if _class(books, key) == "EQUITY"
    }
    totals = [0] * len(days)
    for key in sorted(named, key=lambda key: named[key].casefold()):
        values = [-column.get(key, 0) for column in balances]
        totals = [total + value for total, value in zip(totals, values, strict=True)]
        rows.append(Row("row", named[key], amounts(values), key, "Equity"))
    rows.append(Row("total", "Total Equity", amounts(totals), section="Equity"))
    return rows


def _with_earnings(books: Books, figures: Figures, day: date) -> dict[str, int]:
    balances = year_to_date(books, figures, day)
    balances[CURRENT_EARNINGS] = sum(
        cents for key, cents in balances.items() if _class(books, key) in PROFIT
    )
    return balances


def _side(
    books: Books,
    balances: Sequence[Mapping[str, int]],
    keys: set[str],
    rows: list[Row],
    *,
    title: str,
    sections: Mapping[str, str],
    sign: int,
) -> list[int]:
    """Add one side's sections to the rows and give its totals."""
    rows.append(Row("section", title, section=title))
    whole = [0] * len(balances)
    for name in dict.fromkeys(sections.values()):
        listed = [
            key
            for key in keys
            if key in books.accounts and sections.get(books.accounts[key].type) == name
        ]
        if not listed:
            continue
        rows.append(Row("section", name, section=name))
        added, totals = account_rows(listed, books.accounts, balances, sign=sign, section=name)
        rows += added
        rows.append(Row("total", f"Total {name}", amounts(totals), section=name))
        whole = [total + value for total, value in zip(whole, totals, strict=True)]
    rows.append(Row("total", f"Total {title}", amounts(whole), section=title))
    return whole


def _class(books: Books, key: str) -> str:
    account = books.accounts.get(key)
    return account.class_ if account else ""
