"""The databases in memory that type batches: what they may hold, and who has them next."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from msgspec import structs

from xeroport.destinations import Batch, duckdb_staging
from xeroport.destinations.parquet import ParquetDestination


def batch_of(folder: Path) -> Batch:
    path = folder / "x.ndjson"
    lines = ",".join(f'{{"Description": "{number} {"x" * 200}"}}' for number in range(50))
    path.write_text(
        "".join(
            f'{{"InvoiceID": "11111111-2222-3333-4444-{number:012}", "LineItems": [{lines}]}}\n'
            for number in range(100)
        )
    )
    return Batch(
        stream="invoices",
        record="Invoice",
        number=1,
        state="{}",
        synced_at=datetime(2026, 11, 1, tzinfo=UTC),
        files=(path,),
        longest=20_000,
        form="bare",
    )


def test_a_batch_too_large_for_the_memory_is_written_with_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_staging, "_kept", [])
    monkeypatch.setattr(duckdb_staging, "MEMORY_MB", (2, 512))
    with closing(ParquetDestination(tmp_path / "lake", schema="acme")) as lake:
        assert lake.land(batch_of(tmp_path)).rows == {"invoice": 100, "invoice_line_item": 5000}


def test_one_too_large_for_all_memory_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_staging, "_kept", [])
    monkeypatch.setattr(duckdb_staging, "MEMORY_MB", (2, 3))
    with closing(ParquetDestination(tmp_path / "lake", schema="acme")) as lake:
        with pytest.raises(duckdb.OutOfMemoryException):
            lake.land(batch_of(tmp_path))
        assert lake.checkpoints() == {}
    assert duckdb_staging._kept == []  # it has more memory than the next one needs


def test_a_database_is_used_again_as_empty_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_staging, "_kept", [])
    with closing(ParquetDestination(tmp_path / "lake", schema="acme")) as lake:
        lake.land(batch_of(tmp_path))
    (database,) = duckdb_staging._kept
    assert database.execute("SELECT table_name FROM duckdb_tables()").fetchall() == []
    again = duckdb_staging.open_staging()
    assert again is database
    other = duckdb_staging.open_staging()
    assert other is not database
    again.execute(f"ATTACH '{tmp_path / 'books.duckdb'}' AS books")
    duckdb_staging.give_back(again)  # it would keep the file from others
    other.close()
    duckdb_staging.give_back(other)
    assert duckdb_staging._kept == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")
def test_a_fork_leaves_the_databases_to_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duckdb_staging, "_kept", [])
    duckdb_staging.give_back(duckdb_staging.open_staging())
    pid = os.fork()
    if pid == 0:
        os._exit(len(duckdb_staging._kept))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert len(duckdb_staging._kept) == 1


def test_small_parts_of_a_table_become_one(tmp_path: Path) -> None:
    with closing(ParquetDestination(tmp_path / "lake", schema="acme")) as lake:
        for number in range(1, 5):
            path = tmp_path / f"{number}.ndjson"
            path.write_text(f'{{"InvoiceID": "11111111-2222-3333-4444-{number:012}"}}\n')
            lake.land(structs.replace(batch_of(tmp_path), number=number, files=(path,)))
        assert lake.held("Invoice", since=datetime(2026, 1, 1, tzinfo=UTC)) == 4
    assert len(list((tmp_path / "lake" / "acme" / "invoice").iterdir())) == 1
