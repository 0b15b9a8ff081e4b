"""Rows of Parquet files and of queries on DuckDB and Postgres, streamed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from xeroport.errors import InputError, first_line
from xeroport.rows.row import Row, Source

if TYPE_CHECKING:
    import duckdb

FETCH = 5_000


def open_query(query: str, url: str) -> Source:
    """The rows of a query on `duckdb:PATH` or `postgresql://…`."""
    if url.startswith(("postgresql://", "postgres://")):
        return _postgres(query, url)
    if not url.startswith("duckdb:"):
        raise InputError(
            f"`{url}` is not a database xeroport can query",
            hint="use `duckdb:PATH` or `postgresql://…`",
        )
    path = url.removeprefix("duckdb:")
    if not Path(path).exists():
        raise InputError(f"there is no database `{path}`")
    import duckdb

    from xeroport.destinations.duckdb_file import connect_reading, lock

    try:
        connection = connect_reading(Path(path))
        lock(connection)
        connection.execute(query)
    except duckdb.Error as error:
        raise InputError(f"the query failed: {first_line(error)}") from error
    return _cursor("query", connection)


def open_parquet(file: Path, name: str, owned: object = None) -> Source:
    """The rows of a Parquet file; `owned` lives as long as they do."""
    import duckdb

    connection = duckdb.connect()
    try:
        described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(file)])
        shown = ", ".join(_exact(column, of) for column, of, *_ in described.fetchall())
        connection.execute(f"SELECT {shown} FROM read_parquet(?)", [str(file)])  # noqa: S608
    except duckdb.Error as error:
        raise InputError(f"`{name}` cannot be read: {first_line(error)}") from error
    return _cursor(name, connection, owned, again=lambda: open_parquet(file, name, owned))


def _exact(column: str, of: str) -> str:
    """A column as it is; single floats as the shortest decimal that stands for them."""
    from xeroport.destinations.typed import identifier

    name = identifier(column)
    return f"{name}::VARCHAR::DOUBLE AS {name}" if of == "FLOAT" else name


def _cursor(
    name: str,
    connection: duckdb.DuckDBPyConnection,
    owned: object = None,
    again: Callable[[], Source] | None = None,
) -> Source:
    columns = tuple(column[0] for column in connection.description or ())

    def rows() -> Iterator[Row]:
        number, _ = 0, owned
        while lot := connection.fetchmany(FETCH):
            for values in lot:
                number += 1
                yield Row(number, dict(zip(columns, values, strict=True)))
        connection.close()

    return Source(name, rows(), columns, unit="row", again=again)


def _postgres(query: str, url: str) -> Source:
    try:
        import psycopg
    except ImportError as error:
        raise InputError(
            "Postgres needs the extra `postgres`", hint="pip install 'xeroport[postgres]'"
        ) from error
    try:
        connection = psycopg.connect(url)
        connection.read_only = True
        # Together with a second statement it could end the transaction that only reads.
        prepared = connection.pgconn.prepare(b"", query.encode())
        if prepared.error_message:
            said = prepared.error_message.decode().strip().splitlines()
            raise InputError(f"the query failed: {said[0]}")
        cursor = connection.cursor("xeroport_push")
        cursor.itersize = FETCH
        cursor.execute(query)
        columns = tuple(column.name for column in cursor.description or ())
    except psycopg.Error as error:
        raise InputError(f"the query failed: {first_line(error)}") from error

    def rows() -> Iterator[Row]:
        with connection:
            for number, values in enumerate(cursor, start=1):
                yield Row(number, dict(zip(columns, values, strict=True)))

    return Source("query", rows(), columns, unit="row")
