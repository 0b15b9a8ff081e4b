"""From rows to documents: dotted columns, nested values, and several rows with one key.

A column names a field of the endpoint's record type (`Contact.Name`, `LineItems.Quantity`); a
number picks one element of a list (`Contact.Phones.0.PhoneNumber`). Where columns lead into a
list, each row adds an element to it, and rows that follow each other with the same key make one
document. Rows of JSON and Python may use dotted names just so.
"""

from __future__ import annotations

import difflib
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from msgspec import Struct

from xeroport.records.column_paths import MOST_ELEMENTS, FileColumn, Plan, parts
from xeroport.rows.leftovers import leftover
from xeroport.rows.problems import FilePlace, Problem
from xeroport.rows.source import Row, Source, text_of
from xeroport.rows.values import UnfitValue

SEPARATOR = " / "
STRAYS = 20
"""Rows without a document of their own that are remembered until the next document."""


class Document(Struct):
    """One record as its source has it, not checked yet.

    `lines` are the source lines of a list's elements, by the list's path; `rest_lost` says that
    the source could not be read beyond it. `empty` are the columns without a value in its row.
    """

    key: str
    values: dict[str, Any]
    ids: dict[str, str]
    line: int
    lines: dict[tuple[Any, ...], list[int]] = {}
    problems: list[Problem] = []
    rest_lost: bool = False
    empty: list[FileColumn] = []


class Clash(ValueError):
    """Two names of one row that cannot both have a value, such as `Contact` and `Contact.Name`."""


def documents(source: Source, plan: Plan) -> Iterator[Document]:
    """The documents of a source, in its order.

    A row that cannot be read, or has no key, may be a line of a document beside it: that document
    is wrong too then, so that none is sent with a line missing.
    """
    current: Document | None = None
    strays: deque[Row] = deque(maxlen=STRAYS)
    for row in source.rows:
        document = _broken(row, plan) if row.broken else _start(row, plan)
        groups = plan.groups or bool(document.lines)
        if groups and not document.key:
            if current is not None:
                _suspect(current, row, plan)
                yield current
                current = None
            strays.append(row)
            yield document
            continue
        if current is not None and groups and current.key == document.key:
            _merge(current, document, row, plan)
            continue
        if current is not None:
            yield current
        current = document
        for stray in strays:
            _suspect(current, stray, plan)
        strays.clear()
    if current is not None:
        yield current


def _broken(row: Row, plan: Plan) -> Document:
    document = Document("", {}, {}, row.line, rest_lost=row.rest_lost)
    place = FilePlace(row.line, row.column, is_cell=plan.unit == "cell" and row.column is not None)
    document.problems.append(Problem(place, str(row.broken)))
    return document


def _suspect(document: Document, stray: Row, plan: Plan) -> None:
    """Mark a document that a row beside it may belong to: its key is unknown, or among the row's
    values."""
    keys = [stray.values.get(name) for name in plan.key]
    if stray.broken and all(value not in (None, "") for value in keys):
        texts = {text_of(value) for value in stray.values.values() if value is not None}
        if not texts & set(document.key.split(SEPARATOR)):
            return
    document.problems.append(
        Problem(
            FilePlace(document.line),
            f"`{document.key}` may lack a line: the one in line {stray.line} cannot be assigned",
            "correct that line",
        )
    )


def _without_key(place: FilePlace, name: str, row: Row, plan: Plan) -> Problem:
    if plan.columns or name in row.values:
        return Problem(place, f"the key `{name}` is empty")
    near = difflib.get_close_matches(name, row.values, n=1, cutoff=0.5)
    hint = f"did you mean `{near[0]}`?" if near else None
    return Problem(place, f"the key `{name}` is not in this row", hint)


def _start(row: Row, plan: Plan) -> Document:
    parts = [_value(row, name) for name in plan.key]
    document = Document("", {}, {}, row.line)
    missing = [n for n, part in zip(plan.key, parts, strict=True) if part is None]
    if missing:
        place = plan.at(row.line, _number(plan, missing[0]), missing[0])
        document.problems.append(_without_key(place, missing[0], row, plan))
    else:
        texts = [text_of(part) for part in parts]
        document.key = SEPARATOR.join(texts)
        if plan.loose_keys and plan.record is not None:
            document.problems += _unfit_keys(parts, document.line, plan)
    for name in plan.ids:
        value = row.values.get(name, plan.constants.get(name))
        if isinstance(value, UnfitValue) or value is None or text_of(value) == "":
            place = plan.at(row.line, None, name)
            said = value.why if isinstance(value, UnfitValue) else f"`{name}` is empty"
            document.problems.append(Problem(place, said))
        else:
            document.ids[name] = text_of(value)
    if plan.endpoint.body == "binary":
        document.values["File"] = row.values.get("File")
    elif plan.columns:
        _fill(document, row, plan, plan.columns)
    else:
        _fill(document, row, plan, plan.columns_of(tuple(row.values)))
    for name, value in plan.constants.items():
        if name not in plan.ids:
            _put_constant(document, plan.column(name), value, plan)
    return document


def _unfit_keys(values: list[Any], line: int, plan: Plan) -> Iterator[Problem]:
    """Keys of a column that is no field, which nothing else looks at: `1001.0` is not `1001`."""
    for name, value in zip(plan.key, values, strict=True):
        if name not in plan.loose_keys:
            continue
        if isinstance(value, UnfitValue):
            found: tuple[str, str | None] | None = (value.why, None)
        else:
            text = text_of(value) if value is not None else ""
            found = leftover(text) if text else None
        if found is not None:
            yield Problem(plan.at(line, _number(plan, name), name), *found)


def _put_constant(document: Document, column: FileColumn, value: Any, plan: Plan) -> None:
    """Set a field of the record; one of a list in each of its elements."""
    if not column.head:
        _put(document, document.values, column.path, value, plan)
        return
    elements = look(document.values, column.head)
    if not isinstance(elements, list) or not elements:
        _put(document, document.values, column.head, [{}], plan)
        elements = look(document.values, column.head)
    for element in elements if isinstance(elements, list) else ():
        _put(document, element, column.rest, value, plan)


def _fill(document: Document, row: Row, plan: Plan, columns: Iterable[FileColumn]) -> None:
    items: dict[tuple[str | int, ...], dict[str, Any]] = {}
    places: dict[int, dict[str, Any]] = {}
    values = row.values
    for column in columns:
        value = values.get(column.name)
        if value is None or (value == "" and plan.texts):
            if column.head or not plan.columns:
                continue
            if not plan.clears:
                document.empty.append(column)
                continue
            value = ""
        if column.field is not None:
            place = places.get(column.place)
            if place is None:
                place = places[column.place] = _place(document, items, column)
            place[column.field] = value
            continue
        if column.head:
            target, path = items.setdefault(column.head, {}), column.rest
        else:
            target, path = document.values, column.path
        name = path[0]
        if len(path) == 1 and isinstance(name, str) and name not in target:
            target[name] = value  # nearly all: there is nothing to compare it with
        else:
            _put_once(document, target, column, path, value, plan)
    for head, item in items.items():
        if look(document.values, head) is not None:
            name = ".".join(map(str, head))
            said = f"`{name}` and fields of it are both given"
            document.problems.append(Problem(plan.at(row.line, None, name), said))
            continue
        _put(document, document.values, head, [item], plan)
        document.lines[head] = [row.line]


def _place(
    document: Document, items: dict[tuple[str | int, ...], dict[str, Any]], column: FileColumn
) -> dict[str, Any]:
    """The record that a column gives a field of, made where it is not there yet."""
    record = items.setdefault(column.head, {}) if column.head else document.values
    for part in (column.rest or column.path)[:-1]:
        record = record.setdefault(str(part), {})
    return record


def _put_once(
    document: Document,
    target: Any,
    column: FileColumn,
    path: tuple[str | int, ...],
    value: Any,
    plan: Plan,
) -> None:
    """Set a field that nothing else of the row may have set to another value."""
    before = look(target, path)
    if before is not None and before != value:
        place = plan.at(document.line, column.number or None, column.name)
        name = ".".join(map(str, column.path))
        said = f"`{name}` is given twice: `{before}` and `{value}`"
        document.problems.append(Problem(place, said[:300]))
        return
    _put(document, target, path, value, plan)


def _put(
    document: Document, target: Any, path: tuple[str | int, ...], value: Any, plan: Plan
) -> None:
    try:
        put(target, path, value)
    except Clash as error:
        document.problems.append(Problem(plan.at(document.line), str(error)))


def _merge(current: Document, other: Document, row: Row, plan: Plan) -> None:
    """Add a row's list elements; its other values must agree with the first row's, or be empty."""
    current.problems += other.problems
    for column in plan.columns or [plan.column(name) for name in row.values]:
        if column.head or column.name in plan.ignored:
            continue
        theirs = row.values.get(column.name)
        ours = look(current.values, column.path)
        if theirs is None or theirs == "" or theirs == ours:
            continue
        if ".".join(map(str, column.path)) in plan.constants:
            continue
        place = plan.at(row.line, column.number or None, column.name)
        current.problems.append(
            Problem(place, f"`{theirs}` differs from `{ours or ''}` in line {current.line}")
        )
    for head, lines in other.lines.items():
        mine = look(current.values, head)
        if mine is None:
            put(current.values, head, [])
            mine = look(current.values, head)
        mine += look(other.values, head)
        current.lines.setdefault(head, []).extend(lines)


def put(target: Any, path: tuple[str | int, ...], value: Any) -> None:
    """Set a value at a path, making what is missing on the way; Clash where another value is."""
    if len(path) == 1 and type(target) is dict and path[0] not in target:
        target[path[0]] = value
        return
    for part, following in pairwise(path):
        made: Any = [] if isinstance(following, int) else {}
        if isinstance(part, int):
            _lengthen(target, part, path, {})
            if not target[part]:
                target[part] = made
            target = target[part]
        elif isinstance(target, dict):
            target = target.setdefault(part, made)
        else:
            raise _clash(path)
        if not isinstance(target, type(made)):
            raise _clash(path)
    last = path[-1]
    if isinstance(last, int):
        _lengthen(target, last, path, None)
    elif not isinstance(target, dict) or (
        isinstance(target.get(last), dict | list) and target[last] != value
    ):
        raise _clash(path)
    target[last] = value


def _lengthen(target: Any, to: int, path: tuple[str | int, ...], filler: Any) -> None:
    if not isinstance(target, list) or to >= MOST_ELEMENTS:
        raise _clash(path)
    while len(target) <= to:
        target.append(dict(filler) if filler is not None else None)


def _clash(path: tuple[str | int, ...]) -> Clash:
    name = ".".join(map(str, path))
    return Clash(f"`{name}` and a value of what contains it cannot both be given")


def look(target: Any, path: tuple[str | int, ...]) -> Any:
    """The value at a path, None where there is none."""
    if len(path) == 1 and type(target) is dict:
        return target.get(path[0])
    for part in path:
        try:
            target = target[part]
        except (KeyError, IndexError, TypeError):
            return None
    return target


def _value(row: Row, name: str) -> Any:
    value = row.values[name] if name in row.values else look(row.values, tuple(parts(name)))
    return None if value is None or (isinstance(value, str) and not value.strip()) else value


def _number(plan: Plan, name: str) -> int | None:
    return next((column.number for column in plan.columns if column.name == name), None)
