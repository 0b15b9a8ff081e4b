"""The ledger beside Xero's trial balance: what no document says is the residual, always shown.

Amounts are whole cents of the base currency, debits positive.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct

PROFIT = frozenset({"REVENUE", "EXPENSE"})

Balances = Mapping[str, int]
"""Account id → balance; revenue and expenses for the year to date."""


class Account(Struct, frozen=True):
    """An account, as far as ties and statements need it."""

    account_id: str
    code: str | None
    name: str
    type: str
    class_: str
    system: str = ""
    is_foreign: bool = False
    is_stock: bool = False
    is_active: bool = True


class YearEnd(Struct, frozen=True):
    """The last day of a financial year; a day that a month lacks is the month's last."""

    month: int
    day: int

    def of(self, year: int) -> date:
        """The year end that falls in a calendar year."""
        return date(year, self.month, min(self.day, last_day(year, self.month).day))

    def before(self, day: date) -> date:
        """The last year end before a day."""
        ends = self.of(day.year)
        return ends if ends < day else self.of(day.year - 1)

    def start(self, day: date) -> date:
        """The first day of the financial year that a day is in."""
        return self.before(day) + timedelta(days=1)


class Cell(Struct, frozen=True):
    """One account at one month end: Xero's balance, ours with earlier residuals, the difference."""

    month_end: date
    account_id: str
    xero: int
    derived: int

    @property
    def residual(self) -> int:
        """What Xero has and no document explains."""
        return self.xero - self.derived


def last_day(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def month_end(day: date) -> date:
    """The last day of the month that a day is in."""
    return last_day(day.year, day.month)


def month_ends(first: date, last: date) -> Iterator[date]:
    """Month ends from one to another, both included."""
    while first <= last:
        yield first
        first = month_end(first + timedelta(days=1))


def wanted_months(first: date | None, today: date, *, since: date | None = None) -> list[date]:
    """The month ends to tie: from the one before the first line (or `since`) to the last closed."""
    if first is None:
        return []
    begin = month_end(first.replace(day=1) - timedelta(days=1))
    if since is not None:
        begin = max(begin, month_end(since))
    return list(month_ends(begin, today.replace(day=1) - timedelta(days=1)))


def tie(
    months: Sequence[date],
    xero: Mapping[date, Balances],
    movements: Iterable[tuple[str, date, int]],
    *,
    profit_accounts: frozenset[str],
    retained: str,
    year_end: YearEnd,
) -> list[Cell]:
    """All cells of those month ends where Xero or the ledger has a balance.

    `movements` are (account, day, cents) of the ledger; `retained` is the account that takes the
    profits of earlier years.
    """
    pending = sorted(movements, key=lambda movement: movement[1])
    balance: dict[str, int] = {}
    cells: list[Cell] = []
    closed_at: date | None = None
    at = 0
    for month in months:
        while at < len(pending) and pending[at][1] <= month:
            account, day, cents = pending[at]
            closed_at = _close(balance, profit_accounts, retained, year_end.before(day), closed_at)
            balance[account] = balance.get(account, 0) + cents
            at += 1
        closed_at = _close(balance, profit_accounts, retained, year_end.before(month), closed_at)
        theirs = xero[month]
        for account in sorted({*theirs, *(key for key, cents in balance.items() if cents)}):
            cell = Cell(month, account, theirs.get(account, 0), balance.get(account, 0))
            cells.append(cell)
            balance[account] = cell.xero
    return cells


def _close(
    balance: dict[str, int],
    profit_accounts: frozenset[str],
    retained: str,
    year_ended: date,
    closed_at: date | None,
) -> date:
    """Move the results of years that have ended to retained earnings."""
    if closed_at is not None and year_ended > closed_at:
        for account in profit_accounts & balance.keys():
            balance[retained] = balance.get(retained, 0) + balance.pop(account)
    return year_ended if closed_at is None else max(closed_at, year_ended)
