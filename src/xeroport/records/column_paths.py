"""Where the columns of a source lead: to fields of a record type, and to elements of its lists."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from xeroport.catalogue import Endpoint, Field, RecordType, load
from xeroport.errors import InputError
from xeroport.rows.problems import FilePlace, Problem
from xeroport.rows.row import Source, Unit

if TYPE_CHECKING:
    from xeroport.records.from_rows import Document

RecordPath = tuple[str | int, ...]
"""Names of fields and numbers of list elements, from a record down to a value."""
MOST_SHAPES = 1_000
"""Lists of names of whole rows that are remembered."""
MOST_ELEMENTS = 1_000
"""The largest number that may pick an element of a list."""


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column that leads to a field: `head` up to the list that rows add to, `rest` below it.

    `field` is the field itself where no other column of its source can stand in its way; `place`
    is then the number of the record that it is a field of.
    """

    name: str
    number: int
    path: tuple[str | int, ...]
    head: tuple[str | int, ...] = ()
    rest: tuple[str | int, ...] = ()
    field: str | None = None
    place: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """How rows of a source become documents of an endpoint. `groups` says that rows with one key
    are put together, `picks` that columns pick elements of lists by number, so that other elements
    may stay empty. `loose_keys` are keys that are no fields, which nothing else looks at."""

    endpoint: Endpoint
    key: tuple[str, ...]
    columns: tuple[FileColumn, ...]
    ids: tuple[str, ...]
    constants: Mapping[str, Any]
    ignored: frozenset[str]
    problems: tuple[Problem, ...]
    record: RecordType | None
    unit: Unit = "line"
    first_column: int = 1
    clears: bool = False
    texts: bool = False
    groups: bool = False
    picks: bool = False
    loose_keys: tuple[str, ...] = ()
    by_name: dict[str, FileColumn] = field(default_factory=dict)
    by_names: dict[tuple[str, ...], list[FileColumn]] = field(default_factory=dict)

    @property
    def unit_word(self) -> str:
        """What a row's number counts, in a sentence."""
        return "row" if self.unit == "cell" else self.unit

    def column(self, name: str) -> FileColumn:
        """Where a name leads to, for rows that each have names of their own."""
        known = self.by_name.get(name)
        if known is None:
            path = resolve(self.record, name) if self.record else None
            known = self.by_name[name] = (
                FileColumn(name, 0, tuple(parts(name)))
                if path is None
                else _column(name, 0, path, self.record)
            )
        return known

    def columns_of(self, names: tuple[str, ...]) -> list[FileColumn]:
        """Where the names of a row lead to that are fields of its record; most rows have the same
        names."""
        columns = self.by_names.get(names)
        if columns is None:
            if len(self.by_names) >= MOST_SHAPES:
                self.by_names.clear()
            own = {*self.ids, *self.ignored}
            columns = [self.column(name) for name in names if name not in own]
            self.by_names[names] = columns
        return columns

    def at(self, line: int | None, column: int | None = None, name: str | None = None) -> FilePlace:
        """A place in the source, as a cell where it is a spreadsheet."""
        if self.unit != "cell" or line is None:
            return FilePlace(line, column, name)
        number = None if column is None else column + self.first_column - 1
        return FilePlace(line, number, name, is_cell=True)

    def place(self, document: Document, path: tuple[str | int, ...]) -> FilePlace:
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
            known = ".".join(map(str, column.path))
            if column.path == path or known in (name, full):
                return self.at(line, column.number, column.name)
            if inside is None and known.startswith(f"{name}."):
                inside = self.at(line, column.number, full)
        return inside or self.at(line, None, full)


def plan_for(
    source: Source,
    endpoint: Endpoint,
    *,
    key: tuple[str, ...],
    renamed: Mapping[str, str] | None = None,
    constants: Mapping[str, Any] | None = None,
    ignored: frozenset[str] = frozenset(),
    clears: bool = False,
) -> Plan:
    """The plan for a source; `renamed` maps a source's columns to fields, as a template does.
    `clears` sends empty cells, to empty fields."""
    record = load().record(endpoint.body_record) if endpoint.body_record else None
    ids = endpoint.path_names
    if record is None:
        ignored |= frozenset(source.columns or ())
    ignored |= {name for name in key if not _is_field(record, (renamed or {}).get(name, name))}
    columns: list[FileColumn] = []
    problems: list[Problem] = []
    if source.columns is not None:
        key = _require_keys(source.columns, key)
        for index, name in enumerate(source.columns):
            number = source.number_of(index)
            target = (renamed or {}).get(name, name)
            if name in ignored or target in ids:
                continue
            path = resolve(record, target) if record else None
            if path is not None:
                columns.append(_column(name, number, path, record))
            else:
                problems.append(_unknown(name, number, record))
        for name in ids:
            if name not in (renamed or {}).values() and name not in source.columns:
                if name in (constants or {}):
                    continue
                raise InputError(
                    f"the column `{name}` is missing",
                    hint=f"`{endpoint.name}` needs it to say what each record belongs to",
                )
    named = {column.name for column in columns}
    loose = (name for name in key if name not in named)
    return Plan(
        endpoint,
        key,
        _with_places(columns),
        ids,
        constants or {},
        ignored,
        tuple(problems),
        record,
        source.unit,
        source.first_column,
        clears,
        source.texts,
        any(column.head for column in columns),
        any(isinstance(part, int) for column in columns for part in column.path),
        tuple(name for name in loose if field_at(record, name.split(".")) is None),
    )


def _with_places(columns: list[FileColumn]) -> tuple[FileColumn, ...]:
    """The columns, with field and place where no other one leads to the same field, into it, or
    takes a record around it for a list."""
    paths = Counter((column.head, column.rest or column.path) for column in columns)
    beginnings = {(head, path[:at]) for head, path in paths for at in range(len(path))}
    lists = {
        (head, path[:at])
        for head, path in paths
        for at, part in enumerate(path)
        if isinstance(part, int)
    }
    places: dict[tuple[RecordPath, RecordPath], int] = {}
    out: list[FileColumn] = []
    for column in columns:
        head, path = column.head, column.rest or column.path
        around = {(head, path[:at]) for at in range(len(path))}
        is_alone = paths[head, path] == 1 and (head, path) not in beginnings
        if is_alone and around.isdisjoint(paths) and around.isdisjoint(lists):
            place = places.setdefault((head, path[:-1]), len(places))
            column = replace(column, field=str(path[-1]), place=place)
        out.append(column)
    return tuple(out)


def _is_field(record: RecordType | None, name: str) -> bool:
    return record is not None and resolve(record, name) is not None


def _require_keys(columns: tuple[str, ...], key: tuple[str, ...]) -> tuple[str, ...]:
    """The key by the names of the columns; the asterisk of a mandatory one may be left out."""
    starred = {column.lstrip("*"): column for column in columns if column.startswith("*")}
    for name in key:
        if name not in columns and name not in starred:
            near = difflib.get_close_matches(name, columns, n=1, cutoff=0.5)
            raise InputError(
                f"there is no column `{name}` to be the key",
                hint=f"did you mean `{near[0]}`?" if near else f"the columns are {_list(columns)}",
            )
    return tuple(name if name in columns else starred[name] for name in key)


def resolve(record: RecordType, name: str) -> tuple[str | int, ...] | None:
    """The path of a dotted name in a record type, None where there is no such field."""
    path: list[str | int] = []
    current: RecordType | None = record
    for part in name.split("."):
        if part.isdecimal() and path and not isinstance(path[-1], int):
            if len(part) > 4 or int(part) >= MOST_ELEMENTS:
                return None
            path.append(int(part))
            continue
        known = current.by_name.get(part) if current else None
        if known is None:
            return None
        path.append(part)
        current = _record_of(known.of) if known.type in ("object", "list") else None
    return tuple(path)


def field_at(record: RecordType | None, names: Sequence[str]) -> Field | None:
    """The field at a path without numbers; None where there is none."""
    current, spec = record, None
    for name in names:
        spec = current.by_name.get(name) if current is not None else None
        if spec is None:
            return None
        current = _record_of(spec.of)
    return spec


def _record_of(name: str | None) -> RecordType | None:
    return load().records.get(name) if name else None


def _column(
    name: str, number: int, path: tuple[str | int, ...], record: RecordType | None
) -> FileColumn:
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
            current = _record_of(known.of)
    return FileColumn(name, number, path, head, tuple(full[len(head) :]) if head else ())


def _unknown(name: str, number: int, record: RecordType | None) -> Problem:
    names = known_names(record) if record else []
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    said = f"did you mean `{near[0]}`?" if near else "`--ignore` it, or map it with `--map`"
    return Problem(FilePlace(1, number, name), f"`{name}` is not a field of this record", said)


def known_names(record: RecordType) -> list[str]:
    """The dotted names of a record type, two levels deep, for suggestions."""
    names = []
    for each in record.fields:
        names.append(each.name)
        below = _record_of(each.of) if each.type in ("object", "list") else None
        names += [f"{each.name}.{inner.name}" for inner in below.fields] if below else []
    return names


def parts(name: str) -> list[str | int]:
    """A dotted name as a path."""
    return [int(part) if part.isdecimal() else part for part in name.split(".")]


def _list(names: tuple[str, ...]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:12])
    return f"{shown} …" if len(names) > 12 else shown
