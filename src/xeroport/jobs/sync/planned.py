"""A sync that follows the plan of calls: what is read now, what is left, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from xeroport.catalogue import load
from xeroport.catalogue.reading import StreamReading, readings
from xeroport.destinations import Checkpoint
from xeroport.jobs.sync.plan import Decision, Seen, decide_all
from xeroport.jobs.sync.position import decode, plan_of
from xeroport.jobs.sync.report import StreamReport
from xeroport.store.stream_reads import StreamRead

ASKED = Decision(True, "asked for")
Pointers = Callable[[Mapping[str, StreamReading], datetime], set[str]]


@dataclass(slots=True)
class Planned:
    """The plan of one sync. `reads` are the last reads into this destination, `began` is our clock
    at its start, `pointers` finds the streams that new rows point into in vain."""

    began: datetime
    reads: Mapping[str, StreamRead] = field(default_factory=dict)
    everything: bool = False
    webhooks: bool = False
    pointers: Pointers = lambda _, __: set()

    def decide(
        self, streams: Mapping[str, object], held: Mapping[str, Checkpoint]
    ) -> dict[str, Decision]:
        """What to read at once: streams that were never read whole, and those that are due."""
        if self.everything:
            return dict.fromkeys(streams, ASKED)
        plan = {stream: readings()[stream] for stream in streams}
        seen = {stream: self._seen(stream, held.get(stream)) for stream in streams}
        return decide_all(plan, seen, self.began, webhooks=self.webhooks)

    def decide_again(
        self,
        left: Mapping[str, Decision],
        held: Mapping[str, Checkpoint],
        reports: Mapping[str, StreamReport],
    ) -> dict[str, Decision]:
        """What to read of the streams left, now that others have brought news."""
        news = {stream for stream, report in reports.items() if brought(report)}
        if not news:
            return dict(left)
        plan = {stream: readings()[stream] for stream in {*left, *reports}}
        seen = {stream: self._seen(stream, held.get(stream)) for stream in plan}
        for stream in news:
            seen[stream] = Seen(self.began, self.began)
        pointing = {stream: plan[stream] for stream in left if plan[stream].pointed_at_by}
        again = decide_all(
            plan,
            seen,
            self.began,
            pointed_at=self.pointers(pointing, self.began),
            webhooks=self.webhooks,
        )
        return {stream: again[stream] for stream in left}

    def kept(
        self, reports: Mapping[str, StreamReport], held: Mapping[str, Checkpoint]
    ) -> dict[str, StreamRead]:
        """The reads of this sync, for the next one to go by."""
        found = {}
        for stream, report in reports.items():
            if report.status != "done" or stream not in held:
                continue
            before = self.reads.get(stream)
            changed = before.changed_at if before else None
            if changed is None or brought(report):
                changed = self.began
            found[stream] = StreamRead(self.began, changed, held[stream].number)
        return found

    def _seen(self, stream: str, checkpoint: Checkpoint | None) -> Seen:
        """Nothing, unless the destination stands where the last read left it, or farther."""
        read = self.last_read(stream, checkpoint)
        if read is None or checkpoint is None or checkpoint.number < read.number:
            return Seen(None)
        position = decode(checkpoint.state)
        if position.full is not None or position.whole_at is None:
            return Seen(None)
        if position.plan != plan_of(_record(stream)):
            return Seen(None)
        return Seen(min(read.read_at, self.began), read.changed_at)

    def last_read(self, stream: str, checkpoint: Checkpoint | None) -> StreamRead | None:
        """The last read of a stream: what the store knows, or else the destination (a fleet's
        worker has no store)."""
        if self.reads or checkpoint is None:
            return self.reads.get(stream)
        position = decode(checkpoint.state)
        if position.read_at is None:
            return None
        return StreamRead(position.read_at, position.changed_at, checkpoint.number)


def _record(stream: str) -> str:
    endpoint = load().streams[stream]
    return str(endpoint.stream_record or endpoint.record)


def brought(report: StreamReport) -> bool:
    """Whether a read of a stream brought something that was new, changed or gone."""
    if report.mode == "delta":
        return bool(report.rows or report.tombstones)
    return bool(report.tombstones)


def leave(
    report: StreamReport, decision: Decision, checkpoint: Checkpoint, read: StreamRead
) -> None:
    """Fill in the report of a stream that is not read: how complete it is, and as of when."""
    position = decode(checkpoint.state)
    report.status = "current"
    report.why = decision.why
    report.complete = position.whole_at is not None
    report.proof = position.proof
    report.as_of = read.read_at.isoformat(timespec="seconds")
    report.due = decision.due.isoformat(timespec="seconds") if decision.due else None
    report.checkpoint = position.cursor.isoformat() if position.cursor else None
