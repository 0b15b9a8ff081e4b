"""The second edition's shell and books: one organisation on every page, lists in a bookkeeper's
words with totals that are right, documents as people know them, one search over everything."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from html import unescape
from pathlib import Path

import duckdb
import pytest
from console_world import NASTY, Visitor, visiting

from xeroport.console.reading.document_kinds import KINDS
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance

BOOKS = "/instances/acme-uk/books"
PAGES = (
    "/instances/acme-uk", "/instances/acme-uk/overview", BOOKS, f"{BOOKS}/sales-invoices",
    "/instances/acme-uk/push", "/instances/acme-uk/outbox", "/schedules", "/flows",
    "/webhooks-inbox", "/instances", "/fleet", "/endpoints", "/instances/acme-uk/data",
    "/instances/acme-uk/sql", "/runs", "/nothing-here", "/access", "/connect/sign-in", "/demo",
    "/add", "/new-flow", "/endpoints/invoices.upsert", "/endpoints/invoices.get?example=1",
    "/endpoints/invoices.attachments.add", "/instances/acme-uk/settings",
    "/instances/acme-uk/proposals", "/instances/acme-uk/search?q=INV-000", "/runs/1",
)  # fmt: skip
WORDS = (
    "whence", "lest", "anew", "thereby", "withal", "is had", "is told", "is said of itself",
    "gone on with", "of it overdue", "to mend", "to look at", "what the rows become", "less usual",
    "only where", "keep the key", "tell of failures", "is none", "at the least", "came of it",
)  # fmt: skip
"""Words that the design refuses."""


def rows(home: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / "books.duckdb"), read_only=True) as books:
        return books.execute(sql).fetchall()


@pytest.fixture(scope="module")
def page_of(reader: Visitor) -> Callable[[str], str]:
    """A page of the synced home; each is asked for once."""
    return cache(lambda path: reader.get(path).text)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_shows_the_organisation_the_rooms_and_the_guide(
    page_of: Callable[[str], str], path: str
) -> None:
    page = page_of(path)
    assert '<select id="organisation"' in page
    assert re.search(r'<option value="acme-uk" selected>', page)
    rooms = re.findall(r"</svg>(Home|Books|Send|Automate|Connections|Developer)</a>", page)
    assert rooms == ["Home", "Books", "Send", "Automate", "Connections", "Developer"]
    assert 'href="/guide/' in page
    assert page.count("Times are in") == 1


def test_pages_that_come_about_by_doing_something_speak_plainly(home: Path) -> None:
    """The wizard's steps, a flow that is being written, a file that is reviewed."""
    toml = b'key = "n"\n[source]\nfiles = "a/*"\n[fields]\nn = "n"\n[target]\nfile = "o.csv"\n'
    with visiting(home) as visitor:
        where = visitor.get("/add").url.path.removesuffix("/name")
        visitor.post(f"{where}/name", name="acme-nz")
        pages = [visitor.get(f"{where}/{step}") for step in ("name", "method")]
        pages.append(visitor.post(f"{where}/method", use=["read"]))
        data = {"csrf": visitor.token(), "kind": "toml", "name": "a-flow"}
        files = {"file": ("a.toml", toml)}
        pages.append(visitor.client.post("/new-flow/upload", data=data, files=files))
        rows = b"no,who\nA-1,River Ltd\n"
        pages.append(visitor.upload("/instances/acme-uk/push/upload", "r.csv", rows,
                                    endpoint="invoices.create"))  # fmt: skip
        for page in pages:
            assert page.status_code == 200
            speaks_plainly(str(page.url), page.text)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_uses_the_words_that_the_design_refuses(
    page_of: Callable[[str], str], path: str
) -> None:
    speaks_plainly(path, page_of(path))


def speaks_plainly(path: str, page: str) -> None:
    """None of the refused words, and a number before a noun in its right form."""
    text = re.sub(r"<[^>]+>", " ", page)
    text = " ".join(unescape(text).lower().split())
    for words in WORDS:
        assert not re.search(rf"\b{re.escape(words)}\b", text), (path, words)
    assert not re.search(r"\b1 (records|calls|rows|runs|fields|results|invoices)\b", text), path


def test_home_names_lists_as_people_write_them(reader: Visitor) -> None:
    page = reader.get("/instances/acme-uk").text
    assert re.search(r">Bank transactions</a> <code[^>]*>bank_transactions</code>", page)
    assert not re.search(r">[a-z]+_[a-z_]+</(a|th)>", page)


def test_another_organisation_is_one_choice_away_on_the_same_page(home: Path) -> None:
    place = "http://127.0.0.1:1"
    instances.add(
        Store(home),
        Instance(name="second", base_url=place, identity_url=place, client_id="x",
                 organisation="Second Ltd"),
        Secret("s"),
    )  # fmt: skip
    with visiting(home) as visitor:
        for path, leads in (
            ("/instances/acme-uk/push", "/instances/second/push"),
            (f"{BOOKS}/bills", "/instances/second/books/bills"),
            (f"{BOOKS}/bills/some-id", "/instances/second/books/bills"),
            ("/instances/acme-uk/push/some-upload", "/instances/second/push"),
            ("/runs/7", "/instances/second"),
            ("//evil.example/instances/acme-uk", "/instances/second"),
        ):
            reply = visitor.post("/switch", to="second", back=path)
            assert reply.url.path == leads, path
            assert reply.url.host == "testserver"
        page = visitor.get("/schedules").text
        assert '<option value="second" selected>Second Ltd (second)' in page
        assert visitor.post("/switch", to="nobody", back="/").status_code == 404


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
def test_every_kind_has_a_list_and_its_records_open(
    reader: Visitor, synced: Path, kind: object
) -> None:
    page = reader.get(f"{BOOKS}/{kind.key}")  # type: ignore[attr-defined]
    assert page.status_code == 200
    ((count,),) = rows(
        synced,
        f"SELECT count(*) FROM acme_uk.{kind.table} WHERE _deleted_at IS NULL "  # type: ignore[attr-defined]
        f"{'AND ' + kind.where if kind.where else ''}",  # type: ignore[attr-defined]
    )
    assert f"of {count:,}</span>" in page.text
    address = re.search(rf'href="({BOOKS}/{kind.key}/[\w-]+)"', page.text)  # type: ignore[attr-defined]
    assert address, page.text
    opened = reader.get(address[1])
    assert opened.status_code == 200
    assert "<h1>" in opened.text
    for name in NASTY[:1]:
        assert name not in page.text + opened.text
    for words in ("99", "1,000.50", "-1", "river"):
        reply = reader.get(f"{BOOKS}/{kind.key}", params={"q": words})  # type: ignore[attr-defined]
        assert reply.status_code == 200, words


@pytest.mark.parametrize("key", ["sales-invoices", "bills", "sales-credit-notes", "bank"])
def test_totals_are_of_posted_records_by_currency(reader: Visitor, synced: Path, key: str) -> None:
    kind = next(kind for kind in KINDS if kind.key == key)
    sign = f"CASE WHEN {kind.sign} THEN -total ELSE total END" if kind.sign else "total"
    expected = dict(
        rows(
            synced,
            f"SELECT currency_code, sum({sign}) FROM acme_uk.{kind.table} "
            "WHERE _deleted_at IS NULL "
            f"AND status IN ('AUTHORISED', 'PAID') {'AND ' + kind.where if kind.where else ''} "
            "GROUP BY 1",
        )
    )
    page = reader.get(f"{BOOKS}/{key}").text
    shown = dict(re.findall(r'data-total="(\w*)">([\d,.−]+) \w*<', page))
    amounts = {
        currency: Decimal(text.replace(",", "").replace("−", "-"))
        for currency, text in shown.items()
    }
    assert amounts == expected


def test_periods_dates_status_and_overdue_narrow_a_list(reader: Visitor, synced: Path) -> None:
    ((count,),) = rows(
        synced,
        "SELECT count(*) FROM acme_uk.invoice WHERE type = 'ACCREC' AND _deleted_at IS NULL "
        "AND date BETWEEN '2026-01-01' AND '2026-03-31' AND status = 'PAID'",
    )
    query = {"first": "2026-01-01", "last": "2026-03-31", "status": "PAID"}
    page = reader.get(f"{BOOKS}/sales-invoices", params=query).text
    assert f"of {count:,}</span>" in page
    for text in ("31/31/2026", "last moth", "2026-02-30"):
        reply = reader.get(f"{BOOKS}/sales-invoices", params={"first": text})
        assert reply.status_code == 422
        assert 'role="alert"' in reply.text
        assert f'value="{text}"' in reply.text
    swapped = reader.get(f"{BOOKS}/bills", params={"first": "2026-02-01", "last": "2026-01-01"})
    assert "after the last" in swapped.text
    swapped = reader.get(f"{BOOKS}/bills", params={"low": "900", "high": "100"})
    assert swapped.status_code == 422
    assert "above the highest" in swapped.text
    late = reader.get(f"{BOOKS}/sales-invoices?late=1").text
    assert "Approved" in late
    assert ">Draft<" not in late.split("<tbody>")[1]


def test_lists_go_out_as_csv_that_excel_reads_and_as_a_workbook(reader: Visitor) -> None:
    reply = reader.get(f"{BOOKS}/sales-invoices/csv?status=PAID")
    assert reply.content.startswith(b"\xef\xbb\xbf")
    table = list(csv.DictReader(io.StringIO(reply.content.decode("utf-8-sig"))))
    assert {row["Status"] for row in table} == {"PAID"}
    book = reader.get(f"{BOOKS}/sales-invoices/xlsx")
    assert book.status_code in (200, 422)
    if book.status_code == 200:
        assert book.content.startswith(b"PK")


def test_a_document_has_its_lines_totals_payments_and_the_way_to_xero(
    reader: Visitor, synced: Path
) -> None:
    ((key, number, total, due),) = rows(
        synced,
        "SELECT invoice_id, invoice_number, total, amount_due FROM acme_uk.invoice "
        "WHERE type = 'ACCREC' AND amount_paid > 0 AND amount_due > 0 LIMIT 1",
    )
    page = unescape(reader.get(f"{BOOKS}/sales-invoices/{key}").text)
    assert str(number) in page
    assert f"{total:,.2f}" in page
    assert f"{due:,.2f}" in page
    assert "Payment" in page
    assert re.search(rf"go\.xero\.com/organisationlogin/default\.aspx\?shortcode=\S+{key}", page)
    assert 'rel="noreferrer"' in page
    assert reader.get(f"{BOOKS}/bills/{key}").status_code == 404, "an invoice is no bill"
    assert reader.get(f"{BOOKS}/bills/x'").status_code == 404
    assert reader.get(f"{BOOKS}/nothing").status_code == 404


def test_one_box_finds_names_numbers_and_amounts(reader: Visitor, synced: Path) -> None:
    ((number, total, contact),) = rows(
        synced,
        "SELECT invoice_number, total, contact_name FROM acme_uk.invoice WHERE type = 'ACCREC' "
        "AND contact_name NOT LIKE '%<%' ORDER BY total DESC LIMIT 1",
    )
    for words in (str(number), str(number).lower(), f"{total:,.2f}", f"${total}"):
        page = unescape(reader.get("/instances/acme-uk/search", params={"q": words}).text)
        assert str(number) in page.split("<main")[1], words
    page = unescape(reader.get("/instances/acme-uk/search", params={"q": str(contact)[:6]}).text)
    assert "<h2>Contacts</h2>" in page
    for words in ("%", "_", "\\", "'", '"', "\0", "%00", "x" * 5000, "<script>", "$1", "€"):
        reply = reader.get("/instances/acme-uk/search", params={"q": words})
        assert reply.status_code == 200, words
        assert "<script>alert" not in reply.text
    nothing = reader.get("/instances/acme-uk/search", params={"q": "no such thing anywhere"}).text
    assert "Nothing matches" in nothing


def test_history_and_attachments_are_asked_of_xero(home: Path) -> None:
    ((key,),) = rows(home, "SELECT invoice_id FROM acme_uk.invoice WHERE type = 'ACCREC' LIMIT 1")
    with visiting(home) as visitor:
        page = visitor.post(f"{BOOKS}/sales-invoices/{key}/history")
        assert page.status_code == 200, page.text
        assert "<h2>History</h2>" in page.text
        assert "<h2>Attachments</h2>" in page.text
        assert visitor.post(f"{BOOKS}/accounts/{key}/history").status_code in (200, 404, 422)
        assert visitor.client.post(f"{BOOKS}/sales-invoices/{key}/history").status_code == 403
