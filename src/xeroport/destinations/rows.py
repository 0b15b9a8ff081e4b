"""Landing files become typed rows in DuckDB, for every destination.

`stage` reads the files once into the temporary table `stage`; the queries of `row_queries` make the
rows of the record type's tables from it. No record passes through Python.

There are two ways. Records in a plain or bare form are read as what they are, and a value that
still does not fit its column raises one of `MISFITS`. Records in any form are read as text, and
what will not cast is a reject (`rejects`). Both ways give the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import duckdb
from msgspec import structs

from xeroport.catalogue.columns import Table, levels_of, tables
from xeroport.destinations.json_types import WAYS, columns_argument, either_way
from xeroport.destinations.protocol import Batch
from xeroport.destinations.repeated_names import TWICE, last_of_each
from xeroport.destinations.row_queries import (
    Reject,
    Stage,
    cast_of,
    castable,
    is_filled,
    key_text,
    place_of,
    select,
    source_of,
)
from xeroport.destinations.typed import column_type, identifier, text

LARGEST_RECORD = 1 << 20
"""Bytes; DuckDB's reading buffers are a small multiple of it, unless a record is larger."""

KEYS_IN_STAGE = "record_key IN (SELECT CAST(_key0 AS VARCHAR) FROM stage)"
"""Which rejects are of the records in `stage`."""
NO_KEY = "has no valid key"


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
        f", {cast_of(way, key_column, identifier(key_column.path[0]))} AS _key{number}"
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
    counts += [f"count(*) FILTER ({is_filled(list_column)})" for list_column in lists]
    counts += [f"count({place_of(root, path)})" for path in rest]
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
    counts = ", ".join(f"(SELECT count(*) {source_of(staged, table)})" for table in plan)
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
    for column, raw, value in castable(table):
        rows = connection.execute(
            f"SELECT {key_text(table)}, {raw} {source_of(staged, table)} "
            f"WHERE nullif({raw}, '') IS NOT NULL AND {value} IS NULL"
        ).fetchall()
        field = ".".join((*table.levels, *column.path))
        reason = f"is no {column_type(column)}"
        rejected += [
            Reject(table.name, str(key), field, str(values), reason) for key, values in rows
        ]
    return rejected
