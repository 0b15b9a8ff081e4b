"""Tables of a destination as the target of a flow: one row a key, newer contents replace older.

The table is made with the types that the fields' expressions have; later fields add columns.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import duckdb

from xeroport.clock import Clock
from xeroport.destinations import default_url, duckdb_location
from xeroport.destinations.duckdb_file import connect_writing
from xeroport.destinations.typed import identifier
from xeroport.errors import InputError, Unavailable
from xeroport.jobs.flow.definition import Flow
from xeroport.jobs.flow.sources import located
from xeroport.store import flows
from xeroport.store.database import Store
from xeroport.store.flows import Carried

KEY = "_key"
AT_ONCE = 2_000


async def to_table(
    store: Store, flow: Flow, number: int, *, types: Mapping[str, str], clock: Clock
) -> None:
    """Write what is ready; writing it again after a crash changes nothing."""
    target = flow.steps[number].target
    url = located(target.to, flow.folder) or default_url(store.home)
    ready = list(flows.in_status(store, flow.name, number, "ready"))
    for start in range(0, len(ready), AT_ONCE):
        some = ready[start : start + AT_ONCE]
        rows = [_row(each, types) for each in some]
        write = _postgres if url.startswith(("postgresql:", "postgres:")) else _duckdb
        await asyncio.to_thread(write, url, target.table or "", types, rows)
        with store.transaction() as connection:
            for each in some:
                flows.settle(connection, each, "sent", clock.now())


def check_url(url: str | None) -> str | None:
    """What is wrong with the destination of a table, or None."""
    if url is None or url.startswith(("duckdb:", "postgresql://", "postgres://")):
        return None
    return f"a table goes into `duckdb:PATH` or `postgresql://…`, not into `{url}`"


def _row(record: Carried, types: Mapping[str, str]) -> dict[str, Any]:
    body = json.loads(record.body or "{}", parse_float=Decimal)
    row: dict[str, Any] = {KEY: record.key}
    for name in types:
        value: Any = body
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        row[name] = json.dumps(value, default=str) if isinstance(value, dict | list) else value
    return row


def _type(of: str) -> str:
    """A field's type as a column; what is nested is kept as JSON text."""
    if of.endswith("]") or of.startswith(("STRUCT", "MAP", "UNION")):
        return "VARCHAR"
    return "VARCHAR" if of in ('"NULL"', "NULL", "JSON") else of


def _qualified(table: str) -> tuple[str | None, str]:
    schema, _, name = table.rpartition(".")
    return (identifier(schema) if schema else None), identifier(name)


def _duckdb(
    url: str, table: str, types: Mapping[str, str], rows: Sequence[Mapping[str, Any]]
) -> None:
    schema, name = _qualified(table)
    columns = {KEY: "VARCHAR", **{each: _type(of) for each, of in types.items()}}
    layout = json.dumps([columns]).replace("'", "''")
    listed = ", ".join(identifier(each) for each in columns)
    connection = connect_writing(duckdb_location(url.partition(":")[2]).path)
    try:
        found = connection.execute("SELECT current_database()").fetchone()
        place = f"{identifier(found[0] if found else 'memory')}.{schema or 'main'}"
        full = f"{place}.{name}"
        connection.execute("BEGIN")
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {place}")
        connection.execute(f"CREATE TABLE IF NOT EXISTS {full} (_key VARCHAR)")
        for each, of in columns.items():
            connection.execute(
                f"ALTER TABLE {full} ADD COLUMN IF NOT EXISTS {identifier(each)} {of}"
            )
        given = f"SELECT unnest(from_json(?::JSON, '{layout}'), recursive := true)"
        data = [json.dumps(list(rows), default=_plain)]
        connection.execute(
            f"DELETE FROM {full} WHERE _key IN (SELECT _key FROM ({given}))",  # noqa: S608
            data,
        )
        connection.execute(
            f"INSERT INTO {full} ({listed}) SELECT {listed} FROM ({given})",  # noqa: S608
            data,
        )
        connection.execute("COMMIT")
    except duckdb.Error as error:
        raise _wrong(table, error) from error
    finally:
        connection.close()


def _postgres(
    url: str, table: str, types: Mapping[str, str], rows: Sequence[Mapping[str, Any]]
) -> None:
    import psycopg

    schema, name = _qualified(table)
    full = f"{schema}.{name}" if schema else name
    columns = {KEY: "VARCHAR", **{each: _postgres_type(_type(of)) for each, of in types.items()}}
    listed = ", ".join(identifier(each) for each in columns)
    marks = ", ".join("%s" for _ in columns)
    changed = ", ".join(f"{identifier(e)} = excluded.{identifier(e)}" for e in columns)
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            if schema:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}".encode())
            connection.execute(
                f"CREATE TABLE IF NOT EXISTS {full} (_key VARCHAR PRIMARY KEY)".encode()
            )
            for each, of in columns.items():
                connection.execute(
                    f"ALTER TABLE {full} ADD COLUMN IF NOT EXISTS {identifier(each)} {of}".encode()
                )
            with connection.cursor() as cursor:
                cursor.executemany(
                    f"INSERT INTO {full} ({listed}) VALUES ({marks}) "  # noqa: S608
                    f"ON CONFLICT (_key) DO UPDATE SET {changed}".encode(),
                    [[row[each] for each in columns] for row in rows],
                )
    except psycopg.OperationalError as error:
        raise Unavailable(
            f"the database cannot be used: {str(error).splitlines()[0]}", hint="see that it is up"
        ) from error
    except psycopg.Error as error:
        raise _wrong(table, error) from error


def _postgres_type(of: str) -> str:
    return {"DOUBLE": "DOUBLE PRECISION", "HUGEINT": "NUMERIC", "TINYINT": "SMALLINT"}.get(of, of)


def _wrong(table: str, error: Exception) -> InputError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return InputError(
        f"the table `{table}` cannot be written: {lines[0] if lines else error}",
        hint="the records stay ready, and the next run goes on with them",
    )


def _plain(value: Any) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)
