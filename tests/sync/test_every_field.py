"""Every field of every record is in the destination, in its place, once, to the last cent."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import httpx2
import psycopg
import pytest
from tests.sync.books import NAME, SCHEMA, Books
from tests.sync.by_path import Held, Leaf, Rows, leaves, parsed, singular, snake

from xeroport.catalogue import Endpoint, load
from xeroport.destinations import Batch, LandedBatch, open_destination
from xeroport.jobs.sync.landing import LandingFile, read_page

PAGED = {
    *("BankTransactions", "Contacts", "CreditNotes", "Invoices", "LinkedTransactions"),
    *("ManualJournals", "Overpayments", "Payments", "Prepayments", "PurchaseOrders", "Quotes"),
}
NOT_LISTS = {"Journals", "Setup", "Reports"}
KEPT = ("Budgets", "Reports/")
"""Replies of these are taken from the sync itself: they depend on its day."""

REMINDERS = "InvoiceReminders/Settings"
ENVELOPES = {"Organisation": "Organisations", REMINDERS: "InvoiceReminders"}


class Listening:
    """Passes calls on, and keeps the replies whose path holds one of some words."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.kept: dict[str, bytes] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"].partition("/api.xro/2.0/")[2]
        headers = [e for e in scope["headers"] if e[0].lower() != b"accept-encoding"]
        body = bytearray()

        async def keeping(message: Any) -> None:
            body.extend(message.get("body", b""))
            await send(message)

        await self.app(scope | {"headers": headers}, receive, keeping)
        if path.startswith(KEPT):
            self.kept[path] = bytes(body)


class Plain:
    """Xero's lists by a client of its own: 100 a page, numbers exact."""

    def __init__(self, books: Books) -> None:
        self.books = books

    async def all(self, paths: list[str]) -> dict[str, list[dict[str, Any]]]:
        emulator = self.books.emulator
        transport = httpx2.ASGITransport(app=emulator.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://xero") as client:
            token = await client.post(
                "/connect/token",
                data={"grant_type": "client_credentials"},
                auth=(emulator.client_id, emulator.client_secret),
            )
            client.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
            client.headers["Accept"] = "application/json"
            return {path: await self._list(client, path) for path in paths}

    async def _list(self, client: httpx2.AsyncClient, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        asked = {"unitdp": "4", "includeArchived": "true", "includeDeleted": "true"}
        for page in range(1, 1_000):
            if path in PAGED:
                asked["page"] = str(page)
            reply = await client.get(f"/api.xro/2.0/{path}", params=asked)
            assert reply.status_code == 200, (path, reply.text)
            records = parsed(reply.text)[ENVELOPES.get(path, path)]
            found += records
            if path not in PAGED or len(records) < 100:
                break
        return found


def destination(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    if kind == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"{kind}:{folder / ('all.duckdb' if kind == 'duckdb' else 'lake')}"


@contextmanager
def reading(url: str) -> Iterator[Rows]:
    """A destination as its user reads it: SQL, and of Parquet one glob a table."""
    if url.startswith("postgresql"):
        with psycopg.connect(url) as server:
            server.execute(f"SET search_path = {SCHEMA}")
            yield lambda sql: server.execute(sql).fetchall()
        return
    place = url.partition(":")[2]
    with duckdb.connect(place if url.startswith("duckdb") else ":memory:") as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        connection.execute(f"USE {SCHEMA}")
        if url.startswith("parquet"):
            for folder in Path(place, SCHEMA).glob("*/"):
                table = f"CREATE VIEW {folder.name} AS FROM '{folder}/*.parquet'"
                connection.execute(table if any(folder.glob("*.parquet")) else "SELECT 1")
        yield lambda sql: connection.execute(sql).fetchall()


def columns_of(rows: Rows) -> tuple[dict[str, list[str]], set[tuple[str, str]]]:
    """Table → its columns, and the (table, column) that hold decimals."""
    columns: dict[str, list[str]] = defaultdict(list)
    decimals = set()
    sql = (
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        f"WHERE table_schema = '{SCHEMA}' ORDER BY table_name, ordinal_position"
    )
    for table, column, kind in rows(sql):
        columns[table].append(column)
        if kind.upper().startswith(("DECIMAL", "NUMERIC")):
            decimals.add((table, column))
    return dict(columns), decimals


def compared(
    held: Held, records: list[dict[str, Any]], rows: Rows, decimals: set[tuple[str, str]]
) -> set[tuple[str, str]]:
    """The columns of decimals whose sum is that of the records' JSON."""
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for record in records:
        for where, value in leaves(record):
            place = held.place(where)
            if place in decimals:
                sums[place[0]][place[1]] += Decimal(str(value))
    for table, expected in sums.items():
        listed = ", ".join(f'sum("{column}")' for column in expected)
        (got,) = rows(f'SELECT {listed} FROM "{table}"')
        assert dict(zip(expected, got, strict=True)) == expected, table
    return {(table, column) for table, found in sums.items() for column in found}


@pytest.mark.parametrize("kind", ["duckdb", "parquet", "postgres"])
def test_every_field_is_there_once_and_every_sum_is_exact(
    books: Books, tmp_path: Path, request: pytest.FixtureRequest, spec_document: Any, kind: str
) -> None:
    lists = [
        path.strip("/")
        for path, methods in spec_document["paths"].items()
        if path.count("/") == 1 and "get" in methods
    ]
    lists = [REMINDERS, *(each for each in lists if each not in NOT_LISTS)]
    books.app = listening = Listening(books.app)
    url = destination(kind, tmp_path, request)
    report = books.sync(to=url)
    assert (report.status, report.rejected) == ("done", 0)
    assert all(each.complete and each.proof for each in report.streams if not each.expected)
    truth = asyncio.run(Plain(books).all([each for each in lists if each != "Budgets"]))
    budgets = [p for p in listening.kept if p.startswith("Budgets/")]
    truth["Budgets"] = [each for p in budgets for each in parsed(listening.kept[p])["Budgets"]]
    for _, endpoint in streams():
        if endpoint.record not in ("Journal", "InvoiceReminder"):
            assert len(truth[endpoint.path[1:]]) == len(books.records(str(endpoint.record)))
    with reading(url) as rows:
        check_books(rows, truth, listening.kept)


def check_books(rows: Rows, truth: dict[str, list[dict[str, Any]]], kept: dict[str, bytes]) -> None:
    """All of Xero's records and reports are in the tables, and nothing else."""
    columns, decimals = columns_of(rows)
    summed: set[tuple[str, str]] = set()
    for path, records in truth.items():
        held = Held(singular(path.split("/")[0]), rows=rows, columns=columns)
        assert held.count(held.root) == len(records), path
        assert held.missing(records) == [], path
        summed |= compared(held, records, rows, decimals)
    summed |= check_reports(kept, rows)
    for table in {table for table, _ in decimals - summed}:
        others = [column for each, column in decimals - summed if each == table]
        listed = ", ".join(f'count("{column}")' for column in others)
        (got,) = rows(f'SELECT {listed} FROM "{table}"')
        assert set(got) == {0}, f"{table} holds more in {others} than was compared"
    assert len(summed) > 80


def check_reports(kept: dict[str, bytes], rows: Rows) -> set[tuple[str, str]]:
    """The amounts of each report are the numbers in its cells."""
    summed = set()
    for path, body in kept.items():
        if not path.startswith("Reports/"):
            continue
        cells = [
            cell.get("Value", "")
            for report in json.loads(body)["Reports"]
            for row in _rows(report["Rows"])
            for cell in row.get("Cells", ())[1:]
            if row["RowType"] != "Header"
        ]
        numbers = [Decimal(each) for each in cells if each.replace(".", "").strip("-").isdigit()]
        table = "report_" + snake(path.removeprefix("Reports/"))
        assert rows(f"SELECT count(*), count(amount), sum(amount) FROM {table}") == [
            (len(cells), len(numbers), sum(numbers))
        ], table
        summed.add((table, "amount"))
    assert len(summed) == 6
    return summed


def _rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        each
        for row in rows
        for each in ([row] if row.get("Cells") is not None else _rows(row.get("Rows") or []))
    ]


class Filled:
    """Records of Xero's description with all their fields filled, each with a value of its own."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.schemas = spec["components"]["schemas"]
        self.number = 0

    def record(self, name: str) -> Any:
        return self._value({"$ref": f"#/components/schemas/{name}"}, depth=0)

    def _value(self, schema: dict[str, Any], *, depth: int) -> Any:
        if "$ref" in schema:
            schema = self.schemas[schema["$ref"].rsplit("/", 1)[1]]
        if "allOf" in schema:
            return self._value(schema["allOf"][0], depth=depth)
        if "properties" in schema:
            return {
                name: self._value(part, depth=depth + 1)
                for name, part in schema["properties"].items()
                if depth < 4 or not _is_deep(part)
            }
        self.number += 1
        kind = schema.get("type")
        if kind == "array":
            return [self._value(schema["items"], depth=depth + 1) for _ in range(2)]
        if kind == "number":
            return Decimal(self.number) / (100 if schema.get("x-is-money") else 10_000)
        if kind == "integer":
            return Decimal(self.number)
        if kind == "boolean":
            return True
        return self._text(schema)

    def _text(self, schema: dict[str, Any]) -> str:
        if schema.get("x-is-msdate"):
            return f"/Date({1_700_006_400_000 + 86_400_000 * self.number}+0000)/"
        if schema.get("x-is-msdate-time"):
            return f"/Date({1_700_000_000_000 + 1_000 * self.number}+0000)/"
        if schema.get("format") == "uuid":
            return f"00000000-0000-4000-8000-{self.number:012d}"
        choices = schema.get("enum", [f"text {self.number}"])
        return str(choices[self.number % len(choices)])


def _is_deep(schema: dict[str, Any]) -> bool:
    return "$ref" in schema or schema.get("type") == "array"


def as_json(value: Any) -> str:
    """JSON with decimals as they are."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {as_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_json, value)) + "]"
    return json.dumps(value)


def land(url: str, folder: Path, bodies: dict[str, str]) -> dict[str, LandedBatch]:
    """Replies of streams, as a sync would land them."""
    landed = {}
    with closing(open_destination(url, instance=NAME)) as destination:
        for stream, body in bodies.items():
            endpoint = load().streams[stream]
            landing = LandingFile(folder / f"{stream}.ndjson")
            landing.add(read_page(endpoint, body.encode()).records)
            landed[stream] = destination.land(
                Batch(
                    stream=stream,
                    record=str(endpoint.record),
                    number=1,
                    state="{}",
                    synced_at=datetime(2026, 11, 1, tzinfo=UTC),
                    files=(landing.close(),),
                    longest=landing.longest,
                    replace_all=stream == "invoice_reminders",
                )
            )
    return landed


def streams() -> Iterator[tuple[str, Endpoint]]:
    """The streams of lists of records."""
    for stream, endpoint in load().streams.items():
        if endpoint.stream_record is None and endpoint.record not in ("Report", "ReportWithRow"):
            yield stream, endpoint


@pytest.mark.parametrize("kind", ["duckdb", "parquet", "postgres"])
def test_every_field_that_xero_describes_has_its_place(
    tmp_path: Path, request: pytest.FixtureRequest, spec_document: Any, kind: str
) -> None:
    """Records with every field filled: nothing is drift, nothing is rejected, all is found, and no
    column of decimals is left out."""
    made = Filled(spec_document)
    kinds = {name: str(each.record) for name, each in streams()}
    records = {name: [made.record(kind), made.record(kind)] for name, kind in kinds.items()}
    bodies = {
        name: as_json({str(endpoint.envelope): records[name]}) for name, endpoint in streams()
    }
    url = destination(kind, tmp_path, request)
    landed = land(url, tmp_path, bodies)
    assert sum(each.rejected for each in landed.values()) == 0
    for name, endpoint in streams():
        assert read_page(endpoint, bodies[name].encode()).drift == {}, name
    with reading(url) as rows:
        check_described(rows, records)


def check_described(rows: Rows, records: dict[str, list[dict[str, Any]]]) -> None:
    """All fields of the records are found, and all columns of decimals were among them."""
    columns, decimals = columns_of(rows)
    summed: set[tuple[str, str]] = set()
    for name, endpoint in streams():
        held = Held(singular(snake(str(endpoint.record))), rows=rows, columns=columns)
        assert held.missing(records[name]) == [], name
        summed |= compared(held, records[name], rows, decimals)
    assert decimals - summed == set()


def example(spec: dict[str, Any], stream: str) -> dict[str, Any]:
    """The reply that Xero's description gives as an example of a list."""
    endpoint = load().streams[stream]
    reply = spec["paths"][endpoint.path]["get"]["responses"]["200"]
    found = reply["content"]["application/json"].get("example")
    if found is None:
        pytest.skip("the description has no example reply")
    return dict(parsed(json.dumps(found, default=str)))


@pytest.mark.parametrize("stream", [name for name, _ in streams()])
def test_every_field_of_xeros_examples_is_found_where_it_belongs(
    tmp_path: Path, spec_document: Any, stream: str
) -> None:
    reply = example(spec_document, stream)
    endpoint = load().streams[stream]
    url = destination("duckdb", tmp_path, None)  # type: ignore[arg-type]
    land(url, tmp_path, {stream: as_json(reply)})
    with reading(url) as rows:
        columns, _ = columns_of(rows)
        held = Held(singular(snake(str(endpoint.record))), rows=rows, columns=columns)
        missing = held.missing(reply[str(endpoint.envelope)])
        rejected = set(rows("SELECT field, value FROM _rejects"))
    lost = [each for each in missing if _rejected(each) not in rejected]
    assert lost == []


def _rejected(leaf: Leaf) -> tuple[str, str]:
    path, value = leaf
    return ".".join(each for each in path if isinstance(each, str)), str(value)
