"""Writing the rows of a flow into a table of DuckDB."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import duckdb

from xeroport.destinations import duckdb_location
from xeroport.destinations.duckdb_file import connect_writing
from xeroport.destinations.typed import identifier, text
from xeroport.errors import InputError, first_line
from xeroport.jobs.flow.table_columns import KEY, Rows, qualified, unfit_reason

WHOLE = {
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
    *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
}
DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
WIDE = "DECIMAL(38,10)"


def write_duckdb(url: str, table: str, columns: Mapping[str, str], rows: Rows) -> dict[str, str]:
    """Write rows whose values are texts; the reason for each key whose values do not fit."""
    connection = connect_writing(duckdb_location(url.partition(":")[2]).path)
    try:
        connection.execute("BEGIN")
        full, types = _table(connection, table, columns)
        data = [json.dumps(list(rows))]
        layout = text(json.dumps([dict.fromkeys(columns, "VARCHAR")]))
        texts = f"SELECT unnest(from_json(?::JSON, {layout}), recursive := true)"
        unfit = _unfit(connection, texts, data, types)
        keys = [[key] for key in unfit]
        fitting = texts
        if keys:
            connection.execute("CREATE TEMP TABLE _unfit (_key VARCHAR)")
            connection.executemany("INSERT INTO _unfit VALUES (?)", keys)
            fitting = f"SELECT * FROM ({texts}) WHERE _key NOT IN (FROM _unfit)"  # noqa: S608
        connection.execute(
            f"DELETE FROM {full} WHERE _key IN (SELECT _key FROM ({fitting}))",  # noqa: S608
            data,
        )
        listed = ", ".join(identifier(name) for name in columns)
        shown = ", ".join(f"{identifier(name)}::{types[name]}" for name in columns)
        connection.execute(
            f"INSERT INTO {full} ({listed}) SELECT {shown} FROM ({fitting})",  # noqa: S608
            data,
        )
        connection.execute("COMMIT")
    except duckdb.Error as error:
        raise InputError(
            f"the table `{table}` cannot be written: {first_line(error)}",
            hint="the records are kept, and the next run continues with them",
        ) from error
    finally:
        connection.close()
    return unfit


def _table(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    """The table with all columns, and the types that they have in it now."""
    schema, name = qualified(table)
    current = connection.execute("SELECT current_database()").fetchone()
    place = f"{identifier(current[0] if current else 'memory')}.{schema or 'main'}"
    full = f"{place}.{name}"
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {place}")
    connection.execute(f"CREATE TABLE IF NOT EXISTS {full} (_key VARCHAR)")
    described = connection.execute(f"DESCRIBE {full}").fetchall()
    types = {str(row[0]): str(row[1]) for row in described}
    folded = {known.casefold(): known for known in types}
    for column, of in columns.items():
        held = types.get(folded.get(column.casefold(), ""))
        if held is None:
            connection.execute(f"ALTER TABLE {full} ADD COLUMN {identifier(column)} {of}")
        elif (wider := wider_type(held, of)) != held:
            connection.execute(f"ALTER TABLE {full} ALTER COLUMN {identifier(column)} TYPE {wider}")
            held = wider
        types[column] = held or of
    return full, types


def wider_type(held: str, wanted: str) -> str:
    """The type that a column needs to hold its own numbers and those to come; its own type where
    it does, or where the two are no numbers."""
    if held == wanted or held == "DOUBLE":
        return held
    if held == "DATE" and wanted.startswith("TIMESTAMP"):
        return wanted
    if held in WHOLE:
        if wanted in WHOLE:
            return "HUGEINT"
        return wanted if DECIMAL.fullmatch(wanted) or wanted == "DOUBLE" else held
    first, second = DECIMAL.fullmatch(held), DECIMAL.fullmatch(wanted)
    if first is None:
        return held
    if wanted == "DOUBLE":
        return "DOUBLE"
    if wanted in WHOLE:
        return WIDE if int(first[1]) - int(first[2]) < 28 and int(first[2]) <= 10 else held
    if second is None:
        return held
    scale = max(int(first[2]), int(second[2]))
    whole = max(int(first[1]) - int(first[2]), int(second[1]) - int(second[2]))
    return f"DECIMAL({min(scale + whole, 38)},{scale})"


def _unfit(
    connection: duckdb.DuckDBPyConnection, texts: str, data: list[str], types: Mapping[str, str]
) -> dict[str, str]:
    """The reason for each key with a value that its column would refuse, or round."""
    unfit: dict[str, str] = {}
    for column, of in types.items():
        if of == "VARCHAR" or column == KEY:
            continue
        name = identifier(column)
        changed = f"TRY_CAST({name} AS {of}) IS NULL"
        if of in WHOLE or DECIMAL.fullmatch(of):
            exact = f"TRY_CAST({name} AS {WIDE})"
            changed += f" OR {exact} <> TRY_CAST({name} AS {of})::{WIDE}"
        found = connection.execute(
            f"SELECT _key, {name} FROM ({texts}) "  # noqa: S608
            f"WHERE {name} IS NOT NULL AND ({changed})",
            data,
        )
        for key, value in found.fetchall():
            unfit.setdefault(str(key), unfit_reason(column, value, of))
    return unfit
