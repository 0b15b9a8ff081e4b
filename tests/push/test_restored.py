"""A store from a backup, in a folder that has sent more since: nothing is sent twice in silence."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from push_world import World, invoice

from xeroport.errors import StoreError
from xeroport.store.database import DEPARTURES_FILE, Store

BILL = {"Type": "ACCPAY"}
LINES = [
    {"LineAmount": "5", "AccountCode": "200", "TaxType": "NONE"},
    {"LineAmount": "-5", "AccountCode": "400", "TaxType": "NONE"},
]
ROWS: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "Invoice": ("invoices.create", [invoice(f"B-{n}") | BILL for n in range(2)]),
    "ManualJournal": (
        "manual_journals.create",
        [{"InvoiceNumber": f"J-{n}", "Narration": "x", "Date": "2026-11-01", "JournalLines": LINES}
         for n in range(2)],
    ),
}  # fmt: skip


def backup(world: World, folder: Path) -> Path:
    world.store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(shutil.copy(world.store.path, folder / "backup.sqlite"))


def restore(world: World, copy: Path) -> None:
    clock, transport = world.store.clock, world.store.transport
    world.store.close()
    for left in world.home.glob("xeroport.sqlite*"):
        left.unlink()
    shutil.copy(copy, world.home / "xeroport.sqlite")
    world.store = Store(world.home)
    world.store.clock, world.store.transport = clock, transport


@pytest.mark.parametrize("record", ROWS)
def test_an_older_store_sends_nothing(world: World, tmp_path: Path, record: str) -> None:
    endpoint, rows = ROWS[record]
    before = len(world.held(record))
    copy = backup(world, tmp_path)
    world.push(endpoint, rows, key="InvoiceNumber")
    restore(world, copy)
    report = world.push(endpoint, rows, key="InvoiceNumber")
    assert len(world.held(record)) == before + 2
    assert report.exit_status == 2
    assert isinstance(report.stopped, StoreError)
    assert "is older than its folder: 1 batch was sent to Xero" in report.stopped.message
    assert f"remove `{world.home / DEPARTURES_FILE}`" in str(report.stopped.hint)
    (world.home / DEPARTURES_FILE).unlink()  # a person has looked
    assert world.push(endpoint, rows, key="InvoiceNumber").counts == {"sent": 2}


def test_a_store_of_the_last_sending_goes_on(world: World, tmp_path: Path) -> None:
    endpoint, rows = ROWS["Invoice"]
    world.push(endpoint, rows[:1])
    restore(world, backup(world, tmp_path))
    assert world.push(endpoint, rows, key="InvoiceNumber").counts == {"sent": 2}
    assert (world.home / DEPARTURES_FILE).stat().st_mode & 0o077 == 0


def test_an_empty_store_beside_the_count_is_refused(world: World) -> None:
    """Also where the key is elsewhere and the books are in another database."""
    world.push(*ROWS["Invoice"])
    world.store.close()
    for left in world.home.iterdir():
        if left.name != DEPARTURES_FILE:
            left.unlink()
    with pytest.raises(StoreError, match=DEPARTURES_FILE):
        Store(world.home)
