"""Which streams a sync reads: pure decisions on what each stream is like and when it was read.

A stream may be left alone only for a time that the plan names; the report says as of when it is.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from xeroport.catalogue.reading import StreamReading

IDLE_SHARE = 24
"""A quiet stream is asked again after this share of the time for which nothing has changed."""

Why = Literal[
    "asked for",
    "first read",
    "interrupted",
    "changes",
    "old enough",
    "pointed at",
    "something posted",
    "read lately",
    "quiet",
    "webhooks tell",
    "nothing posted",
    "refused lately",
]


@dataclass(frozen=True, slots=True)
class StreamHistory:
    """What is known of a stream from earlier syncs into the same destination.

    `read_at`: when its last whole reading or delta began (None: never, or it was cut off);
    `changed_at`: the last time a read brought a record that was new or changed.
    """

    read_at: datetime | None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a stream is read now, why, and when it is due at the latest if it is not."""

    read: bool
    why: Why
    due: datetime | None = None


NEVER = StreamHistory(None)


def decide(
    reading: StreamReading,
    seen: StreamHistory,
    now: datetime,
    *,
    posted_at: datetime | None = None,
    pointed_at: bool = False,
    webhooks: bool = False,
) -> Decision:
    """Whether a stream is due.

    `posted_at` is when something that posts last changed (for reports), `pointed_at` says that a
    new row names a record that the stream does not hold, `webhooks` that Xero's own news arrive.
    """
    if seen.read_at is None:
        return Decision(True, "first read")
    if pointed_at:
        return Decision(True, "pointed at")
    if reading.how == "changes":
        return _changes(reading, seen, seen.read_at, now, webhooks=webhooks)
    at_latest = _after(seen.read_at, reading.at_latest)
    if at_latest is not None and at_latest <= now:
        return Decision(True, "old enough")
    if reading.how != "report":
        return Decision(False, "read lately", at_latest)
    if not reading.most_often or posted_at is None or posted_at <= seen.read_at:
        return Decision(False, "nothing posted", at_latest)
    soonest = _after(seen.read_at, reading.most_often)
    if soonest is not None and soonest > now:
        return Decision(False, "read lately", soonest)
    return Decision(True, "something posted")


def _changes(
    reading: StreamReading, seen: StreamHistory, read_at: datetime, now: datetime, *, webhooks: bool
) -> Decision:
    if webhooks and reading.webhook is not None:
        due = _after(read_at, reading.webhook)
        if due is not None and due > now:
            return Decision(False, "webhooks tell", due)
    elif reading.quiet is not None and seen.changed_at is not None:
        idle = (now - seen.changed_at) / IDLE_SHARE
        due = read_at + min(idle, timedelta(hours=reading.quiet))
        if due > now:
            return Decision(False, "quiet", due)
    return Decision(True, "changes")


def posted_at(
    readings: Mapping[str, StreamReading], seen: Mapping[str, StreamHistory]
) -> datetime | None:
    """When something that posts last changed, as far as the syncs know."""
    moments = [
        seen[stream].changed_at
        for stream, reading in readings.items()
        if reading.posts and stream in seen
    ]
    return max((moment for moment in moments if moment is not None), default=None)


def decide_all(
    readings: Mapping[str, StreamReading],
    seen: Mapping[str, StreamHistory],
    now: datetime,
    *,
    pointed_at: Container[str] = (),
    webhooks: bool = False,
) -> dict[str, Decision]:
    """The decision for every stream, by name; reports go by what is known before the sync."""
    posted = posted_at(readings, seen)
    return {
        stream: decide(
            reading,
            seen.get(stream, NEVER),
            now,
            posted_at=posted,
            pointed_at=stream in pointed_at,
            webhooks=webhooks,
        )
        for stream, reading in readings.items()
    }


def longest_wait(reading: StreamReading, every: timedelta, *, webhooks: bool = False) -> timedelta:
    """How old a stream may become when a planned sync runs every so often."""
    if reading.how == "changes":
        hours = reading.webhook if webhooks and reading.webhook else reading.quiet
    else:
        hours = reading.at_latest
    return every + timedelta(hours=hours or 0)


def _after(moment: datetime, hours: float | None) -> datetime | None:
    return None if hours is None else moment + timedelta(hours=hours)
