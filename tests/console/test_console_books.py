"""Pages answer while a job holds the books, and never hold up a job."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from console_world import visiting

from xeroport.console.reading.books_protocol import NoBooks
from xeroport.console.reading.own_file import DuckFile

WRITER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
for line in sys.stdin:
    connection.execute(line)
    print("done", flush=True)
"""


class Writer:
    """Another process that holds the file and writes what it is told."""

    def __init__(self, path: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, sql: str) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(sql.replace("\n", " ") + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    writer = Writer(path)
    try:
        writer.do("SELECT 1")
        yield writer
    finally:
        writer.process.kill()
        writer.process.communicate()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "books.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE SCHEMA a; CREATE TABLE a.t AS SELECT range AS i FROM range(1000)"
        )
    return path


def count(books: DuckFile) -> tuple[int, bool]:
    with books.read() as reading:
        ((found,),) = reading.rows("SELECT count(*) FROM a.t")
        return found, reading.as_of is not None


def test_a_copy_of_the_last_commit_is_read_while_another_process_writes(path: Path) -> None:
    books = DuckFile(path, path.parent / "copies")
    assert count(books) == (1000, False)
    with writing(path) as writer:
        assert count(books) == (1000, True)
        writer.do("BEGIN")
        writer.do("INSERT INTO a.t SELECT range FROM range(10)")
        assert count(books) == (1000, True)
        writer.do("COMMIT")
        assert count(books) == (1010, True)
        writer.do("CHECKPOINT")
        assert count(books) == (1010, True)
    assert count(books) == (1010, False)
    books.close()
    assert list((path.parent / "copies").iterdir()) == []


def test_every_copy_is_a_committed_state(path: Path) -> None:
    """A writer commits pairs and checkpoints without pause; no reader ever sees half a pair."""
    books = DuckFile(path, path.parent / "copies")
    seen: list[int] = []
    with writing(path) as writer:
        stop = threading.Event()

        def write() -> None:
            number = 0
            while not stop.is_set():
                writer.do("BEGIN")
                writer.do("INSERT INTO a.t SELECT 1 FROM range(500)")
                writer.do("INSERT INTO a.t SELECT 2 FROM range(500)")
                writer.do("COMMIT")
                number += 1
                if number % 3 == 0:
                    writer.do("CHECKPOINT")

        thread = threading.Thread(target=write)
        thread.start()
        try:
            for _ in range(40):
                try:
                    seen.append(count(books)[0])
                except NoBooks:
                    continue
        finally:
            stop.set()
            thread.join()
    assert len(seen) > 10
    assert all(number % 1000 == 0 for number in seen)
    assert seen == sorted(seen)


def test_a_reader_lets_go_at_once(path: Path) -> None:
    books = DuckFile(path, path.parent / "copies")
    for times in range(5):
        assert count(books) == (1000 + times, False)
        with writing(path) as writer:
            writer.do("INSERT INTO a.t VALUES (1)")


def test_many_readers_at_once(path: Path) -> None:
    books = DuckFile(path, path.parent / "copies")
    found: list[tuple[int, bool]] = []
    threads = [threading.Thread(target=lambda: found.append(count(books))) for _ in range(12)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [(1000, False)] * 12
    books.close()
    assert count(books) == (1000, False)


def test_the_next_reader_sees_the_file_that_took_the_place_of_another(path: Path) -> None:
    books = DuckFile(path, path.parent / "copies")
    assert count(books) == (1000, False)
    path.unlink()
    seven(path)
    assert count(books) == (7, False)


def test_a_link_is_followed_wherever_it_leads_now(path: Path) -> None:
    link = path.with_name("o'dd [link]?.duckdb")
    link.symlink_to(path)
    books = DuckFile(link, path.parent / "copies")
    assert count(books) == (1000, False)
    link.unlink()
    link.symlink_to(seven(path.with_name("o'ther?.duckdb")))
    assert count(books) == (7, False)


def seven(path: Path) -> Path:
    """Books of seven rows."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA a; CREATE TABLE a.t AS SELECT range AS i FROM range(7)")
    return path


def test_a_reader_reaches_its_file_and_nothing_else(path: Path) -> None:
    beside = path.with_name("beside.csv")
    beside.write_text("secret")
    with duckdb.connect(str(path.with_name("other.duckdb"))) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1")
    with DuckFile(path, path.parent / "copies").read() as reading:
        for sql in (
            f"FROM read_text('{beside}')",
            f"COPY (SELECT 1) TO '{path.with_name('out.csv')}'",
            f"ATTACH '{path.with_name('other.duckdb')}' AS other",
            "SET lock_configuration = false",
            "SET allowed_paths = ['/etc/hostname']",
            "INSERT INTO a.t VALUES (1)",
        ):
            with pytest.raises(duckdb.Error):
                reading.rows(sql)
    assert not path.with_name("out.csv").exists()


def test_pages_say_that_a_job_is_writing(home: Path) -> None:
    with writing(home / "books.duckdb"), visiting(home) as visitor:
        for page in ("", "/overview", "/data", "/data/invoice", "/sql?sql=select+1"):
            reply = visitor.get(f"/instances/acme-uk{page}")
            assert reply.status_code == 200, page
            if page:
                assert "A sync is writing" in reply.text


def test_a_slow_query_of_the_box_moves_to_a_copy(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a sync that starts meanwhile would wait for it, or give up."""
    slow = "select count(*) from range(200000000) t(i) where i % 7 = 3"
    monkeypatch.setattr("xeroport.console.pages.sql.QUICK", 60)  # on a busy machine too
    with visiting(home) as visitor:
        quick = visitor.get("/instances/acme-uk/sql", params={"sql": "select 41 + 1 as n"})
        assert ">42<" in quick.text
        assert not list(home.glob("console/copies/*/books-*"))
        monkeypatch.setattr("xeroport.console.pages.sql.QUICK", 0.02)
        reply = visitor.get("/instances/acme-uk/sql", params={"sql": slow})
        assert "28571429" in reply.text.replace(",", ""), reply.text
        assert list(home.glob("console/copies/*/books-*"))
    assert not list(home.glob("console/copies/*"))


def test_before_the_first_sync_there_are_no_books(tmp_path: Path) -> None:
    with pytest.raises(NoBooks), DuckFile(tmp_path / "none.duckdb", tmp_path).read():
        pass
