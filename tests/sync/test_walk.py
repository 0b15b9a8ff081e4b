"""Lists that move while they are read, calls that fail, days that end: time changes, never data."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import httpx2
import pytest
from tests.sync.books import NAME, Books

from xeroport.clock import ManualClock
from xeroport.errors import NotAuthenticated
from xeroport.xero.client import open_client

EDITS = "edit@invoices.list"


def ids_by_a_plain_walk(books: Books) -> set[str]:
    async def work() -> set[str]:
        books.store.transport = httpx2.ASGITransport(app=books.emulator.app)
        async with open_client(books.store, NAME) as client:
            return {each["InvoiceID"] async for each in client.records("invoices.list")}

    return asyncio.run(work())


def held_ids(books: Books) -> set[str]:
    return {each for (each,) in books.query("SELECT invoice_id::VARCHAR FROM invoice")}


def equal(books: Books) -> None:
    """Every invoice once, as it is now, with the lines it has now."""
    expected = {
        each["InvoiceID"]: (each["UpdatedDateUTC"].replace(tzinfo=None), len(each["LineItems"]))
        for each in books.records("Invoice")
    }
    found = books.query(
        "SELECT i.invoice_id::VARCHAR, i.updated_date_utc, "
        "(SELECT count(*) FROM invoice_line_item l WHERE l.invoice_id = i.invoice_id) "
        "FROM invoice i WHERE _deleted_at IS NULL"
    )
    assert len(found) == len(expected)
    milliseconds = timedelta(milliseconds=1)
    for key, stamp, lines in found:
        assert abs(stamp - expected[key][0]) < milliseconds
        assert lines == expected[key][1]


def test_a_plain_page_walk_loses_rows_where_ours_does_not(make_books: Any) -> None:
    plain = make_books(2_500, faults=EDITS)
    everything = {each["InvoiceID"] for each in plain.records("Invoice")}
    assert ids_by_a_plain_walk(plain) < everything, "the list moved, and the walk did not notice"
    ours = make_books(2_500, faults=EDITS)
    report = ours.stream("invoices")
    assert report.complete
    assert "itemCount" in report.proof
    assert held_ids(ours) == everything
    equal(ours)


def test_seeking_goes_through_a_second_with_more_records_than_a_page(make_books: Any) -> None:
    books = make_books(2_500)
    books.stream("invoices")
    table = books.emulator.organisation.tables["Invoice"]
    stamp = datetime.now(UTC).replace(microsecond=0)
    for each in list(table)[:2_200]:
        table.replace(each | {"UpdatedDateUTC": stamp, "Reference": "bulk"})
    report = books.stream("invoices")
    assert (report.mode, report.status) == ("delta", "done")
    assert books.one("SELECT count(*) FROM invoice WHERE reference = 'bulk'") == 2_200
    equal(books)


@pytest.mark.parametrize(
    "faults",
    [
        "429-minute:20%:0s,429-concurrent:20%",
        "500:20%",
        "503:20%",
        "drop-before:20%,drop-after:20%",
        "truncate:30%",
        "revoke:30%",
        "html:20%,text:20%",
    ],
)
def test_faults_change_the_time_not_the_data(make_books: Any, faults: str) -> None:
    books = make_books(faults=faults, clock=ManualClock(datetime.now(UTC)))
    for _ in range(6):
        report = books.sync("invoices", "payments", "contacts", "items", "quotes")
        if report.status == "done":
            break
    assert report.status == "done"
    equal(books)
    assert books.one("SELECT count(*) FROM payment") == len(books.records("Payment"))


def test_the_day_limit_stops_and_the_next_run_goes_on(make_books: Any) -> None:
    books = make_books(8_000)
    books.emulator.faults.add("day", at=5)
    stopped = books.sync("invoices")
    assert (stopped.status, stopped.exit_status) == ("stopped", 4)
    assert stopped.resets_at is not None
    assert stopped.streams[0].status == "stopped"


@pytest.mark.parametrize(("bound", "value"), [("BATCH_BYTES", 1), ("BATCH_AGE", timedelta(0))])
def test_what_was_committed_is_not_read_again(
    make_books: Any, monkeypatch: Any, bound: str, value: Any
) -> None:
    from xeroport.jobs.sync import inflow

    monkeypatch.setattr(inflow, bound, value)
    books = make_books(5_000, clock=ManualClock(datetime.now(UTC)))
    books.emulator.faults.add("503", at=tuple(range(5, 40)))
    first = books.stream("invoices")
    assert (first.status, first.failure) == ("failed", "Unavailable")
    books.emulator.faults.clear()
    second = books.stream("invoices")
    assert second.complete
    count = len(books.records("Invoice"))
    committed = first.rows.get("invoice", 0)
    assert committed >= 1000
    assert second.calls <= -(-count // 1000) - committed // 1000 + 1
    equal(books)


def test_records_deleted_and_added_during_the_walk(make_books: Any) -> None:
    books = make_books(2_500)
    table = books.emulator.organisation.tables["Invoice"]
    app = books.app
    seen = 0

    async def meddling(scope: Any, receive: Any, send: Any) -> None:
        nonlocal seen
        if scope["path"].endswith("/Invoices"):
            seen += 1
            if seen in (2, 3):
                table.remove(list(table)[5]["InvoiceID"])
        await app(scope, receive, send)

    books.app = meddling
    report = books.stream("invoices")
    assert report.complete, report.proof
    equal(books)


def test_a_wrong_secret_ends_the_sync_and_is_kept_with_the_run(books: Books) -> None:
    from xeroport.store import runs

    books.emulator.identity.client_secret = "another"
    with pytest.raises(NotAuthenticated):
        books.sync("items")
    (run,) = runs.recent(books.store, 1)
    assert (run.status, run.job) == ("failed", "sync")


def test_kept_raw_files_fill_a_column_that_the_catalogue_gains(make_books: Any) -> None:
    books = make_books()
    first = books.stream("invoices", keep_raw=True)
    table = books.emulator.organisation.tables["Invoice"]
    edited = next(iter(table))
    table.replace(edited | {"Reference": "later", "UpdatedDateUTC": datetime.now(UTC)})
    books.stream("invoices", keep_raw=True)
    with duckdb.connect(str(books.home / "books.duckdb")) as connection:
        connection.execute("ALTER TABLE acme_uk.invoice DROP COLUMN reference")
        connection.execute(
            "UPDATE acme_uk._checkpoint SET state = "
            'regexp_replace(state, \'"plan":"\\w+"\', \'"plan":"older"\')'
        )
    report = books.stream("invoices", keep_raw=True)
    assert (report.mode, report.calls) == ("delta", 1), "no new full read"
    expected = {each["InvoiceID"]: each.get("Reference") for each in table}
    found = dict(books.query("SELECT invoice_id::VARCHAR, reference FROM invoice"))
    assert found == {key: value or None for key, value in expected.items()} or found == expected
    assert first.complete


def test_a_backfill_beyond_the_day_says_so_first(make_books: Any) -> None:
    from xeroport_emulator import Limits

    books = make_books(5_000, limits=Limits(day=4, minute=60_000, concurrent=5))
    said: list[str] = []
    report = books.sync("invoices", tell=lambda each: said.append(each.note or ""))
    assert any("more calls" in each for each in said)
    assert report.exit_status == 4
