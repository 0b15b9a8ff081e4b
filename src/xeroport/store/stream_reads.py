"""When each stream was last read into a destination: what the plan of calls goes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from xeroport.store.database import Store
from xeroport.store.instants import from_text, to_text

PUT = """
INSERT INTO stream_read (instance, place, stream, read_at, changed_at, number)
SELECT :instance, :place, :stream, :read_at, :changed_at, :number
WHERE EXISTS (SELECT 1 FROM instance WHERE name = :instance)
ON CONFLICT (instance, place, stream) DO UPDATE SET
  read_at = excluded.read_at, changed_at = excluded.changed_at, number = excluded.number
"""


@dataclass(frozen=True, slots=True)
class StreamRead:
    """The last read of a stream: when it began by our clock, the last time that a read brought
    something, and the destination's batch number then."""

    read_at: datetime
    changed_at: datetime | None
    number: int


def latest(store: Store, instance: str, place: str) -> dict[str, StreamRead]:
    """The last read of each stream of an instance into a destination."""
    rows = store.connection.execute(
        "SELECT stream, read_at, changed_at, number FROM stream_read "
        "WHERE instance = ? AND place = ?",
        (instance, place),
    )
    return {
        row["stream"]: StreamRead(
            datetime.fromisoformat(row["read_at"]),
            from_text(row["changed_at"]) if row["changed_at"] else None,
            row["number"],
        )
        for row in rows
    }


def remember(store: Store, instance: str, place: str, reads: Mapping[str, StreamRead]) -> None:
    """Keep the last reads of some streams, in one transaction."""
    if not reads:
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
                }
                for stream, read in reads.items()
            ],
        )
