"""A ledger of a copy with some streams only is derived with what there is, and says the rest."""

from __future__ import annotations

import asyncio
from pathlib import Path

import duckdb
import pytest

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
    with duckdb.connect(str(tmp_path / "home" / "books.duckdb"), read_only=True) as books:
        ((count,),) = books.execute("SELECT count(*) FROM acme_reporting.receivable").fetchall()
    assert count > 0
