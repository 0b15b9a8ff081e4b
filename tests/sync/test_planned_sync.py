"""A sync reads what may have changed, says as of when each stream is, and misses nothing long."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sync.books import Books

from xeroport.catalogue.reading import readings
from xeroport.clock import ManualClock
from xeroport.destinations import Batch, Landed
from xeroport.destinations.duckdb import DuckDBDestination
from xeroport.jobs.sync.plan import longest_wait
from xeroport_emulator import Emulator

MORNING = datetime(2026, 11, 3, 9, tzinfo=UTC)


def by_stream(report: Any) -> dict[str, Any]:
    return {stream.stream: stream for stream in report.streams}


def test_a_delta_with_nothing_new_is_cheap(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    books.sync(fresh=False)
    done: list[str] = []
    land, mark = DuckDBDestination.land, DuckDBDestination.mark

    def noted_land(self: DuckDBDestination, batch: Batch) -> Landed:
        done.append("land")
        return land(self, batch)

    def noted_mark(self: DuckDBDestination, batches: Sequence[Batch]) -> None:
        done.append("mark")
        mark(self, batches)

    monkeypatch.setattr(DuckDBDestination, "land", noted_land)
    monkeypatch.setattr(DuckDBDestination, "mark", noted_mark)
    report = books.sync(fresh=False)
    assert (report.status, report.exit_status) == ("done", 0)
    assert report.calls <= 16
    assert done == []
    for stream in report.streams:
        if stream.status in ("done", "current"):
            assert stream.complete
            assert stream.as_of is not None


def test_streams_that_are_named_are_read(books: Books) -> None:
    books.sync(fresh=False)
    assert books.stream("tax_rates").calls == 1
    assert books.stream("report_trial_balance").calls == 1


EDITED = {
    "Invoice": ("invoices", "invoice", "InvoiceID", "Reference"),
    "BankTransaction": ("bank_transactions", "bank_transaction", "BankTransactionID", "Reference"),
    "Quote": ("quotes", "quote", "QuoteID", "Title"),
    "Contact": ("contacts", "contact", "ContactID", "AccountNumber"),
    "Item": ("items", "item", "ItemID", "Name"),
    "TaxRate": ("tax_rates", "tax_rate", "TaxType", "Name"),
    "RepeatingInvoice": (
        "repeating_invoices",
        "repeating_invoice",
        "RepeatingInvoiceID",
        "Reference",
    ),
}


def edit(books: Books, record: str, at: datetime, **fields: Any) -> str:
    """Change the record that is first; its key."""
    key = EDITED[record][2]
    table = books.emulator.organisation.tables[record]
    one = next(iter(table))
    table.replace(one | fields | {"UpdatedDateUTC": at})
    return str(one[key])


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6), every=st.sampled_from([15, 60, 240]))
def test_planned_syncs_end_equal_to_xero(
    tmp_path_factory: pytest.TempPathFactory, seed: int, every: int
) -> None:
    """Random edits at random times: what is in Xero is in the copy within the bound that the plan
    names, and at the end all is."""
    chance = random.Random(seed)
    clock = ManualClock(MORNING)
    emulator = Emulator("demo", clock=clock, limits="off")
    books = Books(emulator, tmp_path_factory.mktemp("planned"), clock=clock)
    pending: dict[tuple[str, str], tuple[datetime, str]] = {}
    try:
        books.sync(fresh=False)
        for step in range(12):
            clock.advance(60 * chance.choice([every, every, 5 * every]))
            for _ in range(chance.randint(0, 2)):
                record = chance.choice(list(EDITED))
                text = f"edit {step} {chance.random()}"[:30]
                key = edit(books, record, clock.now(), **{EDITED[record][3]: text})
                pending[record, key] = clock.now(), text
            clock.advance(20)
            report = books.sync(fresh=False)
            assert report.status == "done"
            check_bounds(books, pending, clock.now(), timedelta(minutes=5 * every))
        clock.advance(8 * 86_400)
        books.sync(fresh=False)
        for record, (_, table, key, field) in EDITED.items():
            expected = {str(one[key]): one.get(field) for one in books.records(record)}
            column = {"AccountNumber": "account_number"}.get(field, field.lower())
            column_key = {"TaxType": "tax_type"}.get(key, f"{table}_id")
            held = books.query(
                f"SELECT {column_key}::VARCHAR, {column} FROM {table} WHERE _deleted_at IS NULL"
            )
            assert {k: v or "" for k, v in held} == {k: v or "" for k, v in expected.items()}
    finally:
        books.store.close()


def check_bounds(
    books: Books,
    pending: dict[tuple[str, str], tuple[datetime, str]],
    now: datetime,
    every: timedelta,
) -> None:
    """No edit that is older than its stream's bound is missing."""
    for (record, key), (at, text) in list(pending.items()):
        stream, table, key_field, field = EDITED[record]
        column = {"AccountNumber": "account_number"}.get(field, field.lower())
        column_key = {"TaxType": "tax_type"}.get(key_field, f"{table}_id")
        held = books.one(f"SELECT {column} FROM {table} WHERE {column_key}::VARCHAR = $1", key)
        if held == text:
            del pending[record, key]
            continue
        assert now - at <= longest_wait(readings()[stream], every), (stream, text)
