"""What a schedule starts, by its kind: the same jobs that a person starts by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from xeroport.clock import Clock
from xeroport.errors import Busy
from xeroport.jobs.sync import sync_instance
from xeroport.jobs.triggers import Ended, Runner
from xeroport.store.database import Store
from xeroport.store.schedules import Schedule

SKIPPED = "skipped"


def all_runners(store: Store, clock: Clock, *, transport: Any = None) -> Mapping[str, Runner]:
    """Kind of schedule → what runs it."""

    async def sync(schedule: Schedule, due: datetime) -> Ended:
        wanted = schedule.arguments
        try:
            report = await sync_instance(
                store,
                schedule.target,
                streams=wanted.get("streams"),
                to=wanted.get("to"),
                clock=clock,
                transport=transport,
            )
        except Busy as busy:
            return Ended(SKIPPED, message=busy.message)
        return Ended(report.status, message=report.error or _failures(report.streams))

    return {"sync": sync}


def _failures(streams: Any) -> str | None:
    found = [f"{each.stream}: {each.error}" for each in streams if each.error and not each.expected]
    return "; ".join(found) or None
