"""Row groups of a DuckDB file: what a batch wrote is not written again by later ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from xeroport.destinations import duckdb_file
from xeroport.destinations.duckdb import DuckDBDestination
from xeroport.destinations.protocol import Batch

NEARLY = 2000


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row groups of the least rows that DuckDB takes, so that a batch of few fills one."""
    few = duckdb_file.WRITING.replace(str(duckdb_file.ROW_GROUP), "2048")
    monkeypatch.setattr(duckdb_file, "WRITING", few)


def land(folder: Path, number: int, *, count: int) -> None:
    """Land a batch of so many items, none of which was there before."""
    file = folder / f"{number}.ndjson"
    keys = (f"{number:08}-0000-4000-a000-{each:012}" for each in range(count))
    file.write_text("".join(f'{{"ItemID":"{key}"}}\n' for key in keys))
    destination = DuckDBDestination(folder / "books.duckdb", schema="acme")
    destination.land(Batch("items", "Item", number, "{}", datetime.now(UTC), (file,), form="bare"))
    destination.close()


def groups(folder: Path) -> list[int]:
    """How many rows each row group of the items has."""
    with duckdb.connect(str(folder / "books.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "SELECT count FROM pragma_storage_info('acme.item') "
            "WHERE column_id = 0 AND segment_type <> 'VALIDITY' ORDER BY row_group_id"
        ).fetchall()
    return [count for (count,) in found]


def test_full_batches_are_not_merged_and_small_ones_are(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        land(tmp_path, number, count=NEARLY)
    assert groups(tmp_path) == [NEARLY] * 3
    for number in range(4, 12):
        land(tmp_path, number, count=5)
    assert groups(tmp_path)[:2] == [NEARLY] * 2
    assert len(groups(tmp_path)) < 8


def test_a_ledger_beside_the_copy_merges_nothing_of_it(tmp_path: Path) -> None:
    for number in (1, 2):
        land(tmp_path, number, count=NEARLY)
    with duckdb_file.connect_writing(tmp_path / "books.duckdb") as connection:
        connection.execute("CREATE TABLE other AS SELECT range AS number FROM range(10_000)")
    assert groups(tmp_path) == [NEARLY] * 2
