"""The overview's cards and charts: each figure is a line of a statement of the ledger, in the base
currency, and each chart has its table."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from xeroport.console.reading import statements
from xeroport.console.reading.periods import end_of_month, months_after
from xeroport.console.reading.protocol import Reading
from xeroport.console.reading.statements import AGES, ZERO

MONTHS = 24
DEBTORS = 10


@dataclass(frozen=True)
class Chart:
    """One chart: its title, what it shows in a sentence, its table and Plotly's traces. `links`
    lead from each row of the table, and each bar, to what it is made of."""

    key: str
    title: str
    words: str
    heads: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    links: list[str]
    traces: list[dict[str, Any]] = field(default_factory=list)
    lying: bool = False
    dated: bool = False

    @property
    def figure(self) -> str:
        """What the page's script draws, as JSON; colours are names of CSS variables."""
        drawn = {
            "traces": self.traces,
            "lying": self.lying,
            "dated": self.dated,
            "links": self.links,
        }
        return msgspec.json.encode(drawn).decode()


@dataclass(frozen=True)
class Card:
    """One headline figure: what it is, and the statement it is a line of."""

    label: str
    amount: Decimal
    words: str
    link: str


@dataclass(frozen=True)
class ChartFigures:
    """The overview: cards, then charts."""

    cards: list[Card]
    charts: list[Chart]


def figures(reading: Reading, schema: str, *, today: date, base: str) -> ChartFigures:
    """All figures of the ledger; `today` is the organisation's, `base` the address of its pages."""
    month = today.replace(day=1)
    year = (months_after(month, -11), month)
    ((income, costs), profit) = _year(reading, schema, year)
    owed = statements.ageing(reading, schema, "receivable", today)
    owing = statements.ageing(reading, schema, "payable", today)
    cash = statements.cash(reading, schema, today)
    profit_link = f"{base}/statements/profit-and-loss?period=last-12-months"
    ages = _sums(owed)
    receivables, payables = f"{base}/statements/receivables", f"{base}/statements/payables"
    cards = [
        Card("Income", income, "last 12 months", profit_link),
        Card("Costs", costs, "last 12 months", profit_link),
        Card("Net profit", profit, "last 12 months", profit_link),
        Card("Owed by customers", sum(ages, ZERO), "after credits", receivables),
        Card("Overdue", sum(ages[1:5], ZERO), "past the due date", receivables),
        Card(
            "Owed to suppliers", sum(_sums(owing), ZERO), "after credits", payables,
        ),
        Card("Cash", sum((row[2] for row in cash), ZERO), "today", f"{base}/statements/cash"),
    ]  # fmt: skip
    charts = [
        _months_chart(reading, schema, month, base),
        _ages_chart(ages, base),
        _cash_chart(cash, base, today),
        _debtors_chart(owed[:DEBTORS], base),
    ]
    return ChartFigures(cards, [chart for chart in charts if chart.rows])


def _year(
    reading: Reading, schema: str, span: tuple[date, date]
) -> tuple[tuple[Decimal, Decimal], Decimal]:
    months = statements.months_of_profit(reading, schema, *span)
    income = sum((row[1] for row in months), ZERO)
    costs = sum((row[2] for row in months), ZERO)
    return (income, costs), income - costs


def _sums(ageing: list[tuple[str, str, tuple[Decimal, ...]]]) -> list[Decimal]:
    return [sum((row[2][age] for row in ageing), ZERO) for age in range(len(AGES))]


def _months_chart(reading: Reading, schema: str, month: date, base: str) -> Chart:
    first = months_after(month, 1 - MONTHS)
    by_month = {row[0]: row for row in statements.months_of_profit(reading, schema, first, month)}
    every = [months_after(first, number) for number in range(MONTHS)]
    while len(every) > 1 and every[0] not in by_month:
        every.pop(0)
    rows = [by_month.get(day, (day, ZERO, ZERO)) for day in every] if by_month else []
    months = [row[0].isoformat() for row in rows]
    return Chart(
        key="months",
        title="Income and costs by month",
        words="As the profit and loss has them, without tax.",
        heads=("Month", "Income", "Costs", "Net profit"),
        rows=[(f"{row[0]:%b %Y}", row[1], row[2], row[1] - row[2]) for row in rows],
        links=[
            f"{base}/statements/profit-and-loss?first={row[0]}&last={end_of_month(row[0])}"
            for row in rows
        ],
        traces=[
            _bars("Income", months, [row[1] for row in rows], "--chart-1"),
            _bars("Costs", months, [row[2] for row in rows], "--chart-2"),
        ],
        dated=True,
    )


def _ages_chart(ages: list[Decimal], base: str) -> Chart:
    rows = list(zip(AGES, ages, strict=True)) if any(ages) else []
    return Chart(
        key="ages",
        title="Owed by customers, by age",
        words="Open sales invoices by days after the due date; open credits are taken off.",
        heads=("Overdue", "Amount"),
        rows=rows,
        links=[f"{base}/statements/receivables"] * len(rows),
        traces=[_bars("Owed", [row[0] for row in rows], [row[1] for row in rows], "--chart-1")],
    )


def _cash_chart(cash: list[tuple[str, str, Decimal]], base: str, today: date) -> Chart:
    return Chart(
        key="cash",
        title="Cash by account",
        words="Balances of the bank accounts in the ledger, today.",
        heads=("Account", "Balance"),
        rows=[(name, amount) for _, name, amount in cash],
        links=[
            f"{base}/statements/account/{key}?first={months_after(today.replace(day=1), -2)}"
            for key, _, _ in cash
        ],
        traces=[_lying([row[1] for row in cash], [row[2] for row in cash], "--chart-3")],
        lying=True,
    )


def _debtors_chart(owed: list[tuple[str, str, tuple[Decimal, ...]]], base: str) -> Chart:
    rows = [(name, sum(ages, ZERO), sum(ages[1:5], ZERO)) for _, name, ages in owed]
    return Chart(
        key="debtors",
        title="Largest debtors",
        words="The ten customers that owe most, after their credits.",
        heads=("Customer", "Owed", "Overdue"),
        rows=rows,
        links=[f"{base}/books/contacts/{key}" for key, _, _ in owed],
        traces=[_lying([row[0] for row in rows], [row[1] for row in rows], "--chart-4")],
        lying=True,
    )


def _bars(name: str, x: list[str], y: list[Decimal], colour: str) -> dict[str, Any]:
    return {"name": name, "x": x, "y": [float(value) for value in y], "colour": colour}


def _lying(labels: list[str], values: list[Decimal], colour: str) -> dict[str, Any]:
    return {"name": "", "x": [float(v) for v in values], "y": labels, "colour": colour}
