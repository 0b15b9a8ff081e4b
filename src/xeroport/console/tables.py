"""The synced tables of an instance: which there are, their columns, and pages of their rows.

Identifiers come from the database's own list of tables and columns and are quoted; whatever a
person typed is a parameter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb

from xeroport.catalogue import load
from xeroport.catalogue.columns import tables as tables_of
from xeroport.errors import UnknownName

PAGE = 50
DEEPEST = 10_000
"""Rows that can be paged through; beyond, the other sort order or a search is quicker."""
COUNTED = 10_000
"""Filtered rows are counted up to here."""
MAIN = (
    "invoice_number",
    "credit_note_number",
    "purchase_order_number",
    "quote_number",
    "bank_transfer_number",
    "code",
    "name",
    "title",
    "description",
    "reference",
    "contact_name",
    "account_name",
    "type",
    "class",
    "date",
    "journal_date",
    "due_date",
    "status",
    "is_reconciled",
    "total",
    "amount",
    "amount_due",
    "amount_paid",
    "currency_code",
    "quantity",
    "unit_amount",
    "line_amount",
    "account_code",
    "tax_type",
    "tax_amount",
    "email_address",
    "account_number",
    "report",
    "section",
    "label",
    "period",
    "value",
    "balance",
    "updated_date_utc",
    "sub_total",
    "total_tax",
)
MOST_MAIN = 9
NEWEST = ("date", "journal_date", "updated_date_utc")
SEARCHED = 4
CODES = frozenset({"type", "status", "class", "currency_code", "tax_type", "account_code"})
"""Text columns of few values: filtered by, not searched in."""
OPERATORS = {
    "contains": "contains",
    "is": "is exactly",
    "not": "is not",
    "from": "is at least",
    "to": "is at most",
    "empty": "is empty",
    "filled": "is filled",
}


@dataclass(frozen=True)
class Column:
    """One column and DuckDB's type of it."""

    name: str
    type: str

    @property
    def is_text(self) -> bool:
        """Whether it holds text to search in."""
        return self.type == "VARCHAR"

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers."""
        return self.type.startswith(("DECIMAL", "BIGINT", "INTEGER", "DOUBLE", "HUGEINT"))


@dataclass(frozen=True)
class Filter:
    """A condition on one column."""

    column: str
    operator: str
    value: str


@dataclass(frozen=True)
class Query:
    """What a page of rows is asked for."""

    words: str = ""
    sort: str = ""
    descending: bool = False
    filter: Filter | None = None
    offset: int = 0


def usual_order(all_columns: Sequence[Column]) -> str:
    """The column by which people expect the newest first; "" where there is none."""
    names = {each.name for each in all_columns}
    return next((name for name in NEWEST if name in names), "")


def quoted(name: str) -> str:
    """An identifier, safe inside SQL."""
    return '"' + name.replace('"', '""') + '"'


def names(connection: duckdb.DuckDBPyConnection, schema: str) -> list[tuple[str, int]]:
    """The tables of a schema, those with a leading `_` last, each with its number of rows."""
    found = [
        row[0]
        for row in connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = ? AND NOT internal "
            "ORDER BY starts_with(table_name, '_'), table_name",
            [schema],
        ).fetchall()
    ]
    if not found:
        return []
    counts = " UNION ALL ".join(
        f"SELECT {number}, count(*) FROM {quoted(schema)}.{quoted(name)}"  # noqa: S608
        for number, name in enumerate(found)
    )
    rows = dict(connection.execute(counts).fetchall())
    return [(name, rows[number]) for number, name in enumerate(found)]


def present(connection: duckdb.DuckDBPyConnection, schema: str) -> set[str]:
    """The names of a schema's tables."""
    found = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = ? AND NOT internal", [schema]
    ).fetchall()
    return {row[0] for row in found}


def columns(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> list[Column]:
    """The columns of a table; UnknownName if there is no such table."""
    found = connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() "
        "WHERE schema_name = ? AND table_name = ? AND NOT internal ORDER BY column_index",
        [schema, table],
    ).fetchall()
    if not found:
        raise UnknownName("table", table, [name for name, _ in names(connection, schema)])
    return [Column(*row) for row in found]


def main_columns(all_columns: Sequence[Column]) -> list[Column]:
    """The few columns that tell a record apart, in the order people expect."""
    by_name = {each.name: each for each in all_columns}
    chosen = [by_name[name] for name in MAIN if name in by_name][:MOST_MAIN]
    if len(chosen) < 3:
        plain = [c for c in all_columns if not c.name.startswith("_") and c.type != "UUID"]
        chosen = [*chosen, *[each for each in plain if each not in chosen]][:MOST_MAIN]
    return chosen or list(all_columns[:MOST_MAIN])


def conditions(
    all_columns: Sequence[Column], query: Query, *, has_deleted: bool
) -> tuple[str, list[Any]]:
    """The WHERE clause for words and filter, and its parameters."""
    clauses: list[str] = []
    values: list[Any] = []
    if has_deleted:
        clauses.append("_deleted_at IS NULL")
    if query.words:
        main = main_columns(all_columns)
        texts = [c for c in main if c.is_text and c.name not in CODES] or [
            c for c in all_columns if c.is_text
        ]
        some, more = _like([c.name for c in texts[:SEARCHED]], query.words)
        values += more
        if query.words.replace(".", "", 1).replace("-", "", 1).isdigit():
            numbers = [c for c in main if c.is_number]
            some += [f"{quoted(c.name)} = TRY_CAST(? AS {c.type})" for c in numbers]
            values += [query.words] * len(numbers)
        clauses.append(f"({' OR '.join(some)})" if some else "false")
    if query.filter is not None:
        clause, more = _condition(query.filter, {c.name: c for c in all_columns})
        clauses.append(clause)
        values += more
    return (f" WHERE {' AND '.join(clauses)}" if clauses else ""), values


def _like(names: Sequence[str], words: str) -> tuple[list[str], list[Any]]:
    """Conditions that find words in columns, in any case; ILIKE is quicker where it will do."""
    if set(words) & set("%_\\"):
        return [f"contains(lower({quoted(n)}), ?)" for n in names], [words.lower()] * len(names)
    return [f"{quoted(name)} ILIKE ?" for name in names], [f"%{words}%"] * len(names)


def _condition(wanted: Filter, by_name: dict[str, Column]) -> tuple[str, list[Any]]:
    column = by_name[wanted.column]
    name = quoted(column.name)
    if wanted.operator == "empty":
        return f"({name} IS NULL OR {name}::VARCHAR = '')", []
    if wanted.operator == "filled":
        return f"({name} IS NOT NULL AND {name}::VARCHAR <> '')", []
    if wanted.operator == "contains":
        return f"contains(lower({name}::VARCHAR), ?)", [wanted.value.lower()]
    sign = {"is": "=", "not": "IS DISTINCT FROM", "from": ">=", "to": "<="}[wanted.operator]
    return f"{name} {sign} TRY_CAST(? AS {column.type})", [wanted.value]


def rows(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    table: str,
    *,
    query: Query,
    shown: Iterable[Column],
    all_columns: Sequence[Column],
) -> tuple[list[tuple[Any, ...]], int, bool]:
    """One page of rows, how many fit in all (counted up to `COUNTED` when narrowed), and whether
    that count is exact. The page is found by its row ids first, so that only it is read in full;
    a narrowing that leaves few rows is scanned for once."""
    has_deleted = any(each.name == "_deleted_at" for each in all_columns)
    where, values = conditions(all_columns, query, has_deleted=has_deleted)
    source = f"{quoted(schema)}.{quoted(table)}"
    order = f" ORDER BY {_direction(query)}" if query.sort else ""
    if query.words or query.filter:
        few = f"SELECT rowid FROM {source}{where} LIMIT {COUNTED + 1}"  # noqa: S608
        fitting = [row[0] for row in connection.execute(few, values).fetchall()]
        total, exact = min(len(fitting), COUNTED), len(fitting) <= COUNTED
        if exact:
            where, values = " WHERE rowid IN (SELECT unnest(?::BIGINT[]))", [fitting]
    else:
        counted = connection.execute(f"SELECT count(*) FROM {source}{where}", values)  # noqa: S608
        total, exact = int((counted.fetchone() or (0,))[0]), True
    page = (
        f"SELECT rowid FROM {source}{where}{order} "  # noqa: S608
        f"LIMIT {PAGE} OFFSET {int(query.offset)}"
    )
    ids = [row[0] for row in connection.execute(page, values).fetchall()]
    wanted = ", ".join(quoted(each.name) for each in shown)
    full = (
        f"SELECT rowid, {wanted} FROM {source} "  # noqa: S608
        "WHERE rowid IN (SELECT unnest(?::BIGINT[]))"
    )
    by_id = {row[0]: row[1:] for row in connection.execute(full, [ids]).fetchall()}
    return [by_id[each] for each in ids], total, exact


def _direction(query: Query) -> str:
    return f"{quoted(query.sort)} {'DESC' if query.descending else 'ASC'} NULLS LAST, rowid"


@dataclass(frozen=True)
class Family:
    """A record type's own table, its key columns, and its child tables with their positions."""

    record: str
    table: str
    key: tuple[str, ...]
    children: tuple[tuple[str, tuple[str, ...]], ...]


@cache
def families() -> dict[str, Family]:
    """Table name → family, for the record types that are streams; children lead to their parent."""
    catalogue = load()
    found: dict[str, Family] = {}
    for record in dict.fromkeys(each.record for each in catalogue.streams.values()):
        if record is None:
            continue
        root, *children = tables_of(record)
        family = Family(
            record=record,
            table=root.name,
            key=tuple(column.name for column in root.key),
            children=tuple((each.name, each.positions) for each in children),
        )
        found[root.name] = family
        for each in children:
            found.setdefault(each.name, family)
    return found
