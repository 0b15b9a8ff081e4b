"""Records are read as what they are where that is safe, else as text; both give the same rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from tests.sync.books import Books

from xeroport.catalogue import load
from xeroport.destinations.duckdb import DuckDBDestination
from xeroport.destinations.protocol import Batch, LandedBatch
from xeroport.jobs.sync.landing import LandingFile, read_page

ID = '"InvoiceID": "11111111-2222-3333-4444-555555555500"'


@pytest.mark.parametrize(
    ("fields", "form"),
    [
        ('"Total": 1.5, "HasAttachments": true, "Contact": {"Name": "A", "Phones": []}', "bare"),
        ('"Total": null, "LineItems": [{"LineAmount": 2}], "Payments": [{"Amount": 1}]', "bare"),
        ('"Reference": "12345678901234567890"', "bare"),
        ('"Reference": "4E-2024, rent"', "bare"),
        ('"Total": 1e-400, "Reference": "x"', "any"),
        ('"Contact": {"Name": "A", "Phones": [{"PhoneNumber": "1"}]}', "plain"),
        ('"Warnings": [{"Message": "late"}]', "plain"),
        ('"Total": "1.5"', "any"),
        ('"LineItems": [{"LineAmount": "2"}]', "any"),
        ('"Payments": [{"Amount": "2"}]', "any"),
        ('"HasAttachments": "true"', "any"),
        ('"HasAttachments": 1', "any"),
        ('"Total": 1.0000000000000001', "any"),
        ('"New": 1', "any"),
    ],
)
def test_the_form_of_a_page_is_that_of_its_oddest_record(fields: str, form: str) -> None:
    endpoint = load().streams["invoices"]
    body = f'{{"Invoices": [{{{ID}}}, {{{ID}, {fields}}}]}}'
    assert read_page(endpoint, body.encode()).form == form


def test_a_list_of_something_else_than_records_is_no_page() -> None:
    with pytest.raises(msgspec.DecodeError):
        read_page(load().streams["invoices"], b'{"Invoices": [7]}')


def test_a_landing_file_has_the_oddest_form_of_its_pages(tmp_path: Any) -> None:
    landing = LandingFile(tmp_path / "x.ndjson")
    assert landing.form == "bare"
    landing.add([b"{}"], form="plain")
    landing.add([b"{}"], form="bare")
    assert landing.form == "plain"
    landing.add([b"{}"])
    assert landing.form == "any"


def _rows(books: Books) -> dict[str, Counter[str]]:
    """Table → its rows without the columns that say when."""
    found = books.query("SELECT table_name FROM duckdb_tables() WHERE schema_name = current_schema")
    return {
        name: Counter(
            str(row)
            for row in books.query(f"SELECT * EXCLUDE (_synced_at, _deleted_at) FROM {name}")
        )
        for (name,) in found
        if not name.startswith("_")
    }


def test_both_ways_give_the_same_rows(
    make_books: Callable[..., Books], monkeypatch: pytest.MonkeyPatch
) -> None:
    forms: Counter[str] = Counter()
    land = DuckDBDestination.land

    def noted(destination: DuckDBDestination, batch: Batch) -> LandedBatch:
        if batch.files:
            forms[batch.form] += 1
        return land(destination, batch)

    monkeypatch.setattr(DuckDBDestination, "land", noted)
    as_it_came = make_books()
    as_it_came.sync()
    assert forms["bare"] >= 10
    add = LandingFile.add
    monkeypatch.setattr(
        LandingFile, "add", lambda file, records, *, said, **_: add(file, records, said=said)
    )
    forms.clear()
    as_text = make_books()
    as_text.sync()
    assert forms.keys() == {"any"}
    assert _rows(as_it_came) == _rows(as_text)
