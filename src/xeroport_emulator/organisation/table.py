"""The records of one type: by id, by other fields, and in the order Xero lists them."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

Record = dict[str, Any]
"""Xero's field names → values; never changed in place once it is in a table."""

Change = Callable[["Table", Record | None, Record | None], None]
"""Called with the table, the record before and the record after (None: was not, is no more)."""

_BARE_GUID = re.compile(r"[0-9a-fA-F]{32}")
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Table:
    """Records by id, in Xero's order: time of last change, then id.

    Records are values: to change one, `replace` it by a changed copy. Indexes on other fields
    are built when `find` first asks for them; text is compared without regard to case.
    """

    def __init__(self, name: str, key: str) -> None:
        self.name = name
        self.key = key
        self.listeners: list[Change] = []
        self._records: dict[str, Record] = {}
        self._revisions: dict[str, int] = {}
        self._revision = 0
        self._order: list[tuple[datetime, str]] | None = []
        self._indexes: dict[str, dict[Any, list[str]]] = {}

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        for _, identity in self._sorted():
            yield self._records[identity]

    def __contains__(self, identity: object) -> bool:
        return isinstance(identity, str) and self.get(identity) is not None

    def get(self, identity: str | None) -> Record | None:
        """The record with that id or None; neither the case nor the dashes of an id matter."""
        if not isinstance(identity, str):
            return None
        return self._records.get(identity) or self._records.get(guid(identity).lower())

    def find(self, field: str, value: Any) -> list[Record]:
        """The records whose field (`Name`, `Contact.ContactID`) has that value, oldest first."""
        index = self._indexes.get(field)
        if index is None:
            index, read = self._indexes.setdefault(field, {}), _reader(field)
            for identity, record in self._records.items():
                if (known := _plain(read(record))) is not None:
                    index.setdefault(known, []).append(identity)
        return [self._records[each] for each in index.get(_plain(value), ())]

    def first(self, field: str, value: Any) -> Record | None:
        """One of the records `find` finds, or None."""
        found = self.find(field, value)
        return found[0] if found else None

    def only(self) -> Record:
        """The record of a table that has one."""
        return next(iter(self._records.values()))

    def add(self, record: Record) -> None:
        """Take in a new record; its id must be new."""
        if record[self.key] in self._records:
            raise KeyError(f"`{record[self.key]}` is already in {self.name}")
        self._put(None, record)

    def replace(self, record: Record) -> None:
        """Put a changed copy in the place of the record with the same id."""
        self._put(self._records[record[self.key]], record)

    def remove(self, identity: str) -> None:
        """Forget a record for good."""
        self._put(self._records[identity], None)

    def load(self, records: Iterable[Record]) -> None:
        """Take in many new records at once, unchecked; listeners are not told."""
        for record in records:
            self._records[record[self.key]] = record
        self._revision += 1
        self._order = None
        self._indexes.clear()

    def take_over(self, other: Table) -> None:
        """Hold what another table of the type holds, in its order and under its revisions, without
        a word to listeners; neither table changes with the other."""
        self._records = dict(other._records)
        self._revisions = dict(other._revisions)
        self._revision = other._revision
        self._order = None if other._order is None else list(other._order)
        self._indexes = {
            field: {value: list(holders) for value, holders in index.items()}
            for field, index in other._indexes.items()
        }

    def revision(self, identity: str) -> int:
        """A number that grows whenever that record changes; 0 while it is as it was loaded."""
        return self._revisions.get(identity, 0)

    @property
    def changes(self) -> int:
        """A number that grows whenever any record of the table changes."""
        return self._revision

    def _put(self, before: Record | None, after: Record | None) -> None:
        identity: str = (before or after or {})[self.key]
        if before is not None:
            self._leave(before, identity)
        if after is None:
            del self._records[identity]
        else:
            self._records[identity] = after
            self._arrive(after, identity)
        # Last, so that a reply rendered meanwhile is never kept under the new revision.
        self._revision += 1
        self._revisions[identity] = self._revision
        for listener in self.listeners:
            listener(self, before, after)

    def _leave(self, record: Record, identity: str) -> None:
        if self._order is not None:
            place = bisect_left(self._order, (_stamp(record), identity))
            del self._order[place]
        for field, index in self._indexes.items():
            value = _plain(_reader(field)(record))
            if value is not None:
                holders = index[value]
                holders.remove(identity)
                if not holders:
                    del index[value]

    def _arrive(self, record: Record, identity: str) -> None:
        if self._order is not None:
            entry = (_stamp(record), identity)
            if not self._order or self._order[-1] <= entry:
                self._order.append(entry)
            else:
                insort(self._order, entry)
        for field, index in self._indexes.items():
            value = _plain(_reader(field)(record))
            if value is not None:
                index.setdefault(value, []).append(identity)

    def _sorted(self) -> list[tuple[datetime, str]]:
        if self._order is None:
            self._order = sorted((_stamp(each), key) for key, each in self._records.items())
        return self._order.copy()


def words(text: str) -> tuple[str, ...]:
    """The words of a text: a list of field names, without a quotation mark around each."""
    return tuple(text.split())


def guid(text: str) -> str:
    """A GUID without dashes with them; any other text as it is."""
    if _BARE_GUID.fullmatch(text):
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
    return text


def changed(record: Record) -> datetime | None:
    """When a record was last changed, also where its type shows no such field."""
    stamp = (
        record.get("UpdatedDateUTC") or record.get("_SavedDateUTC") or record.get("CreatedDateUTC")
    )
    return stamp if isinstance(stamp, datetime) else None


def _stamp(record: Record) -> datetime:
    stamp = record.get("UpdatedDateUTC") or record.get("CreatedDateUTC")
    return stamp if isinstance(stamp, datetime) else _BEGINNING


@cache
def _reader(field: str) -> Callable[[Record], Any]:
    """What reads a field, or a dotted one, out of a record."""
    head, _, rest = field.partition(".")
    if not rest:
        return lambda record: record.get(head)
    inner = _reader(rest)

    def read(record: Record) -> Any:
        nested = record.get(head)
        return inner(nested) if isinstance(nested, dict) else None

    return read


def _plain(value: Any) -> Any:
    return value.strip().casefold() if isinstance(value, str) else value
