"""Reading books kept in Postgres: read-only, each query for itself, so that no lock outlives it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from xeroport.books.views import Dialect
from xeroport.console.reading.books_protocol import (
    SECONDS,
    Answer,
    MarkedTable,
    Row,
    nothing_yet,
    too_slow,
)
from xeroport.console.reading.engine_words import first_words
from xeroport.console.reading.sql_process import PostgresTarget, Question, ask
from xeroport.destinations import shown
from xeroport.errors import InputError, Unavailable, XeroportError

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 5
SETTINGS = "-c default_transaction_read_only=on -c TimeZone=UTC -c statement_timeout="
PRIVILEGED = """
SELECT bool_or(rolsuper OR pg_has_role(current_user, oid, 'MEMBER') AND rolname IN
    ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'))
FROM pg_roles
WHERE rolname = current_user OR rolname IN
    ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
"""
"""Whether the role may leave the database: a superuser, or one that reads the server's files."""
IS_THERE = "SELECT 1 FROM information_schema.schemata WHERE schema_name = $1"


class PostgresReading:
    """A connection as a `Reading`; in autocommit, so that a query's locks end with it."""

    language = "Postgres"
    dialect: Dialect = "postgres"
    has_row_ids = False
    as_of: datetime | None = None

    def __init__(self, connection: psycopg.Connection[Row], url: str, *, seconds: float) -> None:
        self._connection = connection
        self._url = url
        self._seconds = seconds

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        return self._connection.execute(sql, values, prepare=True).fetchall()

    def marked(self, schema: str, table: str) -> MarkedTable | None:
        return None

    def lots(self, sql: str, values: Sequence[Any] = (), *, size: int) -> Iterator[list[Row]]:
        """The server keeps the answer aside (WITH HOLD) and lets go of the tables at once."""
        import psycopg

        with psycopg.RawServerCursor(self._connection, "lots", withhold=True) as cursor:
            cursor.execute(sql, values)
            while lot := cursor.fetchmany(size):
                yield lot

    def answer(self, schema: str, sql: str, most: int) -> Answer:
        return ask(Question(PostgresTarget(self._url), schema, sql, most, self._seconds))

    @property
    def warning(self) -> str | None:
        """What is wrong with the role that these books are read as."""
        ((privileged,),) = self.rows(PRIVILEGED)
        if not privileged:
            return None
        return (
            "The destination is opened with a role that may read the database server's own files. "
            "Give the connector a role that owns its schema and nothing else."
        )


class Database:
    """A Postgres database, for one instance's schema."""

    def __init__(self, url: str, schema: str) -> None:
        self._url = url
        self._schema = schema

    @contextmanager
    def read(self, *, seconds: float = SECONDS, copy: bool = False) -> Iterator[PostgresReading]:
        """A connection that cannot write. NoBooks if nothing was synced yet, Unavailable if the
        database does not answer."""
        try:
            import psycopg
        except ImportError as error:
            raise InputError(
                "the Postgres driver is not installed",
                hint="install it with `pip install 'xeroport[postgres]'`",
            ) from error
        try:
            with psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=CONNECT_SECONDS,
                application_name="xeroport console",
                options=f"{SETTINGS}{int(seconds * 1000)}",
                cursor_factory=psycopg.RawCursor,
            ) as connection:
                reading = PostgresReading(connection, self._url, seconds=seconds)
                if not reading.rows(IS_THERE, (self._schema,)):
                    raise nothing_yet()
                yield reading
        except psycopg.errors.QueryCanceled as error:
            raise too_slow(seconds) from error
        except psycopg.OperationalError as error:
            raise Unavailable(
                f"the database `{shown(self._url)}` cannot be reached: {first_words(error)}",
                hint="check that it is running, then reload",
            ) from error
        except psycopg.Error as error:
            raise XeroportError(f"the books cannot be read: {first_words(error)}") from error
