"""Keeping flows: adding, replacing, enabling and removing them together with their schedules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xeroport.errors import InputError, UnknownName
from xeroport.jobs.flow.definition import Flow, Target
from xeroport.jobs.flow.into_http import safe
from xeroport.jobs.flow.run import load_flow, time_zone_of
from xeroport.jobs.flow.sources import reader_of
from xeroport.store import flows, inbox, runs, schedules
from xeroport.store.database import Store
from xeroport.store.flows import FlowRecord


@dataclass(frozen=True, slots=True)
class FlowAddition:
    """What adding a flow did."""

    name: str
    replaced: bool
    afresh: bool
    next_due: datetime | None

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


def schedule_name(flow: str) -> str:
    """The name of a flow's schedule: no instance has one like it."""
    return f"flow/{flow}"


def keep(store: Store, text: str, flow: Flow, *, now: datetime) -> FlowAddition:
    """Keep a flow that was checked. With another source it starts again; what was delivered is
    still known by its key."""
    name = flow.name
    before: Flow | None = None
    replaced = True
    try:
        before = load_flow(flows.get(store, name))
    except UnknownName:
        replaced = False
    except InputError:
        before = None
    afresh = before is not None and before.source != flow.source
    flows.put(store, name, text, folder=str(flow.folder), now=now, afresh=afresh)
    due = None
    if flow.schedule is not None:
        due = schedules.put(
            store,
            schedule_name(name),
            kind="flow",
            target=name,
            cron=flow.schedule,
            time_zone=time_zone_of(store, flow),
            now=now,
            notify=flow.notify,
        ).next_due
        if not flows.get(store, name).enabled:
            schedules.pause(store, schedule_name(name))
    else:
        _unschedule(store, name)
    return FlowAddition(name, replaced, afresh, due)


def set_enabled(store: Store, name: str, enabled: bool, now: datetime) -> None:
    """Let a flow run, or not; its schedule continues from the next due time."""
    flows.enable(store, name, enabled)
    if schedules.find(store, schedule_name(name)) is not None:
        if enabled:
            schedules.resume(store, schedule_name(name), now)
        else:
            schedules.pause(store, schedule_name(name))


def refused_of(store: Store, name: str, limit: int, *, now: datetime) -> tuple[FlowRecord, ...]:
    """What no target took, after a look at what became of it in the outbox."""
    flows.get(store, name)
    with store.transaction(durable=False) as connection:
        for step in flows.counts(store, name):
            flows.follow(connection, name, step, now)
    return flows.refused(store, name, limit)


def forget(store: Store, name: str) -> None:
    """Remove a flow, its schedule, and its place in the inboxes of webhooks."""
    flows.remove(store, name)
    _unschedule(store, name)
    inbox.forget_reader(store, reader_of(name))


def overview(store: Store) -> list[dict[str, Any]]:
    """Every flow with its way, its schedule, its counts over all steps, and its last run."""
    planned = {schedule.name: schedule for schedule in schedules.all_schedules(store)}
    overviews = []
    for flow_saved in flows.all_flows(store):
        counts: dict[str, int] = {}
        for step in flows.counts(store, flow_saved.name).values():
            for status, number in step.items():
                counts[status] = counts.get(status, 0) + number
        last = flows.runs_of(store, flow_saved.name, 1)
        schedule = planned.get(schedule_name(flow_saved.name))
        way: tuple[str, list[str]] = ("?", [])
        try:
            flow = load_flow(flow_saved)
            way = (source_text(flow), [target_text(step.target) for step in flow.steps])
        except InputError:
            pass
        overviews.append(
            {
                "name": flow_saved.name,
                "enabled": flow_saved.enabled,
                "from": way[0],
                "to": way[1],
                "schedule": schedule.cron if schedule else None,
                "next_due": schedule.next_due if schedule and not schedule.paused else None,
                "delivered": counts.get("sent", 0),
                "open": sum(counts.get(status, 0) for status in ("ready", "queued", "waiting")),
                "refused": counts.get("refused", 0) + counts.get("unknown", 0),
                "last": runs.get(store, last[0]).status if last else None,
            }
        )
    return overviews


def source_text(flow: Flow) -> str:
    """Where a flow reads, in a few words."""
    source = flow.source
    if source.kind == "xero":
        return f"{source.instance} {source.endpoint}"
    if source.kind == "webhooks":
        return f"{source.instance} webhooks of {source.webhooks}"
    return source.files or "SQL"


def target_text(target: Target) -> str:
    """Where a step writes, in a few words."""
    if target.kind == "xero":
        return f"{target.instance} {target.endpoint}"
    if target.kind == "http":
        return safe(target.url or "")
    return f"table {target.table}" if target.kind == "table" else target.file or ""


def _unschedule(store: Store, name: str) -> None:
    if schedules.find(store, schedule_name(name)) is not None:
        schedules.remove(store, schedule_name(name))
