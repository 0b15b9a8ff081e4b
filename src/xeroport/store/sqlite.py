"""Opening a SQLite file that many processes share, and transactions that never half-end."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from xeroport.store.machine_errors import HELD, code_of, of_sqlite

PAUSE = 0.02
"""Seconds between two tries to open a file that another process is just making."""


def _checked(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method of a cursor; what it meets on the disk is a StoreError."""

    def checked(self: CheckedCursor, *arguments: Any) -> Any:
        try:
            return method(self, *arguments)
        except sqlite3.Error as error:
            self._blame(error)
            raise

    return checked


class CheckedCursor(sqlite3.Cursor):
    """What it meets on the disk is a StoreError, also while it reads."""

    connection: CheckedConnection
    execute = _checked(sqlite3.Cursor.execute)
    executemany = _checked(sqlite3.Cursor.executemany)
    fetchone = _checked(sqlite3.Cursor.fetchone)
    fetchall = _checked(sqlite3.Cursor.fetchall)
    __next__ = _checked(sqlite3.Cursor.__next__)

    def _blame(self, error: sqlite3.Error) -> None:
        path = self.connection.path
        meant = None if path is None else of_sqlite(error, path)
        if meant is not None:
            raise meant from error


class CheckedConnection(sqlite3.Connection):
    """A connection whose statements say what happened to the file; `path` is set once it is open
    and known to be whole."""

    path: Path | None = None

    def cursor(self, factory: Any = CheckedCursor) -> Any:
        return super().cursor(factory)


def connect(
    path: Path | None,
    *,
    busy_seconds: float,
    synchronous: str = "FULL",
    of_one_thread: bool = True,
) -> CheckedConnection:
    """A connection in WAL mode; `path` None is a database in memory.

    Switching to WAL needs the file alone, and SQLite does not wait for that: it is tried again
    until `busy_seconds` are over.
    """
    until = time.monotonic() + busy_seconds
    while True:
        connection = sqlite3.connect(
            path or ":memory:",
            timeout=busy_seconds,
            isolation_level=None,
            check_same_thread=of_one_thread,
            factory=CheckedConnection,
        )
        try:
            connection.row_factory = sqlite3.Row
            if path and connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={synchronous}")
            connection.execute("PRAGMA foreign_keys=ON")
        except sqlite3.OperationalError as error:
            connection.close()
            if not is_busy(error) or time.monotonic() > until:
                raise
            time.sleep(PAUSE)
        except BaseException:
            connection.close()
            raise
        else:
            return connection


def is_busy(error: sqlite3.Error) -> bool:
    """Whether somebody else has the file just now."""
    return code_of(error) in HELD


@contextmanager
def disk_errors(path: Path | None) -> Iterator[None]:
    """What the disk, or the file on it, does to a transaction, said to a person: StoreError for one
    that is full, read only, failing, damaged, or held by somebody else for too long."""
    try:
        yield
    except sqlite3.Error as error:
        raise_in_words(error, path)
        raise


def raise_in_words(error: BaseException, path: Path | None) -> None:
    """StoreError where `of_sqlite` has words for an error."""
    meant = of_sqlite(error, path) if isinstance(error, sqlite3.Error) else None
    if meant is not None:
        raise meant from error


@contextmanager
def transaction(
    connection: sqlite3.Connection, *, begin: str = "BEGIN IMMEDIATE"
) -> Iterator[sqlite3.Connection]:
    """A transaction: all of the block or none of it. It is not left open, also where its COMMIT
    fails, unless SQLite cannot even roll it back: such a connection is of no more use."""
    connection.execute(begin)
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def undone(connection: sqlite3.Connection, error: BaseException, path: Path | None) -> None:
    """End a transaction that failed by `error`, which is raised in words where it has them."""
    _roll_back(connection)
    raise_in_words(error, path)


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")


def is_stuck(connection: sqlite3.Connection) -> bool:
    """Whether a transaction that ended is still open: then the connection is of no more use."""
    return connection.in_transaction
