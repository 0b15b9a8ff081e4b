"""One glob over a table's folder is the table, for readers that know nothing of the manifest."""

from __future__ import annotations

import os
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas
import pytest
from test_contract import batch, invoice

from xeroport.destinations.parquet import ParquetDestination


def test_duckdb_and_pandas_agree_after_updates(tmp_path: Path, lake: Path) -> None:
    with closing(ParquetDestination(lake, schema="acme")) as destination:
        destination.land(batch(tmp_path, 1, *(invoice(n) for n in range(1, 51))))
        destination.land(batch(tmp_path, 2, *(invoice(n, total="1.10") for n in range(40, 61))))
    folder = lake / "acme" / "invoice"
    frame = pandas.read_parquet(folder)
    query = f"SELECT count(DISTINCT invoice_id), sum(total) FROM '{folder}/*.parquet'"
    assert duckdb.sql(query).fetchall() == [(60, 39 * Decimal(115) + 21 * Decimal("1.10"))]
    assert len(frame) == frame["invoice_id"].nunique() == 60
    assert sum(frame["total"]) == 39 * Decimal(115) + 21 * Decimal("1.10")


def test_a_commit_cut_short_is_finished_at_the_next_start(
    tmp_path: Path, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at each rename: before the manifest's the batch never was, after it all of it is."""
    replace = os.replace
    for last in range(8):
        place = lake / str(last)
        destination = ParquetDestination(place, schema="acme")
        destination.land(batch(tmp_path, 1, invoice(1), invoice(2)))
        left = last

        def cut(source: str, target: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise KeyboardInterrupt
            replace(source, target)

        monkeypatch.setattr(os, "replace", cut)
        with suppress(KeyboardInterrupt):
            destination.land(batch(tmp_path, 2, invoice(2, total="3.00"), invoice(3)))
        monkeypatch.setattr(os, "replace", replace)
        destination.close()
        with closing(ParquetDestination(place, schema="acme")) as again:
            number = again.checkpoints()["invoices"].number
        total = duckdb.sql(f"SELECT count(*), sum(total) FROM '{place}/acme/invoice/*.parquet'")
        whole = {1: [(2, Decimal(230))], 2: [(3, Decimal(233))]}
        assert total.fetchall() == whole[number]
        assert number == (1 if last == 0 else 2)
        assert not list(place.rglob("part-*.new"))
