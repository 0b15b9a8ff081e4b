"""Books of any size, put straight into the tables of a destination as a sync would."""

from __future__ import annotations

from pathlib import Path

import duckdb
import psycopg

from xeroport.catalogue.columns import tables
from xeroport.destinations.manifest import Manifest, write_manifest
from xeroport.destinations.parquet import parquet_types
from xeroport.destinations.postgres import postgres_type
from xeroport.destinations.search import postgres_indexes
from xeroport.destinations.typed import column_types

PART = 33_000
"""Invoices of one lot of a sync, which is one part of Parquet."""
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


def put(books: Path, kind: str, folder: Path, postgres_url: str) -> str:
    """The same books in a destination of another kind below a folder; gives its URL."""
    if kind == "duckdb":
        return f"duckdb:{books}"
    with duckdb.connect(str(books), read_only=True) as connection:
        names = [
            name
            for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
            if connection.execute(f"SELECT 1 FROM acme.{name} LIMIT 1").fetchall()
        ]
        if kind == "parquet":
            _into_parquet(connection, names, folder / "lake" / "acme")
            return f"parquet:{folder / 'lake'}"
        _into_postgres(connection, names, postgres_url, folder / "rows.csv")
        return postgres_url


def _into_parquet(books: duckdb.DuckDBPyConnection, names: list[str], folder: Path) -> None:
    parts, kept = {}, {}
    for name in names:
        (folder / name).mkdir(parents=True)
        ((count,),) = books.execute(f"SELECT count(*) FROM acme.{name}").fetchall()
        columns = books.execute(f"DESCRIBE acme.{name}").fetchall()
        types = kept[name] = parquet_types({column[0]: column[1] for column in columns})
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
    write_manifest(folder, Manifest(parts=parts, columns=kept))


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
