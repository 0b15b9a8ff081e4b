"""A DuckDB connection on a copy, in which a ledger is worked out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import duckdb

from xeroport.books.schema import LEDGER_LINE, RUN, TABLES, TIE_OUT, TRACKING, BookTable
from xeroport.destinations.typed import identifier, text
from xeroport.errors import InputError

MEMORY = "256MB"
"""What DuckDB may hold of a ledger that is worked out; more goes to the temporary folder."""

CARRIED = (LEDGER_LINE, TRACKING, TIE_OUT, RUN)
"""Tables whose rows the next run needs, where a workspace is not the destination itself."""


def schemas(schema: str) -> dict[str, str]:
    """What is kept beside an instance's schema: kind → name."""
    return {kind: f"{schema}_{kind}" for kind in ("ledger", "fivetran", "reporting")}


@dataclass(frozen=True)
class Workspace:
    """Where the copy's tables are (`synced`: table → SQL), the schema that is written to (`ledger`,
    qualified), with the lines of the last run in it, and how what is written comes to count:
    `publish`, told the kinds of schema in which only lines of records in `due_id` differ.
    `states` are the checkpoints of streams, as texts. `copied` are all tables of the copy,
    `dialect` is the SQL that is spoken where they are, and `views` are SQL views by schema and
    name, to be made there.
    """

    connection: duckdb.DuckDBPyConnection
    schema: str
    synced: Mapping[str, str]
    publish: Callable[[Collection[str]], None]
    states: Mapping[str, str] = field(default_factory=dict)
    dialect: Literal["duckdb", "postgres"] = "duckdb"
    copied: Mapping[str, str] = field(default_factory=dict)
    views: dict[tuple[str, str], str] = field(default_factory=dict)

    @cached_property
    def prefix(self) -> str:
        """The catalogue of its own file, quoted, with its dot."""
        return prefix_of(self.connection)

    @property
    def ledger(self) -> str:
        """The qualified schema of the ledger's tables."""
        return self.of("ledger")

    def of(self, kind: str) -> str:
        """The qualified schema of a kind: `ledger`, `fivetran`, `reporting`."""
        return self.prefix + identifier(schemas(self.schema)[kind])

    def make(self) -> None:
        """Create the schemas, and the ledger's tables that are not there."""
        for kind in schemas(self.schema):
            self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {self.of(kind)}")
        stored = self._stored()
        for table in TABLES:
            place = f"{self.ledger}.{table.name}"
            if table.name not in stored:
                self.connection.execute(f"CREATE TABLE {place} ({table.definition()})")
                continue
            for column in table.columns:
                if column.name not in stored[table.name]:
                    self.connection.execute(
                        f'ALTER TABLE {place} ADD COLUMN "{column.name}" {column.type}'
                    )

    def _stored(self) -> dict[str, set[str]]:
        """Table → columns of the ledger as the last run left it."""
        stored: dict[str, set[str]] = {}
        for table, column in self.connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() "
            "WHERE database_name = current_database() AND schema_name = $1",
            [schemas(self.schema)["ledger"]],
        ).fetchall():
            stored.setdefault(table, set()).add(column)
        return stored


def carried(stored: Mapping[str, Collection[str]]) -> list[BookTable]:
    """The tables to carry into a workspace, of those stored (table → its columns); one of another
    version's columns is not carried, and its lines are then all derived again."""
    return [table for table in CARRIED if {*table.names} <= {*stored.get(table.name, ())}]


def settings() -> dict[str, str | bool | int | float | list[str]]:
    """How DuckDB works on a ledger."""
    return {
        "memory_limit": MEMORY,
        "threads": 2,
        "preserve_insertion_order": False,
        "temp_directory": tempfile.gettempdir(),
    }


def prefix_of(connection: duckdb.DuckDBPyConnection) -> str:
    """The catalogue of a connection's file, quoted, with its dot: a schema may have its name."""
    ((name,),) = connection.execute("SELECT current_database()").fetchall()
    return f"{identifier(str(name))}."


def tables_in(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, str]:
    """Table → where it is in SQL, of one schema of a connection's own file."""
    rows = connection.execute(
        "SELECT table_name FROM information_schema.tables "
        f"WHERE table_catalog = current_database() AND table_schema = {text(schema)}"
    ).fetchall()
    prefix = prefix_of(connection) + identifier(schema)
    return {name: f"{prefix}.{identifier(name)}" for (name,) in rows}


def need(synced: Mapping[str, str], where: str) -> None:
    """InputError unless the copy has a chart and an organisation."""
    if not synced:
        raise InputError(
            f"nothing was synced into `{where}` yet", hint="run `xeroport sync NAME` first"
        )
    for table, stream in (("account", "accounts"), ("organisation", "organisation")):
        if table not in synced:
            raise InputError(
                f"the copy has no `{table}`, which the ledger needs",
                hint=f"`xeroport sync NAME {stream}`",
            )


def staging_file(folder: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB file of its own, for destinations that are not DuckDB."""
    connection = duckdb.connect(str(Path(folder, "ledger.duckdb")), config=settings())
    connection.execute("SET TimeZone = 'UTC'")
    return connection
