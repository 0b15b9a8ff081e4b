"""How long a first sync still takes: calls by the limit, never less than the pace so far."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from tests.sync.books import Books

from xeroport.console.jobs.run_progress import shown
from xeroport.jobs.sync.estimate import Remaining, in_words, remaining
from xeroport.jobs.sync.report import StreamReport
from xeroport.store import runs
from xeroport.store.calls.outages import Outage
from xeroport.store.calls.waits import wait_in, wait_until


def running(stream: str, pages: int, of: int | None) -> StreamReport:
    return StreamReport(stream=stream, calls=pages, pages=pages, pages_of=of)


def test_the_time_left_is_calls_by_the_limit() -> None:
    streams = [running("invoices", 20, 1_220), running("contacts", 0, None)]
    rest = remaining(streams, a_minute=60, elapsed=5)
    assert (rest.done, rest.left, rest.seconds) == (20, 1_201, 1_201)
    assert in_words(rest) == "20 of 1,221 calls, about 21 minutes left"
    slow = remaining(streams, a_minute=60, elapsed=200)
    assert slow.seconds == 12_010, "replies that take ten seconds each"
    ended = StreamReport(stream="items", calls=1, status="done")
    assert remaining([ended], a_minute=60, elapsed=1).share == 1.0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "a few seconds left"),
        (60, "about a minute left"),
        (600, "about 10 minutes left"),
        (36_000, "about 10 hours left"),
    ],
)
def test_words(seconds: float, words: str) -> None:
    assert in_words(Remaining(1, 1, seconds)).endswith(words)


def test_most_wanted_streams_are_asked_first(make_books: Callable[..., Books]) -> None:
    books = make_books()
    real, asked = books.app, []

    async def listening(scope: Any, receive: Any, send: Any) -> None:
        if "/api.xro/" in scope["path"]:
            asked.append(scope["path"].rpartition("/")[2])
        await real(scope, receive, send)

    books.app = listening
    books.sync()
    assert {"Organisation", "Accounts", "Contacts", "Invoices"} <= set(asked[:5])


def test_a_page_has_the_calls_to_come_and_the_time_that_they_take(
    make_books: Callable[..., Books],
) -> None:
    books = make_books()
    real, seen = books.app, []

    async def looking(scope: object, receive: object, send: object) -> None:
        seen.append(dict(runs.get(books.store, 1).progress))
        await real(scope, receive, send)

    books.app = looking
    assert books.sync().status == "done"
    last = seen[-1]
    assert 0 < last["done"] < last["total"]
    assert re.fullmatch(r"\d+ of \d+ calls, (a few|about a|about \d+) \w+ left", last["left"])


def test_what_is_waited_for_is_counted_down() -> None:
    now = datetime(2026, 11, 30, 23, 59, 50, tzinfo=UTC)
    limit = wait_until("waiting for Xero's minute limit", now.timestamp() + 15)
    assert str(limit) == "waiting for Xero's minute limit, until 00:00:05 UTC"
    assert limit.counted_down(now) == "waiting for Xero's minute limit, 15 s more"
    assert limit.counted_down(now + timedelta(hours=1)).endswith(", 0 s more")
    outage = Outage(now.timestamp() - 50, now.timestamp() + 1.5, "gone").wait
    assert str(outage) == "Xero cannot be reached since 23:59:00, next try 23:59:52 UTC"
    assert outage.counted_down(now) == "Xero cannot be reached since 23:59:00, next try in 2 s"
    for wait in (limit, outage):
        assert wait_in(msgspec.to_builtins(wait)) == wait


@pytest.mark.parametrize("value", [None, "", "waiting for Xero", {"what": 1}, {"until": "soon"}])
def test_what_is_no_wait_counts_nothing_down(value: object) -> None:
    assert wait_in(value) is None


def test_the_page_of_a_run_counts_down(make_books: Callable[..., Books]) -> None:
    store = make_books().store
    run = runs.start(store, "acme-uk", "sync", {})
    end = datetime.now(UTC) + timedelta(seconds=40)
    wait = msgspec.to_builtins(wait_until("waiting for Xero's minute limit", end.timestamp()))
    items = {"status": "running", "waiting": wait}
    runs.progress(store, run, {"streams": {"items": items}, "waiting": wait})
    page = shown(runs.get(store, run))
    assert re.fullmatch(r"waiting for Xero's minute limit, [34]\d s more", page.waiting)
    assert page.parts[0].note == page.waiting
