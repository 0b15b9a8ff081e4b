"""The budget summary: the overall budget, month by month, quarter by quarter or year by year."""

from __future__ import annotations

import calendar
import datetime
from decimal import Decimal

from xeroport_emulator.accounting.books import books_of
from xeroport_emulator.accounting.chart import PROFIT
from xeroport_emulator.accounting.report_shape import (
    Parameters,
    ReportRefused,
    cell,
    day_of,
    header,
    money,
    months_back,
    number_of,
    row,
    section,
    sheet,
    summary,
)
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.reporting import CLASS_OF
from xeroport_emulator.organisation.table import Record

_ZERO = Decimal(0)
_DEFAULT_PERIODS = 12
_SECTIONS = {**PROFIT, "OVERHEADS": "Less Overheads"}
"""Account type → section: overheads stand by themselves here, unlike in the profit and loss."""
_TOTALS = {"Income": "Total Income", "Less Cost of Sales": "Total Cost of Sales"}


def budget_summary(organisation: Organisation, params: Parameters) -> list[Record]:
    """From the month of `date` (today), `periods` columns of `timeframe` 1, 3 or 12 months."""
    start = (day_of(params, "date") or organisation.today()).replace(day=1)
    periods = number_of(params, "periods") or _DEFAULT_PERIODS
    months = number_of(params, "timeframe") or 1
    if not 1 <= periods <= _DEFAULT_PERIODS:
        raise ReportRefused("The periods parameter must be between 1 and 12")
    if months not in {1, 3, 12}:
        raise ReportRefused("The timeframe parameter must be 1, 3 or 12")
    starts = [months_back(start, -at * months) for at in range(periods + 1)]
    planned = _planned(organisation, starts)
    accounts = books_of(organisation).chart.accounts
    ends = [end - datetime.timedelta(days=1) for end in starts[1:]]
    rows = [header("Account", *(f"{calendar.month_abbr[d.month]}-{d.year % 100:02}" for d in ends))]
    gross = [_ZERO] * periods
    net = [_ZERO] * periods
    costs = [_ZERO] * periods
    for name in dict.fromkeys(_SECTIONS.values()):
        if name == "Plus Other Income":
            rows.append(section("", [summary("Gross Profit", map(money, gross))]))
        found: list[Record] = []
        totals = [_ZERO] * periods
        for key, amounts in planned.items():
            account = accounts.get(key)
            if account is None or _SECTIONS.get(account["Type"]) != name:
                continue
            label = cell(str(account["Name"]), account=key)
            found.append(row([label, *(cell(money(amount)) for amount in amounts)]))
            totals = [total + amount for total, amount in zip(totals, amounts, strict=True)]
            sign = 1 if CLASS_OF[account["Type"]] == "REVENUE" else -1
            for at, amount in enumerate(amounts):
                net[at] += sign * amount
                if name in {"Income", "Less Cost of Sales"}:
                    gross[at] += sign * amount
                elif sign < 0:
                    costs[at] += amount
        if found:
            if name in _TOTALS:
                found.append(summary(_TOTALS[name], map(money, totals)))
            rows.append(section(name, found))
    rows.append(section("", [summary("Total Expenses", map(money, costs))]))
    rows.append(section("", [summary("Net Profit", map(money, net))]))
    last = ends[-1]
    period = (
        f"{calendar.month_name[start.month]} {start.year}"
        f" to {calendar.month_name[last.month]} {last.year}"
    )
    name = "Budget Summary"
    return [sheet(organisation, name, period=period, rows=rows, lead="Overall Budget")]


def _planned(organisation: Organisation, starts: list[datetime.date]) -> dict[str, list[Decimal]]:
    """Account id → budget of each period, from the overall budget."""
    found: dict[str, list[Decimal]] = {}
    budgets = organisation.tables["Budget"]
    overall = next((budget for budget in budgets if budget.get("Type") == "OVERALL"), None)
    for line in (overall or {}).get("BudgetLines") or ():
        amounts = [_ZERO] * (len(starts) - 1)
        for balance in line.get("BudgetBalances") or ():
            month = balance["Period"]
            for at in range(len(amounts)):
                if starts[at] <= month < starts[at + 1]:
                    amounts[at] += balance.get("Amount") or _ZERO
        if any(amounts):
            found[line["AccountID"]] = amounts
    return found
