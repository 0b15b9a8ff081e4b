"""The SQLite file that all processes of a home folder share while they call Xero.

It holds only what may be lost without harm (call budgets, sealed access tokens), apart from the
store, so that a long transaction there never holds up a call and a call never waits for a disk.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path

from xeroport.errors import StoreError

FILE_NAME = "calls.sqlite"
BUSY_SECONDS = 10.0
WINDOW = 60.0
"""Seconds after its end for which a call counts against a minute."""
LAYOUT = 2
SCHEMA = """
DROP TABLE IF EXISTS call;
CREATE TABLE call (
    id INTEGER PRIMARY KEY, instance TEXT NOT NULL, app TEXT, process TEXT NOT NULL,
    started REAL NOT NULL, lease_until REAL NOT NULL, ended REAL);
CREATE INDEX call_by_instance ON call (instance, ended);
CREATE INDEX call_by_app ON call (app, ended);
CREATE TABLE IF NOT EXISTS app (
    app TEXT PRIMARY KEY, made INTEGER NOT NULL DEFAULT 0,
    may_start INTEGER NOT NULL DEFAULT 0, told_until REAL NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS budget (
    instance TEXT PRIMARY KEY,
    foreign_calls INTEGER NOT NULL DEFAULT 0, foreign_until REAL NOT NULL DEFAULT 0,
    blocked_until REAL NOT NULL DEFAULT 0, blocked_by TEXT,
    minute_remaining INTEGER, app_minute_remaining INTEGER,
    day_remaining INTEGER, day_until REAL NOT NULL DEFAULT 0, heard REAL);
CREATE TABLE IF NOT EXISTS token (
    instance TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, sealed BLOB, expires REAL NOT NULL,
    fetches INTEGER NOT NULL DEFAULT 0, fetcher TEXT, fetching_until REAL NOT NULL DEFAULT 0);
"""


@cache
def _host() -> str:
    return socket.gethostname()


def this_process() -> str:
    """Names this process among all that share the home folder: host and process id."""
    return f"{_host()}:{os.getpid()}"


def has_died(process: str) -> bool:
    """Whether a process named by `this_process` is known to be gone; False where unknowable."""
    host, _, number = process.rpartition(":")
    if os.name != "posix" or host != _host():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


class Calls:
    """The shared file of one home folder; safe between threads and between processes."""

    def __init__(self, home: Path) -> None:
        self.path: Path | None = home / FILE_NAME
        self._local = threading.local()
        self._shared: sqlite3.Connection | None = None
        self._turn = threading.RLock()

    @classmethod
    @cache
    def of_process(cls) -> Calls:
        """One for all threads of this process, in memory and never closed: what clients without
        a home folder share."""
        made = cls.in_memory()
        made._shared = made._open(of_one_thread=False)
        return made

    @classmethod
    def in_memory(cls) -> Calls:
        """The same for one thread of this process alone, kept nowhere."""
        made = cls(Path())
        made.path = None
        return made

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection, or the one that all threads share."""
        if self._shared is not None:
            return self._shared
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = self._connect()
        return found

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: all of the block or none of it."""
        with self._turn if self._shared is not None else nullcontext():
            connection = self.connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                if connection.in_transaction:
                    self.close()
                raise

    def close(self) -> None:
        """Close this thread's connection."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is not None:
            found.close()
            self._local.connection = None

    def _connect(self) -> sqlite3.Connection:
        try:
            try:
                return self._open()
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:  # damaged: nothing in it is worth mending
                self._discard()
                return self._open()
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"`{self.path}` cannot be used: {error}",
                hint="choose another home folder with `--home` or `XEROPORT_HOME`",
            ) from error

    def _open(self, *, of_one_thread: bool = True) -> sqlite3.Connection:
        made = sqlite3.connect(
            self.path or ":memory:",
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=of_one_thread,
        )
        made.row_factory = sqlite3.Row
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("PRAGMA synchronous=NORMAL")
        if int(made.execute("PRAGMA user_version").fetchone()[0]) < LAYOUT:
            made.execute("BEGIN IMMEDIATE")
            for statement in SCHEMA.split(";\n"):
                made.execute(statement)
            made.execute(f"PRAGMA user_version={LAYOUT}")
            made.execute("COMMIT")
        if self.path is not None:
            self.path.chmod(0o600)
        return made

    def _discard(self) -> None:
        if self.path is not None:
            for suffix in ("", "-wal", "-shm"):
                self.path.with_name(FILE_NAME + suffix).unlink(missing_ok=True)


def forget(home: Path, instance: str) -> None:
    """Drop the token and the budgets of an instance that is no more."""
    if not (home / FILE_NAME).exists():
        return
    calls = Calls(home)
    with calls.transaction() as database:
        for table in ("token", "budget", "call"):
            database.execute(f"DELETE FROM {table} WHERE instance=?", (instance,))  # noqa: S608
    calls.close()
