"""Lists as people keep them: several conditions, dates as the organisation writes them, the columns
that were chosen, views saved under names, and files that Excel opens."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import pytest
from console_world import NASTY, Visitor, visiting

from xeroport.store import instances, saved_views
from xeroport.store.database import Store

BOOKS = "/instances/acme-uk/books"
DATA = "/instances/acme-uk/data"


def rows(home: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "books.duckdb"), read_only=True) as books:
        return books.execute(sql).fetchall()


def counted(page: str) -> int:
    found = re.search(r'role="status">(?:[\d,]+–[\d,]+ of )?([\d,]+)<', page)
    assert found, page
    return int(found[1].replace(",", ""))


def test_several_conditions_at_once(reader: Visitor, synced: Path) -> None:
    where = "type = 'ACCREC' AND status = 'PAID' AND total >= 500 AND total <= 2000.5 "
    ((expected,),) = rows(
        synced, f"SELECT count(*) FROM acme_uk.invoice WHERE {where} AND date >= '2026-01-01'"
    )
    page = reader.get(
        f"{BOOKS}/sales-invoices?status=PAID&low=500&high=2,000.50&first=2026-01-01"
    ).text
    assert counted(page) == expected > 0
    wrong = reader.get(f"{BOOKS}/sales-invoices?low=many")
    assert wrong.status_code == 422
    assert "is not an amount" in wrong.text


@pytest.mark.parametrize(
    ("typed", "is_understood"),
    [("2026-05-01", True), ("01/11/2026", False), ("last month", False), ("yesterday", True),
     ("9999-01-01", False)],
)  # fmt: skip
@pytest.mark.parametrize("path", ["books/bills?first=", "data/invoice?column=date&op=from&value="])
def test_dates_are_understood_or_refused(
    reader: Visitor, path: str, typed: str, is_understood: bool
) -> None:
    page = reader.get(f"/instances/acme-uk/{path}{typed}")
    assert page.status_code == (200 if is_understood else 422)
    assert ('role="alert"' in page.text) is not is_understood


def test_dates_are_read_as_the_organisation_writes_them(home: Path) -> None:
    store = Store(home)
    instances.save(store, replace(instances.get(store, "acme-uk"), date_format="DD/MM/YYYY"))
    ((expected,),) = rows(home, "SELECT count(*) FROM acme_uk.invoice WHERE date >= '2026-05-01'")
    with visiting(home) as visitor:
        query = "column=date&op=from&value=01/05/2026"
        assert counted(visitor.get(f"{DATA}/invoice?{query}").text) == expected > 0
        assert (
            visitor.get(f"{DATA}/invoice?column=date&op=from&value=31/31/2026").status_code == 422
        )
        table = visitor.get(f"{DATA}/invoice/csv?{query}")
        assert table.content.startswith(b"\xef\xbb\xbf")
        assert len(list(csv.reader(io.StringIO(table.text)))) == expected + 1
        assert visitor.get(f"{DATA}/invoice/xlsx?{query}").content.startswith(b"PK")


@pytest.mark.parametrize(
    "query", ["column=total&op=is&value=much", "column=invoice_id&op=is&value=x",
              "column=has_attachments&op=is&value=perhaps"],
)  # fmt: skip
def test_what_no_column_can_hold_is_refused(reader: Visitor, query: str) -> None:
    page = reader.get(f"{DATA}/invoice?{query}")
    assert page.status_code == 422
    assert "No row matches" not in page.text


def test_conditions_of_a_table_are_all_met(reader: Visitor, synced: Path) -> None:
    ((expected,),) = rows(
        synced,
        "SELECT count(*) FROM acme_uk.invoice WHERE type = 'ACCPAY' AND total > 99.99 "
        "AND invoice_number IS NOT NULL AND invoice_number <> ''",
    )
    query = (
        "column=type&op=is&value=ACCPAY&column=total&op=from&value=100&column=invoice_number&op=filled"
        "&value=&column=nothing&op=is&value=1&column=date&op=wrong&value=1"
    )
    page = reader.get(f"{DATA}/invoice?{query}").text
    assert counted(page) == expected > 0
    assert page.count('<select id="column') == 6, "each condition, and an empty one to add"


@pytest.mark.parametrize("path", ["books/sales-invoices", "data/invoice"])
def test_columns_are_chosen(reader: Visitor, path: str) -> None:
    query = "col=invoice_number&col=amount_paid&col=total"
    page = reader.get(f"/instances/acme-uk/{path}?{query}").text
    heads = re.findall(r"<th scope=\"col\".*?<a [^>]*>([^<]+)", page)
    assert len(heads) == 3
    assert "col=amount_paid" in unescape(page.split("<thead>")[1]), "sorting keeps the columns"
    table = reader.get(f"/instances/acme-uk/{path}/csv?{query}").content.decode("utf-8-sig")
    (head, *_) = csv.reader(io.StringIO(table))
    assert head[-3:] in (["Number", "Total", "Paid"], ["invoice_number", "total", "amount_paid"])
    assert reader.get(f"/instances/acme-uk/{path}?col=nothing'&col=x").status_code == 200


def test_a_view_is_saved_opened_and_removed(home: Path) -> None:
    with visiting(home) as visitor:
        kept = "status=PAID&col=total&col=date"
        for page in ("books/bills", "statements/profit-and-loss", "data/invoice"):
            reply = visitor.post(
                "/instances/acme-uk/views", page=page, query=f"{kept}&from=50&said=x", name=NASTY[0]
            )
            assert reply.status_code == 200
            assert "The view is saved" in reply.text
            assert f'href="?{kept.replace("&", "&amp;")}"' in reply.text
            assert NASTY[0] not in reply.text, "a name is text, never markup"
            (view,) = saved_views.of_page(Store(home), "acme-uk", page)
            assert (view.name, view.query) == (NASTY[0], kept)
            gone = visitor.post("/instances/acme-uk/views/remove", page=page, view=str(view.id))
            assert "The view is removed" in gone.text
            assert saved_views.of_page(Store(home), "acme-uk", page) == ()


def test_views_go_with_their_organisation_and_are_not_without_number(home: Path) -> None:
    store = Store(home)
    with visiting(home) as visitor:
        assert (
            "needs a name"
            in visitor.post("/instances/acme-uk/views", page="books/bills", query="", name=" ").text
        )
        for page in ("//evil.example", "settings", "books/../../add", "books/bills?x=1"):
            reply = visitor.post("/instances/acme-uk/views", page=page, query="", name="x")
            assert reply.status_code == 422, page
        for number in range(saved_views.MOST):
            saved_views.save(store, "acme-uk", "books/bills", name=str(number), query="")
        full = visitor.post("/instances/acme-uk/views", page="books/bills", query="", name="x")
        assert full.status_code == 422
        assert "remove one first" in full.text.lower()
    instances.remove(store, "acme-uk")
    assert saved_views.of_page(store, "acme-uk", "books/bills") == ()
