"""Writing the rows of a flow into a table of Postgres."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from xeroport.destinations.typed import identifier
from xeroport.errors import InputError, Unavailable, first_line
from xeroport.jobs.flow.table_columns import KEY, Rows, qualified, unfit_reason

if TYPE_CHECKING:
    import psycopg

WHOLE = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}
"""Types of whole numbers, and the first number that they do not hold."""
NAMES = {"DOUBLE": "DOUBLE PRECISION", "HUGEINT": "NUMERIC", "TINYINT": "SMALLINT"}


def write_postgres(url: str, table: str, columns: Mapping[str, str], rows: Rows) -> dict[str, str]:
    """Write rows whose values are texts; the reason for each key whose values do not fit."""
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            full, types = _table(connection, table, columns)
            unfit = {
                str(row[KEY]): reason
                for row in rows
                if (reason := _rounding(row, types)) is not None
            }
            fitting = [row for row in rows if str(row[KEY]) not in unfit]
            return unfit | _insert(connection, full, columns, types, fitting)
    except psycopg.OperationalError as error:
        raise Unavailable(
            f"the database cannot be used: {first_line(error)}",
            hint="check that it is running",
        ) from error
    except psycopg.Error as error:
        raise InputError(
            f"the table `{table}` cannot be written: {first_line(error)}",
            hint="the records are kept, and the next run continues with them",
        ) from error


def _table(
    connection: psycopg.Connection[Any], table: str, columns: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    """The table with all columns, and the types that they have in it now."""
    schema, name = qualified(table)
    full = f"{schema}.{name}" if schema else name
    if schema:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}".encode())
    connection.execute(f"CREATE TABLE IF NOT EXISTS {full} (_key VARCHAR PRIMARY KEY)".encode())
    for column, of in columns.items():
        wanted = NAMES.get(of, of)
        connection.execute(
            f"ALTER TABLE {full} ADD COLUMN IF NOT EXISTS {identifier(column)} {wanted}".encode()
        )
    found = connection.execute(
        b"SELECT attname, format_type(atttypid, NULL), format_type(atttypid, atttypmod) "
        b"FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
        (full,),
    )
    held = {str(row[0]): (str(row[1]), str(row[2])) for row in found}
    types: dict[str, str] = {}
    for column, of in columns.items():
        plain, exact = held[column]
        is_decimal = of.startswith("DECIMAL") or of == "DOUBLE"
        if (plain in WHOLE and is_decimal) or (plain == "numeric" and exact != "numeric"):
            connection.execute(
                f"ALTER TABLE {full} ALTER COLUMN {identifier(column)} TYPE NUMERIC".encode()
            )
            plain = "numeric"
        types[column] = plain
    return full, types


def _rounding(row: Mapping[str, Any], types: Mapping[str, str]) -> str | None:
    """Why a row does not fit columns of whole numbers, which would be rounded into them."""
    for column, of in types.items():
        value = row[column]
        if of not in WHOLE or value is None:
            continue
        try:
            number = Decimal(value)
        except InvalidOperation:
            return unfit_reason(column, value, of)
        if not number.is_finite() or number % 1 or not -WHOLE[of] <= number < WHOLE[of]:
            return unfit_reason(column, value, of)
    return None


def _insert(
    connection: psycopg.Connection[Any],
    full: str,
    columns: Mapping[str, str],
    types: Mapping[str, str],
    rows: Rows,
) -> dict[str, str]:
    """Insert rows together, or where one is refused, in halves down to that one."""
    import psycopg

    if not rows:
        return {}
    listed = ", ".join(identifier(name) for name in columns)
    marks = ", ".join(f"%s::text::{types[name]}" for name in columns)
    changed = ", ".join(f"{identifier(n)} = excluded.{identifier(n)}" for n in columns)
    sql = f"INSERT INTO {full} ({listed}) VALUES ({marks}) "  # noqa: S608
    sql += f"ON CONFLICT (_key) DO UPDATE SET {changed}"
    try:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(sql.encode(), [[row[name] for name in columns] for row in rows])
    except psycopg.DataError as error:
        if len(rows) == 1:
            return {str(rows[0][KEY]): _reason(rows[0], error)}
        half = len(rows) // 2
        first = _insert(connection, full, columns, types, rows[:half])
        return first | _insert(connection, full, columns, types, rows[half:])
    return {}


def _reason(row: Mapping[str, Any], error: psycopg.DataError) -> str:
    return f"the table refuses it: {first_line(error)}"
