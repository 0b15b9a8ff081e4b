"""A read that would mark many records as gone asks again first, whatever the destination."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.sync.books import NAME, Books

from xeroport.jobs.query import answering


class Forgetful:
    """Xero whose answers to one list lack most records, for so many calls."""

    def __init__(self, app: Any, path: str, envelope: str, *, times: int, keep: int = 0) -> None:
        self.app, self.path, self.envelope = app, path, envelope
        self.times, self.keep, self.calls = times, keep, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not scope["path"].endswith(self.path):
            await self.app(scope, receive, send)
            return
        self.calls += 1
        if self.calls > self.times:
            await self.app(scope, receive, send)
            return
        headers = [e for e in scope["headers"] if e[0].lower() != b"accept-encoding"]
        body = bytearray()

        async def cutting(message: Any) -> None:
            if message["type"] == "http.response.start":
                kept = [e for e in message["headers"] if e[0].lower() != b"content-length"]
                await send(message | {"headers": kept})
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body"):
                reply = json.loads(bytes(body))
                reply[self.envelope] = reply[self.envelope][: self.keep]
                if "pagination" in reply:
                    reply["pagination"] |= {"itemCount": self.keep, "pageCount": 1}
                await send({"type": "http.response.body", "body": json.dumps(reply).encode()})

        await self.app(scope | {"headers": headers}, receive, cutting)


def destination(books: Books, kind: str, request: pytest.FixtureRequest) -> None:
    if kind == "postgres":
        books.url = request.getfixturevalue("postgres_url")
    elif kind == "parquet":
        books.url = f"parquet:{books.home / 'lake'}"


def count(books: Books, table: str, condition: str) -> int:
    with answering(
        f"SELECT count(*) FROM {table} WHERE _deleted_at IS {condition}",
        url=books.url,
        instance=NAME,
    ) as answer:
        return int(next(answer.rows())[0])


@pytest.mark.parametrize("kind", ["duckdb", "parquet", "postgres"])
@pytest.mark.parametrize(
    ("stream", "path", "envelope", "table"),
    [
        ("items", "/Items", "Items", "item"),
        ("contacts", "/Contacts", "Contacts", "contact"),
        ("accounts", "/Accounts", "Accounts", "account"),
    ],
)
def test_what_one_answer_lacks_is_asked_for_again(
    make_books: Callable[..., Books],
    request: pytest.FixtureRequest,
    kind: str,
    stream: str,
    path: str,
    envelope: str,
    table: str,
) -> None:
    books = make_books()
    destination(books, kind, request)
    books.sync(stream)
    real, held = books.app, count(books, table, "NULL")
    assert held > 10
    books.app = Forgetful(real, path, envelope, times=1, keep=2)
    report = books.sync(stream, full=True)
    assert (report.streams[0].status, report.exit_status) in (("failed", 5), ("done", 0))
    assert count(books, table, "NOT NULL") == 0
    books.app = Forgetful(real, path, envelope, times=99, keep=2)
    report = books.sync(stream, full=True)
    assert report.streams[0].status == "done"
    assert count(books, table, "NULL") == 2
    books.app = real
    books.sync(stream, full=True)
    assert count(books, table, "NULL") == held


def test_a_few_are_marked_at_once(books: Books) -> None:
    books.sync("items")
    table = books.emulator.organisation.tables["Item"]
    for item in list(table)[:3]:
        table.remove(item["ItemID"])
    report = books.stream("items")
    assert (report.tombstones, report.calls) == (3, 1)


@pytest.mark.parametrize("kind", ["duckdb", "parquet", "postgres"])
def test_kept_raw_files_of_a_report_are_replayed_once(
    make_books: Callable[..., Books],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    """When the catalogue grows, a list without keys is replaced by its newest raw file."""
    from xeroport.jobs.sync import stream_tasks, walk

    books = make_books()
    destination(books, kind, request)
    for _ in range(2):
        books.sync("report_trial_balance", "currencies", keep_raw=True, full=True)
    raw = sorted((books.home / "raw").rglob("*.gz"))
    assert len(raw) == 2, "older files of lists that come whole are removed"
    held = {table: count(books, table, "NULL") for table in ("report_trial_balance", "currency")}
    for module in (stream_tasks, walk):
        monkeypatch.setattr(module, "fingerprint", lambda record: f"wider {record}")
    report = books.sync("report_trial_balance", "currencies", keep_raw=True)
    assert [stream.status for stream in report.streams] == ["done", "done"]
    assert {table: count(books, table, "NULL") for table in held} == held
