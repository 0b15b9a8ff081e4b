"""A DuckDB in memory that types landing files for the destinations that are not DuckDB."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import duckdb

from xeroport.destinations.typed import prepare

T = TypeVar("T")

MEMORY_MB = (112, 512, 2048)
"""What DuckDB may hold; more goes to the temporary folder. The first suffices for nearly all
batches, the others where it does not."""


def with_memory(connection: duckdb.DuckDBPyConnection, work: Callable[[], T]) -> T:
    """Do work, and do it again with more memory where it needs more."""
    for megabytes in MEMORY_MB[1:]:
        try:
            return work()
        except duckdb.OutOfMemoryException:
            connection.execute(f"SET memory_limit = '{megabytes}MB'")
    return work()


def open_staging() -> duckdb.DuckDBPyConnection:
    """A connection of its own, with the macros and tables of `typed`."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{MEMORY_MB[0]}MB",
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
