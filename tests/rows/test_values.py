"""Values of every source become the same few kinds; what is none of them is refused with a word."""

from __future__ import annotations

import io
import json
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xeroport.errors import InputError
from xeroport.rows import source
from xeroport.rows.values import UnfitValue, normal, text_of


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (float("nan"), None),
        (pd.NA, None),
        (pd.NaT, None),
        (np.datetime64("NaT"), None),
        (Decimal("NaN"), None),
        (200.0, 200),
        (np.float64(200), 200),
        (np.int64(3), 3),
        (np.float32(0.1), Decimal("0.1")),
        (0.1 + 0.2, Decimal("0.3")),
        (59.97000000000001, Decimal("59.97")),
        (3.118e-05, Decimal("0.00003118")),
        (1234567890123.4567, Decimal("1234567890123.4568")),
        (Decimal("1234567890123456.7"), Decimal("1234567890123456.7")),
        (pd.Timestamp("2026-01-02"), datetime(2026, 1, 2)),
        (np.datetime64("2026-01-02"), date(2026, 1, 2)),
        (np.array([1.0, 2.5]), [1, Decimal("2.5")]),
        (pa.scalar(3.0), 3),
        ({"a": float("nan"), "b": [1.0]}, {"a": None, "b": [1]}),
    ],
)
def test_a_value_of_any_library_is_one_of_the_few_kinds(value: Any, wanted: Any) -> None:
    assert normal(value) == wanted
    assert type(normal(value)) is type(wanted)


@pytest.mark.parametrize(
    "value",
    [
        b"x",
        time(1),
        {1},
        object(),
        1j,
        float("inf"),
        1e22,
        10**60,
        "\ud800",
        {1: 2},
        Decimal("-Inf"),
    ],
)
def test_what_is_none_of_them_says_why(value: Any) -> None:
    assert isinstance(normal(value), UnfitValue)
    assert normal(value).why


@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_a_float_is_never_another_number(value: float) -> None:
    """What is kept of a float is within its last digit, or it is refused."""
    kept = normal(value)
    if not isinstance(kept, UnfitValue):
        assert float(kept) == pytest.approx(value, rel=1e-14, abs=0)


@pytest.mark.parametrize(
    ("value", "text"), [(1001, "1001"), (Decimal("1001.0"), "1001"), (True, "true"), (" a ", "a")]
)
def test_a_key_is_the_same_text_from_every_source(value: Any, text: str) -> None:
    assert text_of(normal(value)) == text


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "order": [1001.0, 1002.0],
            "code": [200.0, None],
            "when": [pd.Timestamp("2026-01-02"), pd.NaT],
        }
    )


@pytest.mark.parametrize(
    "table",
    [
        frame(),
        frame().set_index("order"),
        pl.from_pandas(frame()),
        pl.from_pandas(frame()).lazy(),
        pa.Table.from_pandas(frame()),
        pa.Table.from_pandas(frame()).to_batches()[0],
    ],
    ids=["pandas", "pandas with an index", "polars", "polars lazy", "arrow", "arrow batch"],
)
def test_frames_and_tables_are_rows(table: Any) -> None:
    opened = source.from_rows(table)
    assert opened.columns == ("order", "code", "when")
    rows = [dict(row.values) for row in opened.rows]
    assert [text_of(row["order"]) for row in rows] == ["1001", "1002"]
    assert rows[0]["code"] == 200
    assert rows[1]["code"] is None
    assert rows[1]["when"] is None


def test_single_floats_in_parquet_are_the_decimals_they_stand_for(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": pa.array([0.1], pa.float32()), "b": [5.0]}), path)
    (row,) = source.open_file(str(path)).rows
    assert row.values == {"a": Decimal("0.1"), "b": 5}


def test_blank_rows_are_skipped_with_a_count(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\ufeff\ufeffa,b\n1,2\n,\n , \n\n3,4\n,,,,\n")
    opened = source.open_file(str(path))
    assert opened.columns == ("a", "b")
    assert [(row.line, dict(row.values)) for row in opened.rows] == [
        (2, {"a": "1", "b": "2"}),
        (6, {"a": "3", "b": "4"}),
    ]
    assert opened.all_notes() == ("3 blank rows were skipped",)
    assert list(source.from_rows([{}, {"a": None}, {"a": float("nan")}]).rows) == []


def test_an_excel_csv_may_say_which_delimiter_it_has(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=;\na;b,c\n1;2\n")
    opened = source.open_file(str(path))
    assert opened.columns == ("a", "b,c")
    assert [row.line for row in opened.rows] == [3]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1e999999999}',
        '{"a": 1e99999999999999999999}',
        '{"a": ' + "9" * 5000 + "}",
        '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
    ids=["exponent", "huge exponent", "digits", "brackets"],
)
@pytest.mark.parametrize("ending", ["json", "ndjson"])
def test_numbers_and_brackets_without_end_are_told(tmp_path: Path, text: str, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_text(text + "\n" + '{"a": 2}\n')
    rows = list(source.open_file(str(path)).rows)
    assert rows[0].broken or isinstance(rows[0].values["a"], UnfitValue)
    if not rows[0].rest_lost:
        assert rows[-1].values == {"a": 2}


def test_json_floats_are_without_noise() -> None:
    text = json.dumps([{"a": 0.1 + 0.2, "b": 200.0, "c": float("nan")}]).encode()
    (row,) = source.open_file("-", stdin=io.BytesIO(text)).rows
    assert row.values == {"a": Decimal("0.3"), "b": 200, "c": None}
    assert text_of(row.values["b"]) == "200"


def test_one_mapping_is_not_rows() -> None:
    with pytest.raises(InputError, match="one mapping"):
        source.from_rows({"a": 1})
