"""A DuckDB in memory that types landing files and that files of books are attached to.

To open one takes longer than a small batch, so a process keeps those that were given back.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import duckdb

from xeroport.destinations.rows import forget
from xeroport.destinations.typed import prepare

T = TypeVar("T")

MEMORY_MB = (112, 512, 2048)
"""What DuckDB may hold; more goes to the temporary folder. The first suffices for nearly all
batches, the others where it does not."""

MOST_KEPT = 8
_kept: list[duckdb.DuckDBPyConnection] = []
_raised: set[int] = set()
"""The ids of those that were given more memory; they are not kept."""
_of_parent: list[duckdb.DuckDBPyConnection] = []
"""Connections that a fork has brought along: neither used nor closed."""


def with_memory(connection: duckdb.DuckDBPyConnection, work: Callable[[], T]) -> T:
    """Do work, and do it again with more memory where it needs more."""
    for megabytes in MEMORY_MB[1:]:
        try:
            return work()
        except duckdb.OutOfMemoryException:
            _raised.add(id(connection))
            connection.execute(f"SET memory_limit = '{megabytes}MB'")
    return work()


def open_staging() -> duckdb.DuckDBPyConnection:
    """A database for one user at a time, with the macros of `typed`; `give_back` ends its use."""
    try:
        return _kept.pop()
    except IndexError:
        return _opened()


def give_back(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep a database for the next user, as empty as it was; one that is not so is closed."""
    is_raised = id(connection) in _raised
    _raised.discard(id(connection))
    if not is_raised and len(_kept) < MOST_KEPT and _is_emptied(connection):
        _kept.append(connection)
    else:
        connection.close()


def _is_emptied(connection: duckdb.DuckDBPyConnection) -> bool:
    try:
        forget(connection)
        open_in_it = "SELECT count(*) FROM duckdb_databases() WHERE NOT internal"
        return connection.execute(open_in_it).fetchone() == (1,)  # itself
    except duckdb.Error:
        return False


def _leave_to_parent() -> None:
    _of_parent.extend(_kept)
    _kept.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)


def _opened() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{MEMORY_MB[0]}MB",
            "threads": 1,
            "checkpoint_threshold": "1MB",  # a batch goes into its file, not into a log first
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
