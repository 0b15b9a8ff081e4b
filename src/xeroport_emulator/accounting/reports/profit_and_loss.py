"""The profit and loss: income, cost and result over a range of days."""

from __future__ import annotations

from decimal import Decimal

from xeroport_emulator.accounting.books import books_of
from xeroport_emulator.accounting.chart import PROFIT, Account
from xeroport_emulator.accounting.report_shape import (
    Parameters,
    ReportRefused,
    account_rows,
    header,
    is_set,
    long_date,
    money,
    plain_row,
    section,
    sheet,
    span,
    summary,
    text_of,
)
from xeroport_emulator.accounting.reports.columns import (
    option_columns,
    option_filter,
    period_columns,
)
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.reporting import CLASS_OF
from xeroport_emulator.organisation.table import Record

_ZERO = Decimal(0)
_REST = "Less Operating Expenses"
_SECTIONS = {
    "Income": ("Total Income", -1),
    "Less Cost of Sales": ("Total Cost of Sales", 1),
    "Plus Other Income": ("Total Other Income", -1),
    _REST: ("Total Operating Expenses", 1),
}
"""Section → the title of its total, and the sign that shows it positive."""


def profit_and_loss(organisation: Organisation, params: Parameters) -> list[Record]:
    """From `fromDate` to `toDate` (this month); `periods` earlier columns by `timeframe`, or a
    column for each option of `trackingCategoryID` (and pair of options with a second category), of
    which `trackingOptionID` names the only one. At most 365 days."""
    since, until = span(organisation, params)
    if abs((until - since).days) > 365:
        raise ReportRefused("fromDate and toDate parameters must be within 365 days of each other")
    books, cash = books_of(organisation), is_set(params, "paymentsOnly")
    options = option_filter(params, "trackingOptionID", "trackingOptionID2")
    categories = [
        (category, text_of(params, f"trackingOptionID{suffix}"))
        for suffix in ("", "2")
        if (category := text_of(params, f"trackingCategoryID{suffix}")) is not None
    ]
    if categories:
        columns = option_columns(organisation, categories, since=since, until=until)
    else:
        columns = period_columns(params, since, until, tracking=options)
    figures = [column.movements(books, cash=cash) for column in columns]
    accounts = books.chart.accounts
    rows = [header("", *(column.title for column in columns))]
    words = organisation.reporting.words

    def said(title: str) -> str:
        return words.get(title, title)

    result = [_ZERO] * len(columns)
    for title, (total_title, sign) in _SECTIONS.items():
        if title == "Plus Other Income":
            rows.append(section("", [plain_row(said("Gross Profit"), map(money, result))]))
        keys = {
            key
            for moved in figures
            for key, amount in moved.items()
            if amount and _section_of(accounts[key]) == title
        }
        shown = {key: [sign * moved.get(key, _ZERO) for moved in figures] for key in keys}
        found, totals = account_rows(accounts, shown, len(columns))
        result = [at - sign * total for at, total in zip(result, totals, strict=True)]
        if found or title in {"Income", _REST}:
            total = summary(said(total_title), map(money, totals))
            rows.append(section(said(title), [*found, total]))
    rows.append(section("", [plain_row(said("Net Profit"), map(money, result))]))
    period = f"{long_date(since)} to {long_date(until)}"
    report = sheet(organisation, "Profit and Loss", period=period, rows=rows)
    report["ReportTitles"][0] = said("Profit and Loss")
    return [report]


def _section_of(account: Account) -> str | None:
    if CLASS_OF[account["Type"]] not in {"REVENUE", "EXPENSE"}:
        return None
    return PROFIT.get(account["Type"], _REST)
