"""`verify`: what does not equal Xero is found, whatever was done to the books."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ledger_world import LEDGER, World
from tests.sync.books import NAME, SCHEMA

from xeroport.errors import InputError
from xeroport.jobs.ledger import LedgerReport, ledger_instance
from xeroport.jobs.verify import Verification, verify_instance
from xeroport.jobs.verify_cells import Cells, beside, cells_of


def verify(world: World, *, url: str | None = None) -> Verification:
    return asyncio.run(verify_instance(world.books.store, NAME, to=url or world.url))


class Copied:
    """A copy of the demo's file, to do harm in."""

    def __init__(self, demo: World, path: Path) -> None:
        shutil.copy(demo.url.removeprefix("duckdb:"), path)
        self.demo, self.path = demo, path

    def change(self, sql: str) -> None:
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(f"USE {SCHEMA}")
            connection.execute(sql)

    def verify(self) -> Verification:
        return verify(self.demo, url=f"duckdb:{self.path}")

    def ledger(self) -> LedgerReport:
        url = f"duckdb:{self.path}"
        work = ledger_instance(self.demo.books.store, NAME, to=url, cash=True)
        return asyncio.run(work)


@pytest.fixture
def copied(demo: World, tmp_path: Path) -> Copied:
    return Copied(demo, tmp_path / "books.duckdb")


@pytest.fixture
def world(make_synced: Callable[..., World]) -> World:
    return make_synced(ledger="accrual")


def test_books_just_tied_equal_xeros(demo: World) -> None:
    result = verify(demo)
    assert result.ok, [check for check in result.checks if check.differences]
    assert [check.name for check in result.checks if not check.compared] == []
    assert sum("cash basis" in check.name for check in result.checks) == 5
    assert len(result.checks) == 14
    json.dumps(result.as_dict(), default=str)


SABOTAGE = {
    "a dropped line": "DELETE FROM {line} WHERE record_id = {one} AND line_number = 1",
    "a flipped sign": "UPDATE {line} SET amount = -amount WHERE record_id = {one}",
    "a doubled journal": "INSERT INTO {line} SELECT * FROM {line} WHERE record_id = {one}",
    "another account": (
        "UPDATE {line} SET account_id = "
        "(SELECT account_id FROM acme_uk.account WHERE code = '404') "
        "WHERE record_id = {one} AND line_number = 2"
    ),
    "an unknown account": (
        "UPDATE {line} SET account_id = uuid() WHERE record_id = {one} AND line_number = 2"
    ),
    "another day": "UPDATE {line} SET journal_date = DATE '2025-01-01' WHERE record_id = {one}",
    "a cent": (
        "UPDATE {line} SET amount = amount + 0.01 WHERE record_id = {one} AND line_number = 1"
    ),
}


@pytest.mark.parametrize("name", SABOTAGE)
def test_sabotage_is_found(copied: Copied, name: str) -> None:
    one = (
        f"(SELECT record_id FROM {LEDGER}.ledger_line WHERE source_type = 'ACCREC' "
        "AND journal_date > DATE '2026-06-01' ORDER BY record_id LIMIT 1)"
    )
    copied.change(SABOTAGE[name].format(line=f"{LEDGER}.ledger_line", one=one))
    result = copied.verify()
    assert not result.ok
    assert result.exit_status == 1
    assert any("trial balance" in check.name for check in result.checks if check.differences)


def test_a_missing_stream_is_found_and_named(make_world: Callable[..., World]) -> None:
    world = make_world()
    report = world.books.sync(
        "accounts", "organisation", "contacts", "invoices", "credit_notes", "tax_rates",
        "manual_journals", "bank_transactions", "bank_transfers", "prepayments", "overpayments",
        "expense_claims", "receipts", "tracking_categories",
    )  # fmt: skip
    assert report.exit_status == 0
    ledger = world.ledger()
    assert ledger.missing_streams == ["payments"]
    assert ledger.residual_total > 100_000
    causes = {each.cause for each in ledger.residual}
    assert "streams that were not synced: payments" in causes
    result = verify(world)
    assert result.exit_status == 1
    (counts,) = [check for check in result.checks if check.name == "number of records"]
    (difference,) = counts.differences
    assert (difference.what, difference.ours) == ("payments", 0)
    assert difference.xero == len(world.books.records("Payment"))
    assert "`xeroport sync NAME`" in str(counts.explanation)


@pytest.mark.soak
def test_amounts_that_are_doubles_are_refused_or_equal(make_synced: Callable[..., World]) -> None:
    """A copy with amounts as doubles: a cent lost in them would show, nothing is taken over."""
    world = make_synced()
    world.ledger()
    lines = f"SELECT sum(amount), count(*) FROM {LEDGER}.ledger_line"
    before = world.rows(lines)
    world.books.query("ALTER TABLE invoice_line_item ALTER line_amount TYPE DOUBLE")
    world.books.query("ALTER TABLE invoice ALTER currency_rate TYPE DOUBLE")
    world.ledger(all_again=True)
    assert world.rows(lines) == before
    assert verify(world).ok
    ((kind,),) = world.rows(f"SELECT typeof(amount) FROM {LEDGER}.ledger_line LIMIT 1")
    assert kind == "DECIMAL(18,2)"


def test_a_ledger_of_doubles_is_refused_and_written_again(copied: Copied) -> None:
    copied.change(f"ALTER TABLE {LEDGER}.ledger_line ALTER amount TYPE DOUBLE")
    with pytest.raises(InputError, match="floating-point") as refused:
        copied.verify()
    assert "--full" in str(refused.value.hint)
    assert copied.ledger().mode == "full"
    assert copied.verify().ok


def test_gains_that_xero_shows_as_one_line_are_compared_as_one() -> None:
    """In most regions a profit and loss has one line for realised, unrealised and bank gains, and
    its totals have words of the region."""
    realised, unrealised, rent = (f"{at}0000000-0000-4000-8000-000000000000" for at in (1, 2, 3))

    def row(label: str, amount: str, account: str = "", kind: str = "Row") -> dict[str, Any]:
        attributes = [{"Id": "account", "Value": account}] if account else []
        cells = [{"Value": label, "Attributes": attributes}, {"Value": amount}]
        return {"RowType": kind, "Cells": cells}

    report = {
        "Rows": [
            {"RowType": "Header", "Cells": [{"Value": ""}, {"Value": "31 May 26"}]},
            {"RowType": "Section", "Title": "Less Operating Expenses", "Rows": [
                row("Foreign Currency Gains and Losses", "-7.50", "FXGROUPID"),
                row("Rent", "100.00", rent),
                row("Total Overheads", "92.50", kind="SummaryRow"),
            ]},
            row("Net Profit", "-92.50"),
        ]
    }  # fmt: skip
    theirs = cells_of(report, None)
    ours: Cells = {
        (realised, 1): ("Realised", Decimal("-10.00")),
        (unrealised, 1): ("Unrealised", Decimal("2.50")),
        (rent, 1): ("Rent", Decimal("100.00")),
        ("total operating expenses", 1): ("Total", Decimal("92.50")),
        ("net profit", 1): ("Net Profit", Decimal("-92.50")),
    }
    gains = {realised, unrealised}
    assert beside(ours, theirs, gains=gains) == (3, ())
    _, (rent_only,) = beside(ours | {(rent, 1): ("", Decimal(99))}, theirs, gains=gains)
    assert (rent_only.what, rent_only.xero) == ("Rent, 31 May 26", 100)
    _, (missing,) = beside(ours | {(rent, 2): ("Rent", Decimal(1))}, theirs, gains=gains)
    assert missing.xero is None


def test_what_changed_in_xero_since_is_a_difference_that_says_so(world: World) -> None:
    open_sales = [
        record
        for record in world.books.records("Invoice")
        if record["Type"] == "ACCREC"
        and record["AmountDue"] == record["Total"]
        and record["Status"] == "AUTHORISED"
    ]
    sale = max(open_sales, key=lambda record: record["Date"])
    world.call("invoices.upsert", body={"InvoiceID": sale["InvoiceID"], "Status": "VOIDED"})
    result = verify(world)
    assert not result.ok
    hints = " ".join(check.explanation or "" for check in result.checks if check.differences)
    assert "sync" in hints


def test_without_a_ledger_there_is_nothing_to_verify(make_synced: Any) -> None:
    world = make_synced()
    with pytest.raises(InputError, match="no ledger"):
        verify(world)


@pytest.mark.soak
def test_floats_in_a_lake_are_refused_or_written_again_as_decimals(
    make_synced: Callable[..., World], tmp_path: Path
) -> None:
    """A program rewrote part files with amounts as doubles, of the copy and of the ledger."""
    world = make_synced(url=f"parquet:{tmp_path / 'lake'}")
    world.ledger()
    lines = f"SELECT CAST(sum(abs(amount)) AS VARCHAR), count(*) FROM {LEDGER}.ledger_line"
    before = world.rows(lines)
    for table, column in ((f"{LEDGER}/ledger_line", "amount"), (f"{SCHEMA}/invoice", "total")):
        for part in (tmp_path / "lake" / table).glob("*.parquet"):
            with duckdb.connect() as connection:
                connection.execute(
                    f"CREATE TABLE part AS SELECT * REPLACE (CAST({column} AS DOUBLE) AS {column}) "
                    f"FROM read_parquet('{part}')"
                )
                connection.execute(f"COPY part TO '{part}' (FORMAT parquet)")
    with pytest.raises(InputError, match="floating-point"):
        verify(world)
    world.ledger(all_again=True)
    assert world.rows(lines) == before
    assert verify(world).ok
