"""The overview's figures: each a query over the synced books, a table, and a chart of it.

Amounts are in the organisation's base currency: Xero's rate is foreign units for one base unit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from xeroport.console.reading.protocol import Reading
from xeroport.destinations.typed import identifier

MONTHS = 24
DEBTORS = 10
LIVE = "('AUTHORISED', 'PAID')"
AGES = ("Not due yet", "1–30 days", "31–60 days", "61–90 days", "Over 90 days")


@dataclass(frozen=True)
class Chart:
    """One chart: its title, what it shows in a sentence, its table and Plotly's traces."""

    key: str
    title: str
    words: str
    heads: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    traces: list[dict[str, Any]] = field(default_factory=list)
    lying: bool = False
    dated: bool = False

    @property
    def figure(self) -> str:
        """What the page's script draws, as JSON; colours are names of CSS variables."""
        drawn = {"traces": self.traces, "lying": self.lying, "dated": self.dated}
        return msgspec.json.encode(drawn).decode()


@dataclass(frozen=True)
class Figures:
    """The overview: headline figures by name, then the charts."""

    headlines: list[tuple[str, Decimal]]
    charts: list[Chart]


def figures(reading: Reading, schema: str, *, today: date, present: set[str]) -> Figures:
    """All figures that the synced tables can answer; `today` is the organisation's."""
    charts: list[Chart] = []
    headlines: list[tuple[str, Decimal]] = []
    if "invoice" in present:
        months = _months(reading, schema, today, present)
        ages = _ages(reading, schema, today, "ACCREC")
        owed = sum((row[1] for row in ages), Decimal(0))
        late = sum((row[1] for row in ages[1:]), Decimal(0))
        owing = sum((row[1] for row in _ages(reading, schema, today, "ACCPAY")), Decimal(0))
        year = months[-12:]
        headlines += [
            ("Revenue, 12 months", sum((row[1] for row in year), Decimal(0))),
            ("Costs, 12 months", sum((row[2] for row in year), Decimal(0))),
            ("Owed by customers", owed),
            ("Overdue", late),
            ("Owed to suppliers", owing),
        ]
        charts += [
            _months_chart(months),
            _ages_chart(ages),
            _debtors_chart(_debtors(reading, schema, today)),
        ]
    cash = _cash(reading, schema, present)
    if cash:
        headlines.append(("Cash", sum((row[1] for row in cash), Decimal(0))))
        charts.insert(min(len(charts), 2), _cash_chart(cash))
    return Figures(headlines, charts)


def _table(schema: str, name: str) -> str:
    return f"{identifier(schema)}.{identifier(name)}"


def _months(
    reading: Reading, schema: str, today: date, present: set[str]
) -> list[tuple[date, Decimal, Decimal]]:
    """Month → revenue and costs without tax, from documents and direct bank transactions."""
    parts = [("invoice", "ACCREC", 1, 0), ("invoice", "ACCPAY", 0, 1)]
    if "credit_note" in present:
        parts += [("credit_note", "ACCRECCREDIT", -1, 0), ("credit_note", "ACCPAYCREDIT", 0, -1)]
    if "bank_transaction" in present:
        parts += [("bank_transaction", "RECEIVE", 1, 0), ("bank_transaction", "SPEND", 0, 1)]
    union = " UNION ALL ".join(
        f"SELECT date, {plus} * net AS revenue, {minus} * net AS cost FROM ("  # noqa: S608
        f"SELECT date, sub_total / coalesce(nullif(currency_rate, 0), 1) AS net "
        f"FROM {_table(schema, table)} WHERE type = '{kind}' AND status IN {LIVE} "
        f"AND _deleted_at IS NULL AND date >= $1 AND date <= $2) AS {table}_{kind}"
        for table, kind, plus, minus in parts
    )
    first = _month_before(today, MONTHS - 1)
    found = reading.rows(
        "SELECT date_trunc('month', date)::DATE AS month, "  # noqa: S608
        "sum(revenue)::DECIMAL(24, 2), sum(cost)::DECIMAL(24, 2) "
        f"FROM ({union}) AS moved GROUP BY month ORDER BY month",
        (first, today),
    )
    by_month = {row[0]: row for row in found}
    every = [_month_before(today, back) for back in reversed(range(MONTHS))]
    zero = Decimal(0)
    filled = [by_month.get(month, (month, zero, zero)) for month in every]
    while len(filled) > 1 and filled[0][0] not in by_month:
        filled.pop(0)
    return filled


def _month_before(today: date, back: int) -> date:
    number = today.year * 12 + today.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)


def _ages(reading: Reading, schema: str, today: date, kind: str) -> list[tuple[str, Decimal, int]]:
    """What is still due, by how long it is overdue: amount and number of documents."""
    found = reading.rows(
        "SELECT CASE WHEN late <= 0 THEN 0 ELSE least(floor((late + 29) / 30.0), 4) END AS age, "  # noqa: S608
        "sum(due)::DECIMAL(24, 2), count(*) FROM ("
        "SELECT $1::DATE - coalesce(due_date, date) AS late, "
        "amount_due / coalesce(nullif(currency_rate, 0), 1) AS due "
        f"FROM {_table(schema, 'invoice')} WHERE type = $2 AND status = 'AUTHORISED' "
        "AND amount_due <> 0 AND _deleted_at IS NULL) AS open GROUP BY age",
        (today, kind),
    )
    by_age = {int(row[0]): row for row in found}
    return [
        (label, *(by_age[age][1:] if age in by_age else (Decimal(0), 0)))
        for age, label in enumerate(AGES)
    ]


def _debtors(reading: Reading, schema: str, today: date) -> list[tuple[str, Decimal, Decimal, int]]:
    """The contacts that owe most: name, due, of it overdue, documents."""
    return reading.rows(
        "SELECT coalesce(max(contact_name), 'No name'), sum(due)::DECIMAL(24, 2), "  # noqa: S608
        "coalesce(sum(due) FILTER (WHERE late), 0)::DECIMAL(24, 2), count(*) FROM ("
        "SELECT contact_id, contact_name, due_date < $1 AS late, "
        "amount_due / coalesce(nullif(currency_rate, 0), 1) AS due "
        f"FROM {_table(schema, 'invoice')} WHERE type = 'ACCREC' AND status = 'AUTHORISED' "
        "AND amount_due <> 0 AND _deleted_at IS NULL) AS open GROUP BY contact_id "
        f"ORDER BY 2 DESC LIMIT {DEBTORS}",
        (today,),
    )


def _cash(reading: Reading, schema: str, present: set[str]) -> list[tuple[str, Decimal]]:
    """Bank account → its balance, as Xero's own bank summary of the last sync has it."""
    if "report_bank_summary" not in present:
        return []
    return reading.rows(
        "SELECT label, amount::DECIMAL(24, 2) "  # noqa: S608
        f"FROM {_table(schema, 'report_bank_summary')} "
        "WHERE account_id IS NOT NULL AND period ILIKE 'closing balance' AND amount IS NOT NULL "
        "AND _deleted_at IS NULL ORDER BY amount DESC"
    )


def _months_chart(rows: list[tuple[date, Decimal, Decimal]]) -> Chart:
    labels = [f"{row[0]:%b %Y}" for row in rows]
    months = [row[0].isoformat() for row in rows]
    return Chart(
        key="months",
        title="Revenue and costs by month",
        words="Documents and direct bank transactions by their date, without tax.",
        heads=("Month", "Revenue", "Costs", "Difference"),
        rows=[
            (label, row[1], row[2], row[1] - row[2])
            for label, row in zip(labels, rows, strict=True)
        ],
        traces=[
            _bars("Revenue", months, [row[1] for row in rows], "--chart-1"),
            _bars("Costs", months, [row[2] for row in rows], "--chart-2"),
        ],
        dated=True,
    )


def _ages_chart(rows: list[tuple[str, Decimal, int]]) -> Chart:
    return Chart(
        key="ages",
        title="Receivables by age",
        words="What customers still owe, by days after the due date.",
        heads=("Overdue", "Amount", "Invoices"),
        rows=list(rows),
        traces=[_bars("Owed", [row[0] for row in rows], [row[1] for row in rows], "--chart-1")],
    )


def _cash_chart(rows: list[tuple[str, Decimal]]) -> Chart:
    return Chart(
        key="cash",
        title="Cash by account",
        words="Closing balances, as Xero's bank summary had them at the last sync.",
        heads=("Account", "Balance"),
        rows=list(rows),
        traces=[_lying([row[0] for row in rows], [row[1] for row in rows], "--chart-3")],
        lying=True,
    )


def _debtors_chart(rows: list[tuple[str, Decimal, Decimal, int]]) -> Chart:
    return Chart(
        key="debtors",
        title="Largest debtors",
        words="The ten customers that owe most.",
        heads=("Customer", "Owed", "Overdue", "Invoices"),
        rows=list(rows),
        traces=[_lying([row[0] for row in rows], [row[1] for row in rows], "--chart-4")],
        lying=True,
    )


def _bars(name: str, x: list[str], y: list[Decimal], colour: str) -> dict[str, Any]:
    return {"name": name, "x": x, "y": [float(each) for each in y], "colour": colour}


def _lying(labels: list[str], values: list[Decimal], colour: str) -> dict[str, Any]:
    return {"name": "", "x": [float(v) for v in values], "y": labels, "colour": colour}
