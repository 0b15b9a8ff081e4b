"""What a planned sync costs: calls a day by stream, and how old each stream becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from xeroport.catalogue.reading import How, StreamReading
from xeroport.jobs.sync.plan import longest_wait
from xeroport.jobs.sync.proof import FULL_EVERY

DAY = timedelta(days=1)
INTERVALS = tuple(
    timedelta(minutes=minutes)
    for minutes in (5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440)
)
"""Intervals that a schedule can keep in whole parts of an hour or a day."""

SPARE = 0.9
"""The share of the day's calls that a plan may use: the rest is for pushes, pages and re-reads."""


@dataclass(frozen=True, slots=True)
class StreamCalls:
    """One stream in a plan: how it is read, calls a day, and its greatest age."""

    stream: str
    how: How
    calls: float
    oldest: timedelta


@dataclass(frozen=True, slots=True)
class CallPlan:
    """The plan of one schedule; `full_reads` is the calls a day for reading everything again."""

    every: timedelta
    streams: tuple[StreamCalls, ...]
    full_reads: float

    @property
    def calls(self) -> int:
        """Calls a day, rounded up."""
        return -int(-(sum(row.calls for row in self.streams) + self.full_reads) // 1)

    def fits(self, day_limit: int) -> bool:
        """Whether the plan leaves something of the day's calls."""
        return self.calls <= day_limit * SPARE


def call_plan(
    readings: Mapping[str, StreamReading],
    every: timedelta,
    *,
    pages: Mapping[str, int] | None = None,
    webhooks: bool = False,
) -> CallPlan:
    """What a sync every so often costs a day, at most.

    `pages` is the calls that reading a stream whole takes (1 where it is not known).
    """
    whole = pages or {}
    rows = tuple(
        StreamCalls(
            stream,
            reading.how,
            _reads_a_day(reading, every, webhooks=webhooks)
            * (1 if reading.how == "changes" else whole.get(stream, 1)),
            longest_wait(reading, every, webhooks=webhooks),
        )
        for stream, reading in readings.items()
    )
    changing = (stream for stream, reading in readings.items() if reading.how == "changes")
    return CallPlan(every, rows, sum(whole.get(stream, 1) for stream in changing) / FULL_EVERY)


def nearest(
    readings: Mapping[str, StreamReading],
    day_limit: int,
    *,
    pages: Mapping[str, int] | None = None,
    webhooks: bool = False,
) -> timedelta | None:
    """The shortest interval whose plan fits the day's calls; None if not even one a day does."""
    for every in INTERVALS:
        plan = call_plan(readings, every, pages=pages, webhooks=webhooks)
        if plan.fits(day_limit):
            return every
    return None


def _reads_a_day(reading: StreamReading, every: timedelta, *, webhooks: bool) -> float:
    """At most: a stream that is quiet costs less."""
    runs = DAY / every
    if reading.how == "changes":
        hours = reading.webhook if webhooks else None
    elif reading.how == "report" and reading.most_often:
        hours = reading.most_often
    else:
        hours = reading.at_latest
    return runs if hours is None else min(runs, 24 / hours)
