"""What a planned sync makes of a Xero, or of clocks, that are not as the plan takes them to be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from tests.sync.books import NAME, Books

from xeroport.catalogue.reading import readings
from xeroport.cli import main
from xeroport.clock import ManualClock
from xeroport.jobs.sync.plan import longest_wait
from xeroport.jobs.sync.report import StreamReport, SyncReport
from xeroport.secrets.vault import Secret
from xeroport.store import inbox, instances

START = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def by_name(report: SyncReport) -> dict[str, StreamReport]:
    return {each.stream: each for each in report.streams}


def edit(books: Books, record: str, name: str, text: str, at: datetime) -> None:
    table = books.emulator.organisation.tables[record]
    table.replace(next(iter(table)) | {name: text, "UpdatedDateUTC": at})


def clock_of(books: Books) -> ManualClock:
    assert isinstance(books.clock, ManualClock)
    return books.clock


class Off:
    """A clock that is off from another by some seconds."""

    def __init__(self, clock: ManualClock, seconds: float) -> None:
        self._clock = clock
        self._off = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return self._clock.now() + self._off

    def __getattr__(self, name: str) -> Any:
        return getattr(self._clock, name)


def with_headers(app: Any, change: Callable[[list[tuple[bytes, bytes]]], Any]) -> Any:
    """An application that gets other request headers."""

    async def changed(scope: Any, receive: Any, send: Any) -> None:
        if "/api.xro/" in scope["path"]:
            scope = {**scope, "headers": change(scope["headers"])}
        await app(scope, receive, send)

    return changed


def without(name: bytes) -> Callable[[list[tuple[bytes, bytes]]], Any]:
    return lambda headers: [each for each in headers if each[0].lower() != name]


@pytest.mark.parametrize("seconds", [-120, 120])
def test_no_edit_is_missed_where_the_clocks_are_two_minutes_apart(
    make_books: Callable[..., Books], seconds: int
) -> None:
    clock = ManualClock(START)
    books = make_books(20, clock=clock)
    books.clock = Off(clock, seconds)  # type: ignore[assignment]
    books.sync(fresh=False)
    for number in range(3):
        clock.advance(600)
        edit(books, "Invoice", "Reference", f"edit {number}", clock.now())
        clock.advance(30 if number % 2 else 0)
        report = by_name(books.sync(fresh=False))
        assert report["invoices"].complete
        sql = f"SELECT count(*) FROM invoice WHERE reference = 'edit {number}'"
        assert books.one(sql) == 1, number


def test_a_xero_that_ignores_if_modified_since_costs_rows_and_nothing_else(small: Books) -> None:
    books, clock = small, clock_of(small)
    before = books.query("SELECT * EXCLUDE (_synced_at) FROM invoice ORDER BY invoice_id")
    lines = books.one("SELECT count(*) FROM invoice_line_item")
    books.app = with_headers(books.app, without(b"if-modified-since"))
    clock.advance(600)
    report = books.sync(fresh=False)
    assert (report.status, report.exit_status) == ("done", 0)
    invoices = by_name(report)["invoices"]
    assert invoices.complete
    assert not any(each.tombstones for each in report.streams)
    assert books.query("SELECT * EXCLUDE (_synced_at) FROM invoice ORDER BY invoice_id") == before
    assert books.one("SELECT count(*) FROM invoice_line_item") == lines
    edit(books, "Invoice", "Reference", "seen", clock.now())
    clock.advance(600)
    assert books.sync(fresh=False).ok
    assert books.one("SELECT count(*) FROM invoice WHERE reference = 'seen'") == 1


def test_a_xero_that_always_answers_304_says_nothing_new(small: Books) -> None:
    """Until the copy is read whole again, which 304 cannot answer."""
    books, clock = small, clock_of(small)
    real = books.app

    async def unmodified(scope: Any, receive: Any, send: Any) -> None:
        if "/api.xro/" not in scope["path"]:
            await real(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 304, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    books.app = unmodified
    clock.advance(600)
    report = books.sync(fresh=False)
    assert not any(each.tombstones for each in report.streams)
    clock.advance(86_400)
    report = books.sync(fresh=False)
    assert not any(each.tombstones for each in report.streams)
    report = books.sync(full=True)
    assert not any(each.tombstones for each in report.streams)
    books.app = real
    assert books.sync().ok


def test_webhooks_that_stop_are_made_up_for_by_the_slow_poll(
    make_books: Callable[..., Books],
) -> None:
    clock = ManualClock(START)
    books = make_books(20, clock=clock)
    inbox.set_key(books.store, NAME, Secret("k" * 44))
    books.sync(fresh=False)
    clock.advance(60)
    changed = clock.now()
    edit(books, "Invoice", "Reference", "unheard", changed)
    arrived = None
    for _ in range(30):
        clock.advance(1800)
        report = by_name(books.sync(fresh=False))
        for name, stream in report.items():
            if stream.as_of:
                age = clock.now() - datetime.fromisoformat(stream.as_of)
                assert age < longest_wait(readings()[name], HOUR, webhooks=True), name
        if books.one("SELECT count(*) FROM invoice WHERE reference = 'unheard'"):
            arrived = clock.now()
            break
        assert report["invoices"].why == "webhooks tell"
        assert report["invoices"].due
        assert datetime.fromisoformat(report["invoices"].due) > clock.now()
    assert arrived is not None
    assert arrived - changed <= longest_wait(readings()["invoices"], HOUR, webhooks=True)


def test_settings_lists_that_nothing_points_at_are_read_within_their_age(small: Books) -> None:
    books, clock = small, clock_of(small)
    clock.advance(60)
    changed = clock.now()
    lists = {
        "TaxRate": "tax_rate",
        "ContactGroup": "contact_group",
        "BrandingTheme": "branding_theme",
    }
    for record in lists:
        edit(books, record, "Name", "Renamed", changed)
    waiting = dict(lists)
    while waiting:
        clock.advance(4 * 3600)
        report = by_name(books.sync(fresh=False))
        assert report["tax_rates"].status in ("done", "current")
        for record, table in list(waiting.items()):
            if books.one(f"SELECT count(*) FROM {table} WHERE name = 'Renamed'"):
                del waiting[record]
        assert clock.now() - changed <= 28 * HOUR, waiting


def test_limits_that_are_changed_while_a_sync_runs_hold_from_the_next_one(
    make_books: Callable[..., Books],
) -> None:
    books = make_books(20)
    real, calls = books.app, 0

    async def changing(scope: Any, receive: Any, send: Any) -> None:
        nonlocal calls
        calls += "/api.xro/" in scope["path"]
        if calls == 5:
            options = ["--rate-limit", "3000/minute", "--concurrency", "2", "--no-check"]
            words = ["instance", "edit", NAME, *options, "--home", str(books.home)]
            told = await asyncio.to_thread(CliRunner().invoke, main, words)
            assert told.exit_code == 0, told.output
        await real(scope, receive, send)

    books.app = changing
    report = books.sync(fresh=False)
    assert (report.status, report.calls) == ("done", 36)
    changed = instances.get(books.store, NAME)
    assert (changed.rate_limit, changed.concurrency) == (3_000, 2)
    assert books.sync(fresh=False).ok
