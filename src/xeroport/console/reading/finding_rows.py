"""The rows of one table that fit what is searched for: those that are the words, have the amount or
begin with the words, in this order, else those that have the words anywhere.

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
    """What is looked for in a table, the columns to show (as SQL; the second is what rows that are
    equally close are ordered by), and how many rows at most."""

    schema: str
    table: str
    words: str
    amount: Decimal | None
    shown: str
    most: int


def scanned(reading: Reading, marked: MarkedTable, search: Search) -> list[Row]:
    """The rows that fit, the closest first, by one look through the searched columns."""
    searched = SEARCHED[search.table]
    exact, values = like(searched.columns, escaped(search.words))
    begins, more = like(searched.columns, f"{escaped(search.words)}%", 2)
    values += more
    amount = "false"
    if search.amount is not None and searched.amount:
        values.append(search.amount)
        amount = f"{quoted(searched.amount)} = $3"
    fits = f"{begins} OR {amount}"
    if len(search.words) >= LEAST or searched.is_small:  # a text that begins so has it anywhere
        anywhere, more = like(searched.columns, f"%{escaped(search.words)}%", len(values) + 1)
        fits = f"{anywhere} OR {amount}"
        values += more
    marks = ", ".join(marked.marks)
    rows = reading.rows(
        f"SELECT {marks}, CASE WHEN {exact} THEN 3 WHEN {amount} THEN 2 "  # noqa: S608
        f"WHEN {begins} THEN 1 ELSE 0 END AS closeness FROM {marked.source} "
        f"WHERE ({fits}) AND _deleted_at IS NULL "
        f"ORDER BY closeness DESC, {marks} LIMIT {search.most}",
        values,
    )
    closeness = {row[:-1]: row[-1] for row in rows}
    if not searched.is_small and any(closeness.values()):
        closeness = {mark: close for mark, close in closeness.items() if close}
    if not closeness:
        return []
    shown = reading.rows(
        f"SELECT {marks}, {search.shown} FROM {marked.source} "  # noqa: S608
        f"WHERE {_marked(marked, list(closeness))}"
    )
    count = len(marked.marks)
    shown.sort(key=lambda row: (-closeness[row[:count]], str(row[count + 1] or "")))
    return [row[count:] for row in shown]


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
    """The rows that fit, the closest first, by the indexes of a Postgres table; read whole where it
    has none. An index is walked in its order, so that a word which is everywhere costs no more."""
    searched = SEARCHED[search.table]
    exact: list[Row] = []
    begun: list[Row] = []
    for column in searched.columns:
        start = beginning(quoted(column))
        values = [f"{escaped(search.words)}%", search.words]
        first = f"{start} = {beginning('$2')}, "
        order = f" ORDER BY {start} USING ~<~"
        for is_exact, *row in _rows(
            reading, search, f"{start} LIKE lower($1)", values, first=first, order=order
        ):
            (exact if is_exact else begun).append(tuple(row))
    if search.amount is not None and searched.amount:
        amount = quoted(searched.amount)
        exact += _rows(
            reading, search, f"{amount} = $1", [search.amount], order=f" ORDER BY {amount}"
        )
    rows = exact + begun
    if searched.is_small or (not rows and len(search.words) >= LEAST):
        rows += _anywhere(reading, search, search.table in indexed)
    return list(dict.fromkeys(rows))[: search.most]


def _anywhere(reading: Reading, search: Search, is_indexed: bool) -> list[Row]:
    """Rows that have the words anywhere."""
    columns = SEARCHED[search.table].columns
    condition, values = like(columns, f"%{escaped(search.words)}%")
    if is_indexed and len(search.words) >= LEAST:
        values.append(search.words)
        words = letters(search.schema, joined(columns))
        condition = f"{words} @> {letters(search.schema, '$2')} AND ({condition})"
    return _rows(reading, search, condition, values)


def _rows(
    reading: Reading,
    search: Search,
    condition: str,
    values: Sequence[Any],
    *,
    first: str = "",
    order: str = "",
) -> list[Row]:
    return reading.rows(
        f"SELECT {first}{search.shown} FROM {source(search.schema, search.table)} "  # noqa: S608
        f"WHERE ({condition}) AND _deleted_at IS NULL{order} LIMIT {search.most}",
        values,
    )
