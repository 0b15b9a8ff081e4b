"""Where the books of an instance are read, and its ledger is written, if nobody says: where the
instance was synced to last."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_shell import Shell

import xeroport


@pytest.fixture
def synced(acme: Shell, tmp_path: Path) -> Shell:
    place = f"duckdb:{tmp_path}/lake.duckdb"
    assert acme.run("sync", "acme", "organisation", "accounts", "--to", place).exit_code == 0
    return acme


def test_the_ledger_goes_where_the_last_sync_went(synced: Shell, tmp_path: Path) -> None:
    derived = synced.run("ledger", "acme", "--no-tie")
    assert derived.exit_code == 0, derived.stderr
    assert f"into `acme_ledger` of `duckdb:{tmp_path}/lake.duckdb`" in derived.stdout
    assert not (synced.home / "books.duckdb").exists()
    shown = synced.run("report", "acme", "trial-balance")
    assert shown.exit_code == 0, shown.stderr
    for words in (
        ("query", "select count(*) as n from account"),
        ("query", "select count(*) as n from account", "--instance", "acme"),
    ):
        (row,) = synced.data(*words)
        assert row["n"] > 10
    assert f"{tmp_path}/lake.duckdb" in synced.run("dbt", "acme").stdout
    pack = tmp_path / "pack.xlsx"
    assert synced.run("workbook", "acme", str(pack)).exit_code == 0
    home = {"home": synced.home}
    assert (
        xeroport.ledger("acme", tie=False, **home).destination == f"duckdb:{tmp_path}/lake.duckdb"
    )
    assert len(xeroport.report("acme", "trial-balance", **home)) > 0
    assert xeroport.query("select 1", **home).scalar() == 1
    assert xeroport.query("select count(*) from account", instance="acme", **home).scalar() > 10


def test_a_place_that_is_named_wins(
    synced: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = synced.run("ledger", "acme", "--no-tie", "--to", f"duckdb:{tmp_path}/none.duckdb")
    assert refused.exit_code == 2
    assert "none.duckdb" in refused.stderr
    monkeypatch.setenv("XEROPORT_TO", f"duckdb:{tmp_path}/other.duckdb")
    assert "other.duckdb" in synced.run("report", "acme", "trial-balance").stderr
    assert synced.run("ledger", "nobody").stderr.startswith("error: there is no instance `nobody`")
