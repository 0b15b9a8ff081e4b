"""The balance sheet: what is owned, owed, and the owners' part."""

from __future__ import annotations

import datetime
from decimal import Decimal

from xeroport_emulator.accounting.books import Books, books_of
from xeroport_emulator.accounting.chart import ASSETS, LIABILITIES
from xeroport_emulator.accounting.report_shape import (
    Parameters,
    account_row,
    account_rows,
    american_date,
    cell,
    day_of,
    header,
    is_set,
    long_date,
    money,
    months_back,
    number_of,
    plain_row,
    row,
    section,
    sheet,
    short_date,
    summary,
    year_start,
)
from xeroport_emulator.accounting.reports.columns import Column, comparisons, option_filter
from xeroport_emulator.accounting.reports.earnings import result
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.reporting import CLASS_OF
from xeroport_emulator.organisation.table import Record

CURRENT_EARNINGS = "abababab-abab-abab-abab-abababababab"
"""The id of the row of this year's result, which is no account of the chart."""

_ZERO = Decimal(0)
Balances = dict[str, list[Decimal]]
Spans = dict[str, list[tuple[str, str]]]
"""Account id → from when to when each column runs."""


def balance_sheet(organisation: Organisation, params: Parameters) -> list[Record]:
    """As at `date` (today), with `periods` earlier columns by `timeframe`; without a word of them,
    with the same day of earlier years, as many as the country has."""
    day = day_of(params, "date") or organisation.today()
    books, cash = books_of(organisation), is_set(params, "paymentsOnly")
    options = option_filter(params, "trackingOptionID1", "trackingOptionID2")
    steps = comparisons(params)
    if number_of(params, "periods") is None:
        steps = [12 * years for years in range(organisation.reporting.compared_years + 1)]
    days = [months_back(day, back) if back else day for back in steps]
    balances = _balances(organisation, books, days=days, options=options, cash=cash)
    rows = [header("", *map(short_date, days))]
    assets = _side(rows, books, balances, title="Assets", sections=ASSETS, sign=1)
    owed = _side(rows, books, balances, title="Liabilities", sections=LIABILITIES, sign=-1)
    net = [asset - debt for asset, debt in zip(assets, owed, strict=True)]
    rows.append(section("", [plain_row("Net Assets", map(money, net))]))
    starts = [year_start(organisation, day) for day in days]
    before = [start - datetime.timedelta(days=1) for start in starts]
    spans = {
        CURRENT_EARNINGS: [
            (american_date(first), american_date(last))
            for first, last in zip(starts, days, strict=True)
        ],
        books.chart.system("RETAINEDEARNINGS"): [("", american_date(day)) for day in before],
    }
    rows.append(_equity(books, balances, columns=len(days), spans=spans))
    period = f"As at {long_date(day)}"
    return [sheet(organisation, "Balance Sheet", period=period, rows=rows)]


def _balances(
    organisation: Organisation,
    books: Books,
    *,
    days: list[datetime.date],
    options: frozenset[str],
    cash: bool,
) -> Balances:
    """Account id → balance in each column; the results on current and on retained earnings."""
    found: Balances = {}
    for at, day in enumerate(days):
        moved = Column("", None, day, options).movements(books, cash=cash)
        start = year_start(organisation, day)
        before = Column("", None, start - datetime.timedelta(days=1), options)
        earlier = result(before.movements(books, cash=cash), books)
        moved[CURRENT_EARNINGS] = result(moved, books) - earlier
        key = books.chart.system("RETAINEDEARNINGS")
        moved[key] = moved.get(key, _ZERO) + earlier
        for account, amount in moved.items():
            found.setdefault(account, [_ZERO] * len(days))[at] = amount
    return found


def _side(
    rows: list[Record],
    books: Books,
    balances: Balances,
    *,
    title: str,
    sections: dict[str, str],
    sign: int,
) -> list[Decimal]:
    """Add one side's sections to the rows and return its totals."""
    accounts = books.chart.accounts
    rows.append(section(title))
    columns = len(next(iter(balances.values())))
    whole = [_ZERO] * columns
    for name in dict.fromkeys(sections.values()):
        figures = {
            key: [sign * amount for amount in amounts]
            for key, amounts in balances.items()
            if key in accounts and sections.get(accounts[key]["Type"]) == name and any(amounts)
        }
        if not figures:
            continue
        found, totals = account_rows(accounts, figures, columns)
        rows.append(section(name, [*found, summary(f"Total {name}", map(money, totals))]))
        whole = [total + value for total, value in zip(whole, totals, strict=True)]
    rows.append(section("", [summary(f"Total {title}", map(money, whole))]))
    return whole


def _equity(books: Books, balances: Balances, *, columns: int, spans: Spans) -> Record:
    """Equity; the cells of earnings say from when to when they run."""
    accounts = books.chart.accounts
    named = {CURRENT_EARNINGS: "Current Year Earnings"}
    for key, amounts in balances.items():
        if key in accounts and CLASS_OF[accounts[key]["Type"]] == "EQUITY" and any(amounts):
            named[key] = str(accounts[key]["Name"])
    found, totals = [], [_ZERO] * columns
    for key in sorted(named, key=lambda each: named[each].casefold()):
        values = [-amount for amount in balances[key]]
        totals = [total + value for total, value in zip(totals, values, strict=True)]
        if key not in spans:
            found.append(account_row(named[key], map(money, values), key))
            continue
        cells = [cell(named[key], account=key)]
        for value, (since, until) in zip(values, spans[key], strict=True):
            cells.append(cell(money(value), account=key, fromDate=since, toDate=until))
        found.append(row(cells))
    return section("Equity", [*found, summary("Total Equity", map(money, totals))])
