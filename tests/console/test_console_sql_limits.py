"""The box for SQL is answered by a process with limits: no memory beyond them, no cell of a
gigabyte, killed at the limit of time, and no file of the database server."""

from __future__ import annotations

import time
from pathlib import Path

import psycopg
import pytest
from console_world import Visitor, visiting
from tests import one_run

from xeroport.console.reading import sql_process
from xeroport.console.reading.sql_process import FileTarget, PostgresTarget, Question, ask
from xeroport.errors import InputError
from xeroport.store import places
from xeroport.store.database import Store


def asked(home: Path, sql: str, *, seconds: float = 20.0) -> sql_process.Answer:
    return ask(Question(FileTarget(str(home / "books.duckdb")), "acme_uk", sql, 500, seconds))


HUNGRY = (
    "select repeat('x', 1000000000) as a, repeat('y', 1000000000) as b",
    "select list(i) from range(300000000) t(i)",
    "select string_agg(repeat('x', 10000), '') from range(400000)",
    "select count(*) from (select distinct a.i, b.i from range(100000) a(i), range(100000) b(i))",
)


@pytest.mark.parametrize("sql", HUNGRY)
def test_a_hungry_query_is_cut_or_refused_in_time(synced: Path, sql: str) -> None:
    began = time.monotonic()
    told = ""
    try:
        answer = asked(synced, sql, seconds=5)
    except InputError as error:
        told = error.message
    else:
        assert all(len(str(cell)) <= 10_001 for row in answer.rows for cell in row)
    assert not told or "memory" in told or "took longer" in told
    assert time.monotonic() - began < 9


def test_a_page_shows_no_cell_of_a_gigabyte(reader: Visitor) -> None:
    reply = reader.get(
        "/instances/acme-uk/sql", params={"sql": "select repeat('x', 3000000) as a, 1 as b"}
    )
    assert reply.status_code == 200
    assert len(reply.text) < 100_000
    assert "xxx…" in reply.text


def test_a_query_that_cannot_be_interrupted_is_killed(synced: Path) -> None:
    """DuckDB looks for an interrupt between its lots only; the process is killed instead."""
    began = time.monotonic()
    with pytest.raises(InputError):
        asked(synced, "select regexp_replace(repeat('a', 400000000), 'a', 'bb', 'g')", seconds=0.5)
    assert time.monotonic() - began < 5


def test_the_process_knows_no_secret_of_ours(synced: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XEROPORT_KEY", "planted-key-word")
    sql_process.close()
    sql_process.warm_up()
    (process,) = sql_process._spare
    assert b"planted-key-word" not in Path(f"/proc/{process.pid}/environ").read_bytes()
    assert asked(synced, "select 1 as one").rows == [(1,)]
    sql_process.close()


def test_values_are_what_they_were(synced: Path) -> None:
    answer = asked(
        synced,
        "select 1 as n, 1.50::decimal(9,2) as m, null as x, true as t, date '2026-01-31' as d, "
        "'a' as n, [1, 2] as l, timestamp '2026-01-31 10:00:00' as s",
    )
    assert answer.columns == ["n", "m", "x", "t", "d", "n", "l", "s"]
    (row,) = answer.rows
    assert [str(value) for value in row] == [
        "1", "1.50", "None", "True", "2026-01-31", "a", "[1, 2]", "2026-01-31 10:00:00",
    ]  # fmt: skip


def test_show_and_describe_answer_too(synced: Path) -> None:
    assert ("invoice",) in asked(synced, "show tables").rows
    assert asked(synced, "describe invoice").columns[0] == "column_name"


@pytest.fixture(scope="module")
def postgres() -> str:
    url = one_run.new_database("console_sql")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA acme_uk")
        connection.execute("CREATE TABLE acme_uk.invoice (total numeric)")
        connection.execute("INSERT INTO acme_uk.invoice VALUES (1.50)")
    return url


@pytest.mark.usefixtures("many_questions")
@pytest.mark.parametrize(
    "sql",
    ["select pg_read_file('/etc/passwd')", "select pg_ls_dir('/')", "select pg_stat_file('/etc')",
     "select set_config('role', 'none', false), pg_read_file('/etc/passwd')",
     "select query_to_xml('select pg_read_file(''/etc/passwd'')', true, true, '')",
     "select query_to_xml('select set_con' || 'fig(''role'', ''none'', false)', true, true, ''), "
     "query_to_xml('select pg_read_file(''/etc/passwd'')', true, true, '')",
     "select lo_import('/etc/passwd')", "select lo_create(0)", "select lo_from_bytea(0, 'x')",
     "select * from crosstab('select set_con' || 'fig(''role'', ''none'', false)')",
     "select * from pg_authid",
     "select U&\"\\0070g_read_file\"('/etc/passwd')"],
)  # fmt: skip
def test_a_superuser_s_box_reads_no_file_of_the_server(postgres: str, sql: str) -> None:
    with pytest.raises(InputError) as told:
        ask(Question(PostgresTarget(postgres), "acme_uk", sql, 500, 10.0))
    assert "root:" not in str(told.value)


def test_postgres_answers_and_cuts(postgres: str) -> None:
    answer = ask(
        Question(
            PostgresTarget(postgres), "acme_uk",
            "select total, repeat('x', 20000) as long from invoice order by 1", 500, 10.0,
        )
    )  # fmt: skip
    ((total, long),) = answer.rows
    assert str(total) == "1.50"
    assert len(str(long)) == 10_001


def test_a_role_that_may_read_the_server_s_files_is_warned_about(home: Path, postgres: str) -> None:
    places.remember(Store(home), "acme-uk", postgres, shown="postgresql://…/console_sql")
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS plain_reader")
        connection.execute("CREATE ROLE plain_reader LOGIN")
        connection.execute("GRANT USAGE ON SCHEMA acme_uk TO plain_reader")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA acme_uk TO plain_reader")
    with visiting(home) as visitor:
        page = visitor.get("/instances/acme-uk/sql").text
        assert "may read the database server" in page
