"""A DuckDB in memory that types landing files for the destinations that are not DuckDB."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime

import duckdb

from xeroport.destinations.typed import prepare

MEMORY = "160MB"
"""What DuckDB may hold; more than that goes to the temporary folder."""


def open_staging() -> duckdb.DuckDBPyConnection:
    """A connection of its own, with the macros and tables of `typed`."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY,
            "threads": 1,
            "preserve_insertion_order": True,
            "temp_directory": tempfile.gettempdir(),
        },
    )
    prepare(connection)
    return connection


def naive(instant: datetime) -> datetime:
    """An instant as destinations keep it: UTC without a zone."""
    return instant.astimezone(UTC).replace(tzinfo=None)


def literal(instant: datetime) -> str:
    """That instant as an SQL expression."""
    return f"TIMESTAMP '{naive(instant).isoformat(sep=' ')}'"
