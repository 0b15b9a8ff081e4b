"""The SQL by which DuckDB turns landing files into typed rows, for every destination.

`stage` reads the files once into the temporary table `stage`; `select` is the query that makes the
rows of one of the record type's tables from it. No record passes through Python.

There are two ways. Records in a plain or bare form are read as what they are, and a value that
still does not fit its column raises one of `MISFITS`. Records in any form are read as text, and
what will not cast is a reject (`rejects`). Both ways give the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial

import duckdb
from msgspec import Struct, structs

from xeroport.catalogue.columns import (
    REPLY_ONLY,
    Column,
    Path,
    Table,
    levels_of,
    shape,
    tables,
    widened,
)
from xeroport.destinations.json_types import (
    WAYS,
    FormTypes,
    columns_argument,
    either_way,
    is_unread,
    structure,
)
from xeroport.destinations.protocol import Batch, Form
from xeroport.destinations.repeated_names import TWICE, last_of_each
from xeroport.destinations.typed import column_type, filled, identifier, text

LARGEST_RECORD = 1 << 20
"""Bytes; DuckDB's reading buffers are a small multiple of it, unless a record is larger."""

KEYS_IN_STAGE = "record_key IN (SELECT CAST(_key0 AS VARCHAR) FROM stage)"
"""Which rejects are of the records in `stage`."""
NO_KEY = "has no valid key"


class Reject(Struct, frozen=True):
    """A value that did not fit its column: where it was, what it was, and why it does not fit."""

    table: str
    key: str
    field: str
    value: str
    reason: str


class Stage(Struct, frozen=True):
    """What is in the temporary table `stage`: the lists that have items anywhere in it, and the
    paths without a column that have a value; `learned` are those that only the batch knows of, in
    records and in their lists. What was not `met` has no value anywhere. `aside` are records that
    cannot be there, since nothing could tell them from others, and values that a later one of
    their name replaced."""

    form: Form
    lists: frozenset[str]
    said: tuple[Path, ...]
    learned: frozenset[Path] = frozenset()
    met: frozenset[Path] | None = None
    aside: tuple[Reject, ...] = ()

    @property
    def way(self) -> FormTypes:
        return WAYS[self.form]

    def has(self, table: Table, path: Path = ()) -> bool:
        """Whether a field of a table's rows, or the list that they are the items of, was met."""
        whole = (*table.levels, *path)
        return self.met is None or not whole or whole in self.met


def stage(connection: duckdb.DuckDBPyConnection, batch: Batch) -> Stage:
    """Read a batch's landing files into the table `stage`, with its typed keys as `_key0` ….

    Of several versions of one record, or values of one name, the last in the files stays.
    """
    root, read = tables(batch.record)[0], partial(_stage, connection)
    staged, repeats = last_of_each(batch, root.key[0].path[0] if root.key else "", read)
    replaced = (Reject(root.name, it.key, it.field, it.value, TWICE) for it in repeats)
    return structs.replace(staged, aside=(*staged.aside, *replaced))


def _stage(connection: duckdb.DuckDBPyConnection, batch: Batch) -> Stage:
    way = WAYS[batch.form]
    root = tables(batch.record)[0]
    own = {path for path in batch.said if not levels_of(batch.record, path)}
    rest = tuple(path for path in root.rest if batch.form != "bare" or path in own)
    rest += tuple(sorted(own - set(root.rest)))
    names = ", ".join(text(str(file)) for file in batch.files)
    keys = "".join(
        f", {_cast(way, key_column, identifier(key_column.path[0]))} AS _key{number}"
        for number, key_column in enumerate(root.key)
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE stage AS SELECT *{keys} "
        f"FROM read_json([{names}], format = 'newline_delimited', auto_detect = false, "
        f"records = true, maximum_object_size = {max(LARGEST_RECORD, 2 * batch.longest)}, "
        f"columns = {columns_argument(batch.record, batch.form, batch.said, batch.met)})"
    )
    lists = [
        table
        for table in tables(batch.record)
        if len(table.levels) == 1 and (batch.met is None or table.levels in batch.met)
    ]
    counts = ["count(*), count(_key0), count(DISTINCT _key0)" if root.key else "0, 0, 0"]
    counts += [f"count(*) FILTER ({_is_filled(list_column)})" for list_column in lists]
    counts += [f"count({_place(root, path)})" for path in rest]
    counted = connection.execute(f"SELECT {', '.join(counts)} FROM stage").fetchone()
    assert counted is not None
    count, keyed, distinct, *census = counted
    keyless = _without_keyless(connection, batch, root) if count != keyed else ()
    if keyed != distinct:
        connection.execute(
            "DELETE FROM stage WHERE rowid NOT IN (SELECT max(rowid) FROM stage GROUP BY _key0)"
        )
    says = dict(zip(rest, census[len(lists) :], strict=True))
    return Stage(
        form=batch.form,
        lists=frozenset(listed.levels[0] for listed, n in zip(lists, census, strict=False) if n),
        said=tuple(path for path, count in says.items() if count),
        learned=batch.said,
        met=batch.met,
        aside=keyless,
    )


def _without_keyless(
    connection: duckdb.DuckDBPyConnection, batch: Batch, root: Table
) -> tuple[Reject, ...]:
    """Take records without a valid key out of `stage`; each whole, under a mark of its own."""
    if batch.form != "any":
        raise duckdb.ConversionException("a record has no valid key")
    whole = "json_merge_patch('{}', to_json(stage))"
    rows = connection.execute(
        f"SELECT 'without a key: ' || md5({whole}), {whole} FROM stage WHERE _key0 IS NULL"
    ).fetchall()
    connection.execute("DELETE FROM stage WHERE _key0 IS NULL")
    field = root.key[0].path[0]
    return tuple(
        Reject(root.name, mark, field, value, NO_KEY) for mark, value in dict(rows).items()
    )


def count_keyless(rejects: Sequence[Reject]) -> int:
    """How many of them are whole records."""
    return sum(reject.reason == NO_KEY for reject in rejects)


def select(staged: Stage, table: Table) -> str | None:
    """The query of a table's typed rows: the columns `filled`, and `_bad` if there may be rejects
    (worked out above them, so that no cast is made twice). None where there are no rows."""
    if table.levels and not (table.levels[0] in staged.lists and staged.has(table)):
        return None
    parts = [
        f"_key{number} AS {identifier(key_column.name)}"
        for number, key_column in enumerate(table.key)
    ]
    parts += [identifier(position) for position in table.positions]
    parts += [
        f"{_value(staged, table, column)} AS {identifier(column.name)}" for column in table.columns
    ]
    extra = f"{_extra(staged, table)} AS _extra"
    source = _source(staged, table)
    if staged.form != "any":
        return f"SELECT {', '.join(parts)}, {extra} {source}"
    bad = []
    for number, (column, raw, _) in enumerate(_castable(table)):
        if not table.levels and column in table.key:
            bad.append(f"({identifier(column.name)} IS NULL)")
            continue
        parts.append(f"{raw} AS _raw{number}")
        bad.append(f"({identifier(column.name)} IS NULL AND nullif(_raw{number}, '') IS NOT NULL)")
    columns = ", ".join(identifier(column) for column in filled(table))
    return (
        f"SELECT {columns}, ({' OR '.join(bad) or 'false'}) AS _bad FROM "
        f"(SELECT {', '.join(parts)}, {extra} {source})"
    )


def type_batch(
    connection: duckdb.DuckDBPyConnection, batch: Batch
) -> tuple[dict[str, int], list[Reject]]:
    """Stage a batch and make the temporary tables `typed_rows` of all its tables that have rows:
    name → count, and the values that did not fit the column. They have the columns `filled`."""

    def typed(batch: Batch) -> tuple[dict[str, int], list[Reject]]:
        staged = stage(connection, batch)
        rows: dict[str, int] = {}
        bad = list(staged.aside)
        for table in tables(batch.record):
            if count := type_rows(connection, staged, table):
                rows[table.name] = count
                bad += rejects(connection, staged, table)
        return rows, bad

    return either_way(batch, typed)


def typed_sources(
    connection: duckdb.DuckDBPyConnection, staged: Stage, plan: Sequence[Table]
) -> tuple[dict[str, str], list[Reject]]:
    """Table → where its typed rows are (a query, or a table if there may be rejects), and what
    did not fit the column."""
    sources: dict[str, str] = {}
    bad = list(staged.aside)
    for table in plan:
        if staged.form != "any":
            query = select(staged, table)
            if query:
                sources[table.name] = f"({query})"
        elif type_rows(connection, staged, table):
            sources[table.name] = typed_rows(table)
            bad += rejects(connection, staged, table)
    return sources, bad


def row_counts(
    connection: duckdb.DuckDBPyConnection, staged: Stage, plan: Sequence[Table]
) -> dict[str, int]:
    """Table → how many typed rows it has, of those that have any."""
    if not plan:
        return {}
    counts = ", ".join(f"(SELECT count(*) {_source(staged, table)})" for table in plan)
    counted = connection.execute(f"SELECT {counts}").fetchone()
    assert counted is not None
    return {table.name: int(n) for table, n in zip(plan, counted, strict=True) if n}


def type_rows(connection: duckdb.DuckDBPyConnection, staged: Stage, table: Table) -> int:
    """Make the temporary table `typed_rows(table)` unless it would be empty; how many rows."""
    query = select(staged, table)
    if query is None:
        return 0
    rows = connection.execute(f"CREATE OR REPLACE TEMP TABLE {typed_rows(table)} AS {query}")
    (count,) = rows.fetchall()[0]
    return int(count)


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop `stage` and all typed rows; outside a transaction their memory is free at once."""
    found = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE temporary "
        "AND (table_name IN ('stage', '_bad_rows') OR starts_with(table_name, '_typed_'))"
    ).fetchall()
    for (name,) in found:
        connection.execute(f"DROP TABLE {identifier(name)}")


def typed_rows(table: Table) -> str:
    """The temporary table of a table's typed rows."""
    return identifier(f"_typed_{table.name}")


def rejects(connection: duckdb.DuckDBPyConnection, staged: Stage, table: Table) -> list[Reject]:
    """All values of typed rows of `table` that did not fit their column; none of plain records."""
    if staged.form != "any":
        return []
    bad = connection.execute(f"SELECT count(*) FROM {typed_rows(table)} WHERE _bad").fetchone()
    assert bad is not None
    if not bad[0]:
        return []
    rejected: list[Reject] = []
    for column, raw, value in _castable(table):
        rows = connection.execute(
            f"SELECT {_key_text(table)}, {raw} {_source(staged, table)} "
            f"WHERE nullif({raw}, '') IS NOT NULL AND {value} IS NULL"
        ).fetchall()
        field = ".".join((*table.levels, *column.path))
        reason = f"is no {column_type(column)}"
        rejected += [
            Reject(table.name, str(key), field, str(values), reason) for key, values in rows
        ]
    return rejected


def _key_text(table: Table) -> str:
    keys = [f"CAST(_key{number} AS VARCHAR)" for number in range(len(table.key))]
    return f"concat_ws(' ', {', '.join(keys)})" if keys else "''"


def _cast(way: FormTypes, column: Column, raw: str) -> str:
    if column.type == "text":
        return raw
    return f"{way.macro}{'rate' if column.rate else column.type}({raw})"


def _value(staged: Stage, table: Table, column: Column) -> str:
    """The typed value of a column; NULL where no record has one."""
    paths = [path for path in (column.path, *column.alternates) if staged.has(table, path)]
    if not paths:
        return f"CAST(NULL AS {column_type(column)})"
    return _cast(staged.way, column, _raw(table, paths))


def _raw(table: Table, paths: Sequence[Path]) -> str:
    """What was given in the first of these places that has a value."""
    places = [_place(table, path) for path in paths]
    return places[0] if len(places) == 1 else f"coalesce({', '.join(places)})"


def _place(table: Table, path: tuple[str, ...]) -> str:
    """Where a field is: under the record, or under the list item `item`."""
    first, *rest = ("item", *path) if table.levels else path
    return identifier(first) + "".join(f"[{text(each)}]" for each in rest)


def _castable(table: Table) -> Iterator[tuple[Column, str, str]]:
    """(column, raw text, value of it) of the columns that are not text."""
    own = table.columns if table.levels else (*table.key, *table.columns)
    for column in own:
        if column.type != "text":
            raw = _raw(table, (column.path, *column.alternates))
            yield column, raw, _cast(WAYS["any"], column, raw)


def _is_filled(table: Table) -> str:
    """Where a record has items in the list of a table of the first level."""
    place = identifier(table.levels[0])
    if is_unread(shape(table.record).fields[table.levels[0]], table.levels[0]):
        return f"CAST({place} AS VARCHAR) NOT IN ('[]', 'null')"
    return f"len({place}) > 0"


def _source(staged: Stage, table: Table) -> str:
    """FROM: `stage`, or the items of its lists."""
    if not table.levels:
        return "FROM stage"
    keys = "".join(f"_key{number}, " for number in range(len(table.key)))
    first, *inner = table.levels
    place, above = identifier(first), "stage"
    part = widened(table.record, staged.learned, staged.met).fields[first]
    if is_unread(part, first):
        listed = text(json.dumps(structure(part, staged.way)))
        list_ = f"json_transform({place}, {listed})"
        root = next(e for e in tables(table.record) if e.levels == (first,))
        above, place = f"(SELECT {keys}{list_} AS list FROM stage WHERE {_is_filled(root)})", "list"
    outer = ""
    for depth, position in enumerate(table.positions):
        source = (
            f"SELECT {keys}{outer}unnest({place}) AS item, "
            f"generate_subscripts({place}, 1) AS {identifier(position)} FROM {above}"
        )
        outer += f"{identifier(position)}, "
        above = f"({source})"
        if depth < len(inner):
            place = f"item[{text(inner[depth])}]"
    return f"FROM {above}"


def _extra(staged: Stage, table: Table) -> str:
    """JSON of what has no column: path → value; NULL where there is none."""
    parts = []
    if staged.way.has_extra:
        own = f"CAST({_place(table, ('_extra',))} AS VARCHAR)"
        parts.append(f"substr({own}, 2, length({own}) - 2)")
    for path in _said(staged, table):
        says = "says_more" if path[-1] in REPLY_ONLY else "says"
        parts.append(f"{_json_key(path)} || {says}(CAST({_place(table, path)} AS VARCHAR))")
    for column in table.columns:
        raw = _place(table, column.path)
        for path in column.alternates if staged.has(table, column.path) else ():
            if not staged.has(table, path):
                continue
            other = _place(table, path)
            given = f"to_json(CAST({other} AS VARCHAR))"
            parts.append(f"CASE WHEN {other} <> {raw} THEN {_json_key(path)} || {given} END")
    if not parts:
        return "CAST(NULL AS JSON)"
    return f"CAST('{{' || nullif(concat_ws(',', {', '.join(parts)}), '') || '}}' AS JSON)"


def _said(staged: Stage, table: Table) -> Iterator[Path]:
    """The places without a column, in the rows of a table, that have values."""
    if not table.levels:
        yield from staged.said
        return
    for path in sorted(staged.learned):
        if levels_of(table.record, path) == table.levels:
            yield path[len(table.levels) :]


def _json_key(path: tuple[str, ...]) -> str:
    """SQL text of the key of a path in `_extra`, with its colon."""
    return text(f'"{".".join(path)}":')
