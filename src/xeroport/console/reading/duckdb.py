"""Reading through DuckDB: a file of books, a copy of one, or views over Parquet."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock, Timer
from typing import Any

import duckdb

from xeroport.books.views import Dialect
from xeroport.console.reading.books_protocol import SECONDS, Answer, MarkedTable, Row, too_slow
from xeroport.console.reading.sql_process import FileTarget, LakeFolder, LakeTarget, Question, ask
from xeroport.destinations.duckdb_file import ALIAS, lock
from xeroport.destinations.typed import identifier, text

LOGS = (".wal", ".wal.checkpoint", ".wal.recovery")
"""What DuckDB adds to a file's name for what is not in the file yet."""


class DuckReading:
    """A DuckDB connection as a `Reading`; `target` is where a process of its own finds the same
    books, for SQL that a person typed (None: it takes none)."""

    language = "DuckDB"
    dialect: Dialect = "duckdb"
    warning: str | None = None

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        target: FileTarget | LakeTarget | None = None,
        *,
        seconds: float = SECONDS,
        as_of: datetime | None = None,
    ) -> None:
        self.as_of = as_of
        self.has_row_ids = not isinstance(target, LakeTarget)
        self._connection = connection
        self._target = target
        self._seconds = seconds

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        return self._connection.execute(sql, list(values)).fetchall()

    def marked(self, schema: str, table: str) -> MarkedTable | None:
        if not isinstance(self._target, LakeTarget):
            return MarkedTable(f"{identifier(schema)}.{identifier(table)}", ("rowid",))
        lake = self._target.schemas[schema]
        return MarkedTable(_parts(lake, table), ("filename", "file_row_number"))

    def lots(self, sql: str, values: Sequence[Any] = (), *, size: int) -> Iterator[list[Row]]:
        found = self._connection.execute(sql, list(values))
        while lot := found.fetchmany(size):
            yield lot

    def answer(self, schema: str, sql: str, most: int) -> Answer:
        assert self._target is not None, "this connection's books have no place of their own"
        return ask(Question(self._target, schema, sql, most, self._seconds))


def connect_locked(
    path: str, limits: Mapping[str, str | int] | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection that reads one file of books alone; `limits` are settings of DuckDB."""
    connection = duckdb.connect(config=dict(limits or {}))
    try:
        connection.execute(f"ATTACH {text(path)} AS {ALIAS} (READ_ONLY)")
        connection.execute(f"USE {ALIAS}")
        lock(connection)
    except BaseException:
        connection.close()
        raise
    return connection


class LockedFile:
    """A file of books, read by any number of connections. One DuckDB, which can reach nothing
    else, serves them all: to make one takes longer than most queries. The file is open only while
    somebody reads it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = Lock()
        self._readers = 0
        self._database: duckdb.DuckDBPyConnection | None = None
        self._real = ""

    @contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for as long as the block lasts."""
        connection = self._joined()
        try:
            yield connection
        finally:
            self._left(connection)

    def close(self) -> None:
        """End that DuckDB, once nobody reads the file; the next reader makes another."""
        with self._lock:
            if self._database is not None and not self._readers:
                self._database.close()
                self._database = None

    def _joined(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            connection = self._database_now().cursor()
            try:
                if not self._readers:
                    connection.execute(f"ATTACH {text(self._path)} AS {ALIAS} (READ_ONLY)")
                connection.execute(f"USE {ALIAS}")
            except BaseException:
                connection.close()
                raise
            self._readers += 1
            return connection

    def _left(self, connection: duckdb.DuckDBPyConnection) -> None:
        with self._lock:
            connection.close()
            self._readers -= 1
            if not self._readers and self._database is not None:
                self._database.execute(f"DETACH {ALIAS}")

    def _database_now(self) -> duckdb.DuckDBPyConnection:
        """The DuckDB for the file that the path leads to now: links change."""
        real = os.path.realpath(self._path)
        if self._database is None or (real != self._real and not self._readers):
            if self._database is not None:
                self._database.close()
            self._database, self._real = _alone(real), real
        return self._database


def _alone(path: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB that can open one file, with what belongs to it, and nothing else."""
    database = duckdb.connect()
    name, mark, rest = path.partition("?")  # DuckDB puts its endings before it
    paths = ", ".join(text(f"{name}{ending}{mark}{rest}") for ending in ("", *LOGS))
    database.execute(f"SET allowed_paths = [{paths}]")
    lock(database)
    return database


def make_views(connection: duckdb.DuckDBPyConnection, schemas: Mapping[str, LakeFolder]) -> None:
    """Views over Parquet parts; their folders are all that the connection can see from then on."""
    connection.execute("SET parquet_metadata_cache = true")  # parts never change
    for schema, lake in schemas.items():
        named = identifier(schema)
        connection.execute(f"CREATE SCHEMA {named}")
        for table in lake.parts:
            connection.execute(
                f"CREATE VIEW {named}.{identifier(table)} AS FROM {_parts(lake, table)}"
            )
    connection.execute("SET TimeZone = 'UTC'")
    lock(connection, folders=[lake.folder for lake in schemas.values()])


def _parts(lake: LakeFolder, table: str) -> str:
    """The parts of a table. Where they are alike DuckDB need not look into each of them first."""
    paths = ", ".join(text(str(Path(lake.folder) / part)) for part in lake.parts[table])
    union = "" if table in lake.alike else ", union_by_name = true"
    return f"read_parquet([{paths}]{union})"


@contextmanager
def stopping(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Interrupt what still runs after so long, as InputError."""
    timer = Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    except duckdb.InterruptException as error:
        raise too_slow(seconds) from error
    finally:
        timer.cancel()
