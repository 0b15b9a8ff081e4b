"""The rows of one table that fit what is searched for: those that begin with the words or have the
amount, else those that have the words anywhere.

DuckDB looks through the few columns that are searched, once, and reads only what it shows. Postgres
uses the indexes that a sync makes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xeroport.console.reading.books_protocol import MarkedTable, Reading, Row
from xeroport.console.reading.documents import source
from xeroport.console.reading.patterns import escaped, like
from xeroport.destinations.search import INDEX, SEARCHED, beginning, joined, letters
from xeroport.destinations.typed import identifier as quoted
from xeroport.destinations.typed import text

LEAST = 3
"""Letters that are looked for anywhere in a text; fewer, only at its beginning."""


@dataclass(frozen=True)
class Search:
    """What is looked for in a table, the columns to show (as SQL), and how many rows at most."""

    schema: str
    table: str
    words: str
    amount: Decimal | None
    shown: str
    most: int


def scanned(reading: Reading, marked: MarkedTable, search: Search) -> list[Row]:
    """The rows that fit, by one look through the searched columns."""
    searched = SEARCHED[search.table]
    begins, values = like(searched.columns, f"{escaped(search.words)}%")
    if search.amount is not None and searched.amount:
        values.append(search.amount)
        begins += f" OR {quoted(searched.amount)} = $2"
    fits = begins
    if len(search.words) >= LEAST or searched.is_small:
        anywhere, pattern = like(searched.columns, f"%{escaped(search.words)}%", len(values) + 1)
        fits += f" OR {anywhere}"
        values += pattern
    marks = ", ".join(marked.marks)
    rows = reading.rows(
        f"SELECT {marks}, coalesce({begins}, false) AS begins FROM {marked.source} "  # noqa: S608
        f"WHERE ({fits}) AND _deleted_at IS NULL ORDER BY begins DESC, {marks} LIMIT {search.most}",
        values,
    )
    chosen = [row[:-1] for row in rows if row[-1] or searched.is_small] or [
        row[:-1] for row in rows
    ]
    if not chosen:
        return []
    return reading.rows(
        f"SELECT {search.shown} FROM {marked.source} WHERE {_marked(marked, chosen)}"  # noqa: S608
    )


def _marked(marked: MarkedTable, places: Sequence[Row]) -> str:
    """The condition that leaves the rows at these places."""
    if marked.marks == ("rowid",):
        return f"rowid IN ({', '.join(str(int(place[0])) for place in places)})"
    return " OR ".join(
        f"(filename = {text(str(name))} AND file_row_number = {int(row)})" for name, row in places
    )


def indexes(reading: Reading, schema: str) -> set[str]:
    """The tables of a schema in Postgres whose indexes for searching are there."""
    rows = reading.rows(
        "SELECT tablename FROM pg_indexes WHERE schemaname = $1 AND indexname = tablename || $2",
        (schema, INDEX),
    )
    return {str(name) for (name,) in rows}


def looked_up(reading: Reading, search: Search, indexed: Collection[str]) -> list[Row]:
    """The rows that fit, by the indexes of a Postgres table; read whole where it has none."""
    searched = SEARCHED[search.table]
    rows: list[Row] = []
    if not searched.is_small:
        for column in searched.columns:
            start = beginning(column)
            rows += _rows(
                reading, search, f"{start} LIKE lower($1)", [f"{escaped(search.words)}%"],
                f" ORDER BY {start} USING ~<~",
            )  # fmt: skip
        if search.amount is not None and searched.amount:
            rows += _rows(reading, search, f"{quoted(searched.amount)} = $1", [search.amount])
        if rows or len(search.words) < LEAST:
            return list(dict.fromkeys(rows))[: search.most]
    condition, values = like(searched.columns, f"%{escaped(search.words)}%")
    if search.table in indexed and len(search.words) >= LEAST:
        values.append(search.words)
        words = letters(search.schema, joined(searched.columns))
        condition = f"{words} @> {letters(search.schema, '$2')} AND ({condition})"
    return _rows(reading, search, condition, values)


def _rows(
    reading: Reading, search: Search, condition: str, values: Sequence[Any], order: str = ""
) -> list[Row]:
    return reading.rows(
        f"SELECT {search.shown} FROM {source(search.schema, search.table)} "  # noqa: S608
        f"WHERE ({condition}) AND _deleted_at IS NULL{order} LIMIT {search.most}",
        values,
    )
