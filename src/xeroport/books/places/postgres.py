"""A ledger in Postgres: the copy is read into a DuckDB file, and the result goes back in one
transaction, so that readers see the old ledger or the new one."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from xeroport.books.inputs import columns, journal_columns
from xeroport.books.places.workspace import (
    Workspace,
    carried,
    need,
    schemas,
    staging_file,
    tables_in,
)
from xeroport.destinations.failures import unreachable
from xeroport.destinations.postgres import CHUNK, postgres_type
from xeroport.destinations.typed import identifier, text
from xeroport.errors import InputError, first_line

CONTROL = {"_synced_at": "TIMESTAMP", "_deleted_at": "TIMESTAMP"}
IN_SCHEMA = "SELECT table_name FROM information_schema.tables WHERE table_schema = %s"
COLUMNS_IN_SCHEMA = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = %s"
)
LINES = {
    "ledger_line": "record_id",
    "ledger_line_tracking": "record_id",
    "journal_line": "_record_id",
    "journal_line_has_tracking_category": "_record_id",
}
"""Tables of which only some rows are sent after a change → the record a row is of."""


@contextmanager
def open_postgres(url: str, schema: str, *, journals: bool) -> Iterator[Workspace]:
    """A workspace on an instance's schema, which no sync may write to meanwhile; with `journals`,
    Xero's own are in it too."""
    try:
        with (
            psycopg.connect(url, connect_timeout=10, application_name="xeroport") as database,
            tempfile.TemporaryDirectory(prefix="xeroport-") as folder,
            staging_file(folder) as connection,
        ):
            database.execute("SET TimeZone = 'UTC'")
            _lock(database, schema)
            known = {row[0] for row in database.execute(IN_SCHEMA, (schema,))}
            need(dict.fromkeys(known, ""), schema)
            connection.execute(f"CREATE SCHEMA {identifier(schema)}")
            for table, kinds in (columns() | (journal_columns() if journals else {})).items():
                if table in known:
                    _fetch(
                        database, workspace_table(schema, table), connection, kinds | CONTROL,
                        Path(folder),
                    )  # fmt: skip
            workspace = Workspace(
                connection=connection,
                schema=schema,
                synced=tables_in(connection, schema),
                states=dict(
                    database.execute(
                        f"SELECT stream, state FROM {workspace_table(schema, '_checkpoint')}"
                    ).fetchall()
                )
                if "_checkpoint" in known
                else {},
                copied={table: workspace_table(schema, table) for table in known},
                dialect="postgres",
                publish=lambda due_in: _publish(workspace, database, Path(folder), due_in),
            )
            workspace.make()
            _carry_over(workspace, database, Path(folder))
            database.commit()
            yield workspace
    except psycopg.OperationalError as error:
        raise unreachable(error, "the database") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise InputError(
            f"the database does not allow this: {first_line(error)}",
            hint="the user must be allowed to create schemas and tables in the database",
        ) from error
    except psycopg.ProgrammingError as error:
        raise InputError(
            f"the database cannot be used: {first_line(error)}",
            hint="check the address in `--to`: `postgresql://user:password@host:port/database`",
        ) from error


def workspace_table(schema: str, table: str) -> str:
    """A table's name in SQL, the same in Postgres and in the workspace."""
    return f"{identifier(schema)}.{identifier(table)}"


def _lock(database: psycopg.Connection[Any], schema: str) -> None:
    """The lock that a sync of this schema takes; InputError while one has it."""
    locked = database.execute(
        "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (f"xeroport {schema}",)
    ).fetchone()
    if not locked or not locked[0]:
        raise InputError(
            f"a sync is writing schema `{schema}` in the database",
            hint="wait for it to end, then run the same command again",
        )


def _fetch(
    database: psycopg.Connection[Any],
    table: str,
    connection: Any,
    kinds: dict[str, str],
    folder: Path,
    *,
    into: str = "",
) -> None:
    """Add the rows of a table of Postgres to the workspace's table `into`, or to a new one of the
    same name."""
    path = folder / "rows.csv"
    listed = ", ".join(identifier(name) for name in kinds)
    statement = f"COPY (SELECT {listed} FROM {table}) TO STDOUT (FORMAT csv, NULL '\\N')"
    with database.cursor() as cursor, cursor.copy(statement) as copy, path.open("wb") as file:
        for piece in copy:
            file.write(piece)
    read_as = {"TIMESTAMP": "TIMESTAMPTZ"}
    types = ", ".join(
        f"{text(name)}: {text(read_as.get(kind, kind))}" for name, kind in kinds.items()
    )
    chosen = ", ".join(
        f"CAST({identifier(name)} AS {kind}) AS {identifier(name)}" for name, kind in kinds.items()
    )
    source = (
        f"read_csv({text(str(path))}, header = false, nullstr = '\\N', quote = '\"', "
        "escape = '\"', allow_quoted_nulls = false, auto_detect = false, "
        f"max_line_size = 20000000, columns = {{{types}}})"
    )
    verb = f"INSERT INTO {into}" if into else f"CREATE TABLE {table} AS"
    connection.execute(f"{verb} SELECT {chosen} FROM {source}")
    path.unlink()


def _carry_over(workspace: Workspace, database: psycopg.Connection[Any], folder: Path) -> None:
    """Read the lines, ties and runs of before."""
    ledger = schemas(workspace.schema)["ledger"]
    for table in carried(_stored(database, ledger)):
        kinds = {column.name: column.type for column in table.columns}
        source = workspace_table(ledger, table.name)
        target = f"{workspace.ledger}.{table.name}"
        _fetch(database, source, workspace.connection, kinds, folder, into=target)


def _stored(database: psycopg.Connection[Any], schema: str) -> dict[str, list[str]]:
    """Table → columns of a schema."""
    stored: dict[str, list[str]] = {}
    for table, column in database.execute(COLUMNS_IN_SCHEMA, (schema,)):
        stored.setdefault(table, []).append(column)
    return stored


def _publish(
    workspace: Workspace,
    database: psycopg.Connection[Any],
    folder: Path,
    due_in: Collection[str],
) -> None:
    """Replace the rows of all tables, and the views, in one transaction. In the kinds of schema
    `due_in`, of the tables of lines only rows of records in `due_id`, and those of no record."""
    connection = workspace.connection
    due = [str(key) for (key,) in connection.execute("FROM due_id").fetchall()] if due_in else []
    with database.transaction():
        database.execute("SET LOCAL client_min_messages = warning")
        for kind, name in schemas(workspace.schema).items():
            database.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(name)}")
            stored = _stored(database, name)
            for table, source in tables_in(connection, name).items():
                target = workspace_table(name, table)
                key = LINES.get(table, "")
                if kind in due_in and key in stored.get(table, ()):
                    _drop(database, target, key, due)
                    chosen = f"{key} IS NULL OR {key} IN (FROM due_id)"
                    source = f"(FROM {source} WHERE {chosen})"
                else:
                    _drop(database, target)
                _send(database, target, connection, source, folder)
        for (schema, name), query in workspace.views.items():
            target = workspace_table(schema, name)
            database.execute(f"DROP VIEW IF EXISTS {target} CASCADE")
            database.execute(f"CREATE VIEW {target} AS {query}")


def _drop(
    database: psycopg.Connection[Any], target: str, key: str = "", due: Sequence[str] = ()
) -> None:
    """Delete the rows of a table: all, or those of records that are due and of no record."""
    if not key:
        database.execute(f"DO $$ BEGIN IF to_regclass({text(target)}) IS NOT NULL THEN "
                         f"DELETE FROM {target}; END IF; END $$")  # fmt: skip
        return
    database.execute(
        f"DELETE FROM {target} WHERE {key} IS NULL OR {key} = ANY(%s::uuid[])", (list(due),)
    )


def _send(
    database: psycopg.Connection[Any], target: str, connection: Any, source: str, folder: Path
) -> None:
    """Add rows to a table of the same name, which is made or widened first."""
    described = connection.execute(f"DESCRIBE FROM {source}").fetchall()
    types = {row[0]: postgres_type(row[1]) for row in described}
    columns_ = ", ".join(f"{identifier(name)} {kind}" for name, kind in types.items())
    database.execute(f"CREATE TABLE IF NOT EXISTS {target} ({columns_})")
    for name, kind in types.items():
        database.execute(f"ALTER TABLE {target} ADD COLUMN IF NOT EXISTS {identifier(name)} {kind}")
    path = folder / "rows.csv"
    chosen = ", ".join(
        f"replace({identifier(row[0])}, chr(0), chr(65533))"
        if row[1] == "VARCHAR"
        else identifier(row[0])
        for row in described
    )
    connection.execute(
        f"COPY (SELECT {chosen} FROM {source}) TO {text(str(path))} "
        "(FORMAT csv, HEADER false, NULLSTR '\\N')"
    )
    listed = ", ".join(identifier(name) for name in types)
    statement = f"COPY {target} ({listed}) FROM STDIN (FORMAT csv, NULL '\\N')"
    with (
        database.cursor() as cursor,
        cursor.copy(statement) as copy,
        path.open("rb") as file,
    ):
        while chunk := file.read(CHUNK):
            copy.write(chunk)
    path.unlink()
