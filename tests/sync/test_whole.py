"""A first sync and those after it: least calls, what changed, what is gone, what is new at Xero."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.sync.books import Books


def test_the_second_sync_asks_once_a_stream_and_moves_nothing(books: Books) -> None:
    first = books.sync()
    allowed = [e for e in first.streams if not e.expected]
    assert sum(e.calls for e in allowed if e.pages) == len(allowed) + len(books.records("Budget"))
    again = books.sync()
    assert [e.stream for e in again.streams if e.calls != 1] == []
    assert [each.stream for each in again.streams if each.records or each.rows] == []


def test_fewest_calls(make_books: Any) -> None:
    books = make_books(2_500)
    count = len(books.records("Invoice"))
    first = books.stream("invoices")
    assert first.calls == -(-count // 1000) + 1, "the pages, and what changed meanwhile"
    assert first.records == count
    assert books.stream("invoices").calls == 1
    assert books.stream("accounts").calls == 1
    quotes = books.stream("quotes")
    assert quotes.calls <= -(-len(books.records("Quote")) // 100) + 2


def test_a_delta_brings_what_was_edited(books: Books) -> None:
    books.sync("invoices", "contacts")
    table = books.emulator.organisation.tables["Invoice"]
    edited = next(each for each in table if len(each["LineItems"]) > 1)
    table.replace(
        edited
        | {
            "Reference": "edited",
            "LineItems": edited["LineItems"][:1],
            "UpdatedDateUTC": datetime.now(UTC),
        }
    )
    report = books.stream("invoices")
    assert (report.mode, report.records, report.calls) == ("delta", 1, 1)
    key = edited["InvoiceID"]
    assert books.one("SELECT reference FROM invoice WHERE invoice_id = $1", key) == "edited"
    assert books.one("SELECT count(*) FROM invoice WHERE invoice_id = $1", key) == 1
    assert books.one("SELECT count(*) FROM invoice_line_item WHERE invoice_id = $1", key) == 1


def test_hard_deletes_become_tombstones_and_come_back(books: Books) -> None:
    books.sync("items", "linked_transactions")
    table = books.emulator.organisation.tables["Item"]
    gone = next(iter(table))
    table.remove(gone["ItemID"])
    report = books.stream("items")
    assert report.tombstones == 1
    deleted = books.query("SELECT item_id::VARCHAR FROM item WHERE _deleted_at IS NOT NULL")
    assert deleted == [(gone["ItemID"],)]
    table.add(gone)
    assert books.stream("items").tombstones == 0
    assert books.one("SELECT count(*) FROM item WHERE _deleted_at IS NOT NULL") == 0
    assert books.one("SELECT count(*) FROM item") == len(table)


def test_a_full_read_finds_what_changed_without_a_stamp(books: Books) -> None:
    books.stream("invoices")
    table = books.emulator.organisation.tables["Invoice"]
    some = next(iter(table))
    table.replace(some | {"ExpectedPaymentDate": datetime(2027, 1, 5, tzinfo=UTC).date()})
    assert books.stream("invoices").records == 0, "the stamp did not move"
    report = books.stream("invoices", full=True)
    assert (report.mode, report.tombstones, report.complete) == ("full", 0, True)
    stored = books.one(
        "SELECT expected_payment_date FROM invoice WHERE invoice_id = $1", some["InvoiceID"]
    )
    assert str(stored) == "2027-01-05"


def test_a_full_read_comes_round_by_itself(books: Books) -> None:
    assert books.stream("invoices").mode == "full"
    assert books.stream("invoices").mode == "delta"
    assert books.stream("invoices", full_every=0).mode == "full"


def test_unknown_fields_are_kept_and_reported(make_books: Any) -> None:
    books = make_books(faults="unknown-field@invoices.*")
    report = books.stream("invoices")
    count = len(books.records("Invoice"))
    assert sum(report.drift.values()) == count
    (field,) = report.drift
    name = field.removeprefix("Invoice.")
    kept = books.one(f"SELECT count(*) FROM invoice WHERE _extra->>'$.\"{name}\"' IS NOT NULL")
    assert kept == count
    assert report.complete


def test_unknown_enum_values_are_text(make_books: Any) -> None:
    books = make_books(faults="unknown-enum@invoices.*")
    report = books.stream("invoices")
    assert (report.status, report.rejected, report.drift) == ("done", 0, {})


def test_streams_that_may_not_be_read_are_named_with_the_scope(books: Books) -> None:
    report = books.sync("journals", "items")
    journals = report.streams[0]
    assert (journals.status, journals.missing_scope) == ("not_allowed", "accounting.journals.read")
    assert (report.status, report.exit_status) == ("partial", 1)
    found = books.query("SELECT table_name FROM duckdb_tables() WHERE table_name = 'journal'")
    assert found == []


def test_stamps_are_utc_and_dates_are_dates(books: Books) -> None:
    books.stream("invoices")
    some = next(iter(books.records("Invoice")))
    stamp, day, synced = books.query(
        "SELECT updated_date_utc, date, _synced_at FROM invoice WHERE invoice_id = $1",
        some["InvoiceID"],
    )[0]
    assert abs(stamp.replace(tzinfo=UTC) - some["UpdatedDateUTC"]) < timedelta(milliseconds=1)
    assert day == some["Date"]
    assert abs(datetime.now(UTC).replace(tzinfo=None) - synced) < timedelta(minutes=5)


@pytest.mark.parametrize("name", ["nothing", "invoice"])
def test_unknown_streams_are_refused_with_the_nearest(books: Books, name: str) -> None:
    from xeroport.errors import UnknownName

    with pytest.raises(UnknownName) as caught:
        books.sync(name)
    assert (caught.value.hint is not None and "invoices" in caught.value.hint) == (
        name == "invoice"
    )
