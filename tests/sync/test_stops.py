"""What stops a sync from outside: it is told in one line, and the next sync goes on."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from tests.sync.books import Books

from xeroport.clock import ManualClock
from xeroport.errors import InputError, Unavailable, XeroportError
from xeroport.store import runs


def last_run(books: Books) -> Any:
    (run,) = runs.recent(books.store, 1)
    return run


def test_a_damaged_duckdb_file_is_told(books: Books) -> None:
    path = books.home / "books.duckdb"
    path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(InputError, match=r"books\.duckdb` cannot be opened") as told:
        books.sync("items")
    assert told.value.hint
    path.unlink()
    assert books.sync("items", "invoices").status == "done"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(XeroportError) as cut:
        books.sync("items", "invoices", full=True)
    assert "\n" not in cut.value.message
    assert cut.value.hint
    assert last_run(books).status == "failed"


def test_a_place_for_landing_files_that_cannot_be_written_is_told(books: Books) -> None:
    (books.home / "landing").write_text("in the way")
    with pytest.raises(InputError, match="a file cannot be written at") as told:
        books.sync("items", "invoices")
    assert told.value.hint
    (books.home / "landing").unlink()
    assert books.sync("items", "invoices").status == "done"


def test_a_disk_that_is_full_ends_the_sync_and_the_next_goes_on(
    books: Books, monkeypatch: Any
) -> None:
    from xeroport.jobs.sync.landing import LandingFile

    add = LandingFile.add

    def full(file: LandingFile, records: Any, **_: Any) -> None:
        raise OSError(28, "No space left on device", str(file.path))

    monkeypatch.setattr(LandingFile, "add", full)
    with pytest.raises(InputError, match="no space left on device") as told:
        books.sync("items", "invoices")
    assert "make room" in str(told.value.hint)
    monkeypatch.setattr(LandingFile, "add", add)
    assert books.sync("items", "invoices").status == "done"
    assert books.one("SELECT count(*) FROM invoice") == len(books.records("Invoice"))


def test_a_database_that_goes_away_ends_the_sync_with_one_message(
    make_books: Any, postgres_url: str
) -> None:
    books = make_books(2_500)
    app = books.app
    cut = 0

    async def cutting(scope: Any, receive: Any, send: Any) -> None:
        nonlocal cut
        if scope["path"].endswith("/Contacts") and not cut:
            cut += 1
            with psycopg.connect(postgres_url, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name = 'xeroport' AND datname = current_database()"
                )
        await app(scope, receive, send)

    books.app = cutting
    with pytest.raises(Unavailable, match="cannot be used") as told:
        books.sync("invoices", "contacts", to=postgres_url)
    assert told.value.exit_status == 5
    assert last_run(books).status == "failed"
    assert books.sync("invoices", "contacts", to=postgres_url).status == "done"
    with psycopg.connect(postgres_url) as connection:
        found = connection.execute("SELECT count(*) FROM acme_uk.invoice").fetchone()
    assert found == (len(books.records("Invoice")),)


def test_the_day_limit_keeps_every_page_that_was_read(make_books: Any) -> None:
    from datetime import timedelta

    from xeroport_emulator import Limits

    clock = ManualClock(datetime.now(UTC))
    books = make_books(5_000, limits=Limits(day=3, minute=60_000, concurrent=5), clock=clock)
    stopped = books.sync("invoices")
    assert (stopped.status, stopped.exit_status) == ("stopped", 4)
    kept = stopped.streams[0].rows["invoice"]
    assert kept == stopped.streams[0].records >= 1_000
    clock.advance(timedelta(days=1).total_seconds())
    books.emulator.world.gate.limits = None
    count = len(books.records("Invoice"))
    again = books.stream("invoices")
    assert again.complete
    assert again.calls <= -(-(count - kept) // 1000) + 1
    assert books.one("SELECT count(*) FROM invoice") == count


def test_a_connection_that_was_removed_names_no_scope(books: Books) -> None:
    books.sync("items")
    books.emulator.switches.change(connected=False)
    report = books.sync("items", "invoices")
    assert report.exit_status == 3
    assert [each.missing_scope for each in report.streams] == [None, None]
    books.emulator.switches.change(connected=True)
    assert books.sync("items", "invoices").exit_status == 0


def test_a_reply_that_is_no_list_fails_its_stream_alone(books: Books) -> None:
    app = books.app

    async def odd(scope: Any, receive: Any, send: Any) -> None:
        if not scope["path"].endswith("/Items"):
            await app(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"Items": 7}'})

    books.app = odd
    report = books.sync("items", "accounts")
    assert [each.status for each in report.streams] == ["failed", "done"]
    assert "`items.list`" in str(report.streams[0].error)
    assert report.exit_status == 1


def test_journals_are_read_on_from_the_last_number(books: Books) -> None:
    scope = "accounting.journals.read"
    books.emulator.switches.change(
        journals_open=True, scopes=[*books.emulator.switches.scopes, scope]
    )
    first = books.stream("journals")
    held = books.one("SELECT count(*) FROM journal")
    assert (first.status, first.complete, first.records) == ("done", True, held)
    assert first.calls == held // 100 + 1
    assert books.one("SELECT count(DISTINCT journal_number) FROM journal") == held
    assert books.one("SELECT count(*) FROM journal_line") > held
    again = books.stream("journals")
    assert (again.mode, again.calls, again.records) == ("delta", 1, 0)
    assert books.stream("journals", full=True).records == held
    assert books.one("SELECT count(*) FROM journal") == held


def test_raw_files_hold_what_is_committed(books: Books) -> None:
    """A kept file is there before its batch is, so that a replay misses nothing."""
    from xeroport.destinations.duckdb import DuckDBDestination

    seen: list[int] = []
    land = DuckDBDestination.land
    raw = books.home / "raw"

    def looking(self: Any, batch: Any) -> Any:
        if batch.files:
            seen.append(len(list(raw.rglob("*.ndjson.gz"))))
        return land(self, batch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DuckDBDestination, "land", looking)
        books.sync("items", keep_raw=True)
    assert seen == [1]
    shutil.rmtree(raw)
