"""Pages read the books where they are: DuckDB, Parquet or Postgres; nobody waits for them."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from console_world import Visitor, visiting
from tests import one_run

from xeroport.console.reading.book_places import Places, label
from xeroport.console.reading.books_protocol import NoBooks, TooSlow
from xeroport.console.reading.finding import MOST
from xeroport.console.reading.finding_rows import Search, looked_up
from xeroport.console.reading.parquet import Lake
from xeroport.console.reading.postgres import Database, PostgresReading
from xeroport.errors import InputError
from xeroport.jobs.ledger import ledger_instance
from xeroport.jobs.query import answering
from xeroport.jobs.sync.run import sync_instance
from xeroport.secrets.vault import Secret
from xeroport.store import instances, places, runs
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.store.places import Place
from xeroport.store.processes import file_name, this_process
from xeroport_emulator import Emulator

pytestmark = pytest.mark.usefixtures("many_questions")
KINDS = ("duckdb", "parquet", "postgres")
STREAMS = (
    "accounts", "contacts", "invoices", "credit_notes", "bank_transactions", "organisation",
    "payments"
)  # fmt: skip


@pytest.fixture(scope="module")
def home(
    xero: tuple[Emulator, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, dict[str, str]]]:
    """A home folder whose instance was synced into one destination of each kind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEYRING", "off")
        folder = tmp_path_factory.mktemp("places")
        urls = {
            "duckdb": f"duckdb:{folder / 'acme_uk.duckdb'}",  # called like its schema
            "parquet": f"parquet:{folder / 'lake'}",
            "postgres": one_run.new_database("console_books"),
        }
        emulator, base_url = xero
        store = Store(folder / "home")
        instance = Instance(
            name="acme-uk",
            base_url=base_url,
            identity_url=base_url,
            client_id=emulator.client_id,
            rate_limit=6000,
        )
        instances.add(store, instance, Secret(emulator.client_secret))
        for url in urls.values():
            report = asyncio.run(sync_instance(store, "acme-uk", streams=STREAMS, to=url))
            assert report.status in ("done", "partial"), report.error
            asyncio.run(ledger_instance(store, "acme-uk", to=url, tied=False))
        yield store.home, urls


@pytest.fixture
def anna(home: tuple[Path, dict[str, str]]) -> Iterator[Visitor]:
    with visiting(home[0]) as visitor:
        yield visitor


def choose(visitor: Visitor, kind: str) -> None:
    words = {"duckdb": "DuckDB file", "parquet": "Parquet folder", "postgres": "Postgres"}[kind]
    page = visitor.get("/instances/acme-uk/data").text
    number = re.search(rf'<option value="(\d+)"[^>]*>{words}', page)
    assert number, page
    visitor.post("/instances/acme-uk/place", place=number[1], back="/instances/acme-uk/data")


def expected(url: str, sql: str) -> list[tuple[object, ...]]:
    """The answer by the way that the command line takes."""
    with answering(sql, url=url, instance="acme-uk") as answer:
        return list(answer.rows())


def test_the_last_synced_is_read_until_another_is_chosen(anna: Visitor) -> None:
    page = anna.get("/instances/acme-uk/data").text
    assert re.search(r'selected title="[^"]*/console_books\w*[^"]*">Postgres console_books', page)
    for kind, word in (("duckdb", "acme_uk.duckdb"), ("parquet", "lake")):
        choose(anna, kind)
        for path in ("", "/data", "/overview", "/sql", "/data/invoice"):
            page = anna.get(f"/instances/acme-uk{path}").text
            assert re.search(rf"selected title=[^>]*>[\w ]*{word}</option>", page), (path, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_says_the_same_wherever_the_books_are(
    anna: Visitor, home: tuple[Path, dict[str, str]], kind: str
) -> None:
    url = home[1][kind]
    choose(anna, kind)
    base = "/instances/acme-uk"
    ((invoices, total),) = expected(url, "select count(*), sum(total) from invoice")
    page = anna.get(f"{base}/data").text
    assert f'<span class="breaks">invoice</span><span class="faint">{invoices:,}</span>' in page
    ((number, contact),) = expected(
        url,
        "select invoice_number, contact_name from invoice where type = 'ACCREC' "
        "order by invoice_number limit 1",
    )
    ((named,),) = expected(
        url, f"select count(*) from invoice where lower(contact_name) like lower('%{contact}%')"
    )
    found = anna.get(f"{base}/data/invoice", params={"q": contact}).text
    assert re.search(rf'role="status">1–\d+ of {named}<', found)
    first = anna.get(f"{base}/data/invoice?sort=invoice_number&column=type&op=is&value=ACCREC").text
    assert str(number) in first
    address = re.search(rf'<a href="([^"]+)">{number}</a>', first)
    assert address
    record = anna.get(address[1].replace("&amp;", "&")).text
    assert "invoice_line_item" in record
    assert "unit_amount" in record
    overview = anna.get(f"{base}/overview").text
    assert "Income and costs by month" in overview
    assert "Cash by account" in overview
    answer = anna.get(f"{base}/sql", params={"sql": "select sum(total) as s from invoice"}).text
    assert f"{Decimal(str(total)):,.2f}" in answer
    csv = anna.get(f"{base}/data/invoice/csv").text
    assert len(csv.strip().splitlines()) == int(str(invoices)) + 1


def test_the_figures_are_equal_in_all_of_them(anna: Visitor) -> None:
    seen = []
    for kind in KINDS:
        choose(anna, kind)
        page = anna.get("/instances/acme-uk/overview").text
        seen.append(re.findall(r"<(?:dd|td[^>]*|th scope=\"row\")>(?:<a [^>]*>)?([^<]*)<", page))
    assert len(seen[0]) > 60
    assert seen[0] == seen[1] == seen[2]


WORDS = ("inv-0", "0042", "in", "50%_", "'", "nothing like this", "1,150.00", "a", "office")


def test_the_same_is_found_in_all_of_them(anna: Visitor) -> None:
    """Up to the order, since no more than eight of a kind are shown."""
    shown: dict[str, list[Any]] = {words: [] for words in WORDS}
    for kind in KINDS:
        choose(anna, kind)
        for words in WORDS:
            page = anna.get("/instances/acme-uk/search", params={"q": words})
            assert page.status_code == 200, (kind, words, page.text)
            titles = re.findall(r"<h2[^>]*>([^<]+)<", page.text)
            rows = re.findall(r'<a href="/instances/acme-uk/books/[\w-]+/[\w-]{36}"', page.text)
            full = max(Counter(row.split("/")[4] for row in rows).values(), default=0) >= MOST
            shown[words].append((titles, len(rows), None if full else sorted(rows)))
    for words, pages in shown.items():
        assert pages[0] == pages[1] == pages[2], words


def test_a_search_in_postgres_reads_no_table_whole(home: tuple[Path, dict[str, str]]) -> None:
    """A sync makes the indexes that it needs, without an extension."""
    url = home[1]["postgres"]
    with psycopg.connect(url, autocommit=True) as connection:
        kept = {row[0] for row in connection.execute(
            "SELECT tablename FROM pg_indexes WHERE schemaname = 'acme_uk' "
            "AND indexname = tablename || '_search'"
        )}  # fmt: skip
        extensions = connection.execute("SELECT extname FROM pg_extension").fetchall()
        counted = {row[0] for row in connection.execute(
            "SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'acme_uk' "
            "AND last_analyze IS NOT NULL"
        )}  # fmt: skip
    assert counted >= {"invoice", "contact", "payment"}, "a frequent word would be sorted"
    assert kept >= {"invoice", "contact", "payment"}
    assert extensions == [("plpgsql",)]
    plans: list[str] = []
    with Database(url, "acme_uk").read() as books:
        books.rows("SELECT set_config('enable_seqscan', 'off', false)")
        for table in ("invoice", "payment", "contact"):
            for words in ("inv-0", "nothing"):
                wanted = Search("acme_uk", table, words, Decimal("12.5"), "_synced_at", 9)
                looked_up(cast(Any, Explaining(books, plans)), wanted, kept)
    assert len(plans) > 9
    assert not [plan for plan in plans if "Seq Scan" in plan]


class Explaining:
    """A reading that keeps the plan of each query beside its rows."""

    def __init__(self, books: PostgresReading, plans: list[str]) -> None:
        self._books = books
        self._plans = plans

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        plan = self._books.rows(f"EXPLAIN {sql}", values)
        self._plans.append("\n".join(line for (line,) in plan))
        return self._books.rows(sql, values)


CONDITIONS = (
    "q=INV", "q=100", "q=50%25_", "q=%00", "column=date&op=from&value=2026-01-01",
    "column=total&op=to&value=1,000.50",
    "column=updated_date_utc&op=from&value=2020-01-01T00:00:00Z",
    "column=is_discounted&op=is&value=yes", "column=contact_name&op=empty",
    "column=date&op=contains&value=2026", "sort=total&from=50",
)  # fmt: skip
NO_VALUES = (
    "column=date&op=is&value=no", "column=total&op=is&value=" + "9" * 60,
    "column=total&op=not&value=x",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_condition_works_everywhere(anna: Visitor, kind: str) -> None:
    choose(anna, kind)
    for where in CONDITIONS:
        reply = anna.get(f"/instances/acme-uk/data/invoice?{where}")
        assert reply.status_code == 200, (where, reply.text)
        assert 'role="status"' in reply.text, where


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_that_no_column_holds_is_refused_everywhere(anna: Visitor, kind: str) -> None:
    choose(anna, kind)
    for where in NO_VALUES:
        reply = anna.get(f"/instances/acme-uk/data/invoice?{where}")
        assert reply.status_code == 422, (where, reply.text)
        assert 'role="alert"' in reply.text, where


@pytest.mark.parametrize("kind", KINDS)
def test_paging_neither_skips_nor_repeats(anna: Visitor, kind: str) -> None:
    choose(anna, kind)
    seen: list[str] = []
    for start in range(0, 400, 50):
        address = f"/instances/acme-uk/data/contact?sort=contact_status&from={start}"
        seen += re.findall(r"record\?contact_id=([\w-]+)", anna.get(address).text)
    assert len(seen) > 40
    assert len(seen) == len(set(seen))


CHANGING = (
    "drop table invoice", "delete from invoice",
    "insert into _checkpoint select * from _checkpoint",
    "create table t as select 1", "copy (select 1) to '/tmp/never.csv'",
    "copy invoice to program 'touch /tmp/never'", "select 1; drop table invoice",
    "select 1) as a; commit; drop table invoice; --",
    "explain analyze delete from invoice",
    "with gone as (delete from invoice returning 1) select 1",
    "attach '/tmp/never.duckdb'", "set lock_configuration = false",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_box_can_change_nothing_anywhere(
    anna: Visitor, home: tuple[Path, dict[str, str]], kind: str
) -> None:
    held = (
        "select (select count(*) from invoice), (select count(*) from _checkpoint), "
        "(select count(*) from information_schema.tables)"
    )
    choose(anna, kind)
    before = expected(home[1][kind], held)
    for sql in CHANGING:
        reply = anna.get("/instances/acme-uk/sql", params={"sql": sql})
        assert reply.status_code == 422, (sql, reply.text)
        assert not list(Path("/tmp").glob("never*")), sql
    assert expected(home[1][kind], held) == before


def test_the_box_over_parquet_sees_that_folder_alone(anna: Visitor, tmp_path: Path) -> None:
    choose(anna, "parquet")
    (tmp_path / "other.csv").write_text("a\n1\n")
    for sql in (f"from '{tmp_path / 'other.csv'}'", "from read_csv('/etc/passwd')"):
        reply = anna.get("/instances/acme-uk/sql", params={"sql": sql})
        assert reply.status_code == 422
        assert "no files" in reply.text


def test_a_query_that_takes_too_long_is_stopped(
    home: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    url = home[1]["postgres"]
    with pytest.raises(TooSlow), Database(url, "acme_uk").read(seconds=0.3) as books:
        books.answer("acme_uk", "select pg_sleep(5)", 5)
    folder = Path(home[1]["parquet"].partition(":")[2])
    slow = "select count(*) from range(100000000000) a"
    with pytest.raises(TooSlow), Lake(folder, "acme_uk", tmp_path).read(seconds=0.3) as books:
        books.answer("acme_uk", slow, 5)


def test_readers_of_postgres_hold_up_no_sync(home: tuple[Path, dict[str, str]]) -> None:
    """A download that nobody fetches to its end must not keep a table locked."""
    with Database(home[1]["postgres"], "acme_uk").read() as books:
        lots = books.lots("SELECT invoice_id FROM acme_uk.invoice", size=5)
        assert len(next(lots)) == 5
        with psycopg.connect(home[1]["postgres"]) as writer:
            writer.execute("SET lock_timeout = '2s'")
            writer.execute("ALTER TABLE acme_uk.invoice ADD COLUMN IF NOT EXISTS z int")
            writer.rollback()


def test_a_lake_is_read_while_a_sync_rewrites_it(
    home: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    store, url = Store(home[0]), home[1]["parquet"]
    folder = Path(url.partition(":")[2])
    copies = tmp_path / "copies"
    counts: list[int] = []
    wrong: list[Exception] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            try:
                with Lake(folder, "acme_uk", copies).read() as books:
                    time.sleep(0.05)
                    counts.append(books.rows("SELECT count(*) FROM acme_uk.contact")[0][0])
            except Exception as error:
                wrong.append(error)

    ((before,),) = expected(url, "select count(*) from contact")
    thread = threading.Thread(target=look)
    thread.start()
    try:
        for _ in range(40):
            report = asyncio.run(
                sync_instance(store, "acme-uk", streams=["contacts"], to=url, full=True)
            )
            assert report.status == "done"
            if len(counts) > 20:
                break
    finally:
        stop.set()
        thread.join()
    assert not wrong
    assert len(counts) > 20
    assert set(counts) == {before}
    assert list(copies.iterdir()) == []


def test_sync_now_goes_where_the_page_reads(home: tuple[Path, dict[str, str]]) -> None:
    with visiting(home[0]) as visitor:
        choose(visitor, "parquet")
        started = visitor.post("/instances/acme-uk/sync")
        number = int(started.url.path.rsplit("/", 1)[1])
        store = Store(home[0])
        until = time.monotonic() + 40
        while runs.get(store, number).status == "running" and time.monotonic() < until:
            time.sleep(0.1)
    assert runs.get(store, number).arguments["to"] == home[1]["parquet"]


def test_a_database_that_is_down_is_said_so_and_another_can_be_chosen(
    home: tuple[Path, dict[str, str]],
) -> None:
    store = Store(home[0])
    gone = "postgresql://ann:planted-Word-4711@127.0.0.1:1/books"
    places.remember(store, "acme-uk", gone, shown=gone.replace("planted-Word-4711", "…"))
    try:
        with visiting(home[0]) as visitor:
            for path in ("/data", "/overview", "/sql", "/data/invoice"):
                reply = visitor.get(f"/instances/acme-uk{path}")
                assert reply.status_code == 422, path
                assert "cannot be reached" in reply.text
                assert "Parquet folder lake" in reply.text
                assert "planted" not in reply.text
            page = visitor.get("/instances/acme-uk").text
            assert "cannot be reached" in page
            assert "planted" not in page
            visitor.post("/instances/acme-uk/sync")
            (job,) = visitor.app.state.console.work.jobs()
            job.process.wait(timeout=30)
            assert "planted" not in " ".join(map(str, job.process.args)), "`ps` would show it"
            run = runs.recent(store, 1)[0]
            assert "127.0.0.1:1" in run.arguments["to"]
            assert "planted" not in visitor.get(f"/runs/{run.id}").text
        raw = (home[0] / "xeroport.sqlite").read_bytes()
        assert b"planted-Word-4711" not in raw
    finally:
        with store.transaction() as connection:
            connection.execute("DELETE FROM place WHERE shown LIKE '%127.0.0.1:1%'")


def test_the_environment_names_the_destination(home: tuple[Path, dict[str, str]]) -> None:
    sql = "select count(*) as n from acme_uk.invoice"
    ((count,),) = expected(home[1]["parquet"], sql)
    done = subprocess.run(
        [sys.executable, "-m", "xeroport", "--home", str(home[0]), "query", sql, "--csv"],
        env={**os.environ, "XEROPORT_TO": home[1]["parquet"]},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["n", str(count)], done.stderr


def test_choices_of_others_and_nonsense_change_nothing(anna: Visitor) -> None:
    for wanted in ("999", "-1", "x", "٣", "", "9" * 40):
        reply = anna.post("/instances/acme-uk/place", place=wanted, back="//evil.example/x")
        assert reply.url.host == "testserver"
        assert anna.get("/instances/acme-uk/data").status_code == 200
    assert anna.post("/instances/nobody/place", place="1").status_code == 404


def test_removing_an_instance_forgets_its_destinations(tmp_path: Path) -> None:
    store = Store(tmp_path)
    place = "http://127.0.0.1:1"
    instances.add(
        store, Instance(name="a", base_url=place, identity_url=place, client_id="x"), Secret("s")
    )
    places.remember(store, "a", "parquet:/x", shown="parquet:/x")
    places.remember(store, "a", "duckdb:/y", shown="duckdb:/y")
    places.remember(store, "a", "parquet:/x", shown="parquet:/x")
    places.remember(store, "unknown", "parquet:/x", shown="parquet:/x")
    assert [each.shown for each in places.known(store, "a")] == ["parquet:/x", "duckdb:/y"]
    assert places.known(store, "unknown") == ()
    instances.remove(store, "a")
    assert places.known(store, "a") == ()


def test_the_own_file_goes_where_the_home_folder_goes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    store = Store(first)
    place = "http://127.0.0.1:1"
    instances.add(
        store, Instance(name="a", base_url=place, identity_url=place, client_id="x"), Secret("s")
    )
    places.remember(store, "a", f"duckdb:{first / 'books.duckdb'}", shown="duckdb:x")
    store.close()
    first.rename(second)
    (found,) = Places(second, Store(second)).choice("a").places
    assert found.url.reveal() == found.shown == f"duckdb:{second / 'books.duckdb'}"


def test_without_a_sync_there_is_the_own_file(tmp_path: Path) -> None:
    found = Places(tmp_path, Store(tmp_path)).choice("acme")
    assert [each.shown for each in found.places] == [f"duckdb:{tmp_path / 'books.duckdb'}"]
    with pytest.raises(NoBooks), Lake(tmp_path / "none", "a", tmp_path).read():
        pass


def test_copies_of_a_killed_console_are_removed(tmp_path: Path) -> None:
    copies = tmp_path / "console" / "copies"
    gone = replace(this_process(), pid=999_999_999)
    dead, alive = (copies / file_name(process) for process in (gone, this_process()))
    for each in (dead, alive):
        each.mkdir(parents=True)
    Places(tmp_path, Store(tmp_path))
    assert not dead.exists()
    assert alive.exists()


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        ("duckdb:/home/ann/books.duckdb", "DuckDB file books.duckdb"),
        ("parquet:/data/lake", "Parquet folder lake"),
        ("postgresql://ann:…@db.example/books", "Postgres books on db.example"),
        ("postgresql://", "Postgres database on this machine"),
    ],
)
def test_destinations_have_short_names(shown: str, name: str) -> None:
    assert label(Place(1, shown, Secret(shown))) == name


def test_a_missing_driver_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InputError, match="driver"), Database("postgresql://x", "a").read():
        pass
