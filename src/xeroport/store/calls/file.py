"""The SQLite file that all processes of a home folder share while they call Xero.

It holds only what may be lost without harm (call budgets, sealed access tokens), apart from the
store, so that a long transaction there never holds up a call and a call never waits for a disk.
"""

from __future__ import annotations

import sqlite3
import threading
from functools import cache
from pathlib import Path
from types import TracebackType

from xeroport.errors import StoreError
from xeroport.store.folder import check_file
from xeroport.store.sqlite import connect, is_stuck, transaction, undone

FILE_NAME = "calls.sqlite"
BUSY_SECONDS = 10.0
WINDOW = 60.0
"""Seconds after its end for which a call counts against a minute."""
LAYOUT = 4
SCHEMA = """
DROP TABLE IF EXISTS call;
DROP TABLE IF EXISTS budget;
DROP TABLE IF EXISTS token;
DROP TABLE IF EXISTS outage;
CREATE TABLE call (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, app TEXT, process TEXT NOT NULL,
    started REAL NOT NULL, lease_until REAL NOT NULL, ended REAL);
CREATE INDEX call_by_account ON call (account, ended);
CREATE INDEX call_by_app ON call (app, ended);
CREATE TABLE IF NOT EXISTS app (
    app TEXT PRIMARY KEY, made INTEGER NOT NULL DEFAULT 0,
    may_start INTEGER NOT NULL DEFAULT 0, told_until REAL NOT NULL DEFAULT 0);
CREATE TABLE budget (
    account TEXT PRIMARY KEY,
    longest REAL, longest_at REAL,
    foreign_calls INTEGER NOT NULL DEFAULT 0, foreign_until REAL NOT NULL DEFAULT 0,
    blocked_until REAL NOT NULL DEFAULT 0, blocked_by TEXT,
    minute_remaining INTEGER, app_minute_remaining INTEGER,
    day_remaining INTEGER, day_until REAL NOT NULL DEFAULT 0, heard REAL);
CREATE TABLE outage (
    account TEXT PRIMARY KEY, since REAL NOT NULL, tries INTEGER NOT NULL, tried_at REAL NOT NULL,
    next_try REAL NOT NULL, reason TEXT NOT NULL, trier TEXT,
    trying_until REAL NOT NULL DEFAULT 0);
CREATE TABLE token (
    instance TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, sealed BLOB, expires REAL NOT NULL,
    fetches INTEGER NOT NULL DEFAULT 0, fetcher TEXT, fetching_until REAL NOT NULL DEFAULT 0);
"""


class Calls:
    """The shared file of one home folder; safe between threads and between processes."""

    def __init__(self, home: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path: Path | None = home / FILE_NAME
        self._busy_seconds = busy_seconds
        self._local = threading.local()
        self._shared: sqlite3.Connection | None = None
        self._turn = threading.RLock()
        self._is_whole = False

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
        calls = cls(Path())
        calls.path = None
        return calls

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection, or the one that all threads share."""
        if self._shared is not None:
            return self._shared
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
        return connection

    def transaction(self) -> CallsTransaction:
        """A write transaction: all of the block or none of it."""
        return CallsTransaction(self)

    def take_turn(self) -> sqlite3.Connection:
        """This thread's connection; of one that all threads share, others wait until `end_turn`."""
        if self._shared is not None:
            self._turn.acquire()
        try:
            return self.connection
        except BaseException:
            self.end_turn()
            raise

    def end_turn(self) -> None:
        """Let other threads have a connection that all share."""
        if self._shared is not None:
            self._turn.release()

    def close(self) -> None:
        """Close this thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
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
            words = (getattr(error, "strerror", None) or str(error)).lower()
            raise StoreError(
                f"`{self.path}` cannot be used: {words}",
                hint="let this user read and write it, or remove it while nothing runs: it holds "
                "counts of calls",
            ) from error

    def _open(self, *, of_one_thread: bool = True) -> sqlite3.Connection:
        if self.path is not None:
            check_file(self.path)
            self.path.touch(mode=0o600)
        connection = connect(
            self.path,
            busy_seconds=self._busy_seconds,
            synchronous="NORMAL",
            of_one_thread=of_one_thread,
        )
        if not self._is_whole:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                connection.close()
                raise sqlite3.DatabaseError(verdict)
            self._is_whole = True
        if _layout(connection) < LAYOUT:
            with transaction(connection):
                if _layout(connection) < LAYOUT:
                    for statement in SCHEMA.split(";\n"):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version={LAYOUT}")
        connection.path = self.path
        return connection

    def _discard(self) -> None:
        if self.path is not None:
            for suffix in ("", "-wal", "-shm"):
                self.path.with_name(FILE_NAME + suffix).unlink(missing_ok=True)


def _layout(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def forget(home: Path, instance: str) -> None:
    """Drop the token of an instance that is no more. What its app has called still counts at
    Xero, whatever the instances are called, so its budget stays."""
    if not (home / FILE_NAME).exists():
        return
    calls = Calls(home)
    with calls.transaction() as database:
        database.execute("DELETE FROM token WHERE instance=?", (instance,))
    calls.close()


class CallsTransaction:
    """A write transaction in the file of calls. Every call passes through several, and a class
    costs a third of what a generator does."""

    __slots__ = ("_calls", "_connection")

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def __enter__(self) -> sqlite3.Connection:
        self._connection = self._calls.take_turn()
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except BaseException as error:
            self._undo(error)
            raise
        return self._connection

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._undo(error)
            return
        try:
            self._connection.execute("COMMIT")
        except BaseException as failure:
            self._undo(failure)
            raise
        self._calls.end_turn()

    def _undo(self, error: BaseException) -> None:
        """Leave nothing open, and raise what `error` means to a person."""
        try:
            undone(self._connection, error, self._calls.path)
        finally:
            if is_stuck(self._connection):
                self._calls.close()
            self._calls.end_turn()
