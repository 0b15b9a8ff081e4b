"""The executive summary: a month beside the month before."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from xeroport_emulator.accounting.books import Books, books_of
from xeroport_emulator.accounting.chart import ASSETS, LIABILITIES, PROFIT
from xeroport_emulator.accounting.report_shape import (
    Parameters,
    day_of,
    header,
    last_day,
    money,
    plain_row,
    section,
    sheet,
)
from xeroport_emulator.organisation.money import base
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.table import Record

_ZERO = Decimal(0)
_TENTH = Decimal("0.1")


class _Month(NamedTuple):
    """The figures of one month, base currency, as the report shows them."""

    received: Decimal
    spent: Decimal
    bank: Decimal
    income: Decimal
    direct: Decimal
    other: Decimal
    expenses: Decimal
    debtors: Decimal
    creditors: Decimal
    net_assets: Decimal
    current_assets: Decimal
    current_debt: Decimal
    term_assets: Decimal
    term_debt: Decimal
    invoices: int
    average: Decimal
    days: int

    @property
    def gross(self) -> Decimal:
        return self.income - self.direct

    @property
    def profit(self) -> Decimal:
        return self.gross + self.other - self.expenses


class _Share(NamedTuple):
    """A figure that is shown in percent; None of nothing."""

    percent: Decimal | None


Figure = Callable[[_Month], Decimal | int | _Share]


def executive_summary(organisation: Organisation, params: Parameters) -> list[Record]:
    """For the month of `date` (today) and the one before."""
    day = day_of(params, "date") or organisation.today()
    first = day.replace(day=1)
    before = (first - datetime.timedelta(days=1)).replace(day=1)
    books = books_of(organisation)
    now, then = (_month(organisation, books, start) for start in (first, before))
    rows = [header("", _head(first), _head(before), "Variance")]
    for title, lines in _SECTIONS.items():
        rows.append(section(title, [_row(label, figure, now, then) for label, figure in lines]))
    period = f"For the month of {calendar.month_name[first.month]} {first.year}"
    return [sheet(organisation, "Executive Summary", period=period, rows=rows)]


def _month(organisation: Organisation, books: Books, first: datetime.date) -> _Month:
    last = last_day(first)
    moved = books.turnover(last, since=first)
    standing = books.movements(last)
    accounts = books.chart.accounts

    def of(*types: str) -> Decimal:
        return sum(
            (sum(moved[key], _ZERO) for key in moved if accounts[key]["Type"] in types), _ZERO
        )

    def held(*types: str) -> Decimal:
        return sum((standing[key] for key in standing if accounts[key]["Type"] in types), _ZERO)

    banks = [moved[key] for key in moved if accounts[key]["Type"] == "BANK"]
    issued = [
        base(invoice.get("SubTotal") or _ZERO, invoice.get("CurrencyRate"))
        for invoice in organisation.tables["Invoice"]
        if invoice["Type"] == "ACCREC"
        and invoice.get("Status") in {"AUTHORISED", "PAID"}
        and first <= invoice["Date"] <= last
    ]
    overheads = (kind for kind, name in PROFIT.items() if name == "Less Operating Expenses")
    return _Month(
        received=sum((debit for debit, _ in banks), _ZERO),
        spent=-sum((credit for _, credit in banks), _ZERO),
        bank=held("BANK"),
        income=-of("REVENUE", "SALES"),
        direct=of("DIRECTCOSTS"),
        other=-of("OTHERINCOME"),
        expenses=of(*overheads),
        debtors=standing.get(books.chart.system("DEBTORS"), _ZERO),
        creditors=-standing.get(books.chart.system("CREDITORS"), _ZERO),
        net_assets=held(*ASSETS, *LIABILITIES),
        current_assets=held("BANK", "CURRENT", "INVENTORY", "PREPAYMENT"),
        current_debt=-held("CURRLIAB", "PAYG", "LIABILITY"),
        term_assets=held("FIXED", "NONCURRENT"),
        term_debt=-held("TERMLIAB"),
        invoices=len(issued),
        average=sum(issued, _ZERO) / len(issued) if issued else _ZERO,
        days=last.day,
    )


def _head(day: datetime.date) -> str:
    return f"{calendar.month_abbr[day.month]} {day.year}"


def _over(part: Decimal, whole: Decimal) -> Decimal:
    return part / whole if whole else _ZERO


def _share(part: Decimal, whole: Decimal) -> _Share:
    return _Share(100 * part / whole if whole else None)


def _percent(value: Decimal) -> str:
    rounded = value.quantize(_TENTH, ROUND_HALF_UP)
    return f"{rounded if rounded else _ZERO:.1f}%"


def _variance(now: Decimal, then: Decimal) -> str:
    return _percent(100 * (now - then) / abs(then) if then else _ZERO)


def _row(label: str, figure: Figure, now: _Month, then: _Month) -> Record:
    values = [figure(month) for month in (now, then)]
    return plain_row(label, [*map(_printed, values), _variance(*(_number(v) for v in values))])


def _printed(value: Decimal | int | _Share) -> str:
    if isinstance(value, _Share):
        return _percent(value.percent) if value.percent is not None else ""
    return str(value) if isinstance(value, int) else money(value)


def _number(value: Decimal | int | _Share) -> Decimal:
    return value.percent or _ZERO if isinstance(value, _Share) else Decimal(value)


_SECTIONS: dict[str, tuple[tuple[str, Figure], ...]] = {
    "Cash": (
        ("Cash received", lambda month: month.received),
        ("Cash spent", lambda month: month.spent),
        ("Cash surplus (deficit)", lambda month: month.received - month.spent),
        ("Closing bank balance", lambda month: month.bank),
    ),
    "Profitability": (
        ("Income", lambda month: month.income),
        ("Direct costs", lambda month: month.direct),
        ("Gross profit (loss)", lambda month: month.gross),
        ("Other Income", lambda month: month.other),
        ("Expenses", lambda month: month.expenses),
        ("Profit (loss)", lambda month: month.profit),
    ),
    "Balance Sheet": (
        ("Debtors", lambda month: month.debtors),
        ("Creditors", lambda month: month.creditors),
        ("Net assets", lambda month: month.net_assets),
    ),
    "Income": (
        ("Number of invoices issued", lambda month: month.invoices),
        ("Average value of invoices", lambda month: month.average),
    ),
    "Performance": (
        ("Gross profit margin", lambda month: _share(month.gross, month.income)),
        ("Net profit margin", lambda month: _share(month.profit, month.income)),
        ("Return on investment (p.a.)", lambda month: _share(month.profit * 12, month.net_assets)),
    ),
    "Position": (
        ("Average debtors days", lambda month: _over(month.debtors * month.days, month.income)),
        (
            "Average creditors days",
            lambda month: _over(month.creditors * month.days, month.direct + month.expenses),
        ),
        ("Short term cash forecast", lambda month: month.debtors - month.creditors),
        (
            "Current assets to liabilities",
            lambda month: _over(month.current_assets, month.current_debt),
        ),
        ("Term assets to liabilities", lambda month: _over(month.term_assets, month.term_debt)),
    ),
}
"""Section → its rows, each with its figure of a month."""
