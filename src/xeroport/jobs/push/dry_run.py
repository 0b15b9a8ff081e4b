"""What a push would send, call by call, without sending or enqueueing anything."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from xeroport.catalogue import load
from xeroport.jobs.push.report import (
    Preview,
    PushPlan,
    Result,
    SampleRequest,
    result_of,
    write_requests,
)
from xeroport.plurals import counted, word_for
from xeroport.records import targets
from xeroport.store.outbox import outbox
from xeroport.store.outbox.claims import fits
from xeroport.store.outbox.enqueuing import DueRecord
from xeroport.store.outbox.staging import Staging
from xeroport.xero.wire.parameters import target

FIRST = 20
MOST_HELD = 1_000
"""Records that are not sent again, each with its words."""
Show = Callable[[SampleRequest], None]
"""Takes each call of a dry run."""


def plan_of(
    calls: Iterable[SampleRequest],
    *,
    day_remaining: int | None,
    minute_limit: int,
    out: Path | None,
    show: Show,
) -> PushPlan:
    """The sum of the calls; each of them is shown and written to `out`, the `FIRST` are kept."""
    first: list[SampleRequest] = []
    number = records = 0

    def shown_requests() -> Iterator[SampleRequest]:
        nonlocal number, records
        for call in calls:
            number += 1
            records += call.records
            if number <= FIRST:
                first.append(call)
            show(call)
            yield call

    if out is not None:
        write_requests(out, shown_requests())
    else:
        deque(shown_requests(), maxlen=0)
    return PushPlan(records, number, day_remaining, minute_limit, tuple(first))


def preview_of(due: Iterable[DueRecord]) -> Preview:
    """What will really be sent, for a person to agree to."""
    preview = Preview()
    for item in due:
        endpoint = load().endpoint(item.send_by)
        record = targets.record_of(endpoint)
        preview.add(record, endpoint, targets.as_sent(item.body) if record is not None else {})
    return preview


@dataclass(frozen=True, slots=True)
class HeldBackRecords:
    """The records of a dry run that would not be sent, because the outbox has them already: how
    many by status, and those that are not in Xero, each with the words that kept it out."""

    counts: dict[str, int]
    settled: int
    results: tuple[Result, ...]

    def notes(self, instance: str) -> Iterator[str]:
        """Why they would not be sent, and what would send them."""
        rejected = self.counts.get("rejected", 0)
        ways = {
            "rejected": f"change {word_for(rejected, 'it', 'them')}, or "
            f"`xeroport outbox retry {instance}`",
            "unknown": f"see `xeroport outbox {instance} --status unknown`",
            "discarded": f"`xeroport outbox retry {instance} KEY` restores it",
        }
        for status, number in self.counts.items():
            what = counted(number, "record was", "records were")
            again = word_for(number, "is", "are")
            word = "of unknown outcome" if status == "unknown" else status
            yield f"{what} {word} before and {again} not sent again: {ways[status]}"
        if self.settled:
            settled = counted(self.settled, "record is", "records are")
            yield f"{settled} in Xero already, unchanged"


def held_back(staging: Staging) -> HeldBackRecords:
    """What the outbox keeps from being sent."""
    counts: Counter[str] = Counter()
    settled = 0
    results: list[Result] = []
    for delivery, was in outbox.results(staging):
        if was in ("rejected", "unknown", "discarded"):
            counts[was] += 1
            if len(results) < MOST_HELD:
                results.append(result_of(delivery, was))
        settled += was == "sent"
    return HeldBackRecords(dict(counts), settled, tuple(results))


def requests(due: Iterable[DueRecord]) -> Iterator[SampleRequest]:
    """The calls that carry these records, one at a time, batched as the push batches them."""
    for group in _groups(due):
        endpoint = load().endpoint(group[0].send_by)
        bodies = [each.body for each in group]
        sent = targets.compose(endpoint, bodies)
        shown = sent.body if sent.content_type is None else bodies[0]
        yield SampleRequest(
            endpoint.method,
            f"/api.xro/2.0{target(endpoint, json.loads(group[0].ids))}",
            len(group),
            len(sent.body),
            shown.decode(),
        )


def _groups(due: Iterable[DueRecord]) -> Iterator[list[DueRecord]]:
    group: list[DueRecord] = []
    size = most = 0
    for each in due:
        size += len(each.body)
        same = group and (each.send_by, each.ids) == (group[0].send_by, group[0].ids)
        if group and not (same and fits(len(group), size, min(most, each.batch_limit))):
            yield group
            group, size = [], len(each.body)
        if not group:
            capacity = targets.capacity(load().endpoint(each.send_by))
            most = min(capacity, each.batch_limit)
        group.append(each)
    if group:
        yield group
