"""Pages over large books answer within 300 ms, search within 150: 20,000 invoices with their ledger
daily (by CPU, since other tests run beside), a million in the soak, which prints every page."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from math import inf
from pathlib import Path
from typing import Any

import duckdb
import pytest
from console_many import fill, put
from console_world import visiting

from xeroport.console.reading.books_protocol import Row
from xeroport.console.reading.duckdb import DuckReading
from xeroport.jobs.ledger import ledger_instance
from xeroport.secrets.vault import Secret
from xeroport.store import instances, places
from xeroport.store.database import Store
from xeroport.store.instances import Instance

LIMIT = 0.3
SCREENFUL = 501
"""Lines of a document or of the ledger that a page shows at most, and one to know of more."""
DATA = "/instances/acme/data"
SEARCH = "/instances/acme/search"
SEARCH_LIMIT = 0.15
PAGES = (
    "/instances",
    "/instances/acme",
    "/instances/acme/overview",
    DATA,
    f"{DATA}/invoice",
    f"{DATA}/invoice?columns=all",
    f"{DATA}/invoice?sort=total&desc=1",
    f"{DATA}/invoice?sort=contact_name&columns=all",
    f"{DATA}/invoice?from=10000&sort=invoice_number",
    f"{DATA}/invoice?q=INV-99",
    f"{DATA}/invoice?q=nothing-like-this",
    f"{DATA}/invoice?q=customer+7&sort=total",
    f"{DATA}/invoice?column=total&op=from&value=1100&sort=date",
    f"{DATA}/invoice_line_item?q=thing",
    "/instances/acme/books",
    "/instances/acme/books/sales-invoices",
    "/instances/acme/books/sales-invoices?q=customer+77&status=AUTHORISED",
    "/instances/acme/books/bills?period=last-12-months&late=1",
    "/instances/acme/books/contacts?q=99",
    f"{SEARCH}?q=INV-99",
    f"{SEARCH}?q=customer+1234",
    f"{SEARCH}?q=1,119.00",
    f"{SEARCH}?q=nothing-like-this",
    "/instances/acme/books/sales-invoices?low=500&high=700&first=2026-01-01&col=total&col=date",
    f"{DATA}/invoice?column=type&op=is&value=ACCREC&column=total&op=from&value=1000",
    "/instances/acme/statements/profit-and-loss?period=last-12-months&by=month",
    "/instances/acme/statements/profit-and-loss?compare=1&before=1",
    "/instances/acme/statements/balance-sheet?by=month&compare=1",
    "/instances/acme/statements/receivables",
    "/instances/acme/statements/receivables?at=2026-03-31",
    "/instances/acme/statements/receivables/open?age=3",
    "/instances/acme/statements/cash",
    "/instances/acme/statements/budget",
    "/instances/acme/statements/lines?group=income&first=2026-01-01",
    "/instances/acme/statements/lines?group=cash",
    "/instances/acme/sql?sql=select+type,+sum(total)+from+invoice+group+by+all",
)


def measured(
    home: Path,
    invoices: int,
    clock: Callable[[], float] = time.perf_counter,
    enough: Callable[[str], float] = lambda page: 0.0,
) -> dict[str, float]:
    """Page → the best of four answers in seconds, so that other work on the machine is not it; it
    is not asked for again once an answer took no more than `enough`."""
    store = Store(home)
    place = "http://127.0.0.1:1"
    instances.add(
        store,
        Instance(name="acme", base_url=place, identity_url=place, client_id="x"),
        Secret("s"),
    )
    invoice = fill(home / "books.duckdb", invoices)
    report = asyncio.run(ledger_instance(store, "acme", tied=False))
    assert report.lines > 3 * invoices
    with duckdb.connect(str(home / "books.duckdb")) as books:
        ((contact, kind),) = books.execute(
            "SELECT contact_id, type FROM acme.invoice WHERE invoice_id = ?", [invoice]
        ).fetchall()
        ((account,),) = books.execute(
            "SELECT account_id FROM acme.account WHERE code = '090'"
        ).fetchall()
    of_kind = "sales-invoices" if kind == "ACCREC" else "bills"
    records = (
        f"{DATA}/invoice/record?invoice_id={invoice}",
        f"/instances/acme/books/{of_kind}/{invoice}",
        f"/instances/acme/books/contacts/{contact}",
        f"/instances/acme/statements/account/{account}",
        f"/instances/acme/statements/payables/open?contact={contact}",
    )
    took: dict[str, float] = {}
    with visiting(home) as visitor:
        for page in (*PAGES, *records):
            answers: list[float] = []
            while len(answers) < 4 and min(answers, default=inf) > enough(page):
                began = clock()
                reply = visitor.get(page)
                answers.append(clock() - began)
                assert reply.status_code == 200, page
            took[page] = min(answers)
    return took


def test_pages_over_20_000_invoices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no page reads what it does not show: what comes out of the books is a screenful, places
    of rows to count and turn through, or sums by account and month."""
    read: dict[str, list[Row]] = {}
    rows = DuckReading.rows

    def noted(books: DuckReading, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        read[sql] = rows(books, sql, values)
        return read[sql]

    monkeypatch.setattr(DuckReading, "rows", noted)
    took = measured(tmp_path, 20_000, time.process_time, limit_of)
    assert not {page: seconds for page, seconds in took.items() if seconds > limit_of(page)}
    long = {sql: answer for sql, answer in read.items() if len(answer) > SCREENFUL}
    assert long, "the books are large enough"
    for sql, answer in long.items():
        is_place, is_sum = sql.startswith("SELECT rowid "), sql.startswith("SELECT account_id, ")
        assert is_place or (is_sum and len(answer[0]) == 3), sql


def limit_of(page: str) -> float:
    return SEARCH_LIMIT if page.startswith(SEARCH) else LIMIT


@pytest.mark.soak
def test_pages_over_a_million_invoices(tmp_path: Path) -> None:
    took = measured(tmp_path, 1_000_000)
    print(*(f"{seconds * 1000:5.0f} ms  {page}" for page, seconds in took.items()), sep="\n")
    print(f"median {statistics.median(took.values()) * 1000:.0f} ms")
    assert not {page: seconds for page, seconds in took.items() if seconds > limit_of(page)}


SEARCHES = (
    "INV-99", "customer 1234", "1,119.00", "515", "nothing-like-this", "INV", "rder 4242",
    "order 42424", "in", "50%_of",
)  # fmt: skip


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("million") / "books.duckdb"
    fill(path, 1_000_000)
    return path


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["duckdb", "parquet", "postgres"])
def test_search_over_a_million_invoices(
    million: Path, tmp_path: Path, postgres_url: str, kind: str
) -> None:
    """Prints the best of some answers for each search, with the processor time of this process."""
    store = Store(tmp_path / "home")
    place = "http://127.0.0.1:1"
    instances.add(
        store,
        Instance(name="acme", base_url=place, identity_url=place, client_id="x"),
        Secret("s"),
    )
    url = put(million, kind, tmp_path, postgres_url)
    places.remember(store, "acme", url, shown=url)
    took: dict[str, tuple[float, float]] = {}
    with visiting(store.home) as visitor:
        for words in SEARCHES:
            answers = []
            for _ in range(4):
                began = time.perf_counter(), time.process_time()
                reply = visitor.get(SEARCH, params={"q": words})
                answers.append((time.perf_counter() - began[0], time.process_time() - began[1]))
                assert reply.status_code == 200, reply.text
            took[words] = min(answers)
    for words, (seconds, cpu) in took.items():
        print(f"{seconds * 1000:5.0f} ms  {cpu * 1000:5.0f} ms CPU  {kind}  {words}")
    assert max(took.values())[0] <= SEARCH_LIMIT
