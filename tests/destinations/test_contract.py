"""One contract, three destinations: what a batch leaves behind, whatever it is written to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from msgspec import structs

from xeroport.catalogue import load
from xeroport.destinations.duckdb import DuckDBDestination
from xeroport.destinations.duckdb_staging import give_back, open_staging
from xeroport.destinations.parquet import ParquetDestination
from xeroport.destinations.postgres import PostgresDestination
from xeroport.destinations.protocol import Batch, Destination, Form
from xeroport.errors import InputError, Unavailable
from xeroport.jobs.sync.landing import read_page

as_text = False
"""Whether batches are read as text, whatever is known of their records."""

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
Rows = list[tuple[Any, ...]]


class Place:
    """One destination: how to open it, and how its user reads it."""

    def __init__(
        self, kind: str, opened: Callable[[], Destination], read: Callable[[str], Rows]
    ) -> None:
        self.kind = kind
        self.open = opened
        self.read = read


@pytest.fixture(autouse=True, params=[False, True], ids=["as it came", "as text"])
def reading(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the contract holds for both ways of reading."""
    monkeypatch.setitem(globals(), "as_text", request.param)


@pytest.fixture(params=["duckdb", "postgres", "parquet"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "duckdb":
        path = tmp_path / "books.duckdb"

        def read_duckdb(query: str) -> Rows:
            with duckdb.connect(str(path)) as connection:
                connection.execute("USE acme_uk")
                return connection.execute(query).fetchall()

        yield Place("duckdb", lambda: DuckDBDestination(path, schema="acme_uk"), read_duckdb)
    elif request.param == "postgres":
        url = request.getfixturevalue("postgres_url")

        def read_postgres(query: str) -> Rows:
            with psycopg.connect(url, options="-c search_path=acme_uk -c TimeZone=UTC") as database:
                return database.execute(query).fetchall()

        yield Place("postgres", lambda: PostgresDestination(url, schema="acme_uk"), read_postgres)
    else:
        lake = request.getfixturevalue("lake")

        def read_parquet(query: str) -> Rows:
            with duckdb.connect() as connection:
                for folder in (lake / "acme_uk").iterdir():
                    if folder.is_dir():
                        glob = f"{folder}/*.parquet"
                        connection.execute(
                            f"CREATE VIEW {folder.name} AS FROM '{glob}'"
                            if list(folder.glob("*.parquet"))
                            else f"CREATE VIEW {folder.name} AS SELECT 1 WHERE false"
                        )
                return connection.execute(query).fetchall()

        yield Place("parquet", lambda: ParquetDestination(lake, schema="acme_uk"), read_parquet)


def identity(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012d}"


def invoice(number: int, *, total: str = "115.00", lines: int = 2, **more: Any) -> dict[str, Any]:
    return {
        "InvoiceID": identity(number),
        "InvoiceNumber": f"INV-{number}",
        "Type": "ACCREC",
        "Status": "AUTHORISED",
        "Date": "/Date(1790812800000+0000)/",
        "Total": Money(total),
        "UpdatedDateUTC": "/Date(1790899200000+0000)/",
        "Contact": {"ContactID": identity(9), "Name": 'Ünïted "Quote", Ltd\\N'},
        "LineItems": [
            {"LineItemID": identity(number * 100 + line), "LineAmount": Money("10.25")}
            for line in range(lines)
        ],
        **more,
    }


class Money(float):
    """A number that JSON text shows with exactly the digits given."""

    def __new__(cls, text: str) -> Money:
        made = super().__new__(cls, float(text))
        made.text = text
        return made

    text: str

    def __repr__(self) -> str:
        return self.text


def batch(tmp_path: Path, number: int, *records: dict[str, Any], **more: Any) -> Batch:
    """The records as a landing file, in a batch of that number."""
    text = "".join(_json(record) + "\n" for record in records)
    path = tmp_path / f"landing-{number}.ndjson"
    path.write_text(text)
    values: dict[str, Any] = {
        "stream": "invoices",
        "record": "Invoice",
        "state": json.dumps({"page": number}),
        "synced_at": NOON + timedelta(minutes=number),
        "files": (path,) if records else (),
        "longest": max((len(line) for line in text.splitlines()), default=0),
    }
    made = Batch(number=number, **(values | more))
    return made if as_text else structs.replace(made, form=_form(made.stream, text))


def _form(stream: str, lines: str) -> Form:
    """The form that a page of these records has."""
    endpoint = load().streams[stream]
    body = f'{{"{endpoint.envelope}": [{",".join(lines.splitlines())}]}}'
    return read_page(endpoint, body.encode()).form


def _json(value: Any) -> str:
    if isinstance(value, Money):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return json.dumps(value)


def plain(rows: Rows) -> Rows:
    """Rows with ids as text, whatever the destination's type for them."""
    return [tuple(str(v) if type(v).__name__ == "UUID" else v for v in row) for row in rows]


def test_records_and_their_lines_arrive_typed(place: Place, tmp_path: Path) -> None:
    with closing(place.open()) as destination:
        landed = destination.land(batch(tmp_path, 1, invoice(1), invoice(2, lines=3)))
    assert landed.rows["invoice"] == 2
    assert landed.rows["invoice_line_item"] == 5
    assert landed.rejected == 0
    rows = plain(
        place.read(
            "SELECT invoice_id, total, date, contact_name, _deleted_at FROM invoice ORDER BY 1"
        )
    )
    name = 'Ünïted "Quote", Ltd\\N'
    assert rows[0] == (identity(1), Decimal("115.0000"), date(2026, 10, 1), name, None)
    lines = place.read(
        "SELECT count(*), sum(line_amount), min(position), max(position) FROM invoice_line_item"
    )
    assert lines == [(5, Decimal("51.2500"), 1, 3)]


def test_a_later_version_replaces_record_and_lines(place: Place, tmp_path: Path) -> None:
    with closing(place.open()) as destination:
        destination.land(batch(tmp_path, 1, *(invoice(n) for n in range(1, 6))))
        destination.land(batch(tmp_path, 2, invoice(2, total="7.50", lines=1), invoice(9)))
    rows = place.read("SELECT invoice_number, total FROM invoice ORDER BY invoice_number")
    assert rows == [
        ("INV-1", Decimal(115)),
        ("INV-2", Decimal("7.5")),
        *((f"INV-{n}", Decimal(115)) for n in (3, 4, 5, 9)),
    ]
    assert place.read("SELECT count(*) FROM invoice_line_item") == [(11,)]


def test_the_last_of_several_versions_in_one_batch_stays(place: Place, tmp_path: Path) -> None:
    with closing(place.open()) as destination:
        destination.land(batch(tmp_path, 1, invoice(1), invoice(1, total="8.00", lines=1)))
    assert place.read("SELECT total FROM invoice") == [(Decimal(8),)]
    assert place.read("SELECT count(*) FROM invoice_line_item") == [(1,)]


def test_a_batch_landed_twice_is_there_once(place: Place, tmp_path: Path) -> None:
    made = batch(tmp_path, 3, invoice(1))
    with closing(place.open()) as destination:
        assert not destination.land(made).repeated
        assert destination.land(made).repeated
        assert destination.land(batch(tmp_path, 2, invoice(7))).repeated
    with closing(place.open()) as destination:
        assert destination.land(made).repeated
        (checkpoint,) = destination.checkpoints().values()
    assert (checkpoint.number, json.loads(checkpoint.state)) == (3, {"page": 3})
    assert place.read("SELECT count(*) FROM invoice") == [(1,)]


def test_rows_and_checkpoint_commit_together(place: Place, tmp_path: Path) -> None:
    """A batch that cannot be read leaves neither rows nor checkpoint, nor harms what was there."""
    with closing(place.open()) as destination:
        destination.land(batch(tmp_path, 1, invoice(1)))
        broken = batch(tmp_path, 2, invoice(2))
        broken.files[0].write_text(broken.files[0].read_text() + '{"InvoiceID": broken\n')
        with pytest.raises(duckdb.Error):
            destination.land(broken)
        assert destination.checkpoints()["invoices"].number == 1
        destination.land(batch(tmp_path, 2, invoice(3)))
    assert place.read("SELECT invoice_number FROM invoice ORDER BY 1") == [("INV-1",), ("INV-3",)]


def test_it_answers_on_its_own_tables(place: Place, tmp_path: Path) -> None:
    new = "SELECT count(*) FROM {invoice} WHERE _synced_at >= TIMESTAMP '2026-11-01 12:02:00'"
    with closing(place.open()) as destination:
        assert destination.ask(new, ["invoice"]) == []
        destination.land(batch(tmp_path, 1, invoice(1), invoice(2)))
        destination.land(batch(tmp_path, 2, invoice(3), invoice(2)))
        assert destination.ask(new, ["invoice"]) == [(2,)]
        both = "SELECT 1 FROM {invoice} WHERE invoice_number NOT IN (SELECT name FROM {tax_rate})"
        assert destination.ask(both, ["invoice", "tax_rate"]) == []
        destination.land(batch(tmp_path, 3, invoice(4)))
    assert place.read("SELECT count(*) FROM invoice") == [(4,)]


def test_what_was_not_seen_again_becomes_a_tombstone(place: Place, tmp_path: Path) -> None:
    with closing(place.open()) as destination:
        destination.land(batch(tmp_path, 1, invoice(1), invoice(2), invoice(3)))
        destination.land(batch(tmp_path, 5, invoice(2)))
        since = NOON + timedelta(minutes=5)
        assert destination.held("Invoice", since=since) == 1
        whole = {"whole_since": since}
        assert destination.land(batch(tmp_path, 6, invoice(4), **whole)).tombstones == 2
        assert destination.land(batch(tmp_path, 7, **whole)).tombstones == 0
        assert destination.held("Invoice", since=NOON) == 2
        destination.land(batch(tmp_path, 8, invoice(3)))
    dead = "SELECT invoice_number FROM invoice WHERE _deleted_at IS NOT NULL"
    assert place.read(dead) == [("INV-1",)]
    lines = "SELECT count(*) FROM invoice_line_item WHERE _deleted_at IS NULL"
    assert place.read(lines) == [(6,)]


def test_what_will_not_cast_is_kept_aside_until_it_is_mended(place: Place, tmp_path: Path) -> None:
    with closing(place.open()) as destination:
        bad = invoice(1, Date="the first of May")
        assert destination.land(batch(tmp_path, 1, bad, invoice(2))).rejected == 1
        kept = "SELECT stream, table_name, record_key, field, value FROM _rejects"
        destination.close()
        found = place.read(kept)
        assert found == [("invoices", "invoice", identity(1), "Date", "the first of May")]
    with closing(place.open()) as destination:
        destination.land(batch(tmp_path, 2, invoice(1)))
    assert place.read("SELECT count(*) FROM _rejects") == [(0,)]
    assert place.read("SELECT count(*) FROM invoice WHERE date IS NULL") == [(0,)]


def test_a_record_without_a_valid_key_is_kept_aside_once(place: Place, tmp_path: Path) -> None:
    with closing(place.open()) as destination:
        for number in (1, 2):
            lost = invoice(1) | {"InvoiceID": "x"}, invoice(2) | {"InvoiceID": None}
            landed = destination.land(batch(tmp_path, number, *lost, invoice(3)))
            assert (landed.rows["invoice"], landed.rejected) == (1, 2)
        assert destination.held("Invoice", since=NOON) == 1
    assert place.read("SELECT count(*) FROM invoice_line_item") == [(2,)]
    kept = place.read("SELECT field, value FROM _rejects ORDER BY value")
    assert [field for field, _ in kept] == ["InvoiceID", "InvoiceID"]
    assert sorted(json.loads(value)["InvoiceNumber"] for _, value in kept) == ["INV-1", "INV-2"]


def test_unknown_fields_and_odd_texts_survive(place: Place, tmp_path: Path) -> None:
    odd = 'tab\t, "quotes", \\backslash, \r\n line, ∆ and \\N'
    with closing(place.open()) as destination:
        more = {"_extra": {"NewField": {"a": [1, "x"]}}}
        destination.land(batch(tmp_path, 1, invoice(1, Reference=odd, **more)))
        destination.land(batch(tmp_path, 2, invoice(2, Reference="")))
    assert place.read("SELECT reference FROM invoice ORDER BY invoice_number") == [(odd,), ("",)]
    ((extra,),) = place.read("SELECT _extra FROM invoice WHERE invoice_number = 'INV-1'")
    found = json.loads(extra) if isinstance(extra, str) else extra
    assert found["NewField"] == {"a": [1, "x"]}


def test_a_nul_byte_does_not_stop_a_sync(place: Place, tmp_path: Path) -> None:
    with closing(place.open()) as destination:
        destination.land(batch(tmp_path, 1, invoice(1, Reference="a\x00b"), invoice(2)))
    ((reference,),) = place.read("SELECT reference FROM invoice WHERE invoice_number = 'INV-1'")
    assert reference == ("a\ufffdb" if place.kind == "postgres" else "a\x00b")


def test_a_stream_without_a_key_is_replaced_as_a_whole(place: Place, tmp_path: Path) -> None:
    more = {"stream": "invoice_reminders", "record": "InvoiceReminder", "replace_all": True}
    with closing(place.open()) as destination:
        destination.land(batch(tmp_path, 1, {"Enabled": True}, **more))
        destination.land(batch(tmp_path, 2, {"Enabled": False}, {"Enabled": True}, **more))
        destination.land(batch(tmp_path, 3, {"Enabled": False}, **more))
    assert place.read("SELECT enabled FROM invoice_reminder") == [(False,)]


def test_exact_decimals_of_any_size(place: Place, tmp_path: Path) -> None:
    amounts = ["9999999999.99", "0.01", "-123456789012345.6789", "12345678901234567890.1234", "1e2"]
    with closing(place.open()) as destination:
        # Landing quotes numbers that a double cannot hold.
        records = [{**invoice(n), "Total": each} for n, each in enumerate(amounts, start=1)]
        assert destination.land(batch(tmp_path, 1, *records)).rejected == 0
    rows = place.read("SELECT total FROM invoice ORDER BY invoice_number")
    assert [row[0] for row in rows] == [Decimal(each) for each in amounts]


@pytest.mark.parametrize("kind", ["postgres", "parquet"])
def test_two_writers_do_not_meet(kind: str, request: pytest.FixtureRequest, lake: Path) -> None:
    """DuckDB's own lock keeps other processes out; that is tested with the sync."""

    def opened() -> Destination:
        if kind == "parquet":
            return ParquetDestination(lake, schema="acme_uk", wait=0.1)
        url = request.getfixturevalue("postgres_url")
        return PostgresDestination(url, schema="acme_uk", wait=0.1)

    with closing(opened()):
        with pytest.raises(InputError, match=r"is writing schema|is being written by") as told:
            opened()
        assert told.value.hint
    opened().close()


def test_a_database_that_is_gone_is_told_without_its_password() -> None:
    with pytest.raises(
        Unavailable, match=r"the database `127\.0\.0\.1/nowhere` cannot be used"
    ) as told:
        PostgresDestination("postgresql://me:planted@127.0.0.1:1/nowhere", schema="acme_uk")
    assert "planted" not in str(told.value)


def test_of_two_values_of_one_name_the_last_stays(place: Place, tmp_path: Path) -> None:
    twice = batch(tmp_path, 1, invoice(1), invoice(2, Reference="later", Total=Money("1.10")))
    (file,) = twice.files
    first, second = file.read_text().splitlines()
    file.write_text(f'{first}\n{{"Reference": "earlier", "Total": 1.10, {second[1:]}\n')
    with closing(place.open()) as destination:
        landed = destination.land(twice)
    assert (landed.rows["invoice"], landed.rejected, landed.keyless) == (2, 1, 0)
    aside = place.read("SELECT record_key, field, value FROM _rejects")
    assert aside == [(identity(2), "Reference", '"earlier"')]
    held = place.read("SELECT reference, total FROM invoice ORDER BY invoice_number DESC LIMIT 1")
    assert held == [("later", Decimal("1.10"))]


def test_who_closes_twice_takes_no_database_from_others(place: Place) -> None:
    """Databases in memory are kept for the next user, of whom there is one at a time."""
    destination = place.open()
    destination.close()
    mine = open_staging()
    destination.close()
    other = open_staging()
    assert mine is not other
    give_back(mine)
    give_back(other)
