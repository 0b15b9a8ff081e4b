"""After any edits, deriving what changed gives the ledger that deriving all gives, everywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ledger_world import LEDGER, World
from synced_demo import synced
from tests import one_run
from tests.books.test_any_documents import Trial, step
from tests.sync.books import SCHEMA

EXAMPLES = int(os.environ.get("XEROPORT_LEDGER_EXAMPLES", "1"))
TABLES = {
    f"{LEDGER}.ledger_line": "record_id, line_number",
    f"{LEDGER}.ledger_line_tracking": "record_id, line_number, tracking_category_id",
    f"{SCHEMA}_fivetran.journal": "journal_id",
    f"{SCHEMA}_fivetran.journal_line": "journal_line_id",
    f"{SCHEMA}_fivetran.journal_line_has_tracking_category": (
        "journal_line_id, tracking_category_id"
    ),
}


@pytest.fixture(scope="module", params=["duckdb", "postgres", "parquet"])
def edited(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    home = tmp_path_factory.mktemp("edited")
    url = f"parquet:{home / 'lake'}" if request.param == "parquet" else None
    if request.param == "postgres":
        url = one_run.new_database("edited")
    world = synced(home, url, ledger="accrual")
    yield world
    world.books.store.close()


def everything(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables of lines, but for the moment at which they were written."""
    columns: dict[str, list[str]] = {table: [] for table in TABLES}
    for table, column in world.rows(
        "SELECT table_schema || '.' || table_name, column_name FROM information_schema.columns "
        f"WHERE table_schema IN ('{LEDGER}', '{SCHEMA}_fivetran')"
    ):
        if table in columns and column != "_fivetran_synced":
            columns[table].append(f'"{column}"')
    return {
        table: world.rows(
            f"SELECT {', '.join(sorted(columns[table]))} FROM {table} ORDER BY {order}"
        )
        for table, order in TABLES.items()
    }


def test_without_changes_nothing_is_derived(edited: World) -> None:
    report = edited.ledger()
    assert (report.mode, report.records) == ("changes", 0)


def test_one_payment_is_one_record(edited: World) -> None:
    """A payment changes its invoice, and that derives the payment and the invoice, no more."""
    sale = max(
        (
            record
            for record in edited.books.records("Invoice")
            if record["Type"] == "ACCREC"
            and record["Status"] == "AUTHORISED"
            and record["AmountDue"] == record["Total"]
            and record["CurrencyCode"] == "NZD"
        ),
        key=lambda record: record["Date"],
    )
    Trial(edited).writer.pay("Invoice", sale, "1.00", Date="2026-11-20")
    edited.sync()
    report = edited.ledger()
    assert (report.mode, report.records) == ("changes", 2)


@settings(
    max_examples=EXAMPLES, deadline=None, database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[
        HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture,
    ],
)  # fmt: skip
@given(st.lists(step, min_size=8, max_size=20))
def test_what_changed_derived_again_is_the_whole_derived_again(
    edited: World, steps: list[Any]
) -> None:
    trial = Trial(edited)
    for name, *values in steps:
        trial.write(name, *values)
    edited.sync()
    report = edited.ledger()
    assert report.mode == "changes"
    assert report.records < 150
    changed = everything(edited)
    assert all(changed.values())
    end = report.tied_until
    assert end is not None
    assert edited.ledger_balances(end) == edited.xero_balances(end)
    assert edited.ledger(tied=True, all_again=True).mode == "full"
    assert everything(edited) == changed


def test_a_line_that_went_missing_is_put_back(demo: World) -> None:
    """Fewer lines than the last run wrote: the ledger is derived again as a whole."""
    demo.ledger()
    before = everything(demo)
    demo.books.query(f"DELETE FROM {LEDGER}.ledger_line WHERE line_number = 1")
    assert demo.ledger().mode == "full"
    assert everything(demo) == before
    assert demo.ledger().mode == "changes"
