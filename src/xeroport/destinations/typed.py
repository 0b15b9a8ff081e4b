"""The DuckDB types of the tables' columns, and the macros that make values of them."""

from __future__ import annotations

from pathlib import Path

import duckdb

from xeroport.catalogue.columns import Column, Table
from xeroport.catalogue.model import ValueType

DUCKDB_TYPES: dict[ValueType, str] = {
    "text": "VARCHAR",
    "uuid": "UUID",
    "money": "DECIMAL(24, 4)",
    "number": "DECIMAL(30, 10)",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
RATE = "DECIMAL(30, 10)"
"""Rates, quantities and prices of a unit: Xero gives up to ten places."""

CONTROL = (("_synced_at", "TIMESTAMP"), ("_deleted_at", "TIMESTAMP"), ("_extra", "JSON"))
"""The columns that every table has."""

OPTIMISED = ("filter_pushdown", "unused_columns")
"""What DuckDB's optimiser is good for here; its other passes take longer than a batch's casts."""


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Give a connection the macros of `typed.sql`, and plans that are made quickly."""
    connection.execute("SET TimeZone = 'UTC'")
    known = [name for (name,) in connection.execute("FROM duckdb_optimizers()").fetchall()]
    needless = ",".join(name for name in known if name not in OPTIMISED)
    connection.execute(f"SET disabled_optimizers = {text(needless)}")
    connection.execute(Path(__file__).with_suffix(".sql").read_text())


def identifier(name: str) -> str:
    """A quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A quoted SQL string."""
    return "'" + value.replace("'", "''") + "'"


def column_types(table: Table) -> dict[str, str]:
    """Column name → DuckDB type, of all columns of a table, in order."""
    columns = {each.name: column_type(each) for each in table.key}
    columns |= dict.fromkeys(table.positions, "INTEGER")
    columns |= {column.name: column_type(column) for column in table.columns}
    return columns | dict(CONTROL)


def filled(table: Table) -> tuple[str, ...]:
    """The columns that typed rows bring along: all but `_synced_at` and `_deleted_at`."""
    return tuple(each for each in column_types(table) if each not in ("_synced_at", "_deleted_at"))


def column_type(column: Column) -> str:
    """The DuckDB type of a column."""
    return RATE if column.rate else DUCKDB_TYPES[column.type]
