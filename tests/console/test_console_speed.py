"""Pages over large books answer within 300 ms, search within 150: 20,000 invoices with their ledger
daily (by CPU, since other tests run beside), a million in the soak, which prints every page."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import psycopg
import pytest
from console_world import visiting

from xeroport.catalogue.columns import tables
from xeroport.destinations.parquet import Manifest, parquet_types, write_manifest
from xeroport.destinations.postgres import postgres_type
from xeroport.destinations.search import postgres_indexes
from xeroport.destinations.typed import column_types
from xeroport.jobs.ledger import ledger_instance
from xeroport.secrets.vault import Secret
from xeroport.store import instances, places
from xeroport.store.database import Store
from xeroport.store.instances import Instance

LIMIT = 0.3
FILL = """
INSERT INTO acme.organisation BY NAME
    SELECT uuid() AS organisation_id, 'Acme' AS name, 'GBP' AS base_currency, 'GB' AS country_code,
        3 AS financial_year_end_month, 31 AS financial_year_end_day, '!acme1' AS short_code;
INSERT INTO acme.account BY NAME
    SELECT uuid() AS account_id, code, name, type, class, system_account, 'ACTIVE' AS status
    FROM (VALUES
        ('090', 'Bank', 'BANK', 'ASSET', NULL), ('610', 'Debtors', 'CURRENT', 'ASSET', 'DEBTORS'),
        ('800', 'Creditors', 'CURRLIAB', 'LIABILITY', 'CREDITORS'),
        ('820', 'VAT', 'CURRLIAB', 'LIABILITY', 'GST'),
        ('960', 'Retained earnings', 'EQUITY', 'EQUITY', 'RETAINEDEARNINGS')
    ) t(code, name, type, class, system_account)
    UNION ALL SELECT uuid(), (200 + i)::VARCHAR, 'Sales ' || i, 'REVENUE', 'REVENUE', NULL, 'ACTIVE'
    FROM range(20) t(i)
    UNION ALL SELECT uuid(), (400 + i)::VARCHAR, 'Cost ' || i, 'EXPENSE', 'EXPENSE', NULL, 'ACTIVE'
    FROM range(40) t(i);
INSERT INTO acme.contact BY NAME
    SELECT uuid() AS contact_id, 'Customer ' || i AS name FROM range($c) t(i);
CREATE TEMP TABLE known AS
    SELECT row_number() OVER () - 1 AS r, contact_id, name FROM acme.contact;
INSERT INTO acme.invoice BY NAME
    SELECT uuid() AS invoice_id, CASE WHEN i % 3 = 0 THEN 'ACCPAY' ELSE 'ACCREC' END AS type,
        contact_id, name AS contact_name, current_date - (hash(i) % 900)::INT AS date,
        current_date - (hash(i) % 900)::INT + 30 AS due_date, 'INV-' || i AS invoice_number,
        'Order ' || (hash(i) % 100000) AS reference, 'GBP' AS currency_code, 1 AS currency_rate,
        CASE WHEN i % 10 < 8 THEN 'PAID' ELSE 'AUTHORISED' END AS status,
        'Exclusive' AS line_amount_types,
        100 + hash(i) % 1000 AS sub_total, 0 AS total_tax, 100 + hash(i) % 1000 AS total,
        CASE WHEN i % 10 < 8 THEN 0 ELSE 100 + hash(i) % 1000 END AS amount_due
    FROM range($n) t(i) JOIN known ON r = hash(i) % $c;
INSERT INTO acme.invoice_line_item BY NAME
    SELECT invoice_id, p AS position, 'Thing ' || p AS description, 'NONE' AS tax_type,
        CASE type WHEN 'ACCREC' THEN 200 + hash(invoice_id) % 20
        ELSE 400 + hash(invoice_id) % 40 END::VARCHAR AS account_code,
        CASE p WHEN 1 THEN 50 ELSE total - 50 END AS line_amount
    FROM acme.invoice, range(1, 3) t(p);
INSERT INTO acme.payment BY NAME
    SELECT uuid() AS payment_id, invoice_id, type AS invoice_type, invoice_number,
        type || 'PAYMENT' AS payment_type, contact_id AS invoice_contact_id,
        contact_name AS invoice_contact_name, 'GBP' AS invoice_currency_code,
        least(date + 20, current_date) AS date, total AS amount, 1 AS currency_rate,
        'AUTHORISED' AS status, '090' AS account_code, 'Bank' AS account_name
    FROM acme.invoice WHERE status = 'PAID';
INSERT INTO acme.bank_transaction BY NAME
    SELECT uuid() AS bank_transaction_id, 'SPEND' AS type, 'AUTHORISED' AS status,
        current_date - (i % 800)::INT AS date, 10 AS sub_total, 10 AS total,
        'GBP' AS currency_code
    FROM range($n // 5) t(i);
CHECKPOINT;
"""
RECORDS = (
    "Organisation", "Account", "Contact", "Invoice", "Payment", "BankTransaction", "CreditNote",
    "Prepayment", "Overpayment",
)  # fmt: skip
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


def fill(path: Path, invoices: int) -> str:
    """Books with that many invoices, straight into the tables; gives one invoice's id."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA acme")
        for record in RECORDS:
            for table in tables(record):
                columns = ", ".join(f'"{n}" {kind}' for n, kind in column_types(table).items())
                connection.execute(f"CREATE TABLE acme.{table.name} ({columns})")
        for statement in (
            FILL.replace("$n", str(invoices)).replace("$c", str(invoices // 20)).split(";\n")
        ):
            if statement.strip():
                connection.execute(statement)
        found = connection.execute(
            "SELECT invoice_id::VARCHAR FROM acme.invoice LIMIT 1 OFFSET ?", [invoices * 3 // 4]
        ).fetchone()
    assert found
    return str(found[0])


def measured(
    home: Path, invoices: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Page → the best of some answers in seconds, so that other work on the machine is not it."""
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
            each = []
            for _ in range(4):
                began = clock()
                reply = visitor.get(page)
                each.append(clock() - began)
                assert reply.status_code == 200, page
            took[page] = min(each)
    return took


def test_pages_over_20_000_invoices(tmp_path: Path) -> None:
    took = measured(tmp_path, 20_000, time.process_time)
    slow = {page: seconds for page, seconds in took.items() if seconds > limit_of(page)}
    assert not slow


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
PART = 33_000
"""Invoices of one lot of a sync, which is one part of Parquet."""


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["parquet", "postgres"])
def test_search_over_a_million_invoices_elsewhere(
    tmp_path: Path, postgres_url: str, kind: str
) -> None:
    """Prints the best of some answers for each search; the books are put there as a sync would."""
    fill(tmp_path / "books.duckdb", 1_000_000)
    store = Store(tmp_path / "home")
    place = "http://127.0.0.1:1"
    instances.add(
        store,
        Instance(name="acme", base_url=place, identity_url=place, client_id="x"),
        Secret("s"),
    )
    with duckdb.connect(str(tmp_path / "books.duckdb")) as books:
        names = [
            name
            for (name,) in books.execute("SELECT table_name FROM duckdb_tables()").fetchall()
            if books.execute(f"SELECT 1 FROM acme.{name} LIMIT 1").fetchall()
        ]
        if kind == "parquet":
            url = f"parquet:{tmp_path / 'lake'}"
            _into_parquet(books, names, tmp_path / "lake" / "acme")
        else:
            url = postgres_url
            _into_postgres(books, names, url, tmp_path / "rows.csv")
    places.remember(store, "acme", url, shown=url)
    took = {}
    with visiting(store.home) as visitor:
        for words in SEARCHES:
            answers = []
            for _ in range(4):
                began = time.perf_counter()
                reply = visitor.get(SEARCH, params={"q": words})
                answers.append(time.perf_counter() - began)
                assert reply.status_code == 200, reply.text
            took[words] = min(answers)
    print(*(f"{took[words] * 1000:5.0f} ms  {kind}  {words}" for words in SEARCHES), sep="\n")
    assert max(took.values()) <= SEARCH_LIMIT


def _into_parquet(books: duckdb.DuckDBPyConnection, names: list[str], folder: Path) -> None:
    parts = {}
    for name in names:
        (folder / name).mkdir(parents=True)
        ((count,),) = books.execute(f"SELECT count(*) FROM acme.{name}").fetchall()
        columns = books.execute(f"DESCRIBE acme.{name}").fetchall()
        types = parquet_types({column[0]: column[1] for column in columns})
        chosen = ", ".join(
            f'CAST("{column}" AS {kind}) AS "{column}"' for column, kind in types.items()
        )
        parts[name] = tuple(f"{name}/part-{first}.parquet" for first in range(0, count, PART))
        for number, part in enumerate(parts[name]):
            books.execute(
                f"COPY (SELECT {chosen} FROM acme.{name} WHERE rowid >= {number * PART} "
                f"AND rowid < {(number + 1) * PART}) TO '{folder / part}' "
                "(FORMAT parquet, COMPRESSION zstd)"
            )
    write_manifest(folder, Manifest(parts=parts))


def _into_postgres(
    books: duckdb.DuckDBPyConnection, names: list[str], url: str, file: Path
) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA acme")
        for name in names:
            columns = books.execute(f"DESCRIBE acme.{name}").fetchall()
            made = ", ".join(f'"{column[0]}" {postgres_type(column[1])}' for column in columns)
            connection.execute(f"CREATE TABLE acme.{name} ({made})")
            books.execute(f"COPY acme.{name} TO '{file}' (FORMAT csv, HEADER false)")
            with connection.cursor().copy(f"COPY acme.{name} FROM STDIN (FORMAT csv)") as copy:
                copy.write(file.read_bytes())
            for statement in postgres_indexes("acme", name):
                connection.execute(statement)
