"""Xero's own journals for dbt_xero, where the connection may read them; and beside ours."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from click.testing import CliRunner
from ledger_world import LEDGER, World
from synced_demo import synced
from tests import one_run
from tests.sync.books import NAME, SCHEMA

from xeroport.cli import main

JOURNAL_LINE = f"{SCHEMA}_fivetran.journal_line"


@pytest.fixture(scope="module", params=["duckdb", "postgres", "parquet"])
def allowed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A connection that may read journals, with journals synced."""
    home = tmp_path_factory.mktemp("journals")
    url = f"parquet:{home / 'lake'}" if request.param == "parquet" else None
    if request.param == "postgres":
        url = one_run.new_database("journals")
    world = synced(home, url)
    world.books.emulator.switches.change(journals_open=True)
    world.sync("journals")
    yield world
    world.books.store.close()


def by_account_and_month(world: World, query: str) -> dict[tuple[str, str], Decimal]:
    rows = world.rows(
        "SELECT account_id, CAST(date_trunc('month', day) AS date), sum(amount) "
        f"FROM ({query}) AS line GROUP BY 1, 2"
    )
    return {(str(account), str(month)): amount for account, month, amount in rows if amount}


def test_xeros_own_journals_are_those_derived(allowed: World) -> None:
    """Account by account and month by month, and the tracking of both."""
    report = allowed.ledger(from_journals=True, tied=False)
    assert report.dbt_from == "Xero"
    journals = f"{SCHEMA}_fivetran.journal"
    theirs = by_account_and_month(
        allowed,
        "SELECT line.account_id, journal.journal_date AS day, line.net_amount AS amount "
        f"FROM {JOURNAL_LINE} AS line JOIN {journals} AS journal USING (journal_id)",
    )
    ours = by_account_and_month(
        allowed, f"SELECT account_id, journal_date AS day, amount FROM {LEDGER}.ledger_line"
    )
    assert len(theirs) > 300
    assert ours == theirs
    ((count, distinct),) = allowed.rows(
        f"SELECT count(*), count(DISTINCT journal_line_id) FROM {JOURNAL_LINE}"
    )
    assert count == distinct
    tracked = "SELECT option, count(*) FROM {} GROUP BY 1 ORDER BY 1"
    assert allowed.rows(tracked.format(f"{JOURNAL_LINE}_has_tracking_category")) == allowed.rows(
        tracked.format(f"{LEDGER}.ledger_line_tracking")
    )


def test_back_to_derived_ones_none_of_xeros_stay(allowed: World) -> None:
    allowed.ledger(from_journals=True, tied=False)
    report = allowed.ledger(tied=False)
    assert (report.mode, report.dbt_from) == ("changes", "documents")
    ((lines,),) = allowed.rows(f"SELECT count(*) FROM {LEDGER}.ledger_line")
    assert allowed.rows(f"SELECT count(*), count(_record_id) FROM {JOURNAL_LINE}") == [
        (lines, lines)
    ]


def test_where_journals_may_not_be_read_those_derived_are_given(demo: World) -> None:
    home = str(demo.books.home)
    result = CliRunner().invoke(
        main, ["ledger", NAME, "--no-tie", "--cash", "--from-journals", "--home", home]
    )
    assert result.exit_code == 0
    assert "Xero's journals were never synced" in result.stderr
    assert f"`xeroport sync {NAME} journals`" in result.stderr
