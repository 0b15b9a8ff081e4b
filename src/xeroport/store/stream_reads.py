"""When each stream was last read into a destination, and what the destination held after that: what
the plan of calls goes by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from xeroport.store.database import Store
from xeroport.store.instants import from_text, to_text

PUT = """
INSERT INTO stream_read (instance, place, stream, read_at, changed_at, number, refusal)
SELECT :instance, :place, :stream, :read_at, :changed_at, :number, :refusal
WHERE EXISTS (SELECT 1 FROM instance WHERE name = :instance)
ON CONFLICT (instance, place, stream) DO UPDATE SET
  read_at = excluded.read_at, changed_at = excluded.changed_at, number = excluded.number,
  refusal = excluded.refusal
"""

PUT_STATE = """
INSERT INTO destination_state (instance, place, stamp, checkpoints)
SELECT :instance, :place, :stamp, :checkpoints
WHERE EXISTS (SELECT 1 FROM instance WHERE name = :instance)
ON CONFLICT (instance, place) DO UPDATE SET
  stamp = excluded.stamp, checkpoints = excluded.checkpoints
"""


class StreamRefusal(msgspec.Struct, frozen=True):
    """Why Xero did not give a stream; `access` is as what the instance asked."""

    error: str
    hint: str | None
    missing_scope: str | None
    access: str


class HeldState(msgspec.Struct, frozen=True):
    """What a destination held when its file had this `stamp`: stream → number and state."""

    stamp: str
    checkpoints: dict[str, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class StreamRead:
    """The last read of a stream: when it began by our clock, the last time that a read brought
    something, and the destination's batch number then; or when it was refused, and why."""

    read_at: datetime
    changed_at: datetime | None
    number: int
    refusal: StreamRefusal | None = None


def latest(store: Store, instance: str, place: str) -> dict[str, StreamRead]:
    """The last read of each stream of an instance into a destination."""
    rows = store.connection.execute(
        "SELECT stream, read_at, changed_at, number, refusal FROM stream_read "
        "WHERE instance = ? AND place = ?",
        (instance, place),
    )
    return {
        row["stream"]: StreamRead(
            datetime.fromisoformat(row["read_at"]),
            from_text(row["changed_at"]) if row["changed_at"] else None,
            row["number"],
            msgspec.json.decode(row["refusal"], type=StreamRefusal) if row["refusal"] else None,
        )
        for row in rows
    }


def remember(
    store: Store,
    instance: str,
    place: str,
    reads: Mapping[str, StreamRead],
    *,
    state: HeldState | None = None,
) -> None:
    """Keep the last reads of some streams, and what the destination holds now (None: as before), in
    one transaction."""
    if not reads and state is None:
        return
    with store.transaction(durable=False) as connection:
        connection.executemany(
            PUT,
            [
                {
                    "instance": instance,
                    "place": place,
                    "stream": stream,
                    "read_at": to_text(read.read_at),
                    "changed_at": to_text(read.changed_at) if read.changed_at else None,
                    "number": read.number,
                    "refusal": (
                        msgspec.json.encode(read.refusal).decode() if read.refusal else None
                    ),
                }
                for stream, read in reads.items()
            ],
        )
        if state is not None:
            checkpoints = msgspec.json.encode(state.checkpoints)
            connection.execute(
                PUT_STATE,
                {
                    "instance": instance,
                    "place": place,
                    "stamp": state.stamp,
                    "checkpoints": checkpoints,
                },
            )


def held(store: Store, instance: str, place: str) -> HeldState | None:
    """What a destination held after the last sync into it; None where that is not known."""
    row = store.connection.execute(
        "SELECT stamp, checkpoints FROM destination_state WHERE instance = ? AND place = ?",
        (instance, place),
    ).fetchone()
    if row is None:
        return None
    checkpoints = msgspec.json.decode(row["checkpoints"], type=dict[str, tuple[int, str]])
    return HeldState(row["stamp"], checkpoints)


def note_changes(
    store: Store, instance: str, place: str, streams: Iterable[str], *, at: datetime
) -> None:
    """Keep that something else than a read, such as a webhook, brought news of some streams."""
    with store.transaction(durable=False) as connection:
        connection.executemany(
            "UPDATE stream_read SET changed_at = ? WHERE instance = ? AND place = ? AND stream = ?",
            [(to_text(at), instance, place, stream) for stream in streams],
        )
