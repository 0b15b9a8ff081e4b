"""Postgres as a destination: one schema an instance; a batch commits with its checkpoint.

DuckDB types the rows and writes them as CSV; COPY takes them into a temporary table, from which
the record's own table is upserted, while its child rows are replaced. Only one sync at a time has
a schema: it holds an advisory lock for as long as it is connected.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from msgspec import structs

from xeroport.catalogue.columns import Table, tables
from xeroport.destinations.duckdb_staging import (
    give_back,
    literal,
    open_staging,
    with_memory,
)
from xeroport.destinations.failures import check_gone, unreachable
from xeroport.destinations.protocol import Batch, Checkpoint, LandedBatch
from xeroport.destinations.row_queries import Reject
from xeroport.destinations.rows import count_keyless, type_batch, typed_rows
from xeroport.destinations.search import postgres_indexes
from xeroport.destinations.typed import column_types, filled, identifier, text
from xeroport.errors import InputError, first_line

WAIT_SECONDS = 10.0
CHUNK = 1 << 20
COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
TYPES = {"VARCHAR": "text", "JSON": "json", "DECIMAL": "numeric"}
"""DuckDB's type names that Postgres spells otherwise."""


class PostgresDestination:
    """One instance's schema in a Postgres database; implements `Destination`."""

    def __init__(self, url: str, *, schema: str, wait: float = WAIT_SECONDS) -> None:
        self.where = _shown(url)
        self.schema = identifier(schema)
        self._schema = schema
        self._closing = ExitStack()
        self._staging = open_staging()
        self._closing.callback(give_back, self._staging)
        self._made: set[str] = set()
        with self._told():
            self._connection = psycopg.connect(
                url, autocommit=True, connect_timeout=10, application_name="xeroport"
            )
            self._closing.callback(self._connection.close)
            self._run("SET TimeZone = 'UTC'")
            self._run("SET client_min_messages = warning")
            self._lock(schema, wait)
            self._run((Path(__file__).with_suffix(".sql").read_text()).format(schema=self.schema))

    def checkpoints(self) -> dict[str, Checkpoint]:
        with self._told():
            rows = self._rows(f"SELECT stream, number, state FROM {self.schema}._checkpoint")
            return {stream: Checkpoint(number, state) for stream, number, state in rows}

    def land(self, batch: Batch) -> LandedBatch:
        with self._transaction():
            if self._is_repeated(batch):
                return LandedBatch(repeated=True)
            landed = self._write(batch) if batch.files or batch.replace_all else LandedBatch()
            gone = self._mark_gone(batch, batch.whole_since) if batch.whole_since else 0
            check_gone(gone, batch.most_gone)
            if batch.whole_since:  # all rows are in: an index is made quicker than kept
                for statement in postgres_indexes(self._schema, tables(batch.record)[0].name):
                    self._run(statement)
            self._save(batch)
            return structs.replace(landed, tombstones=gone)

    def mark(self, batches: Sequence[Batch]) -> None:
        with self._transaction():
            for batch in batches:
                if not self._is_repeated(batch):
                    self._save(batch)

    def held(self, record: str, *, since: datetime) -> int:
        with self._transaction():
            root = tables(record)[0]
            self._make(root)
            ((count,),) = self._rows(
                f"SELECT count(*) FROM {self._name(root)} "
                "WHERE _synced_at >= %s AND _deleted_at IS NULL",
                (since,),
            )
            return int(count)

    def ask(self, sql: str, tables: Sequence[str]) -> list[tuple[Any, ...]]:
        names = {table: f"{self.schema}.{identifier(table)}" for table in tables}
        with self._transaction():
            found = f"SELECT {', '.join(['to_regclass(%s)'] * len(names))}"
            if None in self._rows(found, [*names.values()])[0]:
                return []
            return self._rows(sql.format_map(names))

    def close(self) -> None:
        self._closing.close()

    def _write(self, batch: Batch) -> LandedBatch:
        plan = tables(batch.record)
        for table in plan:
            self._make(table)
        rows, bad = (
            with_memory(self._staging, lambda: type_batch(self._staging, batch))
            if batch.files
            else ({}, [])
        )
        self._clear(batch, plan)
        for table in plan:
            if table.name in rows:
                self._fill(table, batch)
        self._reject(batch, bad)
        return LandedBatch(rows=rows, rejected=len(bad), keyless=count_keyless(bad))

    def _clear(self, batch: Batch, plan: tuple[Table, ...]) -> None:
        """Take out what the batch replaces: all, or the child rows and rejects of its records."""
        if batch.replace_all:
            for table in plan:
                self._run(f"DELETE FROM {self._name(table)}")
            self._run(f"DELETE FROM {self.schema}._rejects WHERE stream = %s", (batch.stream,))
            return
        keys = ", ".join(f"_key{number}" for number in range(len(plan[0].key)))
        names = [key_column.name for key_column in plan[0].key]
        self._like("_keys", plan[0], names)
        self._copy(f"SELECT {keys} FROM stage", "_keys", names)
        for table in plan[1:]:
            same = " AND ".join(f"t.{c} = k.{c}" for c in _names(table))
            self._run(f"DELETE FROM {self._name(table)} AS t USING _keys AS k WHERE {same}")
        first = identifier(plan[0].key[0].name)
        self._run(
            f"DELETE FROM {self.schema}._rejects AS r USING _keys AS k "
            f"WHERE r.stream = %s AND r.record_key = k.{first}::text",
            (batch.stream,),
        )

    def _mark_gone(self, batch: Batch, since: datetime) -> int:
        """Mark what a whole read no longer saw; how many records that were."""
        gone = 0
        for table in tables(batch.record):
            self._make(table)
            count = self._run(
                f"UPDATE {self._name(table)} SET _deleted_at = %s "
                "WHERE _synced_at < %s AND _deleted_at IS NULL",
                (batch.synced_at, since),
            )
            if not table.levels:
                gone = count
        return gone

    def _fill(self, table: Table, batch: Batch) -> None:
        """Bring the typed rows of a table in: upserted by its key, or just added."""
        columns = [*filled(table), "_synced_at"]
        chosen = ", ".join(_clean(each, column_types(table)[each]) for each in filled(table))
        source = f"SELECT {chosen}, {literal(batch.synced_at)} FROM {typed_rows(table)}"
        if table.levels or not table.key:
            self._copy(source, self._name(table), columns)
            return
        self._like("_rows", table, columns)
        self._copy(source, "_rows", columns)
        listed = ", ".join(identifier(column) for column in columns)
        changed = ", ".join(f"{name} = excluded.{name}" for name in map(identifier, columns))
        self._run(
            f"INSERT INTO {self._name(table)} ({listed}) SELECT {listed} FROM _rows "
            f"ON CONFLICT ({', '.join(_names(table))}) DO UPDATE "
            f"SET {changed}, _deleted_at = NULL"
        )

    def _like(self, name: str, table: Table, columns: Sequence[str]) -> None:
        """An empty temporary table with these columns of a table; gone with the transaction."""
        listed = ", ".join(identifier(column) for column in columns)
        self._run(f"DROP TABLE IF EXISTS pg_temp.{name}")
        self._run(
            f"CREATE TEMP TABLE {name} ON COMMIT DROP AS "
            f"SELECT {listed} FROM {self._name(table)} WITH NO DATA"
        )

    def _copy(self, source: str, target: str, columns: Sequence[str]) -> None:
        """Stream a DuckDB query into a table of Postgres, as CSV through a temporary file."""
        listed = ", ".join(identifier(column) for column in columns)
        with tempfile.TemporaryDirectory(prefix="xeroport-") as folder:
            path = Path(folder, "rows.csv")
            self._staging.execute(
                f"COPY ({source}) TO {text(str(path))} (FORMAT csv, HEADER false, NULLSTR '\\N')"
            )
            statement = f"COPY {target} ({listed}) FROM STDIN (FORMAT csv, NULL '\\N')"
            with (
                self._connection.cursor() as cursor,
                cursor.copy(statement) as copy,
                path.open("rb") as file,
            ):
                while chunk := file.read(CHUNK):
                    copy.write(chunk)

    def _reject(self, batch: Batch, found: list[Reject]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(
                f"DELETE FROM {self.schema}._rejects WHERE stream = %s AND record_key = %s",
                [(batch.stream, key) for key in {record.key for record in found}],
            )
            cursor.executemany(
                f"INSERT INTO {self.schema}._rejects VALUES (%s, %s, %s, %s, %s, %s, %s)",
                [(batch.stream, *structs.astuple(record), batch.synced_at) for record in found],
            )

    def _make(self, table: Table) -> None:
        """Create a table, or give it the columns that the catalogue has gained."""
        if table.name in self._made:
            return
        wanted = {name: postgres_type(kind) for name, kind in column_types(table).items()}
        columns = [f"{identifier(name)} {kind}" for name, kind in wanted.items()]
        if table.key:
            rest = [identifier(position) for position in table.positions]
            columns.append(f"UNIQUE ({', '.join([*_names(table), *rest])})")
        self._run(f"CREATE TABLE IF NOT EXISTS {self._name(table)} ({', '.join(columns)})")
        held = {row[0] for row in self._rows(COLUMNS, (self._name(table),))}
        for name, kind in wanted.items():
            if name not in held:  # altering waits for every reader of the table
                self._run(
                    f"ALTER TABLE {self._name(table)} "
                    f"ADD COLUMN IF NOT EXISTS {identifier(name)} {kind}"
                )
        self._made.add(table.name)

    def _name(self, table: Table) -> str:
        return f"{self.schema}.{identifier(table.name)}"

    def _is_repeated(self, batch: Batch) -> bool:
        found = self._rows(
            f"SELECT number FROM {self.schema}._checkpoint WHERE stream = %s FOR UPDATE",
            (batch.stream,),
        )
        return bool(found) and int(found[0][0]) >= batch.number

    def _save(self, batch: Batch) -> None:
        self._run(
            f"INSERT INTO {self.schema}._checkpoint VALUES (%s, %s, %s, %s) ON CONFLICT (stream) "
            "DO UPDATE SET number = excluded.number, state = excluded.state, "
            "committed_at = excluded.committed_at",
            (batch.stream, batch.number, batch.state, batch.synced_at),
        )

    def _lock(self, schema: str, wait: float) -> None:
        until = time.monotonic() + wait
        name = f"xeroport {schema}"
        while not self._rows("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (name,))[0][0]:
            if time.monotonic() > until:
                self.close()
                raise InputError(
                    f"another sync is writing schema `{schema}` in {self.where}",
                    hint="wait for it to end, then run the same command again",
                )
            time.sleep(0.2)

    def _run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Run a statement; how many rows it changed. Without values, `%` is a plain sign."""
        found = self._connection.execute(statement, values or None)
        return max(found.rowcount, 0)

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, values or None).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        made = set(self._made)
        try:
            with self._told(), self._connection.transaction():
                yield
        except BaseException:
            self._made = made
            raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except psycopg.OperationalError as error:
            raise unreachable(error, self.where) from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise InputError(
                f"{self.where} does not allow this: {first_line(error)}",
                hint="the user must be allowed to create a schema and tables in the database",
            ) from error


def postgres_type(duckdb_type: str) -> str:
    """The Postgres type of a DuckDB type; instants get their zone."""
    if duckdb_type == "TIMESTAMP":
        return "timestamptz"
    name, bracket, rest = duckdb_type.partition("(")
    return TYPES.get(name, name.lower()) + bracket + rest


def _clean(column: str, duckdb_type: str) -> str:
    """A column as Postgres can take it: its texts know no NUL, so that becomes U+FFFD."""
    name = identifier(column)
    return f"replace({name}, chr(0), chr(65533))" if duckdb_type == "VARCHAR" else name


def _names(table: Table) -> list[str]:
    return [identifier(each.name) for each in table.key]


def _shown(url: str) -> str:
    """A database's address without user and password."""
    parts = urlsplit(url)
    return f"the database `{parts.hostname or 'localhost'}{parts.path}`"
