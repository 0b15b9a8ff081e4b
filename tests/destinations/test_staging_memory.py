"""A batch that needs more memory than nearly all do is typed again with more."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

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
    monkeypatch.setattr(duckdb_staging, "MEMORY_MB", (2, 512))
    with closing(ParquetDestination(tmp_path / "lake", schema="acme")) as lake:
        assert lake.land(batch_of(tmp_path)).rows == {"invoice": 100, "invoice_line_item": 5000}


def test_one_too_large_for_all_memory_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_staging, "MEMORY_MB", (2, 3))
    with closing(ParquetDestination(tmp_path / "lake", schema="acme")) as lake:
        with pytest.raises(duckdb.OutOfMemoryException):
            lake.land(batch_of(tmp_path))
        assert lake.checkpoints() == {}
