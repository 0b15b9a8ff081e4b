"""The trial balance: every account with a balance, debits beside credits."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from xeroport_emulator.accounting.books import books_of
from xeroport_emulator.accounting.chart import Account
from xeroport_emulator.accounting.report_shape import (
    Parameters,
    account_row,
    american_date,
    day_of,
    header,
    is_set,
    long_date,
    money,
    section,
    sheet,
    summary,
    year_start,
)
from xeroport_emulator.accounting.reports.earnings import retained
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.reporting import CLASS_OF
from xeroport_emulator.organisation.table import Record

_SECTIONS = {
    "REVENUE": "Revenue",
    "EXPENSE": "Expenses",
    "ASSET": "Assets",
    "LIABILITY": "Liabilities",
    "EQUITY": "Equity",
}
_ZERO = Decimal(0)
EARNINGS = "RETAINEDEARNINGS"


def trial_balance(organisation: Organisation, params: Parameters) -> list[Record]:
    """As at `date` (today): the month's movement, and the year's balance.

    Revenue and expenses are the year's to date, assets, liabilities and equity run on; profits of
    earlier years are on retained earnings. `fromDate` and `toDate` are ignored, as Xero does.
    """
    day = day_of(params, "date") or organisation.today()
    books, cash = books_of(organisation), is_set(params, "paymentsOnly")
    month = books.movements(day, since=day.replace(day=1), cash=cash)
    start = year_start(organisation, day)
    to_date = dict(books.movements(day, cash=cash))
    this_year = books.movements(day, since=start, cash=cash)
    earlier = retained(books, start, cash=cash)
    accounts = books.chart.accounts
    for key in list(to_date):
        if CLASS_OF[accounts[key]["Type"]] in {"REVENUE", "EXPENSE"}:
            to_date[key] = this_year.get(key, _ZERO)
    if earlier:
        key = books.chart.system("RETAINEDEARNINGS")
        to_date[key] = to_date.get(key, _ZERO) + earlier
    rows = [header("Account", "Debit", "Credit", "YTD Debit", "YTD Credit")]
    totals = [_ZERO] * 4
    for kind, title in _SECTIONS.items():
        found = []
        chosen = [key for key in to_date if CLASS_OF[accounts[key]["Type"]] == kind]
        for key in sorted(chosen, key=lambda each: _label(accounts[each]).casefold()):
            moved, balance = month.get(key, _ZERO), to_date[key]
            if not moved and not balance:
                continue
            debit_side = kind in {"EXPENSE", "ASSET"}
            pair = [*_columns(moved, debit_side), *_columns(balance, debit_side)]
            for at, value in enumerate(pair):
                totals[at] += value or _ZERO
            values = ("" if value is None else money(value) for value in pair)
            more = _carried(start) if accounts[key].get("SystemAccount") == EARNINGS else {}
            found.append(account_row(_label(accounts[key]), values, key, **more))
        if found:
            rows.append(section(title, found))
    rows.append(section("", [summary("Total", map(money, totals))]))
    period = f"As at {long_date(day)}"
    return [sheet(organisation, "Trial Balance", period=period, rows=rows)]


def _carried(start: date) -> dict[str, str]:
    """From when to when retained earnings run: to the last day of the year before."""
    return {"fromDate": "", "toDate": american_date(start - timedelta(days=1))}


def _columns(amount: Decimal, debit_side: bool) -> tuple[Decimal | None, Decimal | None]:
    """Debit and credit column; a zero stands on the account's own side."""
    if amount > 0 or (amount == 0 and debit_side):
        return amount, None
    return None, -amount


def _label(account: Account) -> str:
    code = account.get("Code")
    return f"{account['Name']} ({code})" if code else str(account["Name"])
