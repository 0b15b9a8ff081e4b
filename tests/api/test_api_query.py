"""SQL over what was synced: rows, frames, tables; amounts stay exact in all of them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from tests.api.conftest import Xero, home_for

import xeroport

KEY = base64.b64encode(b"k" * 32).decode()
SQL = "select invoice_number, date, total, is_discounted from invoice order by total desc limit 5"


@pytest.fixture(scope="module")
def home(demo_xero: Xero, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XEROPORT_KEY", KEY)
        home = home_for(tmp_path_factory.mktemp("home"), demo_xero)
        xeroport.sync("acme", streams=["invoices", "contacts"], home=home)
        yield home


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XEROPORT_KEY", KEY)


def test_rows(home: Path) -> None:
    result = xeroport.query(SQL, home=home)
    assert result.columns == ("invoice_number", "date", "total", "is_discounted")
    assert len(result) == 5
    number, day, total, _ = next(iter(result))
    assert isinstance(total, Decimal)
    assert isinstance(day, date)
    assert result.dicts()[0]["invoice_number"] == number
    assert repr(result) == "<QueryResult: 5 rows of invoice_number, date, total, is_discounted>"
    assert xeroport.query("select count(*) from invoice", home=home).scalar() > 100
    with pytest.raises(xeroport.InputError, match="not one value"):
        result.scalar()


def test_frames_and_tables_hold_the_same(home: Path) -> None:
    result = xeroport.query(SQL, home=home)
    totals = [row[2] for row in result]
    frame = result.df()
    assert list(frame["total"]) == totals
    assert frame["total"].sum() == sum(totals)
    table = result.arrow()
    assert table.column("total").to_pylist() == totals
    polars = pytest.importorskip("polars")
    assert isinstance(result.pl(), polars.DataFrame)
    assert result.pl()["total"].to_list() == totals


@pytest.mark.parametrize("where", ["1 = 0", "total is null"])
def test_a_result_without_rows_is_a_frame_too(home: Path, where: str) -> None:
    result = xeroport.query(f"select invoice_number, total from invoice where {where}", home=home)
    assert result.ok
    assert list(result.df().columns) == ["invoice_number", "total"]
    assert result.arrow().num_rows == 0


def test_two_columns_of_one_name_keep_both(home: Path) -> None:
    result = xeroport.query("select 1 as a, 2 as a", home=home)
    assert result.rows == [(1, 2)]
    assert result.arrow().num_columns == 2
    assert result.df().shape == (1, 2)


def test_what_is_wrong_with_a_query_is_said(home: Path) -> None:
    with pytest.raises(xeroport.InputError, match="cannot be answered"):
        xeroport.query("select * from invoce", home=home)
    with pytest.raises(xeroport.InputError, match="changes nothing"):
        xeroport.query("delete from invoice", home=home)


def test_books_are_where_the_last_sync_went(home: Path, tmp_path: Path) -> None:
    books = xeroport.books("acme", home=home)
    assert {"invoice", "contact"} <= set(books.tables())
    assert books.query("select count(*) from contact").scalar() > 10
    with books.connection() as connection:
        assert connection.sql("select count(*) from invoice").fetchall()[0][0] > 100
        with pytest.raises(duckdb.Error, match="read-only"):
            connection.execute("create table x (a int)")
    other = f"parquet:{tmp_path}/lake"
    xeroport.sync("acme", streams=["contacts"], to=other, home=home)
    assert xeroport.books("acme", home=home).url == other
    with pytest.raises(xeroport.UnknownName):
        xeroport.books("nobody", home=home)


def test_books_stays_the_function_beside_a_package_of_that_name() -> None:
    import importlib

    try:
        importlib.import_module("xeroport.books")
    except ModuleNotFoundError:
        pytest.skip("there is no such package")
    assert callable(xeroport.books)


def test_instances(home: Path) -> None:
    (instance,) = xeroport.instances(home=home)
    assert instance.name == "acme"


def test_columns_of_one_name_keep_their_values_in_every_form(home: Path) -> None:
    result = xeroport.query("select 1 as a, 2 as a, 3 as a_1", home=home)
    (row,) = result.dicts()
    assert list(row.values()) == [1, 2, 3]
    assert len(row) == 3
    assert result.df().iloc[0].tolist() == [1, 2, 3]
    assert list(result.df().columns) == list(row) == result.arrow().column_names
    assert result.pl().columns == list(row)


def test_the_result_of_a_query_is_rows_of_a_push(home: Path) -> None:
    rows = xeroport.query("select 'Gamma' as Name", home=home)
    report = xeroport.push("acme", "contacts.upsert", rows, key="Name", dry_run=True, home=home)
    assert (report.records, report.ok) == (1, True)


def test_a_wide_result_is_short_when_printed(home: Path) -> None:
    text = repr(xeroport.query("select * from invoice limit 2", home=home))
    assert text.endswith(" more>")
    assert len(text) < 150
