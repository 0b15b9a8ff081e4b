"""The shape that a stream's records have, learned as they come, so that a new field costs once.

A page is checked against the fields that came so far. A record that does not fit is looked at
once: its fields are learned, those that have no column and ever say something are read for
`_extra` from then on, and the check continues where it stopped. What never came with a value is not
read at all. What cannot be learned
(a number as text, a list for an object) makes the page go the slow way: `arrange`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Annotated, Any

import msgspec
from msgspec import Raw

from xeroport.catalogue.columns import REPLY_ONLY, ListOf, Path, Shape, narrowed, shape
from xeroport.destinations.protocol import Form

MOST_FIELDS = 200
"""Fields without a column that are learned; a list whose fields have names by chance has more."""

SAMPLE = 3
"""Records of a page that are looked at for a field that held nothing but empty lists so far."""

FIRST = 20
"""Records of the first page that are looked at before it is checked."""

FLAGS = frozenset({"HasErrors", "HasValidationErrors"})
_RAISED = b'Errors":true'
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_NO_COLUMN = (None, "rest", "spare")
_Spare = (
    Annotated[str, msgspec.Meta(max_length=0)]
    | Annotated[list[Raw], msgspec.Meta(max_length=0)]
    | Annotated[dict[str, Raw], msgspec.Meta(max_length=0)]
    | None
)
_ANY: dict[str, Any] = {"spare": _Spare}
_PLAIN = _ANY | {
    "none": type(None),
    "money": float,
    "number": float,
    "integer": int,
    "boolean": bool,
}
_LEAVES: dict[Form, dict[str, Any]] = {
    "bare": _PLAIN | {"rest": _Spare},
    "plain": _PLAIN,
    "any": _ANY,
}
"""What a value of a shape's leaf may be, apart from null; leaves not named may be anything."""

Fields = frozenset[Path]


def of_both(one: Fields | None, other: Fields | None) -> Fields | None:
    """The fields met in two lots of records; None where that is not known of one."""
    return None if one is None or other is None else one | other


class RecordShapes:
    """What was learned of one stream's records: `known` fields have no column (and were empty
    whenever they came, unless they are among the `said`), those `met` have one, or are lists and
    objects, and had a value. Those `reported` in an earlier sync are no news."""

    def __init__(self, record: str, *, reported: Iterable[str] = ()) -> None:
        self.record = record
        self.reported = frozenset(reported)
        self.known: set[Path] = set()
        self.said: set[Path] = set()
        self.met: set[Path] = set()
        self._empty: set[Path] = set()
        self._hollow: set[Path] = set()
        self._is_strict = False

    def fit(self, records: Sequence[Raw], flat: bytes) -> bool:
        """Whether all records can be read as what they are, with what was learned on the way."""
        self._is_strict = self._is_strict or _RAISED in flat
        for raw in () if self.met else records[:: max(1, len(records) // FIRST)]:
            self._learn(bytes(raw))
        start = 0
        while self._without_place() <= MOST_FIELDS:
            check = _learned_check(
                self.record,
                frozenset(self.known),
                frozenset(self.said),
                frozenset(self.met),
                frozenset(self._empty - self.met),
                self._is_strict,
            )
            start = first_misfit(check, records, start)
            if start == len(records):
                return True
            if not self._learn(bytes(records[start])):
                return False
        return False

    def drift(self, records: Sequence[Raw]) -> dict[str, int]:
        """The said fields that the catalogue does not know → how many records have them."""
        counts: dict[str, int] = {}
        for path in self.said:
            name = ".".join((self.record, *path))
            if name in self.reported or _is_known(self.record, path):
                continue
            mark = f'"{path[-1]}":'.encode()
            having = [record for record in map(bytes, records) if mark in record]
            if path in self._hollow:
                for record in having[:SAMPLE]:
                    self._learn(record)
            if having and path not in self._hollow:
                counts[name] = len(having)
        return counts

    def survey(self, line: bytes) -> None:
        """Learn what one record says, whatever form it has."""
        self._learn(line)

    def _learn(self, raw: bytes) -> bool:
        """Whether a record has something that was not learned before."""
        value = json.loads(raw)
        if not isinstance(value, dict):
            return False
        before = self._extent()
        for path, given, part in _fields(value, shape(self.record), ()):
            if part not in _NO_COLUMN:
                blank = (None,) if isinstance(part, str) else _EMPTY
                (self._empty if given in blank else self.met).add(path)
                continue
            is_unfit = self._is_strict and given is False and path[-1] in FLAGS
            if says(path[-1], given):
                self.said.add(path)
                self._hollow.discard(path)
                continue
            self.known.add(path)
            if (is_unfit or given not in (*_EMPTY, False)) and path not in self.said:
                self.said.add(path)
                self._hollow.add(path)
        return before < self._extent()

    def _extent(self) -> int:
        return len(self.known) + len(self.said) + len(self.met) + len(self._empty)

    def _without_place(self) -> int:
        """How many of the learned fields the catalogue does not know."""
        return sum(not _is_known(self.record, path) for path in self.known | self.said)


def _is_known(record: str, path: Path) -> bool:
    return _part(record, path) is not None


def _is_column(record: str, path: Path) -> bool:
    return isinstance(_part(record, path), str)


def _part(record: str, path: Path) -> Shape | ListOf | str | None:
    """Where a field is in the shape of its record; None where it has no place there."""
    fields: dict[str, Shape | ListOf | str] = shape(record).fields
    for name in path[:-1]:
        part = fields[name]
        assert not isinstance(part, str)
        fields = (part.item if isinstance(part, ListOf) else part).fields
    return fields.get(path[-1])


def says(field: str, value: Any) -> bool:
    """Whether a value without a column is worth keeping: not where it is empty all through."""
    if isinstance(value, dict):
        return any(says(name, field) for name, field in value.items())
    if isinstance(value, list):
        return any(says(field, item) for item in value)
    return value not in _EMPTY and not (value is False and field in REPLY_ONLY)


def fits(record: str, form: Form, records: Sequence[Raw]) -> bool:
    """Whether all records have a form, by the description alone."""
    return first_misfit(_check(record, form), records, 0) == len(records)


def first_misfit(check: msgspec.json.Decoder[Any], records: Sequence[Raw], start: int) -> int:
    """The first record from `start` on that a check refuses, else their number; one by one, so
    that little memory is touched."""
    decode = check.decode
    for number in range(start, len(records)):
        try:
            decode(records[number])
        except msgspec.ValidationError:
            return number
    return len(records)


def _fields(
    value: dict[str, Any], of: Shape, above: Path
) -> Iterator[tuple[Path, Any, Shape | ListOf | str | None]]:
    """(path, value, its part of the shape) of all fields, objects and lists of records looked
    into."""
    for field, given in value.items():
        part, path = of.fields.get(field), (*above, field)
        yield path, given, part
        if isinstance(part, Shape) and isinstance(given, dict):
            yield from _fields(given, part, path)
        elif isinstance(part, ListOf) and isinstance(given, list):
            for item in given:
                if isinstance(item, dict):
                    yield from _fields(item, part.item, path)


@cache
def _check(record: str, form: Form) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(_checked(shape(record), _LEAVES[form], (), {}))


@cache
def _learned_check(
    record: str, known: Fields, said: Fields, met: Fields, empty: Fields, is_strict: bool
) -> msgspec.json.Decoder[Any]:
    extra: dict[Path, dict[str, str]] = {}
    for path in known | said:
        kind = "said" if path in said else "spare"
        extra.setdefault(path[:-1], {})[path[-1]] = kind
    for path in empty:
        kind = "none" if _is_column(record, path) else "spare"
        extra.setdefault(path[:-1], {})[path[-1]] = kind
    leaves = _LEAVES["bare"] | ({} if is_strict else {"flag": _Spare | bool})
    return msgspec.json.Decoder(_checked(narrowed(record, met), leaves, (), extra))


def _checked(
    of: Shape, leaves: dict[str, Any], above: Path, extra: dict[Path, dict[str, str]]
) -> Any:
    """A type that refuses what the shape has no place for, and values that are not of the types
    `leaves`; other values are not looked at. `extra` are fields beside the shape's, by their
    place."""
    parts: dict[str, Shape | ListOf | str] = {**of.fields, **extra.get(above, {})}
    fields = [
        (f"f{number}", *_field(name, part, leaves, above, extra))
        for number, (name, part) in enumerate(parts.items())
    ]
    names = {f"f{number}": name for number, name in enumerate(parts)}
    return msgspec.defstruct("Checked", fields, rename=names, forbid_unknown_fields=True, gc=False)


def _field(
    name: str,
    part: Shape | ListOf | str,
    leaves: dict[str, Any],
    above: Path,
    extra: dict[Path, dict[str, str]],
) -> tuple[Any, Any]:
    path = (*above, name)
    if isinstance(part, ListOf):
        return list[_checked(part.item, leaves, path, extra)] | None, None  # type: ignore[misc]
    if isinstance(part, Shape):
        return _checked(part, leaves, path, extra) | None, None
    if name in FLAGS and part in ("spare", "rest") and "flag" in leaves:
        part = "flag"
    return (leaves[part] | None, None) if part in leaves else (Raw, Raw())
