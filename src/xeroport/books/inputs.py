"""What the rules read: tables of the copy, as views of plain types without what is gone at Xero."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import duckdb

from xeroport.catalogue import load
from xeroport.catalogue.columns import Table, tables
from xeroport.destinations.typed import column_types, identifier

RULES = Path(__file__).parent / "rules"

STREAMS: dict[str, str] = {
    "Account": "accounts",
    "Organisation": "organisation",
    "TaxRate": "tax_rates",
    "Invoice": "invoices",
    "CreditNote": "credit_notes",
    "BankTransaction": "bank_transactions",
    "ManualJournal": "manual_journals",
    "Payment": "payments",
    "Prepayment": "prepayments",
    "Overpayment": "overpayments",
    "BankTransfer": "bank_transfers",
    "ExpenseClaim": "expense_claims",
    "Receipt": "receipts",
}
"""Record type → its stream, of all that posts or is needed to post."""

WHOLE = ("Account", "Organisation", "Item", "TrackingCategory")
"""Small tables that are read with all their columns, for ties and statements."""

STAMPS = frozenset({"updated_date_utc", "created_date_utc"})
"""Columns that date a journal, and that no rule names."""

RETIRING = frozenset({"ExpenseClaim", "Receipt"})
"""Record types that a new connection may not read; most organisations have none."""

KEPT = frozenset({"account"})
"""Tables whose records still count when they are gone at Xero: lines point to them."""

ROOTS: tuple[str, ...] = (
    "invoice", "credit_note", "bank_transaction", "manual_journal", "payment", "prepayment",
    "overpayment", "bank_transfer", "expense_claim",
)  # fmt: skip
"""Tables whose records post."""


@cache
def rule(name: str) -> str:
    """The SQL of a rule."""
    return (RULES / f"{name}.sql").read_text(encoding="utf-8")


@cache
def columns() -> dict[str, dict[str, str]]:
    """Table → column → DuckDB type, of what the rules name; nothing else is read."""
    words = set(
        re.findall(r"\w+", " ".join(path.read_text() for path in sorted(RULES.glob("*.sql"))))
    )
    words |= STAMPS
    chosen: dict[str, dict[str, str]] = {}
    for record in (*STREAMS, *WHOLE):
        for table in tables(record):
            kinds = column_types(table)
            if record in WHOLE and not table.levels:
                chosen[table.name] = kinds
            elif table.name in words:
                chosen[table.name] = {name: kind for name, kind in kinds.items() if name in words}
    return chosen


def journal_columns() -> dict[str, dict[str, str]]:
    """The same of the tables of Xero's own journals, which no rule reads."""
    return {table.name: column_types(table) for table in tables("Journal")}


def key_of(name: str) -> str:
    """The key column of a root table."""
    return _table(name).key[0].name


@cache
def _table(name: str) -> Table:
    record = next(each for each in load().record_types if each.table == name)
    return tables(record.name)[0]


def open_views(connection: duckdb.DuckDBPyConnection, synced: Mapping[str, str]) -> None:
    """A temporary view for each table the rules read, with nothing in it where it was never synced.

    `synced` is table → where its rows are, in SQL."""
    for table, kinds in columns().items():
        if table in synced:
            chosen = ", ".join(
                f"CAST({identifier(name)} AS {kind}) AS {identifier(name)}"
                for name, kind in kinds.items()
            )
            query = f"SELECT {chosen} FROM {synced[table]}"
            if table not in KEPT:
                query += " WHERE _deleted_at IS NULL"
        else:
            nothing = ", ".join(
                f"CAST(NULL AS {kind}) AS {identifier(name)}" for name, kind in kinds.items()
            )
            query = f"SELECT {nothing} WHERE false"
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {identifier(table)} AS {query}")
