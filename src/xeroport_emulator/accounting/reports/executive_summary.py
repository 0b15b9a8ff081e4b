"""The executive summary: a month beside the month before."""

from __future__ import annotations

import calendar
import datetime
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


def executive_summary(organisation: Organisation, params: Parameters) -> list[Record]:
    """For the month of `date` (today) and the one before."""
    day = day_of(params, "date") or organisation.today()
    first = day.replace(day=1)
    before = (first - datetime.timedelta(days=1)).replace(day=1)
    books = books_of(organisation)
    now, then = (_month(organisation, books, start) for start in (first, before))
    rows = [
        header("", _head(first), _head(before), "Variance"),
        section(
            "Cash",
            [
                _amounts("Cash received", now.received, then.received),
                _amounts("Cash spent", now.spent, then.spent),
                _amounts(
                    "Cash surplus (deficit)", now.received - now.spent, then.received - then.spent
                ),
                _amounts("Closing bank balance", now.bank, then.bank),
            ],
        ),
        section(
            "Profitability",
            [
                _amounts("Income", now.income, then.income),
                _amounts("Direct costs", now.direct, then.direct),
                _amounts("Gross profit (loss)", now.gross, then.gross),
                _amounts("Other Income", now.other, then.other),
                _amounts("Expenses", now.expenses, then.expenses),
                _amounts("Profit (loss)", now.profit, then.profit),
            ],
        ),
        section(
            "Balance Sheet",
            [
                _amounts("Debtors", now.debtors, then.debtors),
                _amounts("Creditors", now.creditors, then.creditors),
                _amounts("Net assets", now.net_assets, then.net_assets),
            ],
        ),
        section(
            "Income",
            [
                plain_row(
                    "Number of invoices issued",
                    [
                        str(now.invoices),
                        str(then.invoices),
                        _variance(Decimal(now.invoices), Decimal(then.invoices)),
                    ],
                ),
                _amounts("Average value of invoices", now.average, then.average),
            ],
        ),
        section(
            "Performance",
            [
                _ratios("Gross profit margin", *(_share(m.gross, m.income) for m in (now, then))),
                _ratios("Net profit margin", *(_share(m.profit, m.income) for m in (now, then))),
                _ratios(
                    "Return on investment (p.a.)",
                    *(_share(m.profit * 12, m.net_assets) for m in (now, then)),
                ),
            ],
        ),
        section(
            "Position",
            [
                _amounts("Average debtors days", *(_debtor_days(m) for m in (now, then))),
                _amounts("Average creditors days", *(_creditor_days(m) for m in (now, then))),
                _amounts(
                    "Short term cash forecast",
                    now.debtors - now.creditors,
                    then.debtors - then.creditors,
                ),
                _amounts(
                    "Current assets to liabilities",
                    *(_over(m.current_assets, m.current_debt) for m in (now, then)),
                ),
                _amounts(
                    "Term assets to liabilities",
                    *(_over(m.term_assets, m.term_debt) for m in (now, then)),
                ),
            ],
        ),
    ]
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


def _debtor_days(month: _Month) -> Decimal:
    return _over(month.debtors * month.days, month.income)


def _creditor_days(month: _Month) -> Decimal:
    return _over(month.creditors * month.days, month.direct + month.expenses)


def _over(part: Decimal, whole: Decimal) -> Decimal:
    return part / whole if whole else _ZERO


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return 100 * part / whole if whole else None


def _percent(value: Decimal) -> str:
    rounded = value.quantize(_TENTH, ROUND_HALF_UP)
    return f"{rounded if rounded else _ZERO:.1f}%"


def _variance(now: Decimal, then: Decimal) -> str:
    return _percent(100 * (now - then) / abs(then) if then else _ZERO)


def _amounts(label: str, now: Decimal, then: Decimal) -> Record:
    return plain_row(label, [money(now), money(then), _variance(now, then)])


def _ratios(label: str, now: Decimal | None, then: Decimal | None) -> Record:
    shown = ["" if value is None else _percent(value) for value in (now, then)]
    return plain_row(label, [*shown, _variance(now or _ZERO, then or _ZERO)])
