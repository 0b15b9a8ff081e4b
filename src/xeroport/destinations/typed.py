"""The SQL by which DuckDB turns landing files into typed rows, for every destination.

`stage` reads the files once into the temporary table `stage`, all leaves as text; `type_rows` makes
from it the typed rows of one of the record type's tables. No record passes through Python.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from msgspec import Struct

from xeroport.catalogue.columns import REPLY_ONLY, Column, ListOf, Shape, Table, shape, tables
from xeroport.catalogue.model import ValueType

DUCKDB_TYPES: dict[ValueType, str] = {
    "text": "VARCHAR",
    "uuid": "UUID",
    "money": "DECIMAL(24, 4)",
    "number": "DECIMAL(30, 10)",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
RATE = "DECIMAL(30, 10)"
"""Rates, quantities and prices of a unit: Xero gives up to ten places."""

CONTROL = (("_synced_at", "TIMESTAMP"), ("_deleted_at", "TIMESTAMP"), ("_extra", "JSON"))
"""The columns that every table has."""

LINES = frozenset({"LineItems", "JournalLines"})
"""Lists that nearly every record has. Others are staged as JSON text: a typed list costs memory and
time for each of its fields, filled or not."""

_FILLED = "CAST({0} AS VARCHAR) NOT IN ('[]', 'null')"

LARGEST_RECORD = 1 << 20
"""Bytes; DuckDB's reading buffers are a small multiple of it, unless a record is larger."""


class Reject(Struct, frozen=True):
    """A value that would not cast: where it stands, as what it came, why it has no place."""

    table: str
    key: str
    field: str
    value: str
    reason: str


OPTIMISED = ("filter_pushdown", "unused_columns")
"""What DuckDB's optimiser is good for here; its other passes take longer than a batch's casts."""


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Give a connection the macros that `typed` uses, and plans that are made quickly."""
    connection.execute("SET TimeZone = 'UTC'")
    known = [name for (name,) in connection.execute("FROM duckdb_optimizers()").fetchall()]
    needless = ",".join(name for name in known if name not in OPTIMISED)
    connection.execute(f"SET disabled_optimizers = {text(needless)}")
    connection.execute(Path(__file__).with_suffix(".sql").read_text())


def identifier(name: str) -> str:
    """A quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A quoted SQL string."""
    return "'" + value.replace("'", "''") + "'"


def column_types(table: Table) -> dict[str, str]:
    """Column name → DuckDB type, of all columns of a table, in order."""
    columns = {each.name: column_type(each) for each in table.key}
    columns |= dict.fromkeys(table.positions, "INTEGER")
    columns |= {each.name: column_type(each) for each in table.columns}
    return columns | dict(CONTROL)


def filled(table: Table) -> tuple[str, ...]:
    """The columns that typed rows bring along: all but `_synced_at` and `_deleted_at`."""
    return tuple(each for each in column_types(table) if each not in ("_synced_at", "_deleted_at"))


def column_type(column: Column) -> str:
    """The DuckDB type of a column."""
    return RATE if column.rate else DUCKDB_TYPES[column.type]


def stage(
    connection: duckdb.DuckDBPyConnection, record: str, files: Iterable[Path], *, longest: int
) -> int:
    """Read landing files into the temporary table `stage`; how many records it holds.

    Of several versions of one record the last in the files stays. `_key` columns are typed.
    """
    size = max(LARGEST_RECORD, 2 * longest)
    names = ", ".join(text(str(each)) for each in files)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE stage AS SELECT *{_keys(record)} "
        f"FROM read_json([{names}], format = 'newline_delimited', auto_detect = false, "
        f"maximum_object_size = {size}, columns = {_columns(record)})"
    )
    key = tables(record)[0].key
    if key:
        found = connection.execute(
            "SELECT count(_key0), count(DISTINCT _key0) FROM stage"
        ).fetchone()
        assert found is not None
        if found[0] != found[1]:
            connection.execute(
                "DELETE FROM stage WHERE _key0 IS NOT NULL AND rowid NOT IN "
                "(SELECT max(rowid) FROM stage GROUP BY _key0)"
            )
    counted = connection.execute("SELECT count(*) FROM stage").fetchone()
    assert counted is not None
    return int(counted[0])


def type_rows(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Make the temporary table `typed_rows(table)` out of `stage` (for items inside items: out of
    the rows above, made before). It has the columns of the table without `_synced_at` and
    `_deleted_at` (`filled`), and working columns. The count; 0 makes no table."""
    if table.levels and not _has_items(connection, table):
        connection.execute(f"DROP TABLE IF EXISTS {typed_rows(table)}")
        return 0
    extra = _extra(table, _said(connection, table))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {typed_rows(table)} AS {_select(table, extra)}"
    )
    found = connection.execute(f"SELECT count(*) FROM {typed_rows(table)}").fetchone()
    assert found is not None
    return int(found[0])


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop `stage` and all typed rows; outside a transaction their memory is free at once."""
    found = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE temporary "
        "AND (table_name = 'stage' OR starts_with(table_name, '_typed_'))"
    ).fetchall()
    for (name,) in found:
        connection.execute(f"DROP TABLE {identifier(name)}")


def typed_rows(table: Table) -> str:
    """The temporary table of a table's typed rows."""
    return identifier(f"_typed_{table.name}")


def rejects(connection: duckdb.DuckDBPyConnection, table: Table) -> list[Reject]:
    """All values of the typed rows of `table` that would not cast."""
    bad = connection.execute(f"SELECT count(*) FROM {typed_rows(table)} WHERE _bad").fetchone()
    assert bad is not None
    if not bad[0]:
        return []
    found: list[Reject] = []
    for column, raw, value in _castable(table):
        rows = connection.execute(
            f"SELECT {_key_text(table)}, {raw} {_source(table)} "
            f"WHERE nullif({raw}, '') IS NOT NULL AND {value} IS NULL"
        ).fetchall()
        field = ".".join((*table.levels, *column.path))
        reason = f"is no {column_type(column)}"
        found += [Reject(table.name, str(key), field, str(given), reason) for key, given in rows]
    return found


@cache
def _columns(record: str) -> str:
    """The `columns` argument of read_json: JSON types of all that the tables take."""
    fields = shape(record).fields
    taken = {
        name: "JSON" if _is_unread(part, name) else _json_type(part)
        for name, part in fields.items()
        if part != "spare"
    }
    taken["_extra"] = "JSON"
    return "{" + ", ".join(f"{identifier(k)}: {text(v)}" for k, v in taken.items()) + "}"


def _json_type(part: Shape | ListOf | str) -> str:
    if isinstance(part, ListOf):
        return _struct(part.item, {"_extra": "JSON"}) + "[]"
    if isinstance(part, Shape):
        return _struct(part, {})
    return "JSON" if part == "rest" else "VARCHAR"


def _struct(of: Shape, more: dict[str, str]) -> str:
    parts = {name: _json_type(each) for name, each in of.fields.items() if each != "spare"} | more
    return "STRUCT(" + ", ".join(f"{identifier(k)} {v}" for k, v in parts.items()) + ")"


def _is_unread(part: Shape | ListOf | str, name: str) -> bool:
    """Whether a list is staged as JSON text, to be read only where it has items."""
    return isinstance(part, ListOf) and name not in LINES


def _structure(part: Shape | ListOf | str) -> Any:
    """The same type as json_transform takes it."""
    if isinstance(part, ListOf):
        return [_structure(part.item) | {"_extra": "JSON"}]
    if isinstance(part, Shape):
        return {name: _structure(e) for name, e in part.fields.items() if e != "spare"}
    return "JSON" if part == "rest" else "VARCHAR"


def _keys(record: str) -> str:
    return "".join(
        f", {_cast(each, identifier(each.path[0]))} AS _key{number}"
        for number, each in enumerate(tables(record)[0].key)
    )


def _key_text(table: Table) -> str:
    keys = [f"CAST(_key{number} AS VARCHAR)" for number in range(len(table.key))]
    return f"concat_ws(' ', {', '.join(keys)})" if keys else "''"


def _cast(column: Column, raw: str) -> str:
    if column.type == "text":
        return raw
    return f"as_{'rate' if column.rate else column.type}({raw})"


def _raw(table: Table, column: Column) -> str:
    places = [_place(table, path) for path in (column.path, *column.alternates)]
    return places[0] if len(places) == 1 else f"coalesce({', '.join(places)})"


def _place(table: Table, path: tuple[str, ...]) -> str:
    """Where a field is: under the record, or under the list item `item`."""
    first, *rest = ("item", *path) if table.levels else path
    return identifier(first) + "".join(f"[{text(each)}]" for each in rest)


def _castable(table: Table) -> Iterator[tuple[Column, str, str]]:
    """(column, raw text, typed value) of the columns that are not text."""
    own = table.columns if table.levels else (*table.key, *table.columns)
    for column in own:
        if column.type != "text":
            raw = _raw(table, column)
            yield column, raw, _cast(column, raw)


def _above(table: Table) -> tuple[str, str]:
    """(table to read, its column with the list) for a table of list items."""
    if len(table.levels) == 1:
        return "stage", identifier(table.levels[0])
    parent = next(e for e in tables(table.record) if e.levels == table.levels[:-1])
    return typed_rows(parent), identifier(f"_list_{table.levels[-1]}")


def _inner_lists(table: Table) -> list[str]:
    """The lists inside a list's items, which their own tables are made of."""
    if not table.levels:
        return []
    return [e.levels[-1] for e in tables(table.record) if e.levels[:-1] == table.levels]


def _unread(table: Table) -> str | None:
    """The structure by which a table's list is read from JSON text; None if it is staged typed."""
    name = table.levels[0]
    part = shape(table.record).fields[name]
    if len(table.levels) > 1 or not _is_unread(part, name):
        return None
    return json.dumps(_structure(part))


def _has_items(connection: duckdb.DuckDBPyConnection, table: Table) -> bool:
    above, place = _above(table)
    name = above.strip('"')
    made = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE temporary AND table_name = $1", [name]
    ).fetchone()
    if not made or not made[0]:
        return False
    counted = (
        f"count(*) FILTER ({_FILLED.format(place)})" if _unread(table) else f"sum(len({place}))"
    )
    found = connection.execute(f"SELECT {counted} FROM {above}").fetchone()
    return found is not None and bool(found[0])


def _source(table: Table) -> str:
    """FROM: `stage`, or a list of the rows above, unnested."""
    if not table.levels:
        return "FROM stage"
    above, place = _above(table)
    keys = "".join(f"_key{number}, " for number in range(len(table.key)))
    outer = "".join(f"position AS {identifier(each)}, " for each in table.positions[:-1])
    structure = _unread(table)
    if structure is not None:
        above = (
            f"(SELECT {keys}json_transform({place}, {text(structure)}) AS list "
            f"FROM {above} WHERE {_FILLED.format(place)})"
        )
        place = "list"
    return (
        f"FROM (SELECT {keys}{outer}unnest({place}) AS item, "
        f"generate_subscripts({place}, 1) AS position FROM {above})"
    )


def _select(table: Table, extra: str) -> str:
    """Typed rows; `_bad` is worked out above them, so that no cast is made twice."""
    parts = [f"_key{number} AS {identifier(each.name)}" for number, each in enumerate(table.key)]
    parts += [identifier(each) for each in table.positions]
    parts += [
        f"{_cast(column, _raw(table, column))} AS {identifier(column.name)}"
        for column in table.columns
    ]
    inner = [f"_list_{each}" for each in _inner_lists(table)]
    kept = [identifier(each) for each in (*filled(table), *inner)]
    kept += [f"_key{number}" for number in range(len(table.key)) if inner]
    parts += [f"{_place(table, (each[6:],))} AS {identifier(each)}" for each in inner]
    parts += [f"_key{number}" for number in range(len(table.key)) if inner]
    bad = []
    for number, (column, raw, _) in enumerate(_castable(table)):
        if not table.levels and column in table.key:
            bad.append(f"({identifier(column.name)} IS NULL)")
            continue
        parts.append(f"{raw} AS _raw{number}")
        bad.append(f"({identifier(column.name)} IS NULL AND nullif(_raw{number}, '') IS NOT NULL)")
    return (
        f"SELECT {', '.join(kept)}, ({' OR '.join(bad) or 'false'}) AS _bad FROM "
        f"(SELECT {', '.join(parts)}, {extra} AS _extra {_source(table)})"
    )


def _said(connection: duckdb.DuckDBPyConnection, table: Table) -> tuple[tuple[str, ...], ...]:
    """The paths without a column that have a value anywhere in `stage`."""
    if table.levels or not table.rest:
        return ()
    counts = ", ".join(f"count({_place(table, path)})" for path in table.rest)
    found = connection.execute(f"SELECT {counts} FROM stage").fetchone()
    assert found is not None
    return tuple(path for path, count in zip(table.rest, found, strict=True) if count)


def _extra(table: Table, said: tuple[tuple[str, ...], ...]) -> str:
    """JSON of what has no column: path → value; NULL where there is none."""
    own = f"CAST({_place(table, ('_extra',))} AS VARCHAR)"
    parts = [f"substr({own}, 2, length({own}) - 2)"]
    for path in said:
        says = "says_more" if path[-1] in REPLY_ONLY else "says"
        parts.append(f"{_json_key(path)} || {says}(CAST({_place(table, path)} AS VARCHAR))")
    for column in table.columns:
        raw = _place(table, column.path)
        for path in column.alternates:
            other = _place(table, path)
            parts.append(
                f"CASE WHEN {other} <> {raw} THEN {_json_key(path)} || to_json({other}) END"
            )
    return f"CAST('{{' || nullif(concat_ws(',', {', '.join(parts)}), '') || '}}' AS JSON)"


def _json_key(path: tuple[str, ...]) -> str:
    """SQL text of the key of a path in `_extra`, with its colon."""
    return text(f'"{".".join(path)}":')
