"""Statements of each country are Xero's own reports: titles, sections, order, every cell."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from ledger_world import LEDGER, World
from tests.sync.books import NAME

from xeroport.books.statements.statement_model import Statement
from xeroport.jobs.statement import statement
from xeroport.jobs.statement_wish import Wish
from xeroport_emulator import Emulator

COUNTRIES = ("NZ", "AU", "UK", "US")
Cells = list[tuple[Any, ...]]


@pytest.fixture(scope="module", params=COUNTRIES)
def national(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """An organisation of a country with 60 invoices, on both bases."""
    emulator = Emulator(60, limits="off", country=request.param)
    world = World(emulator, tmp_path_factory.mktemp(request.param))
    world.sync()
    world.ledger(cash=True)
    yield world
    world.books.store.close()


def days(world: World) -> list[datetime.date]:
    """Some month ends, the year end among them, and a day in between."""
    ends = sorted(end for (end,) in world.rows(f"SELECT DISTINCT month_end FROM {LEDGER}.tie_out"))
    ((month,),) = world.rows("SELECT financial_year_end_month FROM organisation")
    of_year = [end for end in ends if end.month == month]
    return sorted({ends[1], ends[-1], *of_year[:1], ends[len(ends) // 2] - datetime.timedelta(13)})


def months(world: World) -> list[tuple[datetime.date, datetime.date]]:
    """A month, and a range across the year end."""
    day, later = days(world)[1], days(world)[-1]
    return [(day.replace(day=1), day), (later - datetime.timedelta(days=340), later)]


def ours(built: Statement) -> Cells:
    """Titles of sections, and (label, values …)."""
    return [
        (row.label, *map(plain, row.values)) if row.values else (row.label.strip(),)
        for row in built.rows
    ]


def theirs(report: dict[str, Any]) -> Cells:
    def walk(rows: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
        for row in rows:
            if row["RowType"] == "Section":
                if title := (row.get("Title") or "").strip():
                    yield (title,)
                yield from walk(row.get("Rows") or [])
            elif row["RowType"] != "Header":
                label, *values = [cell.get("Value") for cell in row["Cells"]]
                yield (label, *map(plain, values))

    return list(walk(report["Rows"]))


def plain(value: Any) -> str | None:
    return None if value in (None, "") else str(Decimal(str(value)).quantize(Decimal("0.01")) + 0)


def make(world: World, name: str, **wish: Any) -> Statement:
    return statement(NAME, name, Wish(**wish), url=world.url, today=datetime.date(2026, 11, 29))


@pytest.mark.parametrize("cash", [False, True])
def test_profit_and_loss(national: World, cash: bool) -> None:
    for since, until in months(national):
        span = {"fromDate": str(since), "toDate": str(until), "paymentsOnly": cash}
        report = national.call("reports.profit_and_loss", span)
        built = make(national, "profit-and-loss", since=since, until=until, cash=cash)
        assert ours(built) == theirs(report), (since, until)
        assert built.title == report["ReportTitles"][0]


@pytest.mark.parametrize("cash", [False, True])
def test_balance_sheet_and_trial_balance(national: World, cash: bool) -> None:
    for at in days(national):
        asked = {"date": str(at), "paymentsOnly": cash}
        built = make(national, "trial-balance", at=at, cash=cash)
        assert ours(built) == theirs(national.call("reports.trial_balance", asked)), at
        sheet = make(national, "balance-sheet", at=at, cash=cash)
        report = theirs(national.call("reports.balance_sheet", asked))
        assert [cells[:2] for cells in ours(sheet)] == [cells[:2] for cells in report], at


def test_tracking(national: World) -> None:
    categories = national.rows(
        "SELECT name, CAST(tracking_category_id AS text) FROM tracking_category"
    )
    assert categories
    for name, key in categories:
        for since, until in months(national):
            span = {"fromDate": str(since), "toDate": str(until), "trackingCategoryID": key}
            report = national.call("reports.profit_and_loss", span)
            built = make(national, "profit-and-loss", since=since, until=until, tracking=name)
            assert ours(built) == theirs(report), (name, since, until)


def test_bank_summary_and_ageing(national: World) -> None:
    for since, until in months(national):
        span = {"fromDate": str(since), "toDate": str(until)}
        report = national.call("reports.bank_summary", span)
        built = make(national, "cash", since=since, until=until)
        assert ours(built) == theirs(report)


def test_the_books_tie_at_every_month_end(national: World) -> None:
    ends = [end for (end,) in national.rows(f"SELECT DISTINCT month_end FROM {LEDGER}.tie_out")]
    assert len(ends) > 10
    for end in sorted(ends):
        assert national.ledger_balances(end) == national.xero_balances(end), end
