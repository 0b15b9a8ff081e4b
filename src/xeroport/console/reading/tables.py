"""The synced tables of an instance: which there are, their columns, and pages of their rows.

Identifiers come from the database's own list of tables and columns and are quoted; whatever a
person typed is a parameter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from xeroport.catalogue import load
from xeroport.catalogue.columns import tables as tables_of
from xeroport.console.reading.books_protocol import Reading, Row
from xeroport.console.reading.filter_values import TableColumn, number_of, value_of
from xeroport.destinations.typed import identifier as quoted
from xeroport.errors import UnknownName

PAGE = 50
DEEPEST = 10_000
"""Rows that can be paged through; beyond, the other sort order or a search is quicker."""
COUNTED = 10_000
"""Filtered rows are counted up to here."""
MAIN = (
    "invoice_number", "credit_note_number", "purchase_order_number", "quote_number",
    "bank_transfer_number", "code", "name", "title", "description", "reference", "contact_name",
    "account_name", "type", "class", "date", "journal_date", "due_date", "status",
    "is_reconciled", "total", "amount", "amount_due", "amount_paid", "currency_code",
    "quantity", "unit_amount", "line_amount", "account_code", "tax_type", "tax_amount",
    "email_address", "account_number", "report", "section", "label", "period", "value",
    "balance", "updated_date_utc", "sub_total", "total_tax",
)  # fmt: skip
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
    filters: tuple[Filter, ...] = ()
    offset: int = 0

    @property
    def is_narrow(self) -> bool:
        """Whether it asks for some rows only."""
        return bool(self.words or self.filters)


def usual_order(all_columns: Sequence[TableColumn]) -> str:
    """The column by which people expect the newest first; "" where there is none."""
    names = {column.name for column in all_columns}
    return next((name for name in NEWEST if name in names), "")


def names(reading: Reading, schema: str) -> list[tuple[str, int]]:
    """The tables of a schema, those with a leading `_` last, each with its number of rows."""
    found = sorted(present(reading, schema), key=lambda name: (name.startswith("_"), name))
    if not found:
        return []
    counts = " UNION ALL ".join(
        f"SELECT {number}, count(*) FROM {quoted(schema)}.{quoted(name)}"  # noqa: S608
        for number, name in enumerate(found)
    )
    by_number: dict[int, int] = dict(reading.rows(counts))
    return [(name, by_number[number]) for number, name in enumerate(found)]


def present(reading: Reading, schema: str) -> set[str]:
    """The names of a schema's tables."""
    found = reading.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = $1", (schema,)
    )
    return {row[0] for row in found}


def columns(reading: Reading, schema: str, table: str) -> list[TableColumn]:
    """The columns of a table; UnknownName if there is no such table."""
    found = reading.rows(
        "SELECT column_name, upper(data_type) FROM information_schema.columns "
        "WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position",
        (schema, table),
    )
    if not found:
        raise UnknownName("table", table, [name for name, _ in names(reading, schema)])
    return [TableColumn(*row) for row in found]


def main_columns(all_columns: Sequence[TableColumn]) -> list[TableColumn]:
    """The few columns that tell a record apart, in the order people expect."""
    by_name = {column.name: column for column in all_columns}
    chosen = [by_name[name] for name in MAIN if name in by_name][:MOST_MAIN]
    if len(chosen) < 3:
        plain = [c for c in all_columns if not c.name.startswith("_") and c.type != "UUID"]
        chosen = [*chosen, *[each for each in plain if each not in chosen]][:MOST_MAIN]
    return chosen or list(all_columns[:MOST_MAIN])


def conditions(all_columns: Sequence[TableColumn], query: Query) -> tuple[str, list[Any]]:
    """The WHERE clause for words and filter, and its parameters."""
    clauses: list[str] = []
    values: list[Any] = []
    by_name = {column.name: column for column in all_columns}
    if "_deleted_at" in by_name:
        clauses.append("_deleted_at IS NULL")
    if query.words:
        main = main_columns(all_columns)
        texts = [c for c in main if c.is_text and c.name not in CODES] or [
            c for c in all_columns if c.is_text
        ]
        some = _like([c.name for c in texts[:SEARCHED]], query.words, values)
        number = number_of(query.words)
        if number is not None:
            values.append(number)
            some += [f"{quoted(c.name)} = ${len(values)}" for c in main if c.is_number]
        clauses.append(f"({' OR '.join(some)})" if some else "false")
    clauses += [_condition(wanted, by_name, values) for wanted in query.filters]
    return (f" WHERE {' AND '.join(clauses)}" if clauses else ""), values


def _like(names: Sequence[str], words: str, values: list[Any]) -> list[str]:
    """Conditions that find words in columns, in any case; ILIKE is quicker where it will do."""
    if not names:
        return []
    if set(words) & set("%_\\"):
        values.append(words.lower())
        return [f"strpos(lower({quoted(name)}), ${len(values)}) > 0" for name in names]
    values.append(f"%{words}%")
    return [f"{quoted(name)} ILIKE ${len(values)}" for name in names]


def _condition(wanted: Filter, by_name: dict[str, TableColumn], values: list[Any]) -> str:
    """A condition on one column. What cannot be a value of it equals nothing."""
    column = by_name[wanted.column]
    name = quoted(column.name)
    if wanted.operator == "empty":
        return f"({name} IS NULL OR {name}::VARCHAR = '')"
    if wanted.operator == "filled":
        return f"({name} IS NOT NULL AND {name}::VARCHAR <> '')"
    if wanted.operator == "contains":
        values.append(wanted.value.lower())
        return f"strpos(lower({name}::VARCHAR), ${len(values)}) > 0"
    value = value_of(column, wanted.value)
    if value is None:
        return "true" if wanted.operator == "not" else "false"
    values.append(value)
    plain = name if column.is_text or not isinstance(value, str) else f"{name}::VARCHAR"
    sign = {"is": "=", "not": "IS DISTINCT FROM", "from": ">=", "to": "<="}[wanted.operator]
    return f"{plain} {sign} ${len(values)}"


def rows(
    reading: Reading,
    schema: str,
    table: str,
    *,
    query: Query,
    shown: Sequence[TableColumn],
    all_columns: Sequence[TableColumn],
) -> tuple[list[Row], int, bool]:
    """One page of rows, how many fit in all (counted up to `COUNTED` when narrowed), and whether
    that count is exact."""
    where, values = conditions(all_columns, query)
    source = f"{quoted(schema)}.{quoted(table)}"
    if reading.has_row_ids:
        return _by_row_ids(reading, source, where, values, query=query, shown=shown)
    few = f"SELECT 1 FROM {source}{where}"  # noqa: S608
    if query.is_narrow:
        few += f" LIMIT {COUNTED + 1}"
    total = int(reading.rows(f"SELECT count(*) FROM ({few}) AS few", values)[0][0])  # noqa: S608
    exact = not query.is_narrow or total <= COUNTED
    wanted = ", ".join(quoted(column.name) for column in shown)
    tie = ", ".join(quoted(key_column) for key_column in _told_apart_by(table, all_columns))
    order = f"{_direction(query)}, {tie}" if query.sort else tie
    page = f"SELECT {wanted} FROM {source}{where} ORDER BY {order} {_limit(query)}"  # noqa: S608
    return reading.rows(page, values), total if exact else COUNTED, exact


def _by_row_ids(
    reading: Reading,
    source: str,
    where: str,
    values: list[Any],
    *,
    query: Query,
    shown: Sequence[TableColumn],
) -> tuple[list[Row], int, bool]:
    """The page is found by its row ids first, so that only it is read in full; a narrowing that
    leaves few rows is scanned for once."""
    if query.is_narrow:
        few = f"SELECT rowid FROM {source}{where} LIMIT {COUNTED + 1}"  # noqa: S608
        fitting = [row[0] for row in reading.rows(few, values)]
        total, exact = min(len(fitting), COUNTED), len(fitting) <= COUNTED
        if exact:
            where, values = " WHERE rowid IN (SELECT unnest($1::BIGINT[]))", [fitting]
    else:
        total = int(reading.rows(f"SELECT count(*) FROM {source}{where}", values)[0][0])  # noqa: S608
        exact = True
    order = f" ORDER BY {_direction(query)}, rowid" if query.sort else ""
    page = f"SELECT rowid FROM {source}{where}{order} {_limit(query)}"  # noqa: S608
    ids = [row[0] for row in reading.rows(page, values)]
    wanted = ", ".join(quoted(column.name) for column in shown)
    full = (
        f"SELECT rowid, {wanted} FROM {source} "  # noqa: S608
        "WHERE rowid IN (SELECT unnest($1::BIGINT[]))"
    )
    by_id = {row[0]: row[1:] for row in reading.rows(full, [ids])}
    return [by_id[row_id] for row_id in ids], total, exact


def record_parts(
    reading: Reading, schema: str, table: str, family: Family, key: Sequence[str], *, most: int
) -> tuple[list[str], list[Row]]:
    """The columns of a child table, and its rows that belong to one record, in their order."""
    names = [column.name for column in columns(reading, schema, table)]
    order = ", ".join(quoted(name) for name in dict(family.children)[table])
    found = reading.rows(
        f"SELECT * FROM {quoted(schema)}.{quoted(table)} WHERE {is_key(family)} "  # noqa: S608
        f"ORDER BY {order} LIMIT {most}",
        list(key),
    )
    return names, found


def is_key(family: Family) -> str:
    """The condition that leaves one record, or the parts of it."""
    return " AND ".join(
        f"{quoted(name)}::VARCHAR = ${number}" for number, name in enumerate(family.key, start=1)
    )


def _limit(query: Query) -> str:
    return f"LIMIT {PAGE} OFFSET {int(query.offset)}"


def _direction(query: Query) -> str:
    return f"{quoted(query.sort)} {'DESC' if query.descending else 'ASC'} NULLS LAST"


def _told_apart_by(table: str, all_columns: Sequence[TableColumn]) -> list[str]:
    """Columns that give rows a place of their own, so that paging neither skips nor repeats."""
    names = [column.name for column in all_columns]
    family = families().get(table)
    if family is None:
        return names[:1]
    of_children = dict(family.children).get(table, ())
    key_columns = [column for column in (*family.key, *of_children) if column in names]
    return key_columns or names[:1]


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
    for record in dict.fromkeys(stream.record for stream in catalogue.streams.values()):
        if record is None:
            continue
        root, *children = tables_of(record)
        family = Family(
            record=record,
            table=root.name,
            key=tuple(column.name for column in root.key),
            children=tuple((child.name, child.positions) for child in children),
        )
        found[root.name] = family
        for child in children:
            found.setdefault(child.name, family)
    return found
