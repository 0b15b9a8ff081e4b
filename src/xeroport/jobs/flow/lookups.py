"""Look-up tables of flows: small CSVs, read by us and handed to the locked-down database.

A table stands under its name for sub-queries; with `on`, its row with the wanted key also joins
every record, as `name.column`. Keys must be different, so that no record comes out twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from xeroport.destinations.typed import identifier
from xeroport.errors import InputError, UnknownName
from xeroport.jobs.flow.definition import LookupFile
from xeroport.rows import source
from xeroport.rows.source import text_of

MOST = 200_000


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A look-up table in memory; `key` is the number of its key column."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    key: int
    on: str | None


def load(lookup: LookupFile, folder: Path) -> LookupTable:
    """Read a look-up table; InputError for a missing file, column, or for a key that repeats."""
    path = folder / lookup.file
    given = source.open_file(str(path))
    columns = given.columns
    if columns is None:
        raise InputError(f"`{lookup.file}` is not a table", hint="give a CSV or a spreadsheet")
    name = lookup.key or columns[0]
    if name not in columns:
        raise UnknownName("column", name, columns, of=lookup.file)
    key = columns.index(name)
    rows: list[tuple[str, ...]] = []
    seen: dict[str, int] = {}
    for row in given.rows:
        if row.broken:
            raise InputError(f"`{lookup.file}` line {row.line}: {row.broken}")
        values = tuple(
            "" if (value := row.values.get(column)) is None else text_of(value)
            for column in columns
        )
        if lookup.on is not None and values[key] in seen:
            raise InputError(
                f"`{lookup.file}` has `{values[key]}` in line {seen[values[key]]} and line "
                f"{row.line}",
                hint=f"each `{name}` may appear only once",
            )
        seen.setdefault(values[key], row.line)
        rows.append(values)
        if len(rows) > MOST:
            raise InputError(f"the look-up table `{lookup.file}` has more than {MOST:,} rows")
    return LookupTable(lookup.name, columns, tuple(rows), key, lookup.on)


def provide(connection: duckdb.DuckDBPyConnection, tables: Iterable[LookupTable]) -> None:
    """Make the tables in a database: plain under their names, and as `joined` finds them."""
    for table in tables:
        name = identifier(table.name)
        columns = ", ".join(f"{identifier(column)} VARCHAR" for column in table.columns)
        marks = ", ".join("?" for _ in table.columns)
        connection.execute(f"CREATE TABLE {name} ({columns})")
        if table.rows:
            connection.executemany(f"INSERT INTO {name} VALUES ({marks})", table.rows)  # noqa: S608
        key = identifier(table.columns[table.key])
        packed = ", ".join(
            f"{identifier(column)} := {identifier(column)}" for column in table.columns
        )
        connection.execute(
            f"CREATE TABLE {_joining(table)} AS "  # noqa: S608
            f"SELECT {key} AS _key, struct_pack({packed}) AS {name} FROM {name}"
        )


def joined(base: str, tables: Iterable[LookupTable]) -> str:
    """A query that adds to each row of another the row that each table has for it."""
    for table in tables:
        if table.on is not None:
            base = (
                f"SELECT _b.*, _l.{identifier(table.name)} FROM ({base}) AS _b "  # noqa: S608
                f"LEFT JOIN {_joining(table)} AS _l ON _l._key = (\n{table.on}\n)::VARCHAR"
            )
    return base


def _joining(table: LookupTable) -> str:
    return identifier(f"_on_{table.name}")
