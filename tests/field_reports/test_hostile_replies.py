"""A reply that is odd, huge or broken is that record's or that stream's own problem.

Never `unexpected`, never all streams, never a value stored as another.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tests.sync.books import Books

GOOD = '{"ItemID": "11111111-2222-3333-4444-555555555501", "Code": "A", "Name": "Good"}'
ODD = '{"ItemID": "11111111-2222-3333-4444-555555555502", "Code": "B", "Name": "Odd", %s}'


class Answering:
    """Xero, but for one path, which is answered with a text."""

    def __init__(self, app: Any, path: str, body: bytes) -> None:
        self.app, self.path, self.body = app, path, body

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not scope["path"].endswith(self.path):
            await self.app(scope, receive, send)
            return
        kind = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": kind})
        await send({"type": "http.response.body", "body": self.body})


def sync_items(books: Books, body: str | bytes) -> Any:
    text = body if isinstance(body, bytes) else body.encode()
    books.app = Answering(books.app, "/Items", text)
    report = books.sync("items", "currencies")
    items, currencies = report.streams
    assert (currencies.status, currencies.complete) == ("done", True)
    return items


NUMBERS = {
    "1e28": None,
    "1e999": None,
    "-1e999": None,
    "1e-400": None,
    "1e999999999": None,
    "1e-999999999": None,
    "9" * 5_000: None,
    "0." + "1" * 5_000: None,
    "0e999": Decimal(0),
    "0.0e-400": Decimal(0),
    "12.5000e0": Decimal("12.5"),
    "1.5e2": Decimal(150),
    "0.30000000000000004": None,
}


@pytest.mark.parametrize("number", NUMBERS, ids=lambda text: text[:16])
def test_a_number_is_exact_or_a_reject(books: Books, number: str) -> None:
    """`total_cost_pool` is money; what it cannot hold is kept in `_rejects` as it came."""
    field = f'"TotalCostPool": {number}'
    items = sync_items(books, f'{{"Items": [{GOOD}, {ODD % field}]}}')
    assert (items.status, items.records) == ("done", 2)
    held = books.one("SELECT total_cost_pool FROM item WHERE code = 'B'")
    assert held == NUMBERS[number]
    assert items.rejected == (NUMBERS[number] is None)
    if items.rejected:
        value = books.one("SELECT value FROM _rejects")
        assert value.startswith(number[:8]) or Decimal(value) == Decimal(number)


def _columns(count: int) -> str:
    return ", ".join(f'"X{number}": {number}' for number in range(count))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("brackets", '"Deep": ' + "[" * 100_000 + "]" * 100_000),
        ("objects", '"Deep": ' + '{"a":' * 1_000 + "1" + "}" * 1_000),
        ("columns", _columns(20_000)),
        pytest.param("columns", _columns(200_000), marks=pytest.mark.soak),
        ("wide text", '"Name2": "' + "x" * 30_000_000 + '"'),
        ("surrogate", '"Description": "cut \\ud83d"'),
        ("nul", '"Description": "a\\u0000b"'),
    ],
    ids=lambda value: value if len(value) < 20 else "",
)
def test_a_record_may_be_as_odd_as_it_likes(books: Books, name: str, field: str) -> None:
    items = sync_items(books, f'{{"Items": [{GOOD}, {ODD % field}]}}')
    assert "unexpected" not in str(items.error)
    if name in ("brackets", "objects"):
        assert (items.status, items.failure) == ("failed", "Unavailable")
        assert "nested" in str(items.error)
        return
    assert (items.status, items.error) == ("done", None)
    assert books.one("SELECT count(*) FROM item") == 2
    if name == "columns":
        assert books.one("SELECT _extra->>'X19999' FROM item WHERE code = 'B'") == "19999"
    if name == "surrogate":
        assert books.one("SELECT description FROM item WHERE code = 'B'") == "cut \ufffd"


@pytest.mark.parametrize(
    "body",
    [
        '{"Items": null}',
        '{"Items": [7, 8]}',
        '{"Items": [null]}',
        '{"Items": "none"}',
        '[{"ItemID": 1}]',
        '{"Status": "ERROR", "Message": "Sorry"}',
        '{"Items": [' + GOOD,
        "<html><body>Sign in to the wifi</body></html>",
        f'{{"Items": [{GOOD}]}}'.replace("Good", "Gööd").encode("latin-1"),
    ],
)
def test_a_reply_that_is_no_list_is_not_an_empty_one(books: Books, body: str | bytes) -> None:
    sync = books.stream("items")
    assert sync.records > 5
    items = sync_items(books, body)
    assert items.status == "failed"
    assert "unexpected" not in str(items.error)
    assert books.one("SELECT count(*) FROM item WHERE _deleted_at IS NOT NULL") == 0


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_reply_in_another_encoding_is_read(books: Books, encoding: str) -> None:
    items = sync_items(books, f'{{"Items": [{GOOD}]}}'.replace("Good", "Gööd").encode(encoding))
    assert (items.status, items.error) == ("done", None)
    assert books.one("SELECT name FROM item") == "Gööd"


@pytest.mark.parametrize(
    "field", ['"Description": "first", "Description": "last"', '"Deep": {"a": 1, "a": 2}']
)
def test_a_name_twice_is_its_records_own_problem(books: Books, field: str) -> None:
    items = sync_items(books, f'{{"Items": [{GOOD}, {ODD % field}]}}')
    assert (items.status, items.error) == ("done", None)
    assert books.one("SELECT count(*) FROM item") == 2
    if "Description" in field:
        assert books.one("SELECT description FROM item WHERE code = 'B'") == "last"
        assert books.one("SELECT value FROM _rejects") == '"first"'
        assert "appears twice" in books.one("SELECT reason FROM _rejects")


def test_null_among_records_is_set_aside(books: Books) -> None:
    items = sync_items(
        books, f'{{"Items": [{GOOD}, null, {ODD % "1:1"}]}}'.replace("1:1", '"X": 1')
    )
    assert (items.status, items.rejected, items.keyless) == ("done", 0, 1)
    assert books.one("SELECT count(*) FROM item") == 2
    assert "not a record" in books.one("SELECT value FROM _rejects")


@pytest.mark.parametrize("kind", ["duckdb", "parquet", "postgres"])
def test_an_overpayment_among_the_prepayments_is_a_note(
    make_books: Callable[..., Books], kind: str, request: pytest.FixtureRequest
) -> None:
    """`GET /Prepayments` may hold overpayments, some without a PrepaymentID (xero-python, two
    reports): nobody can mend that, and the overpayment has a stream of its own."""
    books = make_books()
    if kind != "duckdb":
        books.url = (
            request.getfixturevalue("postgres_url")
            if kind == "postgres"
            else f"parquet:{books.home}"
        )
    body = (
        b'{"Prepayments": [{"OverpaymentID": "11111111-2222-3333-4444-555555555501",'
        b' "Type": "RECEIVE-OVERPAYMENT", "Total": 5.00}, {"Type": "RECEIVE-PREPAYMENT",'
        b' "PrepaymentID": "11111111-2222-3333-4444-555555555502", "Total": 6.00}]}'
    )
    books.app = Answering(books.app, "/Prepayments", body)
    report = books.sync("prepayments")
    assert (report.exit_status, report.streams[0].keyless, report.rejected) == (0, 1, 0)
