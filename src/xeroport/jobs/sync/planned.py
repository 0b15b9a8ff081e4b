"""A sync that follows the plan of calls: what is read now, what is left, and what is kept of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from xeroport.catalogue import load
from xeroport.catalogue.fingerprints import fingerprint
from xeroport.catalogue.reading import readings
from xeroport.destinations import Checkpoint
from xeroport.jobs.sync.plan import Decision, StreamHistory, decide_all
from xeroport.jobs.sync.pointers import Ask, pointed_at
from xeroport.jobs.sync.position import decode
from xeroport.jobs.sync.report import StreamReport
from xeroport.store import logins
from xeroport.store.database import Store
from xeroport.store.instances import CONNECTION, Instance
from xeroport.store.stream_reads import StreamRead, StreamRefusal

ASKED = Decision(True, "asked for")
REFUSED_FOR = timedelta(days=1)
"""A refused stream is not asked for again before, unless the instance gets in otherwise."""


@dataclass(slots=True)
class Planned:
    """The plan of one sync. `reads` are the last reads into this destination, `began` is our clock
    at its start, `access` tells whether the instance gets in as it did when a stream was refused.
    `standing` becomes the checkpoints that the destination holds at the end."""

    began: datetime
    reads: Mapping[str, StreamRead] = field(default_factory=dict)
    everything: bool = False
    webhooks: bool = False
    access: str = ""
    standing: Mapping[str, Checkpoint] = field(default_factory=dict)

    def decide(
        self, streams: Mapping[str, object], held: Mapping[str, Checkpoint]
    ) -> dict[str, Decision]:
        """What to read at once: streams that were never read whole, and those that are due."""
        if self.everything:
            return dict.fromkeys(streams, ASKED)
        plan = {stream: readings()[stream] for stream in streams}
        seen = {stream: self._seen(stream, held.get(stream)) for stream in streams}
        decisions = decide_all(plan, seen, self.began, webhooks=self.webhooks)
        return decisions | self._refused(streams)

    def decide_again(
        self,
        left: Mapping[str, Decision],
        held: Mapping[str, Checkpoint],
        reports: Mapping[str, StreamReport],
        *,
        ask: Ask,
    ) -> dict[str, Decision]:
        """What to read of the streams left, now that others have brought news; `ask` asks the
        destination."""
        news = {stream for stream, report in reports.items() if brought(report)}
        if not news:
            return dict(left)
        plan = {stream: readings()[stream] for stream in {*left, *reports}}
        seen = {stream: self._seen(stream, held.get(stream)) for stream in plan}
        for stream in news:
            seen[stream] = StreamHistory(self.began, self.began)
        written = {table for report in reports.values() for table in report.rows}
        pointing = {stream: plan[stream] for stream in left if plan[stream].pointed_at_by}
        again = decide_all(
            plan,
            seen,
            self.began,
            pointed_at=pointed_at(pointing, since=self.began, written=written, ask=ask),
            webhooks=self.webhooks,
        )
        return {stream: again[stream] for stream in left} | self._refused(left)

    def reads_to_keep(self, reports: Mapping[str, StreamReport]) -> dict[str, StreamRead]:
        """The reads and refusals of this sync, for the next one to go by."""
        done = {}
        for stream, report in reports.items():
            if report.status == "not_allowed" and report.calls:
                refusal = StreamRefusal(
                    report.error or "", report.hint, report.missing_scope, self.access
                )
                done[stream] = StreamRead(self.began, None, 0, refusal)
            if report.status != "done" or stream not in self.standing:
                continue
            before = self.reads.get(stream)
            changed = before.changed_at if before else None
            if changed is None or brought(report):
                changed = self.began
            done[stream] = StreamRead(self.began, changed, self.standing[stream].number)
        return done

    def _refused(self, streams: Mapping[str, object]) -> dict[str, Decision]:
        """The streams that Xero refused a short while ago, to this very instance."""
        decisions = {}
        for stream in streams:
            read = self.reads.get(stream)
            if read is None or read.refusal is None or read.refusal.access != self.access:
                continue
            due = read.read_at + REFUSED_FOR
            if read.read_at <= self.began < due:
                decisions[stream] = Decision(False, "refused lately", due)
        return decisions

    def _seen(self, stream: str, checkpoint: Checkpoint | None) -> StreamHistory:
        """Nothing, unless the destination stands where the last read left it, or further."""
        read = self.reads.get(stream)
        if read is None or read.refusal or checkpoint is None or checkpoint.number < read.number:
            return StreamHistory(None)
        position = decode(checkpoint.state)
        if position.full is not None or position.whole_at is None:
            return StreamHistory(None)
        if position.plan != fingerprint(load().streams[stream].table_record):
            return StreamHistory(None)
        return StreamHistory(min(read.read_at, self.began), read.changed_at)


def access_of(store: Store, instance: Instance) -> str:
    """As what an instance gets in: another text after a change, a check or a new sign-in."""
    parts = [str(getattr(instance, name)) for name in (*CONNECTION, "checked_at")]
    if instance.login is not None:
        parts.append(str(logins.get(store, instance.login).signed_in_at))
    return hashlib.blake2b(msgspec.json.encode(parts), digest_size=8).hexdigest()


def brought(report: StreamReport) -> bool:
    """Whether a read of a stream brought something that was new, changed or gone. A list without
    pages is written only where it has changed; one of pages that is read again always is."""
    is_again = report.mode == "full" and report.pages_of is not None
    return bool(report.tombstones or (report.rows and not is_again))


def leave(
    report: StreamReport, decision: Decision, checkpoint: Checkpoint | None, read: StreamRead
) -> None:
    """Fill in the report of a stream that is not read: how complete it is, and as of when; or why
    Xero does not give it."""
    report.why = decision.why
    report.due = decision.due.isoformat(timespec="seconds") if decision.due else None
    if read.refusal is not None:
        report.status, report.missing_scope = "not_allowed", read.refusal.missing_scope
        report.error, report.hint = read.refusal.error, read.refusal.hint
        return
    assert checkpoint is not None
    position = decode(checkpoint.state)
    report.status = "current"
    report.complete = position.whole_at is not None
    report.proof = position.proof
    report.as_of = read.read_at.isoformat(timespec="seconds")
    report.checkpoint = position.cursor.isoformat() if position.cursor else None
