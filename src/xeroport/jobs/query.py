"""SQL over what was synced, wherever it is; it cannot change it.

Table names need no schema where the destination holds one instance, or where one is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from msgspec import Struct

from xeroport.destinations import duckdb_location, is_postgres, settled, shown
from xeroport.destinations.duckdb_file import connect_reading, lock
from xeroport.destinations.failures import unreachable
from xeroport.destinations.interruptible import interruptible, stopped_by
from xeroport.destinations.typed import identifier, text
from xeroport.errors import InputError
from xeroport.store.instances import schema_name

if TYPE_CHECKING:
    import psycopg

ROWS_AT_A_TIME = 10_000
READING: frozenset[object] = frozenset({duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN})
READS = re.compile(r"(?is)(?:\s|\(|--[^\n]*\n|/\*.*?\*/)*(select|with|values|table|show|explain)\b")
"""How a statement begins that Postgres answers with rows and that reaches no file."""
COMMENT = r"--[^\n]*|(?s:/\*.*?\*/)"
TABLES = 'the tables: "select table_schema, table_name from information_schema.tables"'
SEVERAL = "cannot insert multiple commands into a prepared statement"
DIRECTORIES = (
    "SELECT schema_name FROM information_schema.schemata WHERE catalog_name = current_database() "
    "ORDER BY 1"
)
SYNCED = (
    "SELECT table_schema FROM information_schema.tables "
    "WHERE table_name = '_checkpoint' AND table_catalog = current_database() ORDER BY 1"
)
"""Schemas of instances; what is derived beside them has no checkpoints."""


class QueryAnswer(Struct, frozen=True):
    """Column names, and the rows in lots."""

    columns: tuple[str, ...]
    lots: Iterator[Sequence[tuple[Any, ...]]]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows, one after another."""
        for lot in self.lots:
            yield from lot


@contextmanager
def answering(sql: str, *, url: str, instance: str | None = None) -> Iterator[QueryAnswer]:
    """The answer to a query, valid inside the block; InputError says what is wrong with it."""
    if not sql.strip():
        raise _no_query()
    url = settled(url)
    schema = None if instance is None else schema_name(instance)
    if is_postgres(url):
        with _in_postgres(sql, url, schema) as answer:
            yield answer
        return
    with reading(url, instance) as connection:
        try:
            _lock(connection, url)
            _check_statement(connection, sql, may_write=url.startswith("parquet:"))
            cursor = interruptible(connection, lambda: connection.execute(sql))
        except duckdb.Error as error:
            raise _wrong(str(error)) from error
        yield QueryAnswer(
            tuple(column[0] for column in cursor.description or ()),
            _lots(lambda size: interruptible(connection, lambda: cursor.fetchmany(size))),
        )


@contextmanager
def books_open(
    url: str, instance: str, *, tables: Container[str] | None = None
) -> Iterator[Callable[[str], Sequence[tuple[Any, ...]]]]:
    """Answers one query after another from the books of an instance, opened once; of a folder of
    Parquet files only those `tables` of the instance alone are opened, where they are named."""
    url, schema = settled(url), schema_name(instance)
    if is_postgres(url):
        with _postgres(url, schema) as database:
            yield partial(_asked, database)
        return
    with reading(url, instance, tables=tables) as connection:
        _lock(connection, url)

        def ask(sql: str) -> Sequence[tuple[Any, ...]]:
            try:
                return interruptible(connection, lambda: connection.execute(sql).fetchall())
            except duckdb.Error as error:
                raise _wrong(str(error)) from error

        yield ask


@contextmanager
def reading(
    url: str, instance: str | None = None, *, tables: Container[str] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to a DuckDB file or a folder of Parquet files; bare table names are
    those of the instance, or of the only one there is. `tables`: as in `books_open`."""
    scheme, _, rest = url.partition(":")
    if scheme not in ("duckdb", "parquet") or not rest:
        raise InputError(
            f"`{shown(url)}` is none of `duckdb:PATH`, `parquet:DIR`"
            if is_postgres(url)
            else f"`{shown(url)}` is none of `duckdb:PATH`, `postgresql://…`, `parquet:DIR`",
            hint="for example `duckdb:books.duckdb`",
        )
    if scheme == "duckdb":
        opened = connect_reading(duckdb_location(rest).path)
    else:
        alone = "*" if tables is None or instance is None else schema_name(instance)
        opened = _lake(Path(rest).expanduser(), schemas=alone, tables=tables)
    with opened as connection:
        try:
            _choose(connection, None if instance is None else schema_name(instance))
        except duckdb.Error as error:
            raise _wrong(str(error)) from error
        yield connection


def _lock(connection: duckdb.DuckDBPyConnection, url: str) -> None:
    """Keep queries from all files but those of the destination."""
    is_lake = url.startswith("parquet:")
    lock(connection, folders=[url.partition(":")[2]] if is_lake else ())


def _lots(fetch: Any) -> Iterator[Sequence[tuple[Any, ...]]]:
    """The rows in lots; what is wrong with a row shows when it is fetched."""
    while True:
        try:
            lot = fetch(ROWS_AT_A_TIME)
        except duckdb.Error as error:
            raise _wrong(str(error)) from error
        if not lot:
            return
        yield lot


def _choose(connection: duckdb.DuckDBPyConnection, schema: str | None) -> None:
    """Let table names stand alone: in the schema named, or in the only one."""
    synced, known = _schemas(connection, SYNCED), _schemas(connection, DIRECTORIES)
    if schema is None and len(synced) == 1:
        schema = synced[0]
    if schema is not None:
        if schema not in known:
            raise _nothing(schema)
        database = connection.execute("SELECT current_database()").fetchall()[0][0]
        connection.execute(f"USE {identifier(database)}.{identifier(schema)}")


def _check_statement(connection: duckdb.DuckDBPyConnection, sql: str, *, may_write: bool) -> None:
    """InputError unless this is one statement; with `may_write`, where nothing else guards a
    folder, also unless it only reads."""
    statements = connection.extract_statements(sql)
    if len(statements) > 1:
        raise _too_many(len(statements))
    if not statements:
        raise _no_query()
    try:
        kind: object = statements[0].type
    except ValueError:  # a kind of statement that the binding has no name for
        kind = None
    if may_write and kind not in READING:
        raise _wrong("a folder of Parquet files is read-only")


def _schemas(connection: duckdb.DuckDBPyConnection, statement: str) -> list[str]:
    return [name for (name,) in connection.execute(statement).fetchall()]


def _lake(
    folder: Path, *, schemas: str = "*", tables: Container[str] | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection with a view for every table of a folder of Parquet files, or for those named."""
    from xeroport.destinations.manifest import MANIFEST, read_manifest
    from xeroport.destinations.parquet import REJECT_COLUMNS, REJECTS

    manifests = sorted(folder.glob(f"{schemas}/{MANIFEST}"))
    if not manifests:
        raise _nothing(str(folder))
    connection = duckdb.connect()
    for path in manifests:
        schema = identifier(path.parent.name)
        connection.execute(f"CREATE SCHEMA {schema}")
        manifest = read_manifest(path.parent)
        for table, parts in manifest.parts.items():
            if tables is not None and table not in tables:
                continue
            files = ", ".join(text(str(path.parent / part)) for part in parts)
            try:
                connection.execute(
                    f"CREATE VIEW {schema}.{identifier(table)} AS "
                    f"FROM read_parquet([{files}], union_by_name = true)"
                )
            except duckdb.Error as error:
                connection.close()
                raise _wrong(str(error)) from error
        if not manifest.checkpoints or tables is not None:
            continue
        if REJECTS not in manifest.parts:
            columns = ", ".join(f"{name} {kind}" for name, kind in REJECT_COLUMNS.items())
            connection.execute(f"CREATE TABLE {schema}.{REJECTS} ({columns})")
        connection.execute(
            f"CREATE TABLE {schema}._checkpoint (stream VARCHAR, number BIGINT, state VARCHAR)"
        )
        marks = [[name, each.number, each.state] for name, each in manifest.checkpoints.items()]
        if marks:
            insert = f"INSERT INTO {schema}._checkpoint VALUES (?, ?, ?)"  # noqa: S608
            connection.executemany(insert, marks)
    return connection


@contextmanager
def _in_postgres(sql: str, url: str, schema: str | None) -> Iterator[QueryAnswer]:
    if not re.sub(COMMENT, "", sql).strip(" \n\t\r;"):
        raise _no_query()
    if not READS.match(sql):
        raise _wrong("this is not a statement that only reads, and the connection is read-only")
    import psycopg

    with _postgres(url, schema) as connection:
        cursor: psycopg.Cursor[Any] | psycopg.ServerCursor[Any]
        with stopped_by(connection.cancel):
            if _is_one_select(sql):
                cursor = connection.cursor(name="answer")
                cursor.execute(sql)
            else:
                cursor = connection.cursor()
                # one statement: a second one could end the first's transaction
                try:
                    cursor.execute(sql, prepare=True)
                except psycopg.errors.SyntaxError as error:
                    raise _too_many() if SEVERAL in str(error) else error from error
        names = tuple(each.name for each in cursor.description or ())
        yield QueryAnswer(names, _lots(cursor.fetchmany) if names else iter(()))


@contextmanager
def _postgres(url: str, schema: str | None) -> Iterator[psycopg.Connection[Any]]:
    """A read-only connection; bare table names are those of the schema, or of the only one."""
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            connection.read_only = True
            connection.execute("SET TimeZone = 'UTC'")
            known = [
                row[0]
                for row in connection.execute(
                    "SELECT table_schema FROM information_schema.tables "
                    "WHERE table_name = '_checkpoint' ORDER BY 1"
                )
            ]
            chosen = [schema] if schema else known if len(known) == 1 else []
            if schema and schema not in known:
                raise _nothing(schema)
            if chosen:
                connection.execute("SELECT set_config('search_path', %s, false)", (chosen[0],))
            yield connection
    except psycopg.OperationalError as error:
        raise unreachable(error, "the database") from error
    except psycopg.Error as error:
        raise _wrong(str(error)) from error


def _asked(database: psycopg.Connection[Any], sql: str) -> Sequence[tuple[Any, ...]]:
    """The rows of one query; one that cannot be answered leaves the connection to the next."""
    import psycopg

    try:
        with stopped_by(database.cancel), database.transaction():
            return database.execute(sql).fetchall()
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        raise _wrong(str(error)) from error


def _is_one_select(sql: str) -> bool:
    """Whether Postgres can give the rows of a statement in lots, so that no answer is in memory
    whole."""
    statement = sql.strip().rstrip(";")
    return bool(re.match(r"(?i)(select|with|values|table)\b", statement)) and ";" not in statement


def _no_query() -> InputError:
    return InputError("there is no query", hint='such as "select count(*) from invoice"')


def _too_many(count: int | None = None) -> InputError:
    return InputError(
        f"these are {count or 'several'} statements, and a query is one",
        hint="ask them one after another, or put them together with `with` or `union all`",
    )


def _wrong(message: str) -> InputError:
    first, *more = [line.strip() for line in message.splitlines() if line.strip()]
    from xeroport.destinations.manifest import damaged_part

    part = damaged_part(message)
    if part is not None:
        return part
    if "Corrupt database file" in first:
        return InputError(
            f"the books are damaged: {first}",
            hint="move the file away or restore a copy of it, then sync again with `--full`",
        )
    hint = next(filter(None, map(_hint, (first, *more))), TABLES)
    return InputError(f"the query cannot be answered: {first}", hint=hint)


def _hint(line: str) -> str | None:
    """What a line of a database's complaint suggests."""
    if "read-only" in line:
        return "a query reads and changes nothing; `xeroport push` changes records in Xero"
    if near := re.match(r"Did you mean \"(.+)\"", line):
        return f"did you mean `{near[1]}`?"
    found = re.match(r"(?:Candidate bindings|HINT): +(.+)", line)
    if found is None:
        return None
    return f"there is {found[1]}" if line[0] == "C" else found[1][0].lower() + found[1][1:]


def _nothing(where: str) -> InputError:
    return InputError(
        f"nothing was synced into `{where}` yet", hint="run `xeroport sync NAME` first"
    )
