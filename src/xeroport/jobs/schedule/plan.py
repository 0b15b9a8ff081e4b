"""The plan of calls of an instance: what its history says, and what the day allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from xeroport.catalogue.reading import StreamReading, readings
from xeroport.jobs.logins.app_plan import CORE, STARTER
from xeroport.jobs.sync.calls_a_day import CallPlan, call_plan, nearest
from xeroport.store import inbox, instances, runs
from xeroport.store.calls import budgets
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store


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
    left = budgets.of_instance(Calls(store.home), instance).state().day_remaining
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
