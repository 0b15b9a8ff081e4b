"""Profit as the balance of revenue and expense accounts."""

from __future__ import annotations

import datetime
from decimal import Decimal

from xeroport_emulator.accounting.books import Books
from xeroport_emulator.organisation.reporting import CLASS_OF


def result(movements: dict[str, Decimal], books: Books) -> Decimal:
    """What revenue and expense accounts sum to, debits positive (a profit is negative)."""
    accounts = books.chart.accounts
    return sum(
        (
            amount
            for key, amount in movements.items()
            if CLASS_OF[accounts[key]["Type"]] in {"REVENUE", "EXPENSE"}
        ),
        Decimal(0),
    )


def retained(books: Books, year_start: datetime.date, *, cash: bool = False) -> Decimal:
    """The results of all years before the one that starts then, debits positive."""
    before = year_start - datetime.timedelta(days=1)
    return result(books.movements(before, cash=cash), books)
