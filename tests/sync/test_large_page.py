"""A reply larger than any of Xero's costs disk, not memory; beyond a bound it is refused."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.sync.books import Books

from xeroport.jobs.sync import large_page
from xeroport.xero.wire import receive
from xeroport_emulator import Emulator
from xeroport_emulator.emulator import served

SYNC = """
import sys
from xeroport.cli import main
try:
    main(["--home", sys.argv[1], *sys.argv[2:]])
finally:
    status = open("/proc/self/status").read()
    print("PEAK", status.split("VmHWM:")[1].split()[0], file=sys.stderr)
"""


class Large:
    """Xero, but for the items: a page of so many records, of some kB each, or only blanks."""

    def __init__(self, app: Any, *, records: int = 0, blanks: int = 0, width: int = 4_000) -> None:
        self.app, self.records, self.blanks, self.width = app, records, blanks, width

    def pieces(self) -> Iterator[bytes]:
        yield b'{"Items": [\r\n'
        for number in range(self.records):
            text = f"Nr {number} " + '[{]}\\\\\\"' * (self.width // 8)
            comma = "," if number else ""
            yield (
                f'{comma}\r\n  {{"ItemID": "00000000-0000-4000-8000-{number:012d}",'
                f' "Code": "C{number}",\r\n "Name": "Item", "Description": "{text}"}}'
            ).encode()
        for _ in range(self.blanks):
            yield b" " * 1_000_000
        yield b"]}"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not scope.get("path", "").endswith("/Items"):
            await self.app(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json"), (b"content-encoding", b"gzip")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        squeeze = zlib.compressobj(1, wbits=31)
        for piece in self.pieces():
            chunk = squeeze.compress(piece)
            if chunk:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": squeeze.flush()})


@contextmanager
def home_of(tmp_path: Path, **large: int) -> Iterator[Path]:
    """A home folder whose instance `acme` meets a large page."""
    emulator = Emulator("empty", limits="off")
    with served(Large(emulator.app, **large)) as url:
        home = tmp_path / "home"
        words = ["instance", "add", "acme", "--base-url", url, "--identity-url", url]
        words += ["--client-id", emulator.client_id, "--client-secret-file", "-"]
        done = command(home, *words, stdin=emulator.client_secret)
        assert done.returncode == 0, done.stderr
        yield home


def command(home: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SYNC, str(home), *words],
        input=stdin,
        env=os.environ | {"XEROPORT_KEYRING": "off"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def peak(done: subprocess.CompletedProcess[str]) -> int:
    """MB at most."""
    return int(done.stderr.split("PEAK ")[1].split()[0]) // 1024


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("megabytes", [40, pytest.param(500, marks=pytest.mark.soak)])
def test_a_large_page_costs_little_memory(tmp_path: Path, megabytes: int) -> None:
    records = megabytes * 250
    with home_of(tmp_path, records=records) as home:
        usual = peak(command(home, "sync", "acme", "currencies"))
        done = command(home, "sync", "acme", "items")
        assert done.returncode == 0, done.stderr
        print(usual, peak(done))
        assert peak(done) < usual + 150
        count = command(home, "query", "--csv", "SELECT count(*) FROM acme.item")
        assert count.stdout.split() == ["count_star()", str(records)]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.soak
@pytest.mark.parametrize("blanks", [300, 1_500])
def test_a_bomb_is_refused_with_words_and_costs_little_memory(tmp_path: Path, blanks: int) -> None:
    """1.5 MB on the wire, 1.5 GB inflated."""
    with home_of(tmp_path, blanks=blanks) as home:
        usual = peak(command(home, "sync", "acme", "currencies"))
        done = command(home, "sync", "acme", "items", "currencies")
        assert done.returncode == 1, done.stderr
        assert ("larger than 1,000 MB" if blanks > 1_000 else "larger than 48 MB") in done.stderr
        assert peak(done) < usual + 100


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch)


def shrink(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every reply is a large one."""
    monkeypatch.setattr(receive, "LARGE", 500)
    monkeypatch.setattr(receive, "WIRE_LOT", 700)
    monkeypatch.setattr(large_page, "LOT", 3_000)


STREAMS = ("invoices", "items", "accounts", "manual_journals")


def contents(books: Books) -> dict[str, list[Any]]:
    with duckdb.connect(str(books.home / "books.duckdb")) as connection:
        connection.execute("USE acme_uk")
        tables = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'acme_uk' "
            "AND NOT starts_with(table_name, '_')"
        ).fetchall()
        return {
            table: connection.execute(
                f"SELECT * EXCLUDE (_synced_at) FROM {table} ORDER BY ALL"
            ).fetchall()
            for (table,) in tables
        }


def test_a_large_page_is_read_as_every_page_is(
    make_books: Callable[..., Books], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = make_books()
    report = usual.sync(*STREAMS)
    large = make_books()
    large.app = usual.app
    shrink(monkeypatch)
    again = large.sync(*STREAMS)
    assert (again.status, again.exit_status) == ("done", 0)
    assert [(each.stream, each.records, each.proof) for each in again.streams] == [
        (each.stream, each.records, each.proof) for each in report.streams
    ]
    held = contents(usual)
    assert len(held) > 5
    assert contents(large) == held
    assert large.sync(*STREAMS).status == "done"
    assert not [path for path in (large.home / "landing").rglob("*") if path.is_file()]


GOOD = '{"ItemID": "11111111-2222-3333-4444-555555555501", "Code": "A", "Name": "]}\\\\\\"[{"}'
BODIES = {
    f'{{"Items": [{GOOD}, null,\r\n {GOOD.replace("01", "02")} , null ]}}': "",
    f'{{"pagination": {{"page": 1, "pageCount": 1, "itemCount": "1"}}, "Items":[{GOOD}]}}  ': "",
    '{"Items": []}': "",
    f'{{"Odd": [{{"Items": [1]}}], "Items": {GOOD}, "Other": {{"a": [1, {{}}]}}}}': "",
    '{"Items": null}': "no `Items` in it",
    '{"Item": []}': "no `Items` in it",
    f'{{"Items": [{GOOD}': "ends too early",
    f'{{"Items": [{GOOD}]': "ends too early",
    f'{{"Items": [{GOOD[:-2]}': "ends too early",
    f'{{"Items": [{GOOD}]}} more': "too late",
    f'{{"Items": {{{GOOD}]}}': "do not match",
    '{"Items": [7, 8]}': "something else",
    '{"Items": [' + "[" * 50_000 + "]" * 50_000 + "]}": "nested",
    '{"Items": [{"Name": "' + "x" * 200_000 + '"}]}': "larger than",
    '{"Items": [' + " " * 200_000 + "]}": "larger than",
    " " * 200_000: "larger than",
    "[" + GOOD + "]": "no `Items` in it",
    "<html>" + "x" * 1_000: "ends too early",
}


@pytest.mark.parametrize(("body", "words"), BODIES.items(), ids=lambda text: text[:30])
@pytest.mark.usefixtures("small_pages")
def test_odd_large_replies(
    make_books: Callable[..., Books], monkeypatch: pytest.MonkeyPatch, body: str, words: str
) -> None:
    books = make_books("empty")
    monkeypatch.setattr(large_page, "MOST_RECORD", 150_000)
    padded = body.replace(", ", "," + " " * 600) if len(body) < 600 else body
    books.app = Fixed(books.app, padded.ljust(600).encode())
    items = books.stream("items")
    assert "unexpected" not in str(items.error)
    if words:
        assert (items.status, words in str(items.error)) == ("failed", True), items.error
    else:
        assert items.status == "done", items.error
        assert items.records == body.count("null") + body.count("ItemID")


class Fixed(Large):
    """The items are this text."""

    def __init__(self, app: Any, body: bytes) -> None:
        super().__init__(app)
        self.body = body

    def pieces(self) -> Iterator[bytes]:
        yield self.body


def test_a_full_disk_is_said(
    books: Books, monkeypatch: pytest.MonkeyPatch, small_pages: None
) -> None:
    """A large page is written to the disk as it comes."""

    def full(*_: object, **__: object) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(receive, "TemporaryFile", full)
    items = books.stream("items")
    assert items.status == "failed"
    assert "no space left" in str(items.error)
