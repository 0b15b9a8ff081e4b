"""A sync reads what may have changed, says as of when each stream is, and misses nothing long."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sync.books import Books

from xeroport.catalogue.reading import readings
from xeroport.clock import ManualClock
from xeroport.destinations import Batch, LandedBatch
from xeroport.destinations.duckdb import DuckDBDestination
from xeroport.jobs.sync.plan import longest_wait
from xeroport_emulator import Emulator

EXAMPLES = int(os.environ.get("XEROPORT_PLAN_EXAMPLES", "2"))
"""Random organisations; the long form is to set more."""
MORNING = datetime(2026, 11, 3, 9, tzinfo=UTC)


def by_stream(report: Any) -> dict[str, Any]:
    return {stream.stream: stream for stream in report.streams}


def test_a_delta_with_nothing_new_is_cheap(planned: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    land, mark = DuckDBDestination.land, DuckDBDestination.mark

    def noted_land(self: DuckDBDestination, batch: Batch) -> LandedBatch:
        done.append("land")
        return land(self, batch)

    def noted_mark(self: DuckDBDestination, batches: Sequence[Batch]) -> None:
        done.append("mark")
        mark(self, batches)

    monkeypatch.setattr(DuckDBDestination, "land", noted_land)
    monkeypatch.setattr(DuckDBDestination, "mark", noted_mark)
    report = planned.sync(fresh=False)
    assert (report.status, report.exit_status) == ("done", 0)
    assert report.calls <= 16
    assert done == []
    for stream in report.streams:
        if stream.status in ("done", "current"):
            assert stream.complete
            assert stream.as_of is not None


def test_streams_that_are_named_are_read(planned: Books) -> None:
    assert planned.stream("tax_rates").calls == 1
    assert planned.stream("report_trial_balance").calls == 1


EDITED = {
    "Account": ("accounts", "AccountID", "Name"),
    "BankTransaction": ("bank_transactions", "BankTransactionID", "Reference"),
    "BrandingTheme": ("branding_themes", "BrandingThemeID", "Name"),
    "Contact": ("contacts", "ContactID", "AccountNumber"),
    "ContactGroup": ("contact_groups", "ContactGroupID", "Name"),
    "CreditNote": ("credit_notes", "CreditNoteID", "Reference"),
    "Invoice": ("invoices", "InvoiceID", "Reference"),
    "Item": ("items", "ItemID", "Name"),
    "ManualJournal": ("manual_journals", "ManualJournalID", "Narration"),
    "Payment": ("payments", "PaymentID", "Reference"),
    "PurchaseOrder": ("purchase_orders", "PurchaseOrderID", "Reference"),
    "Quote": ("quotes", "QuoteID", "Title"),
    "RepeatingInvoice": ("repeating_invoices", "RepeatingInvoiceID", "Reference"),
    "TaxRate": ("tax_rates", "TaxType", "Name"),
    "TrackingCategory": ("tracking_categories", "TrackingCategoryID", "Name"),
    "User": ("users", "UserID", "LastName"),
}
"""Record → its stream, its key, and the field that edits change."""

REMOVED = ("ContactGroup", "RepeatingInvoice", "TrackingCategory")
"""Records that are simply gone from their list."""


def snake(name: str) -> str:
    """Xero's name as a column's."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().replace("_i_d", "_id")


class Shaped:
    """An organisation of random shape, and what has happened in it that a copy may not know yet.
    Of accounts it has all, since reports speak of them.

    `pool` is what is not in it yet; `awaited` is (record, key) → when it changed and to what, None
    for what was removed.
    """

    def __init__(self, chance: random.Random, clock: ManualClock, whole: Emulator) -> None:
        self.chance = chance
        self.clock = clock
        self.emulator = Emulator("empty", clock=clock, limits="off")
        self.tables = self.emulator.organisation.tables
        self.pool: dict[str, list[dict[str, Any]]] = {}
        self.awaited: dict[tuple[str, str], tuple[datetime, str | None]] = {}
        for record in EDITED:
            known = {one[self.tables[record].key] for one in self.tables[record]}
            ready = [
                one
                for one in whole.organisation.tables[record]
                if one[self.tables[record].key] not in known
            ]
            chance.shuffle(ready)
            share = 999 if record == "Account" else chance.choice([0, 0, 1, 3, 20, 120])
            for one in ready[:share]:
                self.tables[record].add(one)
            self.pool[record] = ready[share:]

    def change(self) -> None:
        """Add, change or remove something."""
        now, record = self.clock.now(), self.chance.choice(list(EDITED))
        _, key, name = EDITED[record]
        held = list(self.tables[record])
        text = f"edit {self.chance.random()}"[:20]
        if self.pool[record] and (not held or self.chance.random() < 0.3):
            one = self.pool[record].pop() | {name: text, "UpdatedDateUTC": now}
            self.tables[record].add(one)
        elif held and record in REMOVED and self.chance.random() < 0.3:
            one = self.chance.choice(held)
            self.tables[record].remove(one[self.tables[record].key])
            self.awaited[record, str(one[key])] = now, None
            return
        elif held:
            one = self.chance.choice(held) | {name: text, "UpdatedDateUTC": now}
            self.tables[record].replace(one)
        else:
            return
        self.awaited[record, str(one[key])] = now, text


@pytest.fixture(scope="module")
def whole() -> Emulator:
    """Where the records of random organisations come from."""
    return Emulator("demo", clock=ManualClock(MORNING - timedelta(days=30)), limits="off")


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10**6), every=st.sampled_from([15, 60, 240]))
def test_planned_syncs_end_equal_to_xero(
    whole: Emulator, tmp_path_factory: pytest.TempPathFactory, seed: int, every: int
) -> None:
    """Organisations of random shape, random edits at random times: what is in Xero by the time that
    a report names is in the copy, no stream is older than the plan says, and at the end all is."""
    chance, clock = random.Random(seed), ManualClock(MORNING)
    shaped = Shaped(chance, clock, whole)
    books = Books(shaped.emulator, tmp_path_factory.mktemp("planned"), clock=clock)
    try:
        books.sync(fresh=False)
        for _ in range(6):
            clock.advance(60 * chance.choice([every, every, 5 * every]))
            for _ in range(chance.randint(0, 5)):
                shaped.change()
            clock.advance(20)
            report = books.sync(fresh=False)
            assert report.status == "done", report.as_dict()
            check_report(books, shaped, by_stream(report))
        clock.advance(8 * 86_400)
        check_report(books, shaped, by_stream(books.sync(fresh=False)))
        assert not shaped.awaited
        for record, (_, key, name) in EDITED.items():
            theirs = {str(one[key]): one.get(name) or "" for one in shaped.tables[record]}
            assert held_of(books, record) == theirs, record
    finally:
        books.store.close()


def check_report(books: Books, shaped: Shaped, streams: dict[str, Any]) -> None:
    """That what the report says of each stream's age is so, and within the plan."""
    now = shaped.clock.now()
    as_of = {}
    for name, stream in streams.items():
        if stream.status == "not_allowed":
            continue
        as_of[name] = datetime.fromisoformat(stream.as_of)
        assert stream.complete
        assert now - as_of[name] < longest_wait(readings()[name], timedelta(seconds=1)), name
        if stream.status == "current":
            assert now < datetime.fromisoformat(stream.due), name
    copies: dict[str, dict[str, str]] = {}
    for (record, key), (at, text) in list(shaped.awaited.items()):
        if record not in copies:
            copies[record] = held_of(books, record)
        if copies[record].get(key) == text:
            del shaped.awaited[record, key]
        else:
            assert at > as_of[EDITED[record][0]], (record, key, at, text)


def held_of(books: Books, record: str) -> dict[str, str]:
    """Key → the field that edits change, in the copy."""
    _, key, name = EDITED[record]
    rows = books.query(
        f"SELECT {snake(key)}::VARCHAR, {snake(name)} FROM {snake(record)} "
        "WHERE _deleted_at IS NULL"
    )
    return {row_key: value or "" for row_key, value in rows}
