"""Lists that do not keep to the rules: nothing is skipped, nothing unproved is called proved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.sync.books import NAME, Books
from tests.sync.odd_lists import OddList, identity

from xeroport.clock import ManualClock
from xeroport.store import instances

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def spread(count: int) -> list[datetime]:
    """Stamps a minute apart."""
    return [LONG_AGO + timedelta(minutes=each) for each in range(count)]


def odd(books: Books, name: str, stamps: list[datetime], **habits: bool) -> OddList:
    books.app = OddList(books.emulator.app, name, stamps, **habits)
    return books.app


def held(books: Books, table: str) -> set[str]:
    rows = books.query(f"SELECT {table}_id::VARCHAR FROM {table} WHERE _deleted_at IS NULL")
    assert len(rows) == len(set(rows))
    return {each for (each,) in rows}


@pytest.mark.parametrize("counts", [True, False])
def test_pages_of_100_where_1000_were_asked_for(books: Books, counts: bool) -> None:
    xero = odd(books, "Invoices", spread(250), heeds=False, counts=counts)
    report = books.stream("invoices")
    assert report.complete, report.proof
    assert held(books, "invoice") == xero.ids()
    now = datetime.now(UTC) + timedelta(seconds=5)
    for number in range(250):
        xero.edit(number, now + timedelta(seconds=number), Reference="later")
    assert books.stream("invoices").mode == "delta"
    assert books.one("SELECT count(*) FROM invoice WHERE reference = 'later'") == 250


@pytest.mark.parametrize("name", ["Quotes", "Invoices"])
def test_a_second_with_more_records_than_a_page_is_edited_meanwhile(
    books: Books, name: str
) -> None:
    """By page numbers: the first record moves to the end and pulls the others forward."""
    count = 250 if name == "Quotes" else 2_500
    xero = odd(books, name, spread(count), counts=name == "Invoices")
    stream, table = name.lower(), name.lower().removesuffix("s")
    books.stream(stream)
    second = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=30)
    for number in range(count):
        xero.edit(number, second, Reference="bulk")
    begun = len(xero.calls)

    def meddle(_: int) -> None:
        if len(xero.calls) > begun and xero.calls[-1]["page"] == "2" and not moved:
            moved.append(xero.calls[-1])
            xero.edit(0, second + timedelta(seconds=9))

    moved: list[Any] = []
    xero.meddle = meddle
    report = books.stream(stream)
    assert moved
    assert (report.mode, report.status) == ("delta", "done"), report.proof
    assert books.one(f"SELECT count(*) FROM {table} WHERE reference = 'bulk'") == count


def test_a_list_that_never_rests_is_not_called_complete(books: Books) -> None:
    """What it may have skipped is asked for again: the checkpoint does not pass it."""
    xero = odd(books, "Quotes", spread(250), counts=False)
    books.stream("quotes")
    second = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=30)
    for number in range(250):
        xero.edit(number, second)
    xero.meddle = lambda call: xero.edit(call % 250, second + timedelta(seconds=call))
    report = books.stream("quotes")
    assert (report.status, report.complete) == ("incomplete", False)
    after = books.one("SELECT state->>'cursor' FROM _checkpoint")
    assert datetime.fromisoformat(after) <= second
    xero.meddle = lambda _: None
    assert books.stream("quotes").status == "done"


def test_lists_without_an_order_of_their_own_are_asked_for_one(books: Books) -> None:
    xero = odd(books, "Quotes", spread(150), counts=False)
    books.stream("quotes")
    assert {each["order"] for each in xero.calls} == {"UpdatedDateUTC ASC"}


def test_an_unordered_list_is_read_by_numbers(books: Books) -> None:
    xero = odd(books, "Invoices", spread(2_500)[::-1], sorts=False)
    books.stream("invoices")
    now = datetime.now(UTC) + timedelta(seconds=5)
    for number in range(2_500):
        xero.edit(number, now + timedelta(seconds=2_500 - number), Reference="later")
    assert books.stream("invoices").status == "done"
    assert books.one("SELECT count(*) FROM invoice WHERE reference = 'later'") == 2_500


def test_a_stamp_in_the_future_does_not_blind_the_deltas(books: Books) -> None:
    xero = odd(books, "Invoices", spread(1_500))
    books.stream("invoices")
    for number in range(1_000):
        xero.edit(number, datetime(2099, 1, 1, tzinfo=UTC) + timedelta(seconds=number))
    books.stream("invoices")
    xero.edit(1_200, datetime.now(UTC) + timedelta(seconds=2), Reference="now")
    assert books.stream("invoices").mode == "delta"
    assert books.one("SELECT count(*) FROM invoice WHERE reference = 'now'") == 1


def test_the_same_record_twice_does_not_stand_for_a_missing_one(books: Books) -> None:
    xero = odd(books, "Invoices", spread(3))
    xero.records[2] = dict(xero.records[1])
    report = books.stream("invoices")
    assert (report.status, report.complete) == ("incomplete", False)
    assert report.proof == "2 distinct ids, but itemCount is 3"


def test_linked_transactions_are_walked_twice_once_and_then_once_without_writing(
    books: Books,
) -> None:
    xero = odd(books, "LinkedTransactions", spread(250), counts=False)
    first = books.stream("linked_transactions")
    assert (first.calls, first.proof) == (6, "two reads with the same records")
    stamps = "SELECT count(DISTINCT _synced_at), max(_synced_at) FROM linked_transaction"
    written = books.query(stamps)
    again = books.stream("linked_transactions")
    assert (again.calls, again.records, again.rows, again.complete) == (3, 0, {}, True)
    assert books.query(stamps) == written
    assert books.stream("linked_transactions", full=True).rows == {"linked_transaction": 250}
    gone = xero.records.pop(7)
    report = books.stream("linked_transactions")
    assert (report.tombstones, report.complete) == (1, True)
    assert (
        held(books, "linked_transaction")
        == xero.ids()
        == {*map(identity, range(250))} - {gone["LinkedTransactionID"]}
    )


def test_two_walks_that_each_miss_another_record_prove_nothing(books: Books) -> None:
    xero = odd(books, "LinkedTransactions", spread(250), counts=False)
    moves = iter(range(250))

    def meddle(call: int) -> None:
        if call in (2, 5):
            xero.edit(next(moves), datetime.now(UTC))

    xero.meddle = meddle
    report = books.stream("linked_transactions")
    assert report.complete
    assert held(books, "linked_transaction") == xero.ids()


def test_a_clock_that_was_set_back_hides_no_deletion(books: Books) -> None:
    books.clock = ManualClock(datetime.now(UTC) + timedelta(days=300))
    books.stream("items")
    table = books.emulator.organisation.tables["Item"]
    table.remove(next(iter(table))["ItemID"])
    books.clock = ManualClock(datetime.now(UTC))
    assert books.stream("items").tombstones == 1


@pytest.mark.parametrize("body", [b"", b"{}", b'{"Items ": []}', b'{"ErrorNumber": 1}'])
def test_a_reply_without_its_list_is_not_an_empty_list(books: Books, body: bytes) -> None:
    books.stream("items")
    app = books.app

    async def listless(scope: Any, receive: Any, send: Any) -> None:
        if not scope["path"].endswith("/Items"):
            await app(scope, receive, send)
            return
        kind = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": kind})
        await send({"type": "http.response.body", "body": body})

    books.app = listless
    report = books.stream("items")
    assert report.status == "failed"
    assert "there is no `Items` in it" in str(report.error)
    assert books.one("SELECT count(*) FROM item WHERE _deleted_at IS NOT NULL") == 0


def test_a_list_without_a_key_is_one_batch_whatever_its_size(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xeroport.jobs.sync import inflow

    monkeypatch.setattr(inflow, "BATCH_BYTES", 1)
    report = books.stream("report_trial_balance")
    assert books.one("SELECT count(*) FROM report_trial_balance") == report.records > 50


def test_reports_are_asked_for_the_organisations_own_day(books: Books) -> None:
    import dataclasses

    instance = instances.get(books.store, NAME)
    instances.save(books.store, dataclasses.replace(instance, time_zone="Pacific/Auckland"))
    asked: list[str] = []
    app = books.app

    async def listening(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["query_string"].decode())
        await app(scope, receive, send)

    books.app = listening
    books.clock = ManualClock(datetime(2026, 11, 20, 20, tzinfo=UTC))
    books.stream("report_trial_balance")
    assert "date=2026-11-21" in asked


def test_budget_lines_are_read_again_in_a_new_month(make_books: Any) -> None:
    clock = ManualClock(datetime(2026, 11, 20, tzinfo=UTC))
    books = make_books(clock=clock)
    assert books.stream("budgets").calls == 2
    assert books.stream("budgets").calls == 1
    clock.advance(86_400 * 20)
    assert books.stream("budgets", full_every=1_000).calls == 2
