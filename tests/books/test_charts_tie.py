"""No card and no chart of the overview differs from the statement it belongs to, nor a bar from the
table below it: on the demo with more than 50 hard documents, on the organisation's day."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from ledger_world import World
from tests.console.console_world import Visitor
from tests.sync.books import NAME

from xeroport.books.statements.statement_model import Statement
from xeroport.console.reading.periods import end_of_month, today_of
from xeroport.dates import months_after
from xeroport.jobs.statement import statement
from xeroport.jobs.statement_wish import Wish
from xeroport.store import instances
from xeroport.store.database import Store

BASE = f"/instances/{NAME}"
CELL = re.compile(r'<t[hd][^>]*>(?:<a href="([^"]+)">)?([^<]*)')


@pytest.fixture(scope="module")
def overview(anna: Visitor) -> str:
    return anna.get(f"{BASE}/overview").text


@pytest.fixture(scope="module")
def today(hard: World) -> date:
    return today_of(instances.get(Store(hard.books.home), NAME))


def amount(text: str) -> Decimal:
    return Decimal(unescape(text).replace(",", "").replace("−", "-"))


def chart(page: str, key: str) -> tuple[list[tuple[str, str, list[Decimal]]], dict[str, Any]]:
    """Link, label and figures of each row of a chart's table; and what its script draws."""
    figure = page.split(f'aria-labelledby="t-{key}"')[1].split("</figure>")[0]
    table = figure.split("<tbody>")[1].split("</tbody>")[0]
    rows = []
    for row in table.split("</tr>"):
        cells = CELL.findall(row)
        if cells:
            (link, label), *values = cells
            rows.append((unescape(link), unescape(label), [amount(text) for _, text in values]))
    drawn = re.search(r'data-figure="([^"]+)"', figure)
    assert drawn
    return rows, json.loads(unescape(drawn[1]))


def made(hard: World, name: str, today: date, **wish: Any) -> Statement:
    return statement(NAME, name, Wish(**wish), url=hard.url, today=today)


def totals(built: Statement, *labels: str) -> list[Decimal]:
    """The sums of some total lines, column by column; of those that are there."""
    chosen = [row.values for row in built.rows if row.kind == "total" and row.label in labels]
    assert chosen, labels
    return [sum(column, Decimal(0)) for column in zip(*chosen, strict=True)]


INCOME = ("Total Trading Income", "Total Income", "Total Other Income")
COSTS = ("Total Cost of Sales", "Total Operating Expenses", "Total Expenses")


def test_every_card_is_a_line_of_its_statement(
    overview: str, anna: Visitor, hard: World, today: date
) -> None:
    month = today.replace(day=1)
    profit = made(
        hard, "profit-and-loss", today,
        since=months_after(month, -11), until=end_of_month(month),
    )  # fmt: skip
    owed = made(hard, "aged-receivables", today, at=today).rows[-1].values
    owing = made(hard, "aged-payables", today, at=today).rows[-1].values
    cash = made(hard, "cash", today, since=month, until=today).rows[-1].values
    (income,), (costs,) = totals(profit, *INCOME), totals(profit, *COSTS)
    shown = {
        label: (unescape(link), amount(text))
        for link, label, text in re.findall(
            r'<a href="([^"]+)" data-card="([^"]+)">([^<]+)</a>', overview
        )
    }
    assert {label: figure for label, (_, figure) in shown.items()} == {
        "Income": income,
        "Costs": costs,
        "Net profit": profit.rows[-1].values[0],
        "Owed by customers": owed[-1],
        "Overdue": owed[-1] - owed[0],
        "Owed to suppliers": owing[-1],
        "Cash": cash[-1],
    }
    assert income - costs == profit.rows[-1].values[0]
    for label, (link, figure) in shown.items():  # each leads to the statement that has it
        page = anna.get(link).text
        assert f"{abs(figure):,.2f}" in page or label in ("Overdue", "Income", "Costs"), label


def test_every_month_is_that_month_s_profit_and_loss(
    overview: str, hard: World, today: date
) -> None:
    rows, drawn = chart(overview, "months")
    assert len(rows) > 12
    for link, label, figures in rows:
        first = datetime.strptime(label, "%b %Y").replace(tzinfo=UTC).date()
        last = end_of_month(first)
        built = made(hard, "profit-and-loss", today, since=first, until=last)
        net = built.rows[-1].values[0]
        assert figures[2] == net, label
        assert figures[0] - figures[1] == net, label
        assert figures[0] == totals(built, *INCOME)[0], label
        assert link.endswith(f"first={first}&last={last}")
    for trace, column in zip(drawn["traces"], (0, 1), strict=True):
        assert trace["y"] == [float(figures[column]) for _, _, figures in rows]


def test_every_age_and_every_debtor_is_the_aged_receivables(
    overview: str, anna: Visitor, hard: World, today: date
) -> None:
    built = made(hard, "aged-receivables", today, at=today)
    *contacts, total = built.rows
    ages, drawn = chart(overview, "ages")
    assert [figures[0] for _, _, figures in ages] == list(total.values[:-1])
    assert drawn["traces"][0]["y"] == [float(value) for value in total.values[:-1]]
    debtors, drawn = chart(overview, "debtors")
    largest = sorted(contacts, key=lambda row: -row.values[-1])[:10]
    assert len(debtors) == len(largest)
    for (_, label, figures), row in zip(debtors, largest, strict=True):
        assert figures[0] == row.values[-1]
        of_it = next(row for row in contacts if (row.label, row.values[-1]) == (label, figures[0]))
        assert figures[1] == of_it.values[-1] - of_it.values[0], label
    assert drawn["traces"][0]["x"] == [float(figures[0]) for _, _, figures in debtors]
    for link, label, figures in (*ages, *debtors):
        page = anna.get(link).text
        assert re.findall(r"data-sum>([^<]*)<", page) or not figures[0], label
        for text in re.findall(r"data-sum>([^<]*)<", page):
            assert amount(text) == figures[0], label


def test_every_bank_account_is_a_line_of_cash(
    overview: str, anna: Visitor, hard: World, today: date
) -> None:
    *accounts, total = made(
        hard, "cash", today, since=today.replace(day=1), until=today
    ).rows  # fmt: skip
    rows, drawn = chart(overview, "cash")
    assert [(label, figures[0]) for _, label, figures in rows] == [
        (row.label, row.values[-1]) for row in accounts
    ]
    assert sum(figures[0] for _, _, figures in rows) == total.values[-1]
    assert drawn["traces"][0]["x"] == [float(figures[0]) for _, _, figures in rows]
    for link, label, _ in rows:
        assert anna.get(link).status_code == 200, label
