"""The queries that make the rows of one table from what is staged: values, places, lists."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from msgspec import Struct

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
    is_unread,
    structure,
)
from xeroport.destinations.protocol import Form
from xeroport.destinations.typed import column_type, filled, identifier, text


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
    source = source_of(staged, table)
    if staged.form != "any":
        return f"SELECT {', '.join(parts)}, {extra} {source}"
    bad = []
    for number, (column, raw, _) in enumerate(castable(table)):
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


def key_text(table: Table) -> str:
    """The key of a record, as one text."""
    keys = [f"CAST(_key{number} AS VARCHAR)" for number in range(len(table.key))]
    return f"concat_ws(' ', {', '.join(keys)})" if keys else "''"


def cast_of(way: FormTypes, column: Column, raw: str) -> str:
    """A raw value as its column's type."""
    if column.type == "text":
        return raw
    return f"{way.macro}{'rate' if column.rate else column.type}({raw})"


def _value(staged: Stage, table: Table, column: Column) -> str:
    """The typed value of a column; NULL where no record has one."""
    paths = [path for path in (column.path, *column.alternates) if staged.has(table, path)]
    if not paths:
        return f"CAST(NULL AS {column_type(column)})"
    return cast_of(staged.way, column, _raw(table, paths))


def _raw(table: Table, paths: Sequence[Path]) -> str:
    """What was given in the first of these places that has a value."""
    places = [place_of(table, path) for path in paths]
    return places[0] if len(places) == 1 else f"coalesce({', '.join(places)})"


def place_of(table: Table, path: tuple[str, ...]) -> str:
    """Where a field is: under the record, or under the list item `item`."""
    first, *rest = ("item", *path) if table.levels else path
    return identifier(first) + "".join(f"[{text(each)}]" for each in rest)


def castable(table: Table) -> Iterator[tuple[Column, str, str]]:
    """(column, raw text, value of it) of the columns that are not text."""
    own = table.columns if table.levels else (*table.key, *table.columns)
    for column in own:
        if column.type != "text":
            raw = _raw(table, (column.path, *column.alternates))
            yield column, raw, cast_of(WAYS["any"], column, raw)


def is_filled(table: Table) -> str:
    """Where a record has items in the list of a table of the first level."""
    place = identifier(table.levels[0])
    if is_unread(shape(table.record).fields[table.levels[0]], table.levels[0]):
        return f"CAST({place} AS VARCHAR) NOT IN ('[]', 'null')"
    return f"len({place}) > 0"


def source_of(staged: Stage, table: Table) -> str:
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
        above, place = f"(SELECT {keys}{list_} AS list FROM stage WHERE {is_filled(root)})", "list"
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
        own = f"CAST({place_of(table, ('_extra',))} AS VARCHAR)"
        parts.append(f"substr({own}, 2, length({own}) - 2)")
    for path in _said(staged, table):
        says = "says_more" if path[-1] in REPLY_ONLY else "says"
        parts.append(f"{_json_key(path)} || {says}(CAST({place_of(table, path)} AS VARCHAR))")
    for column in table.columns:
        raw = place_of(table, column.path)
        for path in column.alternates if staged.has(table, column.path) else ():
            if not staged.has(table, path):
                continue
            other = place_of(table, path)
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
