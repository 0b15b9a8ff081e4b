"""The overview's figures over books small enough to add up by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from xeroport.catalogue.columns import tables
from xeroport.console.reading import charts
from xeroport.console.reading.duckdb import DuckReading
from xeroport.console.reading.tables import present
from xeroport.destinations.typed import column_types

TODAY = date(2026, 11, 23)
INVOICES = [
    # type, status, date, due, net, due amount, rate, contact
    ("ACCREC", "AUTHORISED", "2026-11-02", "2026-11-23", 100, 120, 1, "Ash"),  # due today
    ("ACCREC", "AUTHORISED", "2026-10-02", "2026-11-22", 200, 60, 1, "Ash"),  # one day late
    ("ACCREC", "AUTHORISED", "2026-09-02", "2026-10-24", 300, 30, 1, "Birch"),  # thirty
    ("ACCREC", "AUTHORISED", "2026-09-03", "2026-10-23", 400, 40, 2, "Birch"),  # 31, in dollars
    ("ACCREC", "AUTHORISED", "2026-08-01", "2026-08-25", 500, 50, 1, "Birch"),  # ninety
    ("ACCREC", "AUTHORISED", "2026-07-01", "2026-08-24", 600, 70, 1, "Cedar"),  # 91
    ("ACCREC", "PAID", "2026-11-05", "2026-11-10", 1000, 0, 1, "Ash"),
    ("ACCREC", "DRAFT", "2026-11-05", "2026-11-10", 9999, 9999, 1, "Ash"),
    ("ACCREC", "VOIDED", "2026-11-05", "2026-11-10", 9999, 0, 1, "Ash"),
    ("ACCPAY", "AUTHORISED", "2026-11-05", "2026-11-10", 80, 90, 1, "Deal"),
    ("ACCPAY", "PAID", "2026-10-05", "2026-10-10", 40, 0, 4, "Deal"),
    ("ACCREC", "AUTHORISED", "2026-12-01", "2026-12-31", 7777, 11, 1, "Elm"),  # in the future
]


@pytest.fixture
def books() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA acme")
        for record in ("Invoice", "CreditNote", "BankTransaction"):
            root = tables(record)[0]
            columns = ", ".join(f'"{name}" {kind}' for name, kind in column_types(root).items())
            connection.execute(f"CREATE TABLE acme.{root.name} ({columns})")
        for each in INVOICES:
            connection.execute(
                "INSERT INTO acme.invoice BY NAME SELECT uuid() AS invoice_id, $1 AS type, "
                "$2 AS status, $3::DATE AS date, $4::DATE AS due_date, $5 AS sub_total, "
                "$6 AS amount_due, $7 AS currency_rate, $8 AS contact_name, "
                "md5($8)::UUID AS contact_id",
                list(each),
            )
        connection.execute(
            "INSERT INTO acme.invoice BY NAME SELECT 'ACCREC' AS type, 'AUTHORISED' AS status, "
            "DATE '2026-11-01' AS date, 5555 AS sub_total, 5555 AS amount_due, "
            "now()::TIMESTAMP AS _deleted_at"
        )
        for kind, net in (("ACCRECCREDIT", 25), ("ACCPAYCREDIT", 5)):
            connection.execute(
                "INSERT INTO acme.credit_note BY NAME SELECT $1 AS type, 'PAID' AS status, "
                "DATE '2026-11-06' AS date, $2 AS sub_total",
                [kind, net],
            )
        for kind, net in (("RECEIVE", 7), ("SPEND", 3), ("SPEND-TRANSFER", 1000)):
            connection.execute(
                "INSERT INTO acme.bank_transaction BY NAME SELECT $1 AS type, "
                "'AUTHORISED' AS status, DATE '2026-11-06' AS date, $2 AS sub_total",
                [kind, net],
            )
        yield connection


def found(books: duckdb.DuckDBPyConnection) -> charts.Figures:
    reading = DuckReading(books)
    return charts.figures(reading, "acme", today=TODAY, present=present(reading, "acme"))


def chart(figures: charts.Figures, key: str) -> charts.Chart:
    return next(each for each in figures.charts if each.key == key)


def test_months(books: duckdb.DuckDBPyConnection) -> None:
    rows = {row[0]: row[1:3] for row in chart(found(books), "months").rows}
    assert rows["Nov 2026"] == (Decimal(100 + 1000 - 25 + 7), Decimal(80 - 5 + 3))
    assert rows["Oct 2026"] == (Decimal(200), Decimal(10))
    assert rows["Sep 2026"] == (Decimal(300 + 200), Decimal(0))
    assert "Dec 2026" not in rows
    assert next(iter(rows)) == "Jul 2026"


def test_ages_at_their_borders(books: duckdb.DuckDBPyConnection) -> None:
    rows = {row[0]: row[1:] for row in chart(found(books), "ages").rows}
    assert rows == {
        "Not due yet": (Decimal(120 + 11), 2),
        "1–30 days": (Decimal(60 + 30), 2),
        "31–60 days": (Decimal(20), 1),
        "61–90 days": (Decimal(50), 1),
        "Over 90 days": (Decimal(70), 1),
    }


def test_debtors_and_headlines(books: duckdb.DuckDBPyConnection) -> None:
    figures = found(books)
    assert [row[:3] for row in chart(figures, "debtors").rows] == [
        ("Ash", Decimal(180), Decimal(60)),
        ("Birch", Decimal(100), Decimal(100)),
        ("Cedar", Decimal(70), Decimal(70)),
        ("Elm", Decimal(11), Decimal(0)),
    ]
    said = dict(figures.headlines)
    assert said["Owed by customers"] == Decimal(361)
    assert said["Overdue"] == Decimal(230)
    assert said["Owed to suppliers"] == Decimal(90)


def test_books_without_invoices_have_no_charts() -> None:
    with duckdb.connect() as empty:
        empty.execute("CREATE SCHEMA acme")
        assert found(empty) == charts.Figures([], [])
