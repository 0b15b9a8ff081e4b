"""A ledger of a copy that is not whole is derived with what there is, and says what is not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ledger_world import World

from xeroport.books.statements.figures import read_books
from xeroport.jobs.ledger import ledger_instance
from xeroport.jobs.sync.run import sync_instance
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport_emulator import Emulator


def test_streams_that_were_never_synced_stop_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    emulator = Emulator("demo", limits="off")
    with emulator.serve() as base_url:
        store = Store(tmp_path / "home")
        instance = Instance(
            name="acme", base_url=base_url, identity_url=base_url, client_id=emulator.client_id
        )
        instances.add(store, instance, Secret(emulator.client_secret))
        streams = ("accounts", "contacts", "invoices", "organisation")
        asyncio.run(sync_instance(store, "acme", streams=streams))
        report = asyncio.run(
            asyncio.wait_for(ledger_instance(store, "acme", tied=False), timeout=60)
        )
    assert report.exit_status == 0
    assert "payments" in report.missing_streams
    with duckdb.connect(str(tmp_path / "home" / "books.duckdb")) as books:
        ((count,),) = books.execute("SELECT count(*) FROM acme_reporting.receivable").fetchall()
        assert count > 0
        ((how,),) = books.execute(
            "SELECT missing::JSON ->> 'payments' FROM acme_ledger.ledger_run"
        ).fetchall()
        assert how == "never"
        assert set(missing_in(books).values()) == {"never"}
        books.execute("UPDATE acme_ledger.ledger_run SET missing = 'payments, invoices (in part)'")
        assert missing_in(books) == {"payments": "never", "invoices": "in part"}  # as 0.1.0 wrote
        books.execute("UPDATE acme_ledger.ledger_run SET missing = NULL")
        assert missing_in(books) == {}


def missing_in(books: duckdb.DuckDBPyConnection) -> Mapping[str, str]:
    def ask(query: str) -> list[tuple[Any, ...]]:
        return books.execute(query).fetchall()

    return read_books(ask, "acme", instance="acme").missing


@pytest.mark.parametrize("scheme", ["duckdb", "parquet", "postgres"])
def test_a_stream_that_the_day_limit_cut_off_is_named(
    scheme: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The day has calls for the first thousand invoices; a ledger of those is no whole one."""
    url = {
        "duckdb": lambda: None,
        "parquet": lambda: f"parquet:{tmp_path / 'lake'}",
        "postgres": lambda: str(request.getfixturevalue("postgres_url")),
    }[scheme]()
    world = World(Emulator(1_100, limits="minute=60000,day=3"), tmp_path, url=url)
    report = world.books.sync("organisation", "accounts", "invoices", to=world.url)
    assert report.exit_status == 4
    ledger = world.ledger(tied=False)
    assert ledger.lines > 1000
    assert "invoices (in part)" in ledger.missing_streams
    assert "accounts (in part)" not in ledger.missing_streams
    world.books.store.close()
