"""What the last sync saw of an instance: account codes, contacts and tax rates, for warnings."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from xeroport.records.document_checks import Known
from xeroport.store.instances import schema_name

if TYPE_CHECKING:
    import duckdb

FILE = "books.duckdb"


def read(home: Path, instance: str) -> Known:
    """What the embedded destination holds; nothing where it was never synced, or is in use."""
    path = home / FILE
    if not path.exists():
        return Known()
    import duckdb

    schema = schema_name(instance)
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error:
        return Known()
    with connection:
        codes = _column(connection, schema, "account", "code")
        names = _column(connection, schema, "contact", "name")
        ids = _column(connection, schema, "contact", "contact_id")
        taxes = _pairs(connection, schema, "tax_rate", ("name", "tax_type"))
    return Known(
        account_codes=None if codes is None else frozenset(codes),
        contact_names=None if names is None else frozenset(name.casefold() for name in names),
        contact_ids=None if ids is None else frozenset(each.lower() for each in ids),
        tax_types=None if taxes is None else {name.casefold(): tax for name, tax in taxes},
    )


def _column(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, column: str
) -> Iterable[str] | None:
    found = _pairs(connection, schema, table, (column,))
    return None if found is None else [row[0] for row in found]


def _pairs(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, columns: tuple[str, ...]
) -> list[tuple[str, ...]] | None:
    """The texts of some columns of the rows that are not deleted; None if there is no table."""
    shown = ", ".join(f'"{column}"::VARCHAR' for column in columns)
    sql = f'SELECT {shown} FROM "{schema}"."{table}" WHERE "_deleted_at" IS NULL'  # noqa: S608
    import duckdb

    try:
        rows = connection.execute(sql).fetchall()
    except duckdb.Error:
        return None
    return [row for row in rows if all(each is not None for each in row)] or None
