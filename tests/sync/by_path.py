"""Xero's JSON held against a destination, leaf by leaf.

Where a leaf must be follows from the words of docs/guide/sync.md alone: tables in the singular,
lists as tables with positions, single records as prefixes, all else in `_extra` by its path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

Leaf = tuple[tuple[str | int, ...], Any]
Rows = Callable[[str], list[tuple[Any, ...]]]
Row = dict[str, Any]

EMPTY = (None, "", [], {})
NOTES = {"HasErrors", "HasValidationErrors"}
"""What Xero says of writes; on reads it is false, and then it is not kept."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parsed(text: str | bytes) -> Any:
    """JSON with every number exact."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


@cache
def snake(name: str) -> str:
    parted = re.sub(r"([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])", r"\1\3_\2\4", name)
    return parted.lower()


@cache
def singular(name: str) -> str:
    word = snake(name)
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith("sses") else word.removesuffix("s")


def leaves(value: Any) -> list[Leaf]:
    """(path, value) of all that says something; list items by their index."""
    found: list[Leaf] = []
    _add_leaves(found, value, ())
    return found


def _add_leaves(found: list[Leaf], value: Any, path: tuple[str | int, ...]) -> None:
    if isinstance(value, dict):
        for name, each in value.items():
            _add_leaves(found, each, (*path, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            _add_leaves(found, each, (*path, number))
    elif value not in EMPTY and not (value is False and path[-1] in NOTES):
        found.append((path, value))


def is_same(given: Any, held: Any) -> bool:
    """Whether a column, or a part of `_extra`, holds what JSON gave."""
    if type(given) is type(held):
        return bool(given == held) or str(given).lower() == str(held)
    if held is None:
        return False
    if isinstance(given, bool) or isinstance(held, bool):
        return str(given).lower() == str(held).lower()
    if isinstance(held, datetime | date):
        moment = _moment(str(given))
        if isinstance(held, datetime) and moment is not None:
            aware = held if held.tzinfo else held.replace(tzinfo=UTC)
            return abs(aware - moment) < timedelta(milliseconds=1)
        return moment is not None and moment.date() == held
    if isinstance(held, Decimal | int) or isinstance(given, Decimal):
        with suppress(ArithmeticError):
            return Decimal(str(given)) == Decimal(str(held))
    return str(given) == str(held) or str(given).lower() == str(held)


def _moment(text: str) -> datetime | None:
    found = re.fullmatch(r"/Date\((-?\d+)([+-]\d{4})?\)/", text)
    if found:
        return EPOCH + timedelta(milliseconds=int(found[1]))
    if re.fullmatch(r"\d{4}-\d{2}", text):
        text += "-01"  # a month, as the periods of budgets are
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


@dataclass(frozen=True)
class Spot:
    """Where a path's value may be: a table, the positions of its row, its columns, and the path
    from that row."""

    table: str
    positions: tuple[int, ...]
    columns: list[str]
    rest: tuple[str | int, ...]

    @property
    def place(self) -> tuple[str, str] | None:
        return (self.table, self.columns[0]) if self.columns else None


class Held:
    """The tables of one record type, as a destination's user reads them."""

    def __init__(self, table: str, *, rows: Rows, columns: dict[str, list[str]]) -> None:
        self.root = table
        self.columns = columns
        self._rows = rows
        self._read: dict[str, dict[tuple[Any, ...], Row]] = {}
        self._tables: dict[tuple[str, ...], tuple[str, int]] = {}
        self._spots: dict[tuple[str | int, ...], Spot] = {}

    def missing(self, records: list[dict[str, Any]]) -> list[Leaf]:
        """The leaves of records that are found nowhere."""
        lost: list[Leaf] = []
        for number, record in enumerate(records):
            key = self._key(record, number)
            lost += [(p, v) for p, v in leaves(record) if not self._has(key, p, v)]
        return lost

    def place(self, path: tuple[str | int, ...]) -> tuple[str, str] | None:
        """(table, column) of a path; None if it has no column."""
        return self._spot(path).place

    def count(self, table: str) -> int:
        return len(self._of(table))

    def _key(self, record: dict[str, Any], number: int) -> Any:
        named = {snake(name): value for name, value in record.items()}
        return str(named[self.columns[self.root][0]]).lower() if self._is_keyed else number

    @property
    def _is_keyed(self) -> bool:
        return self.columns[self.root][0].endswith(("_id", "code", "type"))

    def _table(self, path: tuple[str | int, ...]) -> tuple[str, tuple[int, ...], tuple[Any, ...]]:
        """(table, positions, what is left of the path) of the deepest table on a path."""
        shape = tuple("[]" if isinstance(each, int) else each for each in path)
        if shape not in self._tables:
            self._tables[shape] = self._deepest(shape)
        table, depth = self._tables[shape]
        lists = path[1 : 2 * depth : 2]
        positions = tuple(each + 1 if isinstance(each, int) else 0 for each in lists)
        return table, positions, path[2 * depth :]

    def _deepest(self, shape: tuple[str, ...]) -> tuple[str, int]:
        """The deepest table on a path, and how many lists lead to it."""
        table, depth = self.root, 0
        while True:
            rest = shape[2 * depth :]
            children = [each for each in _child_names(table, rest[0]) if each in self.columns]
            if rest[1:2] != ("[]",) or not children:
                return table, depth
            table, depth = children[0], depth + 1

    def _spot(self, path: tuple[str | int, ...]) -> Spot:
        if path not in self._spots:
            table, positions, rest = self._table(path)
            names: list[str] = []
            if all(isinstance(each, str) for each in rest):
                names = [each for each in _column_names(rest, table) if each in self.columns[table]]
            self._spots[path] = Spot(table, positions, names, rest)
        return self._spots[path]

    def _has(self, key: Any, path: tuple[str | int, ...], value: Any) -> bool:
        spot = self._spot(path)
        row = self._of(spot.table).get((key, *spot.positions))
        if row is None:
            return False
        for each in spot.columns:
            if is_same(value, row[each]):
                return True
        return any(is_same(value, each) for each in _in_extra(row["_extra"], spot.rest))

    def _of(self, table: str) -> dict[tuple[Any, ...], Row]:
        if table not in self._read:
            columns = self.columns[table]
            where = [each for each in columns if each == "position" or each.endswith("_position")]
            found: dict[tuple[Any, ...], Row] = {}
            listed = ", ".join(f'"{each}"' for each in columns)
            for number, values in enumerate(self._rows(f'SELECT {listed} FROM "{table}"')):
                row = dict(zip(columns, values, strict=True))
                if isinstance(row["_extra"], str):
                    row["_extra"] = parsed(row["_extra"])
                first = str(values[0]).lower() if self._is_keyed else number
                key = (first, *(row[each] for each in where))
                assert key not in found, f"{table}: {key} is there twice"
                found[key] = row
            self._read[table] = found
        return self._read[table]


@cache
def _child_names(parent: str, name: str) -> tuple[str, ...]:
    """`invoice_line_item`; `manual_journal_line`, where a word would be there twice."""
    words, first = parent.split("_"), singular(name).split("_")
    shorter = [
        "_".join(words[:-count] + first)
        for count in range(len(words), 0, -1)
        if words[-count:] == first[:count]
    ]
    return (f"{parent}_{singular(name)}", *shorter)


@cache
def _column_names(path: tuple[str, ...], table: str) -> tuple[str, ...]:
    """The names that a path's column may have: whole, or without a word that would be there twice;
    a list item's field that is called as the record's key has the item's name before it."""
    prefixes = {""}
    for part in path:
        name = snake(part)
        grown = set()
        for prefix in prefixes:
            words = prefix.split("_") if prefix else []
            grown.add("_".join([*words, name]))
            for count in range(1, len(words) + 1):
                again = "_".join(words[-count:]) + "_"
                if name.startswith(again):
                    grown.add("_".join([*words, name.removeprefix(again)]))
        prefixes = grown
    words = table.split("_")
    items = ["_".join(words[count:]) + "_" for count in range(1, len(words))]
    names = sorted(prefixes, key=len)
    return tuple(item + name for name in names for item in (*items, ""))


@cache
def _extra_names(rest: tuple[str | int, ...]) -> list[tuple[str, tuple[str | int, ...]]]:
    """The keys that `_extra` may have for a path, each with what is left of the path: keys are
    paths themselves, up to a list or a new field."""
    counts = range(len(rest), 0, -1)
    return [(".".join(str(each) for each in rest[:count]), rest[count:]) for count in counts]


def _in_extra(extra: Any, rest: tuple[str | int, ...]) -> Iterator[Any]:
    """What `_extra` holds at a path."""
    if isinstance(extra, dict):
        for name, left in _extra_names(rest):
            if name in extra:
                yield from _inside(extra[name], left)


def _inside(value: Any, rest: tuple[str | int, ...]) -> Iterator[Any]:
    for part in rest:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return
    yield value
