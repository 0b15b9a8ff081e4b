"""What is searched for comes first, wherever the books are, however many begin with the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import duckdb
import pytest
from console_many import fill, put
from console_world import visiting
from tests import one_run

from xeroport.secrets.vault import Secret
from xeroport.store import instances, places
from xeroport.store.database import Store
from xeroport.store.instances import Instance

KINDS = ("duckdb", "parquet", "postgres")
INVOICES = 2000
SEARCH = "/instances/acme/search"


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """A home folder for each kind of destination, all with the same books."""
    folder = tmp_path_factory.mktemp("search")
    fill(folder / "books.duckdb", INVOICES)
    with duckdb.connect(str(folder / "books.duckdb")) as books:  # the closest lie last
        for table, name in (("invoice", "invoice_number"), ("contact", "name")):
            books.execute(
                f"CREATE OR REPLACE TABLE acme.{table} AS "
                f"FROM acme.{table} ORDER BY length({name}) DESC, {name} DESC"
            )
    database = one_run.new_database("searched_books")
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEYRING", "off")
        for kind in KINDS:
            url = put(folder / "books.duckdb", kind, folder, database)
            store = Store(folder / kind)
            place = "http://127.0.0.1:1"
            instances.add(
                store,
                Instance(name="acme", base_url=place, identity_url=place, client_id="x"),
                Secret("s"),
            )
            places.remember(store, "acme", url, shown=url)
            found[kind] = store.home
        yield found


def titles(home: Path, words: str) -> dict[str, list[str]]:
    """Kind in addresses → the titles of what was found, in order."""
    with visiting(home) as visitor:
        page = unescape(visitor.get(SEARCH, params={"q": words}).text)
    links = re.findall(r'<a href="/instances/acme/books/([\w-]+)/[\w-]{36}">([^<]*)</a>', page)
    return {kind: [title for of, title in links if of == kind] for kind, _ in links}


@pytest.mark.parametrize("kind", KINDS)
def test_an_exact_match_comes_before_all_that_begin_with_it(
    homes: dict[str, Path], kind: str
) -> None:
    for number in (1, 2, 3):  # sales invoices and bills
        found = titles(homes[kind], f"inv-{number}")
        of = "bills" if number % 3 == 0 else "sales-invoices"
        assert found[of][0] == f"INV-{number}"
        assert len(found[of]) == 8
    contacts = titles(homes[kind], "CUSTOMER 9")["contacts"]
    assert contacts[0] == "Customer 9"
    assert len(contacts) == 8
    assert titles(homes[kind], "er 77")["contacts"] == ["Customer 77"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_amount_comes_before_numbers_that_begin_with_it(
    homes: dict[str, Path], kind: str
) -> None:
    with duckdb.connect(str(homes[kind].parent / "books.duckdb"), read_only=True) as books:
        ((number, total, type_),) = books.execute(
            "SELECT invoice_number, total::INT, type FROM acme.invoice WHERE total IN "
            "(SELECT total FROM acme.invoice GROUP BY total HAVING count(*) = 1) LIMIT 1"
        ).fetchall()
    found = titles(homes[kind], f"{total}.00")
    of = "sales-invoices" if type_ == "ACCREC" else "bills"
    assert found[of] == [number]
