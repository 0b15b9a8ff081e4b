"""Reading through DuckDB: a file of books, a copy of one, or views over Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Timer
from typing import Any

import duckdb

from xeroport.console.reading.protocol import Answer, Row, too_slow
from xeroport.destinations.typed import identifier
from xeroport.errors import InputError

LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
}
"""Neither files nor network nor extensions, for the SQL box; every reader takes the same, since
one process may open a file in one way only."""


class DuckReading:
    """A DuckDB connection as a `Reading`. `only_selects` where the database itself would let a
    statement write."""

    language = "DuckDB"

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        as_of: datetime | None = None,
        only_selects: bool = False,
    ) -> None:
        self.as_of = as_of
        self.has_row_ids = not only_selects
        self._connection = connection
        self._only_selects = only_selects

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        return self._connection.execute(sql, list(values)).fetchall()

    def lots(self, sql: str, values: Sequence[Any] = (), *, size: int) -> Iterator[list[Row]]:
        found = self._connection.execute(sql, list(values))
        while lot := found.fetchmany(size):
            yield lot

    def answer(self, schema: str, sql: str, most: int) -> Answer:
        try:
            self._connection.execute(f"USE {identifier(schema)}")
            found = self._connection.execute(self._one(sql, most))
            columns = [each[0] for each in found.description or ()]
            rows = found.fetchmany(most + 1) if columns else []
        except duckdb.InterruptException:
            raise
        except duckdb.Error as error:
            raise InputError(words(error), hint=_hint(error)) from error
        return Answer(columns, rows[:most], len(rows) > most)

    def _one(self, sql: str, most: int) -> str:
        """The one statement of a text, cut to so many rows where that can be done."""
        statements = self._connection.extract_statements(sql)
        if len(statements) != 1:
            raise InputError("one statement at a time", hint="take out all but one")
        query = statements[0].query.rstrip().rstrip(";")
        if statements[0].type == duckdb.StatementType.SELECT:
            return f"SELECT * FROM (\n{query}\n) LIMIT {most + 1}"  # noqa: S608
        if self._only_selects:
            raise InputError("this box only reads", hint="begin with `select` or `from`")
        return query


@contextmanager
def stopping(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Interrupt what still runs after so long, as InputError, and close the connection."""
    timer = Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    except duckdb.InterruptException as error:
        raise too_slow(seconds) from error
    finally:
        timer.cancel()
        connection.close()


def words(error: Exception) -> str:
    """The first line of what an engine has to say."""
    return str(error).strip().split("\n")[0]


def _hint(error: duckdb.Error) -> str | None:
    if isinstance(error, duckdb.PermissionException):
        return "this box reads the synced tables only: no files, no network, no extensions"
    if isinstance(error, duckdb.CatalogException):
        return "the tables are listed below the box"
    return "this box only reads" if "read-only" in str(error) else None
