"""What stands in records stays text: in pages, charts, CSV files and queries."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from console_world import NASTY, Visitor, visiting

from xeroport.console.pages.downloads import as_csv

PAGES = (
    "/instances",
    "/instances/acme-uk",
    "/instances/acme-uk/overview",
    "/instances/acme-uk/data",
    "/instances/acme-uk/data/contact",
    "/instances/acme-uk/data/contact?columns=all",
    "/instances/acme-uk/data/invoice?sort=amount_due&desc=1",
    "/instances/acme-uk/data/invoice_line_item",
    "/instances/acme-uk/sql?sql=select+name+from+contact",
)


class Tags(HTMLParser):
    """Collects the tags of a page, and of those the attributes that run code."""

    def __init__(self) -> None:
        super().__init__()
        self.images = 0
        self.inline: list[str] = []
        self.handlers: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        self.images += tag == "img"
        self.handlers += [name for name in names if name.startswith("on")]
        self._in_script = tag == "script"

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.inline.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False


@pytest.mark.parametrize("path", PAGES)
def test_names_from_the_books_are_text(reader: Visitor, path: str) -> None:
    text = reader.get(path).text
    tags = Tags()
    tags.feed(text)
    assert not tags.images
    assert not tags.inline
    assert not tags.handlers
    assert "49" not in text.split("{{ 7 * 7 }}")[0][-10:]


@pytest.mark.parametrize("words", [*NASTY, "%", "_", "' OR 1=1 --", '"', "\\", "\x00"])
def test_search_words_are_text(reader: Visitor, words: str) -> None:
    for fields in ({"q": words}, {"column": "name", "op": "is", "value": words}):
        reply = reader.get("/instances/acme-uk/data/contact", params=fields)
        assert reply.status_code == 200, fields
        tags = Tags()
        tags.feed(reply.text)
        assert not tags.images
        assert not tags.inline


def test_a_hostile_name_is_found_as_it_is(reader: Visitor) -> None:
    for name in NASTY:
        reply = reader.get("/instances/acme-uk/data/contact", params={"q": name})
        assert "1–1 of 1<" in reply.text, name


@pytest.mark.parametrize(
    "params",
    [
        {"sort": "name; DROP TABLE contact"},
        {"sort": '"'},
        {"column": "name) OR 1=1 --", "op": "is", "value": "x"},
        {"op": "drop", "column": "name", "value": "x"},
        {"from": "-1"},
        {"from": "9" * 40},
        {"columns": "'"},
    ],
)
def test_names_of_columns_come_from_the_table_alone(
    reader: Visitor, params: dict[str, str]
) -> None:
    assert reader.get("/instances/acme-uk/data/contact", params=params).status_code == 200


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_no_csv_cell_is_a_formula(reader: Visitor) -> None:
    for path, params in (
        ("/instances/acme-uk/data/contact/csv", {}),
        ("/instances/acme-uk/sql/csv", {"sql": "select name, '@x' as \"=a\" from contact"}),
    ):
        reply = reader.get(path, params=params)
        for row in csv.reader(io.StringIO(reply.text)):
            texts = [cell for cell in row if not is_number(cell)]
            assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in texts)


def test_negative_numbers_stay_numbers_in_csv() -> None:
    assert as_csv([["a", "b"], (-1, "-1")]).decode().splitlines() == ["a,b", "-1,'-1"]


def test_only_plain_parts_of_uploaded_names_reach_the_disk(home: Path) -> None:
    with visiting(home) as visitor:
        for name in ("../../../evil.csv", "..\\evil.csv", "<b>x<b>.csv", "a\x00b.csv"):
            reply = visitor.upload(
                "/instances/acme-uk/push/upload", name, b"Name\nx\n", endpoint="contacts.upsert"
            )
            assert reply.status_code == 200, name
            assert "<b>x" not in reply.text
        uploads = home / "console" / "uploads"
        kept = {p.relative_to(uploads).parts[1:] for p in uploads.rglob("*") if p.is_file()}
    assert kept - {("upload.json",), ("map.toml",), ("problems.ndjson",)} == {
        ("file", "evil.csv"),
        ("file", "b-x-b.csv"),
        ("file", "a-00b.csv"),
    }
    assert all(uploads in path.parents for path in home.parent.rglob("evil.csv"))


def test_other_kinds_of_files_are_refused(home: Path) -> None:
    with visiting(home) as visitor:
        for name in ("x.html", "x.docx", "x", ".csv.exe"):
            reply = visitor.upload(
                "/instances/acme-uk/push/upload", name, b"x", endpoint="contacts.upsert"
            )
            assert reply.status_code == 422, name


def test_what_is_read_into_charts_is_json_in_an_attribute(reader: Visitor) -> None:
    class Figures(HTMLParser):
        found: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found += [value or "" for name, value in attrs if name == "data-figure"]

    Figures().feed(reader.get("/instances/acme-uk/overview").text)
    assert len(Figures.found) >= 3
    labels = json.dumps([json.loads(each) for each in Figures.found])
    assert "<script>" in labels
