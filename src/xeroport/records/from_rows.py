"""From rows to documents: dotted columns, nested values, and several rows with one key.

A column names a field of the endpoint's record type (`Contact.Name`, `LineItems.Quantity`); a
number picks one element of a list (`Contact.Phones.0.PhoneNumber`). Where columns lead into a
list, each row adds an element to it, and rows that follow each other with the same key make one
document.
"""

from __future__ import annotations

import difflib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from xeroport.catalogue import Catalogue, Endpoint, RecordType
from xeroport.errors import InputError
from xeroport.rows.problems import Place, Problem
from xeroport.rows.source import Row, Source, text_of

SEPARATOR = " / "
STRAYS = 20
"""Rows without a document of their own that are remembered until the next document."""


@dataclass(slots=True)
class Document:
    """One record as its source has it, not checked yet.

    `lines` are the source lines of a list's elements, by the list's path; `rest_lost` says that
    the source could not be read beyond it.
    """

    key: str
    values: dict[str, Any]
    ids: dict[str, str]
    line: int
    lines: dict[tuple[Any, ...], list[int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    rest_lost: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column that leads to a field: `head` up to the list that rows add to, `rest` below it."""

    name: str
    number: int
    path: tuple[str | int, ...]
    head: tuple[str | int, ...] = ()
    rest: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """How rows of a source become documents of an endpoint."""

    endpoint: Endpoint
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    ids: tuple[str, ...]
    constants: Mapping[str, Any]
    ignored: frozenset[str]
    problems: tuple[Problem, ...]
    texts: bool

    @property
    def groups(self) -> bool:
        """Whether rows with one key are put together."""
        return any(column.head for column in self.columns)

    def place(self, document: Document, path: tuple[str | int, ...]) -> Place:
        """The line and column behind a path of a document."""
        name = ".".join(str(part) for part in path if not isinstance(part, int))
        full = ".".join(str(part) for part in path)
        line = document.line
        for at in range(len(path), 0, -1):
            index = path[at - 1]
            lines = document.lines.get(path[: at - 1])
            if lines and isinstance(index, int) and index < len(lines):
                line = lines[index]
                break
        inside = None
        for column in self.columns:
            known = column.name if column.path == path else ".".join(map(str, column.path))
            if known in (name, full):
                return Place(line, column.number, column.name)
            if inside is None and known.startswith(f"{name}."):
                inside = Place(line, column.number, full)
        return inside or Place(line, None, full)


def plan_for(
    source: Source,
    endpoint: Endpoint,
    catalogue: Catalogue,
    *,
    key: tuple[str, ...],
    renamed: Mapping[str, str] | None = None,
    constants: Mapping[str, Any] | None = None,
    ignored: frozenset[str] = frozenset(),
) -> Plan:
    """The plan for a source; `renamed` maps a source's columns to fields, as a template does."""
    record = catalogue.record(endpoint.body_record) if endpoint.body_record else None
    ids = tuple(p.name for p in endpoint.parameters if p.place == "path")
    if record is None:
        ignored |= frozenset(source.columns or ())
    ignored |= {
        each for each in key if not _is_field(record, (renamed or {}).get(each, each), catalogue)
    }
    columns: list[Column] = []
    problems: list[Problem] = []
    if source.columns is not None:
        _require_keys(source.columns, key)
        for number, name in enumerate(source.columns, start=1):
            target = (renamed or {}).get(name, name)
            if name in ignored or target in ids:
                continue
            found = resolve(record, target, catalogue) if record else None
            if found is not None:
                columns.append(_column(name, number, found, record, catalogue))
            else:
                problems.append(_unknown(name, number, record, catalogue))
        for name in ids:
            if name not in (renamed or {}).values() and name not in source.columns:
                if name in (constants or {}):
                    continue
                raise InputError(
                    f"the column `{name}` is missing",
                    hint=f"`{endpoint.name}` needs it to say what each record belongs to",
                )
    return Plan(
        endpoint,
        key,
        tuple(columns),
        ids,
        constants or {},
        ignored,
        tuple(problems),
        source.texts,
    )


def _is_field(record: RecordType | None, name: str, catalogue: Catalogue) -> bool:
    return record is not None and resolve(record, name, catalogue) is not None


def _require_keys(columns: tuple[str, ...], key: tuple[str, ...]) -> None:
    for each in key:
        if each not in columns:
            near = difflib.get_close_matches(each, columns, n=1, cutoff=0.5)
            raise InputError(
                f"there is no column `{each}` to be the key",
                hint=f"did you mean `{near[0]}`?" if near else f"the columns are {_list(columns)}",
            )


def resolve(record: RecordType, name: str, catalogue: Catalogue) -> tuple[str | int, ...] | None:
    """The path of a dotted name in a record type, None where there is no such field."""
    path: list[str | int] = []
    current: RecordType | None = record
    for part in name.split("."):
        if part.isdigit() and path and not isinstance(path[-1], int):
            path.append(int(part))
            continue
        known = current.by_name.get(part) if current else None
        if known is None:
            return None
        path.append(part)
        current = _record_of(catalogue, known.of) if known.type in ("object", "list") else None
    return tuple(path)


def _record_of(catalogue: Catalogue, name: str | None) -> RecordType | None:
    return next((each for each in catalogue.record_types if each.name == name), None)


def _column(
    name: str,
    number: int,
    path: tuple[str | int, ...],
    record: RecordType | None,
    catalogue: Catalogue,
) -> Column:
    """Find the first list on the way to the field that no number picks an element of."""
    current = record
    full: list[str | int] = []
    head: tuple[str | int, ...] = ()
    for position, part in enumerate(path):
        full.append(part)
        if isinstance(part, int) or current is None:
            continue
        known = current.by_name[part]
        last = position == len(path) - 1
        picked = not last and isinstance(path[position + 1], int)
        if known.type == "list" and not last and not picked:
            if head:
                full.append(0)
            else:
                head = tuple(full)
        if known.type in ("object", "list"):
            current = _record_of(catalogue, known.of)
    return Column(name, number, path, head, tuple(full[len(head) :]) if head else ())


def _unknown(name: str, number: int, record: RecordType | None, catalogue: Catalogue) -> Problem:
    names = known_names(record, catalogue) if record else []
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    said = f"did you mean `{near[0]}`?" if near else "`--ignore` it, or map it with `--map`"
    return Problem(Place(1, number, name), f"`{name}` is not a field of this record", said)


def known_names(record: RecordType, catalogue: Catalogue) -> list[str]:
    """The dotted names of a record type, two levels deep, for suggestions."""
    names = []
    for each in record.fields:
        names.append(each.name)
        below = _record_of(catalogue, each.of) if each.type in ("object", "list") else None
        names += [f"{each.name}.{inner.name}" for inner in below.fields] if below else []
    return names


def documents(source: Source, plan: Plan) -> Iterator[Document]:
    """The documents of a source, in its order.

    A row that cannot be read, or has no key, may be a line of a document beside it: that document
    is wrong too then, so that none is sent with a line missing.
    """
    current: Document | None = None
    strays: deque[Row] = deque(maxlen=STRAYS)
    for row in source.rows:
        document = _broken(row) if row.broken else _start(row, plan)
        if plan.groups and not document.key:
            if current is not None:
                _suspect(current, row, plan)
                yield current
                current = None
            strays.append(row)
            yield document
            continue
        if current is not None and plan.groups and current.key == document.key:
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


def _broken(row: Row) -> Document:
    document = Document("", {}, {}, row.line, rest_lost=row.rest_lost)
    document.problems.append(Problem(Place(row.line, row.column), str(row.broken)))
    return document


def _suspect(document: Document, stray: Row, plan: Plan) -> None:
    """Mark a document that a row beside it may belong to: its key is unknown, or among the row's
    values."""
    given = [stray.values.get(name) for name in plan.key]
    if stray.broken and all(value not in (None, "") for value in given):
        texts = {text_of(value) for value in stray.values.values() if value is not None}
        if not texts & set(document.key.split(SEPARATOR)):
            return
    document.problems.append(
        Problem(
            Place(document.line),
            f"`{document.key}` may lack a line: the one in line {stray.line} cannot be assigned",
            "mend that one",
        )
    )


def _start(row: Row, plan: Plan) -> Document:
    parts = [_value(row, name) for name in plan.key]
    document = Document("", {}, {}, row.line)
    missing = [n for n, part in zip(plan.key, parts, strict=True) if part is None]
    if missing:
        place = Place(row.line, _number(plan, missing[0]), missing[0])
        document.problems.append(Problem(place, f"the key `{missing[0]}` is empty"))
    else:
        document.key = SEPARATOR.join(text_of(part) for part in parts)
    for name in plan.ids:
        value = row.values.get(name, plan.constants.get(name))
        if value is None or text_of(value) == "":
            document.problems.append(Problem(Place(row.line, None, name), f"`{name}` is empty"))
        else:
            document.ids[name] = text_of(value)
    for name, value in plan.constants.items():
        if name not in plan.ids:
            put(document.values, tuple(_parts(name)), value)
    if plan.endpoint.body == "binary":
        document.values["File"] = row.values.get("File")
    elif plan.columns:
        _fill(document, row, plan)
    else:
        own = {*plan.ids, *plan.ignored}
        for name, value in row.values.items():
            if name not in own:
                put(document.values, tuple(_parts(name)), value)
    return document


def _fill(document: Document, row: Row, plan: Plan) -> None:
    items: dict[tuple[str | int, ...], dict[str, Any]] = {}
    for column in plan.columns:
        value = row.values[column.name]
        if value is None or (plan.texts and value == ""):
            continue
        if column.head:
            put(items.setdefault(column.head, {}), column.rest, value)
        else:
            put(document.values, column.path, value)
    for head, item in items.items():
        put(document.values, head, [item])
        document.lines[head] = [row.line]


def _merge(current: Document, other: Document, row: Row, plan: Plan) -> None:
    """Add a row's list elements; its other values must agree with the first row's, or be empty."""
    current.problems += other.problems
    for column in plan.columns:
        if column.head:
            continue
        theirs = row.values[column.name]
        ours = look(current.values, column.path)
        if theirs is None or theirs == "" or theirs == ours:
            continue
        place = Place(row.line, column.number, column.name)
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
    """Set a value at a path, making what is missing on the way."""
    for part, following in pairwise(path):
        made: Any = [] if isinstance(following, int) else {}
        if isinstance(part, int):
            while len(target) <= part:
                target.append({})
            if not target[part]:
                target[part] = made
            target = target[part]
        else:
            target = target.setdefault(part, made)
    last = path[-1]
    if isinstance(last, int):
        while len(target) <= last:
            target.append(None)
    target[last] = value


def look(target: Any, path: tuple[str | int, ...]) -> Any:
    """The value at a path, None where there is none."""
    for part in path:
        try:
            target = target[part]
        except (KeyError, IndexError, TypeError):
            return None
    return target


def _parts(name: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in name.split(".")]


def _value(row: Row, name: str) -> Any:
    value = row.values[name] if name in row.values else look(row.values, tuple(_parts(name)))
    return None if value is None or (isinstance(value, str) and not value.strip()) else value


def _number(plan: Plan, name: str) -> int | None:
    return next((column.number for column in plan.columns if column.name == name), None)


def _list(names: tuple[str, ...]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:12])
    return f"{shown} …" if len(names) > 12 else shown
