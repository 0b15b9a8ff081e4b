"""What a sync did, per stream and in all: what is printed, saved and returned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from xeroport.plurals import counted
from xeroport.store.calls.waits import CallWait

Mode = Literal["full", "delta", "replay", "none"]
Status = Literal["done", "current", "incomplete", "not_allowed", "failed", "stopped", "running"]
"""`current`: not read, since the plan of calls has it due later; `incomplete`: read to its end,
but not proved to be all; `not_allowed`: the instance may not
read it; `stopped`: by the day limit or the user; the next sync continues."""


FINE = ("done", "current")

Outcome = Literal["running", "done", "partial", "failed", "stopped", "interrupted"]


class StreamReport(Struct):
    """One stream. `calls` are Xero's, `rows` are written rows per table, `keyless` are records
    without an id, kept whole among the rejects, `drift` is fields the
    catalogue does not know → records that have them (said once, not at every sync), `reshaped`
    those of them that it knows as another kind of value, `checkpoint` the moment (Xero's clock) up
    to which all changes are in, `as_of` our clock when the read began that it rests on, `why` it
    was read or left and `due` when it is read at the latest. `expected` says that a refusal
    is the rule (gated endpoints)."""

    stream: str
    mode: Mode = "none"
    status: Status = "running"
    calls: int = 0
    pages: int = 0
    pages_of: int | None = None
    records: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    rejected: int = 0
    keyless: int = 0
    tombstones: int = 0
    drift: dict[str, int] = field(default_factory=dict)
    reshaped: list[str] = field(default_factory=list)
    complete: bool = False
    proof: str = ""
    checkpoint: str | None = None
    as_of: str | None = None
    why: str | None = None
    due: str | None = None
    seconds: float = 0.0
    error: str | None = None
    hint: str | None = None
    missing_scope: str | None = None
    failure: str | None = None
    waiting: CallWait | None = None
    note: str | None = None
    resets_at: str | None = None
    expected: bool = False

    def __repr__(self) -> str:
        complete = ", complete" if self.complete else ""
        read = counted(self.records, "record")
        return f"<StreamReport of `{self.stream}`: {self.status}, {read}{complete}>"


class SyncReport(Struct):
    """One sync of one instance."""

    instance: str
    destination: str
    started_at: str
    status: Outcome = "running"
    exit_status: int = 0
    seconds: float = 0.0
    calls: int = 0
    retries: int = 0
    wire_bytes: int = 0
    body_bytes: int = 0
    waited_seconds: float = 0.0
    throttled: dict[str, int] = field(default_factory=dict)
    day_remaining: int | None = None
    minute_remaining: int | None = None
    records: int = 0
    rejected: int = 0
    tombstones: int = 0
    resets_at: str | None = None
    error: str | None = None
    hint: str | None = None
    streams: list[StreamReport] = field(default_factory=list)

    def __repr__(self) -> str:
        return (
            f"<SyncReport of `{self.instance}`: {self.status}, "
            f"{counted(len(self.streams), 'stream')}, {counted(self.records, 'record')}>"
        )

    @property
    def ok(self) -> bool:
        """Whether every stream is done, and every value in its column."""
        return self.exit_status == 0

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON and the run's record."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def add_up(report: SyncReport) -> None:
    """Fill in the sums over the streams, and the status that they come to."""
    report.records = sum(stream.records for stream in report.streams)
    report.rejected = sum(stream.rejected for stream in report.streams)
    report.tombstones = sum(stream.tombstones for stream in report.streams)
    report.resets_at = (
        max((stream.resets_at or "" for stream in report.streams), default="") or None
    )
    if report.status == "running":
        report.status, report.exit_status = _outcome(report)


def _outcome(report: SyncReport) -> tuple[Outcome, int]:
    asked = [stream for stream in report.streams if not stream.expected]
    counts = Counter(answer.status for answer in asked)
    if counts["stopped"]:
        return "stopped", 4
    if asked and all(answer.status == "not_allowed" for answer in asked):
        return "failed", 3
    if asked and all(answer.failure == "Unavailable" for answer in asked):
        return "failed", 5
    if report.rejected or any(answer.status not in FINE for answer in asked):
        return "partial", 1
    return "done", 0


def problems(streams: Iterable[StreamReport]) -> list[StreamReport]:
    """The streams a person should look at."""
    return [
        stream for stream in streams if stream.status not in (*FINE, "running") or stream.rejected
    ]
