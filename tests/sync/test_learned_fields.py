"""A field that the catalogue does not know costs once: it is learned, and the fast way goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from tests.sync.books import Books
from tests.sync.test_typed import KEY, invoices

from xeroport.catalogue import load
from xeroport.destinations import Batch, LandedBatch, open_destination
from xeroport.jobs.sync.landing import LandingFile, Page, read_page
from xeroport.jobs.sync.record_shapes import MOST_FIELDS, RecordShapes

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
CONTACT = '"Contact": {"ContactID": "' + KEY % 9 + '", "Name": "Ann", %s}'

ODD = [
    '"Total": 1.5',
    '"InvoicePaymentServices": [], "Fresh": ""',
    CONTACT % '"Phones": [], "HasValidationErrors": false, "Nickname": ""',
    CONTACT % '"ContactGroups": [{"HasValidationErrors": false}]'
    + ', "Deep": [{"A": {"B": []}}, {}]',
    '"Fresh": {"A": [1, 2]}, "LineItems": [{"LineAmount": 1, "Shade": "red"}]',
    CONTACT % '"FirstName": "A", "Nickname": "An", "HasValidationErrors": true',
    '"LineItems": [{"LineAmount": 2, "Tracking": [{"Name": "R", "Option": "N", "Options": []}]}]',
    '"LineItems": [{"Tracking": [{"Name": "R", "Level": 2, "Inner": {"X": null}}]}]',
    '"Payments": [{"Amount": 3, "HasValidationErrors": true, "Note": [0]}], "Fresh": false',
    '"Warnings": [{"Message": "late"}], "Shade": 0',
]


def landed(
    folder: Path, pages: list[Page], *, number: int, form: str | None = None
) -> tuple[LandedBatch, Path]:
    path = folder / "x.duckdb"
    file = LandingFile(folder / f"{number}.ndjson")
    for page in pages:
        file.add(page.records, form=page.form, said=page.said, met=page.met)
    destination = open_destination(f"duckdb:{path}", instance="acme")
    try:
        return (
            destination.land(
                Batch(
                    stream="invoices",
                    record="Invoice",
                    number=number,
                    state="{}",
                    synced_at=NOON,
                    files=(file.close(),),
                    longest=file.longest,
                    form=form or file.form,  # type: ignore[arg-type]
                    said=file.said,
                    met=file.met,
                )
            ),
            path,
        )
    finally:
        destination.close()


def tables_of(path: Path) -> dict[str, list[Any]]:
    import duckdb

    with duckdb.connect(str(path)) as connection:
        connection.execute("USE acme")
        names = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'acme'"
        ).fetchall()
        found = {}
        for (name,) in names:
            if name.startswith("_"):
                continue
            rows = connection.execute(f"SELECT * EXCLUDE (_extra), _extra FROM {name}").fetchall()
            found[name] = sorted(
                str((*row[:-1], sorted(json.loads(row[-1] or "{}").items()))) for row in rows
            )
        return found


def test_learned_fields_land_as_on_the_slow_way(tmp_path: Path) -> None:
    endpoint = load().streams["invoices"]
    shapes = RecordShapes("Invoice")
    bodies = [invoices(*ODD[:4]), invoices(*ODD)]
    fast = [read_page(endpoint, body.encode(), shapes) for body in bodies]
    assert {page.form for page in fast} == {"bare"}
    slow = [read_page(endpoint, body.replace("1.5", '"1.5"').encode()) for body in bodies]
    assert {page.form for page in slow} == {"any"}
    for folder in ("fast", "slow", "mixed"):
        (tmp_path / folder).mkdir()
    as_fast, one = landed(tmp_path / "fast", fast, number=1)
    as_slow, other = landed(tmp_path / "slow", slow, number=1)
    mixed, third = landed(tmp_path / "mixed", [slow[0], fast[1]], number=1)
    assert as_fast.rejected == as_slow.rejected == mixed.rejected == 0
    rows = tables_of(one)
    assert rows == tables_of(other) == tables_of(third)
    extras = "\n".join(text for each in rows.values() for text in each)
    for kept in ("('Contact.Nickname', 'An')", "('Shade', 'red')", "('Level', 2)", "('Note', [0])"):
        assert kept in extras
    for empty in ("Deep", "InvoicePaymentServices", "('Fresh', '')", "Inner", "Options", "Phones"):
        assert empty not in extras


BLANK = [
    '"InvoiceNumber": null, "Reference": "", "Contact": {}, "LineItems": [{}], "Payments": null',
    '"InvoiceNumber": "", "LineItems": [], "Payments": [], "CreditNotes": [], "HasErrors": false',
    CONTACT % '"Phones": [], "Nickname": "Al"',
    '"LineItems": [{"Description": "", "Tracking": []}, {"Tracking": [{}], "TaxBreakdown": []}]',
    '"LineItems": [{"Item": {}}, {"Item": {"Code": "A"}}], "DateString": "2026-10-09T00:00:00"',
    '"Payments": [{"Invoice": {"Type": "ACCREC"}, "Reference": ""}], "Date": null',
    '"Payments": [{"PaymentID": null, "Amount": 0, "Date": "/Date(1760000000000)/"}], "Total": 0',
]


def test_fields_that_never_came_are_not_read_and_all_lands_the_same(tmp_path: Path) -> None:
    endpoint = load().streams["invoices"]
    rows = []
    for met in (True, False):
        folder = tmp_path / str(met)
        folder.mkdir()
        shapes = RecordShapes("Invoice")
        pages = [
            read_page(endpoint, invoices(*bodies).encode(), shapes)
            for bodies in (BLANK[:1], BLANK[1:4], BLANK[::-1])
        ]
        assert {page.form for page in pages} == {"bare"}
        assert len({page.met for page in pages}) == 3
        if not met:
            pages = [structs.replace(page, met=None) for page in pages]
        for number, page in enumerate(pages, 1):
            report, path = landed(folder, [page], number=number)
            assert report.rejected == 0
        rows.append(tables_of(path))
    assert rows[0] == rows[1]
    assert len(rows[0]["invoice"]) == 7
    assert len(rows[0]["invoice_line_item"]) == 5


def test_records_of_nothing_but_a_key_land(tmp_path: Path) -> None:
    records = ",".join(f'{{"InvoiceID": "{KEY % number}"}}' for number in (1, 2))
    body = f'{{"Invoices": [{records}]}}'
    page = read_page(load().streams["invoices"], body.encode(), RecordShapes("Invoice"))
    assert (page.form, page.met) == ("bare", {("InvoiceID",)})
    report, path = landed(tmp_path, [page], number=1)
    assert (report.rows, report.rejected) == ({"invoice": 2}, 0)
    assert len(tables_of(path)["invoice"]) == 2


def test_fields_that_are_empty_say_nothing() -> None:
    endpoint = load().streams["invoices"]
    shapes = RecordShapes("Invoice")
    page = read_page(endpoint, invoices(*ODD[:4]).encode(), shapes)
    assert (page.form, page.drift, page.said) == (
        "bare",
        {},
        {("Deep",), ("Contact", "ContactGroups")},
    )
    again = read_page(endpoint, invoices(ODD[4]).encode(), shapes)
    assert again.drift == {"Invoice.Fresh": 1, "Invoice.LineItems.Shade": 1}


def test_a_list_whose_fields_have_names_by_chance_goes_the_slow_way() -> None:
    endpoint = load().streams["invoices"]
    fields = [f'"X{number}": 1' for number in range(MOST_FIELDS + 100)]
    page = read_page(endpoint, invoices(*fields[:95]).encode(), RecordShapes("Invoice"))
    assert page.form == "bare"
    one = invoices(", ".join(fields))
    assert read_page(endpoint, one.encode(), RecordShapes("Invoice")).form == "any"


class Adding:
    """Xero with one more field on each invoice."""

    def __init__(self, app: Any, field: bytes) -> None:
        self.app = app
        self.field = field

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        is_list = scope["path"].endswith("/Invoices")
        headers = [e for e in scope["headers"] if e[0].lower() != b"accept-encoding"]
        body = bytearray()

        async def adding(message: Any) -> None:
            if message["type"] != "http.response.body":
                message["headers"] = [
                    e for e in message["headers"] if e[0].lower() != b"content-length"
                ]
                await send(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body"):
                text = bytes(body)
                if is_list:
                    text = text.replace(b'"InvoiceID"', self.field + b', "InvoiceID"')
                await send({"type": "http.response.body", "body": text})

        await self.app(scope | {"headers": headers}, receive, adding)


def test_drift_is_reported_once_a_field(make_books: Callable[..., Books]) -> None:
    books = make_books()
    real = books.app
    books.app = Adding(real, b'"Mood": "good"')
    first = books.stream("invoices")
    assert list(first.drift) == ["Invoice.Mood"]
    assert first.status == "done"
    count = books.one("SELECT count(*) FROM invoice WHERE _extra->>'Mood' = 'good'")
    assert count == first.drift["Invoice.Mood"] == books.one("SELECT count(*) FROM invoice")
    assert books.stream("invoices", full=True).drift == {}
    books.app = Adding(real, b'"Mood": "good", "Hue": 1')
    assert list(books.stream("invoices", full=True).drift) == ["Invoice.Hue"]


@pytest.mark.parametrize("field", [b'"InvoicePaymentServices": []', b'"Mood": {"a": []}'])
def test_an_empty_field_is_no_drift_and_no_extra(
    make_books: Callable[..., Books], field: bytes
) -> None:
    books = make_books()
    books.app = Adding(books.app, field)
    assert books.stream("invoices").drift == {}
    name = field.decode().split('"')[1]
    assert books.one(f"SELECT count(*) FROM invoice WHERE (_extra->'{name}') IS NOT NULL") == 0
