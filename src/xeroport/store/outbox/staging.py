"""Checked records on their way into the outbox, in a temporary table of this connection.

Staging takes no lock on the store and holds little in memory, so that a file of any size is
checked whole before the first of its records is enqueued. It also remembers which deliveries a
push is about: what others have put into the same outbox is left alone.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from msgspec import Struct

from xeroport.errors import StoreError
from xeroport.store.database import Store
from xeroport.store.sql_statements import sql

CHUNK = 2_000
MOST_REPEATED = 100_000
"""Keys that occur more than once, of which so many are listed for the person."""
TABLE = sql("outbox_staging.sql")


class Draft(Struct, frozen=True):
    """One record to deliver: its key, the exact JSON of it, and where it came from.

    `ids` is a JSON object of path parameters, `{}` for most endpoints; `expected` one of what the
    row said that is not sent, because only Xero writes it: its reply is compared with that.
    """

    key: str
    body: bytes
    ids: str = "{}"
    line: int | None = None
    expected: str = "{}"

    def hash(self) -> bytes:
        """What tells a changed record from an unchanged one."""
        return hashlib.blake2b(self.ids.encode() + self.body, digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class RefusedDraft:
    """A record that failed its checks, and why."""

    line: int | None
    key: str
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RepeatedKey:
    """A key that the input has more than once; `same` says whether the contents agree."""

    key: str
    lines: tuple[int, ...]
    same: bool


class Staging:
    """The staged records of one push; use `close` when done."""

    def __init__(self, store: Store, *, file: str | None = None) -> None:
        self.store = store
        self.file = file
        self.connection = store.connection
        self._waiting: list[tuple[int, str, bytes, bytes, str, int | None, str]] = []
        self._refused: list[tuple[int, int | None, str, str]] = []
        for name in ("table", "refusals", "keys", "deliveries"):
            self.connection.execute(TABLE[name])
        row = self.connection.execute(TABLE["next_push"]).fetchone()
        self.push = int(row[0])
        self.connection.execute(TABLE["mark_push"], (self.push,))

    def add(self, draft: Draft) -> None:
        """Stage one record."""
        self._waiting.append(
            (self.push, draft.key, draft.body, draft.hash(), draft.ids, draft.line, draft.expected)
        )
        if len(self._waiting) >= CHUNK:
            self.flush()

    def refuse(self, line: int | None, key: str, messages: Sequence[str]) -> None:
        """Note a record that failed its checks, for the results."""
        self._refused.append((self.push, line, key, json.dumps(list(messages))))
        if len(self._refused) >= CHUNK:
            self.flush()

    def refused(self) -> Iterator[RefusedDraft]:
        """The records that failed their checks, by line."""
        self.flush()
        for row in self.connection.execute(TABLE["refused"], (self.push,)):
            yield RefusedDraft(row[0], row[1], tuple(json.loads(row[2])))

    def waiting(self) -> Iterator[tuple[str, int | None]]:
        """Key and line of the staged records that no delivery of the outbox stands for."""
        self.flush()
        for row in self.connection.execute(TABLE["waiting"], (self.push,)):
            yield row[0], row[1]

    def extend(self, drafts: Iterable[Draft]) -> None:
        """Stage several records."""
        for draft in drafts:
            self.add(draft)

    def want(self, delivery: int, key: str) -> None:
        """Take up a delivery that is in the outbox already, whatever its body."""
        self.flush()
        self.connection.execute(TABLE["want"], (self.push, key, delivery))

    def flush(self) -> None:
        """Write out what is still in memory."""
        if not self._waiting and not self._refused:
            return
        with self.store.grouped() as connection:
            connection.executemany(TABLE["add"], self._waiting)
            connection.executemany(TABLE["refuse"], self._refused)
        self._waiting.clear()
        self._refused.clear()

    def repeated(self) -> list[RepeatedKey]:
        """Keys that occur more than once, in order; all but the first are dropped, and all that
        differ."""
        self.flush()
        rows = self.connection.execute(TABLE["repeated"], (self.push, MOST_REPEATED))
        repeated = [
            RepeatedKey(row[0], tuple(sorted(json.loads(row[1]))), row[2] == 1) for row in rows
        ]
        if repeated:
            self.connection.execute(TABLE["drop_clashing"], {"push": self.push})
            self.connection.execute(TABLE["drop_repeated"], {"push": self.push})
        return repeated

    @property
    def is_new(self) -> bool:
        """Whether the outbox knows none of the staged records, as `enqueuing.conflicts` finds."""
        self.flush()
        return not self.connection.execute(TABLE["is_known"], (self.push,)).fetchone()[0]

    def drop(self, key: str) -> None:
        """Stage the records of a key no longer."""
        self.flush()
        self.connection.execute(TABLE["drop_key"], (self.push, key))

    def __len__(self) -> int:
        self.flush()
        return int(self.connection.execute(TABLE["count"], (self.push,)).fetchone()[0])

    def close(self) -> None:
        """Forget the staged records; the outbox keeps what was enqueued."""
        self._waiting.clear()
        self._refused.clear()
        with suppress(
            sqlite3.OperationalError, StoreError
        ):  # a full disk: they end with the connection
            for name in ("forget", "forget_refused"):
                self.connection.execute(TABLE[name], (self.push,))
