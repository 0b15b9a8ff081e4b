"""What a schedule starts, by its kind: the same jobs that a person starts by hand."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from xeroport.destinations import settled, shown
from xeroport.errors import Busy, XeroportError
from xeroport.jobs.flow.run import run_flow
from xeroport.jobs.ledger import ledger_instance
from xeroport.jobs.schedule import polling
from xeroport.jobs.schedule.scheduler import RunEnding, Runner
from xeroport.jobs.sync.run import sync_instance
from xeroport.store import sealed
from xeroport.store.database import Store
from xeroport.store.schedules import SKIPPED, Schedule

Plain = dict[str, Any]


def sync_arguments(
    store: Store,
    instance: str,
    *,
    streams: Sequence[str] = (),
    to: str | None = None,
    ledger: bool = False,
) -> Plain:
    """What a scheduled sync is kept with. A destination is made independent of the folder it was
    named in, and sealed if there is a password in it; InputError if it is none."""
    kept: Plain = {"streams": list(streams)} if streams else {}
    if ledger:
        kept["ledger"] = True
    if to is not None:
        url = settled(to)
        kept["to"] = shown(url)
        if shown(url) != url:
            sealed_url = store.vault.seal(url, bound_to=sealed.scheduled_place(instance))
            kept["sealed_to"] = base64.b64encode(sealed_url).decode()
    return kept


def all_runners(store: Store, *, to: str | None = None) -> Mapping[str, Runner]:
    """Kind of schedule → what runs it; `to` is the destination of what webhooks report."""

    async def sync(schedule: Schedule, due: datetime) -> RunEnding:
        wanted = schedule.arguments
        kept: list[int] = []
        try:
            report = await sync_instance(
                store,
                schedule.target,
                streams=wanted.get("streams"),
                to=_destination(store, schedule.target, wanted),
                fresh=False,
                started=kept.append,
            )
            if wanted.get("ledger"):
                await ledger_instance(
                    store, schedule.target, to=_destination(store, schedule.target, wanted)
                )
        except Busy as busy:
            return RunEnding(SKIPPED, message=busy.message)
        except XeroportError as error:
            return RunEnding("failed", kept[0] if kept else None, error.message)
        return RunEnding(report.status, kept[0], report.error or _failures(report.streams))

    async def flow(schedule: Schedule, due: datetime) -> RunEnding:
        try:
            report = await run_flow(store, schedule.target, due=due)
        except Busy as busy:
            return RunEnding(SKIPPED, message=busy.message)
        return RunEnding(report.status, report.run, report.message)

    async def poll(schedule: Schedule, due: datetime) -> RunEnding:
        return await polling.poll(store, schedule.target, due, to=to)

    return {"sync": sync, "flow": flow, "poll": poll}


def _destination(store: Store, instance: str, wanted: Mapping[str, Any]) -> str | None:
    if sealed_url := wanted.get("sealed_to"):
        bound_to = sealed.scheduled_place(instance)
        return store.vault.unseal(base64.b64decode(sealed_url), bound_to=bound_to).reveal()
    return wanted.get("to")


def _failures(streams: Any) -> str | None:
    failures = [
        f"{stream.stream}: {stream.error}"
        for stream in streams
        if stream.error and not stream.expected
    ]
    return "; ".join(failures) or None
