"""What a destination is: the calls by which every sync writes.

One call is one transaction. A batch and the checkpoint that goes with it commit together; a batch
whose number is not above the stored checkpoint's was committed before, and does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from msgspec import Struct

Form = Literal["bare", "plain", "any"]
"""What is known of records: `plain` ones have all values as the JSON types of their columns, and no
number of more than 15 digits; `bare` ones also have no value that has no column."""

FORMS: tuple[Form, ...] = ("bare", "plain", "any")


class Checkpoint(Struct, frozen=True):
    """How far a stream has come: the number of its last committed batch, and the walk's own state
    (JSON text, which a destination only keeps)."""

    number: int
    state: str


class Batch(Struct, frozen=True):
    """Records of one stream in landing files (one JSON record a line, `longest` bytes at most),
    to be written with the checkpoint `number` and `state`.

    A record replaces the held one with its key, and that one's list items. `replace_all` is for
    record types without a key: the batch is all there is. `synced_at` is what `_synced_at` becomes
    (aware, UTC). With `whole_since` the batch ends a proved full read: records last written before
    that moment are gone at Xero and become tombstones (`_deleted_at` = `synced_at`). With `replay`
    the files were landed before, and records that are tombstones now stay so. `form` is that of
    the records, and `said` are fields without a column that some of them have, for `_extra`; no
    record has a value in fields that were not `met` (None: any may). With `most_gone` a batch that
    would make more tombstones is not written: ManyGone.
    """

    stream: str
    record: str
    number: int
    state: str
    synced_at: datetime
    files: tuple[Path, ...] = ()
    longest: int = 0
    replace_all: bool = False
    whole_since: datetime | None = None
    replay: bool = False
    form: Form = "any"
    said: frozenset[tuple[str, ...]] = frozenset()
    met: frozenset[tuple[str, ...]] | None = None
    most_gone: int | None = None


class LandedBatch(Struct, frozen=True):
    """What became of a batch: rows written per table, values that did not fit the column, new
    tombstones; `repeated` says that it had been committed before. `keyless` of what is rejected are
    whole records that nothing tells from others."""

    rows: dict[str, int] = {}
    rejected: int = 0
    keyless: int = 0
    tombstones: int = 0
    repeated: bool = False


class Destination(Protocol):
    """Where records go. Calls come from one thread at a time, not always the same."""

    def checkpoints(self) -> dict[str, Checkpoint]:
        """Stream → its checkpoint, for streams that have one."""
        ...

    def land(self, batch: Batch) -> LandedBatch:
        """Write a batch and its checkpoint; a batch without files writes the checkpoint alone."""
        ...

    def mark(self, batches: Sequence[Batch]) -> None:
        """Write the checkpoints of batches that bring nothing else, all in one transaction."""
        ...

    def held(self, record: str, *, since: datetime) -> int:
        """How many records of a type were written at or after `since` and are not tombstones."""
        ...

    def ask(self, sql: str, tables: Sequence[str]) -> list[tuple[Any, ...]]:
        """The rows of a query on the instance's own tables, which stand in it as `{table}`; none
        where one of `tables`, those it names, is not there."""
        ...

    def close(self) -> None:
        """Give the destination back to others."""
        ...
