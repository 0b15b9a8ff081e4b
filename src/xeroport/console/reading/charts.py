"""The overview's cards and charts: each figure is a line of a statement of the ledger, in the base
currency, and each chart has its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from xeroport.books.statements.ageing import BUCKETS, AgedContact, Ageing
from xeroport.books.statements.figures import read_books
from xeroport.books.statements.layout import ProfitLayout, profit_layout
from xeroport.books.statements.statement_model import Row, Statement
from xeroport.console.reading.books_protocol import Reading
from xeroport.console.reading.periods import end_of_month
from xeroport.dates import months_after
from xeroport.jobs.statement import drawn
from xeroport.jobs.statement_wish import Wish
from xeroport.store.instances import Instance, schema_name

ZERO = Decimal("0.00")
MONTHS = 24
YEAR = 12
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


def figures(reading: Reading, instance: Instance, *, today: date, base: str) -> ChartFigures:
    """All figures; `today` is the organisation's, `base` the address of its pages."""
    month = today.replace(day=1)
    last = end_of_month(month)
    first = months_after(month, 1 - MONTHS)
    by_month = Wish(since=first, until=last, by="month")
    schema = schema_name(instance.name)
    books = read_books(reading.rows, schema, instance=instance.name)

    def built(name: str, wish: Wish) -> Statement:
        return drawn(reading.rows, instance.name, name, wish, dialect=reading.dialect, today=today)

    months = _profits(built("profit-and-loss", by_month), profit_layout(books.region))
    year = months[-YEAR:]
    income = sum((row[1] for row in year), ZERO)
    costs = sum((row[2] for row in year), ZERO)
    cash = built("cash", Wish(since=month, until=today)).rows
    owed, owing = (
        Ageing(reading.rows, schema, reading.dialect, today, sales) for sales in (True, False)
    )
    ages, debtors = owed.at_a_glance(most=DEBTORS)
    owing_ages, _ = owing.at_a_glance(most=0)
    profit_link = f"{base}/statements/profit-and-loss?period=last-12-months"
    receivables, payables = f"{base}/statements/receivables", f"{base}/statements/payables"
    cash_link = f"{base}/statements/cash?first={month}&last={today}"
    words = "last 12 months"
    cards = [
        Card("Income", income, words, profit_link),
        Card("Costs", costs, words, profit_link),
        Card("Net profit", income - costs, words, profit_link),
        Card("Owed by customers", sum(ages, ZERO), "after credits", receivables),
        Card("Overdue", sum(ages[1:], ZERO), "past the due date, after credits", receivables),
        Card("Owed to suppliers", sum(owing_ages, ZERO), "after credits", payables),
        Card("Cash", cash[-1].values[-1], "today", cash_link),
    ]
    charts = [
        _months_chart(months, base),
        _ages_chart(ages, base),
        _cash_chart(cash[:-1], base, month, today),
        _debtors_chart(debtors, base),
    ]
    return ChartFigures(cards, [chart for chart in charts if chart.rows])


def _profits(built: Statement, layout: ProfitLayout) -> list[tuple[date, Decimal, Decimal]]:
    """Month, income and costs: the totals of the sections, other income with the income."""
    totals = {row.label: row.values for row in built.rows if row.kind == "total"}

    def added(at: int, *labels: str) -> Decimal:
        return sum((totals[label][at] for label in labels if label in totals), ZERO)

    return [
        (
            span.since,
            added(at, layout.income[1], layout.other_income[1]),
            added(at, layout.cost_of_sales[1], layout.expenses[1]),
        )
        for at, span in enumerate(built.spans[:MONTHS])
        if span and span.since
    ]


def _months_chart(months: list[tuple[date, Decimal, Decimal]], base: str) -> Chart:
    begun = next((at for at, row in enumerate(months) if row[1] or row[2]), len(months))
    rows = months[begun:]
    titles = [row[0].isoformat() for row in rows]
    return Chart(
        key="months",
        title="Income and costs by month",
        words="As in the profit and loss, without tax.",
        heads=("Month", "Income", "Costs", "Net profit"),
        rows=[(f"{row[0]:%b %Y}", row[1], row[2], row[1] - row[2]) for row in rows],
        links=[
            f"{base}/statements/profit-and-loss?first={row[0]}&last={end_of_month(row[0])}"
            for row in rows
        ],
        traces=[
            _bars("Income", titles, [row[1] for row in rows], "--chart-1"),
            _bars("Costs", titles, [row[2] for row in rows], "--chart-2"),
        ],
        dated=True,
    )


def _ages_chart(ages: list[Decimal], base: str) -> Chart:
    rows = list(zip(BUCKETS, ages, strict=True)) if any(ages) else []
    return Chart(
        key="ages",
        title="Owed by customers, by age",
        words="Open amounts by whole months after the due date, less credits.",
        heads=("Overdue", "Amount"),
        rows=rows,
        links=[f"{base}/statements/receivables/open?age={age}" for age in range(len(rows))],
        traces=[_bars("Owed", [row[0] for row in rows], [row[1] for row in rows], "--chart-1")],
    )


def _cash_chart(accounts: Sequence[Row], base: str, month: date, today: date) -> Chart:
    return Chart(
        key="cash",
        title="Cash by account",
        words="Balances of the bank accounts in the ledger, today.",
        heads=("Account", "Balance"),
        rows=[(row.label, row.values[-1]) for row in accounts],
        links=[f"{base}/statements/account/{row.account_id}?last={today}" for row in accounts],
        traces=[
            _lying(
                [row.label for row in accounts], [row.values[-1] for row in accounts], "--chart-3"
            )
        ],
        lying=True,
    )


def _debtors_chart(owed: Sequence[AgedContact], base: str) -> Chart:
    rows = [(row.name or "No name", row.total, sum(row.ages[1:], ZERO)) for row in owed]
    return Chart(
        key="debtors",
        title="Largest debtors",
        words="The ten customers who owe most, less their credits.",
        heads=("Customer", "Owed", "Overdue"),
        rows=rows,
        links=[f"{base}/statements/receivables/open?contact={row.contact_id}" for row in owed],
        traces=[_lying([row[0] for row in rows], [row[1] for row in rows], "--chart-4")],
        lying=True,
    )


def _bars(name: str, x: list[str], y: list[Decimal], colour: str) -> dict[str, Any]:
    return {"name": name, "x": x, "y": [float(value) for value in y], "colour": colour}


def _lying(labels: list[str], values: list[Decimal], colour: str) -> dict[str, Any]:
    return {"name": "", "x": [float(v) for v in values], "y": labels, "colour": colour}
