"""`query` over each destination: the same answers, the same refusals."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from test_contract import batch, invoice

from xeroport.cli import main
from xeroport.destinations import open_destination


@pytest.fixture(params=["duckdb", "postgres", "parquet"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    if request.param == "duckdb":
        return f"duckdb:{tmp_path / 'books.duckdb'}"
    return f"parquet:{tmp_path / 'lake'}"


def fill(url: str, tmp_path: Path, instance: str = "acme-uk") -> None:
    with closing(open_destination(url, instance=instance)) as destination:
        destination.land(batch(tmp_path, 1, *(invoice(n) for n in range(1, 301))))


def query(url: str, sql: str, *more: str, home: Path) -> Result:
    return CliRunner().invoke(main, ["query", sql, "--to", url, "--home", str(home), *more])


def test_a_table_json_and_csv_say_the_same(url: str, tmp_path: Path) -> None:
    fill(url, tmp_path)
    sql = "select invoice_number, total, date from invoice order by invoice_id"
    rows = json.loads(query(url, sql, "--json", home=tmp_path).stdout)
    assert len(rows) == 300
    assert rows[0]["invoice_number"] == "INV-1"
    assert (float(rows[0]["total"]), rows[0]["date"]) == (115.0, "2026-10-01")
    as_csv = list(csv.DictReader(io.StringIO(query(url, sql, "--csv", home=tmp_path).stdout)))
    assert [row["invoice_number"] for row in as_csv] == [row["invoice_number"] for row in rows]
    assert as_csv[0]["total"] == "115.0000"
    table = query(url, sql, home=tmp_path)
    assert table.stdout.splitlines()[0].split() == ["invoice_number", "total", "date"]
    assert len(table.stdout.splitlines()) == 202
    assert "first 200 rows" in table.stderr


def test_rejects_and_checkpoints_can_be_asked_for(url: str, tmp_path: Path) -> None:
    fill(url, tmp_path)
    sql = "select (select count(*) from _rejects) as rejects, stream, number from _checkpoint"
    (row,) = json.loads(query(url, sql, "--json", home=tmp_path).stdout)
    assert row == {"rejects": 0, "stream": "invoices", "number": 1}


def test_nothing_can_be_changed(url: str, tmp_path: Path) -> None:
    fill(url, tmp_path)
    for sql in ("delete from acme_uk.invoice", "drop table acme_uk.invoice"):
        result = query(url, sql, home=tmp_path)
        assert result.exit_code == 2
        assert "the query cannot be answered" in result.stderr
    count = query(url, "select count(*) as n from invoice", "--json", home=tmp_path)
    assert json.loads(count.stdout) == [{"n": 300}]


def test_bare_names_need_an_instance_where_there_are_two(url: str, tmp_path: Path) -> None:
    fill(url, tmp_path)
    fill(url, tmp_path, "acme-nz")
    sql = "select count(*) as n from invoice"
    assert query(url, sql, home=tmp_path).exit_code == 2
    named = query(url, sql, "--instance", "acme-nz", "--json", home=tmp_path)
    assert json.loads(named.stdout) == [{"n": 300}]
    both = "select (select count(*) from acme_uk.invoice) + count(*) as n from acme_nz.invoice"
    assert json.loads(query(url, both, "--json", home=tmp_path).stdout) == [{"n": 600}]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select nothing from invoice", "the query cannot be answered"),
        ("selec 1", "the query cannot be answered"),
        ("select * from invoices", "the query cannot be answered"),
        ("  ", "there is no query"),
    ],
)
def test_a_wrong_query_is_told_in_one_line(url: str, tmp_path: Path, sql: str, words: str) -> None:
    fill(url, tmp_path)
    result = query(url, sql, home=tmp_path)
    assert result.exit_code == 2
    assert words in result.stderr.splitlines()[0]
    assert result.stderr.splitlines()[1].startswith("hint: ")


def test_what_is_wrong_says_what_there_is(url: str, tmp_path: Path) -> None:
    fill(url, tmp_path)
    near = query(url, "select invoice_numbr from invoice", home=tmp_path).stderr
    assert "invoice_number" in near.splitlines()[1]
    if not url.startswith("parquet"):
        changing = query(url, "create table acme_uk.x (i int)", home=tmp_path)
        assert "reads and changes nothing" in changing.stderr.splitlines()[1]


def test_an_error_in_a_late_row_is_told(url: str, tmp_path: Path) -> None:
    fill(url, tmp_path)
    numbers = "generate_series(1, 300000)" if url.startswith("postgres") else "range(300000)"
    sql = f"select 1 / case when i = 250000 then 0 else 1 end from {numbers} as t(i)"
    if not url.startswith("postgres"):
        sql = f"select case when i = 250000 then error('late') else i end from {numbers} as t(i)"
    result = query(url, sql, "--csv", home=tmp_path)
    assert result.exit_code == 2
    assert "the query cannot be answered" in result.stderr


def test_a_database_that_refuses_is_not_one_that_is_down(postgres_url: str, tmp_path: Path) -> None:
    wrong = postgres_url.replace("/books_", "/not_there_")
    result = query(wrong, "select 1", home=tmp_path)
    assert result.exit_code == 2
    assert "does not exist" in result.stderr
    assert "check the user, password and database" in result.stderr


def test_where_nothing_was_synced_it_says_so(tmp_path: Path) -> None:
    for url in (f"duckdb:{tmp_path / 'none.duckdb'}", f"parquet:{tmp_path / 'none'}"):
        result = query(url, "select 1", home=tmp_path)
        assert result.exit_code == 2
        assert "nothing was synced" in result.stderr
    assert query("mysql://x", "select 1", home=tmp_path).exit_code == 2


def test_a_large_answer_of_postgres_is_not_in_memory_whole(postgres_url: str) -> None:
    code = f"""
import resource
from xeroport.jobs.query import answering
sql = "SELECT i, repeat('x', 1000) AS x FROM generate_series(1, 300000) AS i"
with answering(sql, url={postgres_url!r}) as answer:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = sum(1 for _ in answer.rows())
    print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    rows, kilobytes = map(int, done.stdout.split())
    assert rows == 300_000
    assert kilobytes < 120_000


REACHING = (
    "select * from read_text('FOLDER/secret.csv')",
    "select * from 'FOLDER/secret.csv'",
    "select * from read_csv('FOLDER/*.csv')",
    "select * from glob('FOLDER/*')",
    "select pg_read_file('FOLDER/secret.csv') as a; rollback",
    "copy (select 1) to 'FOLDER/out.csv'",
    "copy (select 1) to program 'touch FOLDER/out.csv'",
    "copy (select 1) to 'LAKE/out.parquet'",
    "attach 'FOLDER/x.duckdb'",
    "attach 'FOLDER/x.duckdb' as x; create table x.a as select 1",
    "export database 'FOLDER/exported'",
    "set log_query_path = 'FOLDER/queries.log'",
    "set enable_external_access = true; select * from read_text('FOLDER/secret.csv')",
    "set lock_configuration = false",
    "update extensions",
    "do $$ begin perform pg_sleep(0); end $$",
    "rollback; begin read write; delete from acme_uk.invoice; commit",
    "select 1; rollback; begin read write; delete from acme_uk.invoice; commit",
    "(select 1); rollback; begin read write; delete from acme_uk.invoice; commit",
    "-- x\nselect 1; commit; drop table acme_uk.invoice",
    "set role postgres",
)
"""SQL that tries to read, write or change something else than what was synced."""


@pytest.mark.parametrize("sql", REACHING)
def test_a_query_reaches_no_file_and_changes_nothing(url: str, tmp_path: Path, sql: str) -> None:
    fill(url, tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    outside.chmod(0o777)
    (outside / "secret.csv").write_text("a\nCANARY\n")
    sql = sql.replace("FOLDER", str(outside)).replace("LAKE", str(tmp_path / "lake" / "acme_uk"))
    before = sorted(tmp_path.rglob("*"))
    result = query(url, sql, home=tmp_path / "home")
    assert "CANARY" not in result.output
    assert "unexpected" not in result.stderr
    assert result.exit_code == 2, result.output
    left = [path for path in tmp_path.rglob("*") if "home" not in path.parts]
    assert sorted(left) == [path for path in before if "home" not in path.parts]
    count = query(url, "select count(*) as n from invoice", "--json", home=tmp_path)
    assert json.loads(count.stdout) == [{"n": 300}]


def test_a_query_is_one_statement(url: str, tmp_path: Path) -> None:
    """Only the last one would be answered, and nothing would say so."""
    fill(url, tmp_path)
    for sql in (
        "select 1; select 2",
        "select count(*) from invoice; select total from invoice",
        "select 1; drop table acme_uk.invoice",
        "/* a */ select 1;; select 2;",
    ):
        refused = query(url, sql, home=tmp_path)
        assert refused.exit_code == 2
        assert "statements, and a query is one\n" in refused.stderr, refused.stderr
        assert "hint: ask them one after another" in refused.stderr
    for sql in ("\n-- nothing", ";", "/* nothing */ ;", " "):
        refused = query(url, sql, home=tmp_path)
        assert (refused.exit_code, "there is no query" in refused.stderr) == (2, True), sql
    for sql in (
        "select 1 as n;",
        "select 1 as n ; -- one",
        "\n-- a; b\nselect 1 as n",
        "select 1 as n;;",
    ):
        assert json.loads(query(url, sql, "--json", home=tmp_path).stdout) == [{"n": 1}], sql
    text = query(url, "select ';' as n", "--json", home=tmp_path)
    assert json.loads(text.stdout) == [{"n": ";"}]
