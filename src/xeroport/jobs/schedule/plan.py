"""The plan of calls of an instance: what its history says, and what the day allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from xeroport.catalogue.reading import StreamReading, readings
from xeroport.cron import next_due
from xeroport.errors import InputError
from xeroport.jobs.logins.app_plan import CORE, STARTER
from xeroport.jobs.schedule.words import how_often, interval_of
from xeroport.jobs.sync.calls_a_day import DAY, CallPlan, call_plan, nearest
from xeroport.plurals import counted
from xeroport.store import inbox, instances, runs
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store
from xeroport.store.schedules import Schedule


@dataclass(frozen=True, slots=True)
class InstancePlan:
    """What a schedule of an instance costs. `limit_known`: Xero has said more than Starter allows;
    `nearest` is the shortest interval that fits, None if none does."""

    instance: str
    plan: CallPlan
    day_limit: int
    limit_known: bool
    webhooks: bool
    nearest: timedelta | None

    @property
    def fits(self) -> bool:
        """Whether the day's calls suffice."""
        return self.plan.fits(self.day_limit)

    @property
    def problem(self) -> InputError:
        """What to say where they do not suffice, with the nearest interval that fits."""
        return InputError(
            f"a sync {how_often(self.plan.every)} takes {counted(self.plan.calls, 'call')} a "
            f"day of {self.day_limit:,}",
            hint="sync fewer streams"
            if self.nearest is None
            else f"{how_often(self.nearest)} fits",
        )

    @property
    def share(self) -> float:
        """The share of the day's calls that it takes."""
        return self.plan.calls / self.day_limit


def plan_for(
    store: Store,
    name: str,
    every: timedelta,
    *,
    streams: Iterable[str] = (),
    day_limit: int | None = None,
    webhooks: bool | None = None,
) -> InstancePlan:
    """The plan of a sync of an instance every so often; UnknownName if there is no such instance.

    `webhooks` None: whether a signing key is kept. `day_limit` None: what Xero's replies say.
    """
    instance = instances.get(store, name)
    wanted = set(streams)
    chosen = {s: r for s, r in readings().items() if not wanted or s in wanted}
    covered = inbox.has_key(store, name) if webhooks is None else webhooks
    left = instances.budgets_of(Calls(store.home), instance).state().day_remaining
    known = left is not None and left > STARTER
    limit = day_limit or (CORE if known else STARTER)
    pages = calls_of_full_reads(store, name, chosen)
    return InstancePlan(
        instance=name,
        plan=call_plan(chosen, every, pages=pages, webhooks=covered),
        day_limit=limit,
        limit_known=known or day_limit is not None,
        webhooks=covered,
        nearest=nearest(chosen, limit, pages=pages, webhooks=covered),
    )


def plan_of(store: Store, schedule: Schedule, now: datetime) -> InstancePlan | None:
    """What a schedule of a sync costs; None for one of another kind."""
    if schedule.kind != "sync":
        return None
    every = interval_on_busiest_day(schedule.cron, schedule.time_zone, now)
    return plan_for(store, schedule.target, every, streams=schedule.arguments.get("streams") or ())


def upcoming(schedule: Schedule, count: int = 3) -> tuple[datetime, ...]:
    """The next times of a schedule (UTC), the one that it waits for first."""
    times = [schedule.next_due]
    while len(times) < count:
        times.append(next_due(schedule.cron, time_zone=schedule.time_zone, after=times[-1]))
    return tuple(times)


def interval_on_busiest_day(cron: str, time_zone: str, now: datetime) -> timedelta:
    """The time between two runs of a cron expression; of an irregular one the average of the day
    of the coming week that has most."""
    regular = interval_of(cron)
    if regular is not None:
        return regular
    zone, times, moment = ZoneInfo(time_zone), [], now
    while (moment := next_due(cron, time_zone=time_zone, after=moment)) < now + 7 * DAY:
        times.append(moment)
    days = (len(list(runs)) for _, runs in groupby(times, lambda t: t.astimezone(zone).date()))
    return DAY / max(days, default=1)


def calls_of_full_reads(
    store: Store, name: str, chosen: dict[str, StreamReading]
) -> dict[str, int]:
    """Calls that the latest full read of each stream took, as far as runs are kept."""
    known: dict[str, int] = {}
    for run in runs.recent(store, instance=name, limit=50):
        rows: list[dict[str, Any]] = run.report.get("streams") or [] if run.job == "sync" else []
        for row in rows:
            stream = str(row.get("stream"))
            if stream in chosen and row.get("mode") == "full" and row.get("calls"):
                known.setdefault(stream, int(row["calls"]))
    return known
