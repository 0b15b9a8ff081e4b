"""What a sync did, per stream and in all: what is printed, saved and returned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

Mode = Literal["full", "delta", "replay", "none"]
Outcome = Literal["done", "incomplete", "not_allowed", "failed", "stopped", "running"]
"""`incomplete`: read to its end, but not proved to be all; `not_allowed`: the instance may not
read it; `stopped`: by the day limit or the user, to be gone on with."""


class StreamReport(Struct):
    """One stream. `calls` are Xero's, `rows` are written rows per table, `drift` is fields the
    catalogue does not know → records that have them, `checkpoint` the moment (Xero's clock) up to
    which all changes are in. `expected` says that a refusal is the rule (gated endpoints)."""

    stream: str
    mode: Mode = "none"
    status: Outcome = "running"
    calls: int = 0
    pages: int = 0
    pages_of: int | None = None
    records: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    rejected: int = 0
    tombstones: int = 0
    drift: dict[str, int] = field(default_factory=dict)
    complete: bool = False
    proof: str = ""
    checkpoint: str | None = None
    seconds: float = 0.0
    error: str | None = None
    hint: str | None = None
    missing_scope: str | None = None
    expected: bool = False


class SyncReport(Struct):
    """One sync of one instance."""

    instance: str
    destination: str
    started_at: str
    status: Literal["running", "done", "partial", "failed", "stopped", "interrupted"] = "running"
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

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON and the run's record."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def add_up(report: SyncReport) -> None:
    """Fill in the sums over the streams, and the status that they come to."""
    report.records = sum(each.records for each in report.streams)
    report.rejected = sum(each.rejected for each in report.streams)
    report.tombstones = sum(each.tombstones for each in report.streams)
    counts = Counter(each.status for each in report.streams if not each.expected)
    if report.status != "running":
        return
    if report.exit_status:
        report.status = "failed"
    elif counts["stopped"]:
        report.status, report.exit_status = "stopped", 4
    elif report.rejected or any(counts[each] for each in ("failed", "not_allowed", "incomplete")):
        report.status, report.exit_status = "partial", 1
    else:
        report.status = "done"


def problems(streams: Iterable[StreamReport]) -> list[StreamReport]:
    """The streams a person should look at."""
    return [each for each in streams if each.status not in ("done", "running") or each.rejected]
