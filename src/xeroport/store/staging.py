"""Checked records on their way into the outbox, in a temporary table of this connection.

Staging takes no lock on the store and holds little in memory, so that a file of any size is
checked whole before the first of its records is enqueued. It also remembers which deliveries a
push is about: what others have put into the same outbox is left alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from xeroport.store.database import Store
from xeroport.store.statements import sql

CHUNK = 2_000
TABLE = sql("outbox_staging.sql")


@dataclass(frozen=True, slots=True)
class Draft:
    """One record to deliver: its key, the exact JSON of it, and where it came from.

    `ids` is a JSON object of path parameters, `{}` for most endpoints.
    """

    key: str
    body: bytes
    ids: str = "{}"
    line: int | None = None

    def hash(self) -> bytes:
        """What tells a changed record from an unchanged one."""
        return hashlib.blake2b(self.ids.encode() + self.body, digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Repeated:
    """A key that the input has more than once; `same` says whether the contents agree."""

    key: str
    first_line: int
    again_line: int
    same: bool


class Staging:
    """The staged records of one push; use `close` when done."""

    def __init__(self, store: Store, *, file: str | None = None) -> None:
        self.store = store
        self.file = file
        self.connection = store.connection
        self._waiting: list[tuple[int, str, bytes, bytes, str, int | None]] = []
        for name in ("table", "keys", "deliveries"):
            self.connection.execute(TABLE[name])
        row = self.connection.execute(TABLE["next_push"]).fetchone()
        self.push = int(row[0])
        self.connection.execute(TABLE["mark_push"], (self.push,))

    def add(self, draft: Draft) -> None:
        """Stage one record."""
        self._waiting.append(
            (self.push, draft.key, draft.body, draft.hash(), draft.ids, draft.line)
        )
        if len(self._waiting) >= CHUNK:
            self.flush()

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
        if not self._waiting:
            return
        own = not self.connection.in_transaction
        if own:
            self.connection.execute("BEGIN")
        self.connection.executemany(TABLE["add"], self._waiting)
        if own:
            self.connection.execute("COMMIT")
        self._waiting.clear()

    def repeated(self, limit: int = 1_000) -> list[Repeated]:
        """Keys that occur more than once, in order; all but the first are dropped, and all that
        differ."""
        self.flush()
        rows = self.connection.execute(TABLE["repeated"], (self.push, limit))
        found = [Repeated(row[0], row[1] or 0, row[2] or 0, row[3] == 1) for row in rows]
        if found:
            self.connection.execute(TABLE["drop_clashing"], {"push": self.push})
            self.connection.execute(TABLE["drop_repeated"], {"push": self.push})
        return found

    def __len__(self) -> int:
        self.flush()
        return int(self.connection.execute(TABLE["count"], (self.push,)).fetchone()[0])

    def close(self) -> None:
        """Forget the staged records; the outbox keeps what was enqueued."""
        self._waiting.clear()
        self.connection.execute(TABLE["forget"], (self.push,))
