"""Flows that webhooks feed: run when there is news for them, besides any schedule they have."""

from __future__ import annotations

import logging
from datetime import datetime

from xeroport.errors import Busy, InputError, XeroportError
from xeroport.jobs.flow.run import load_flow, run_flow
from xeroport.jobs.flow.sources import reader_of
from xeroport.store import flows, inbox
from xeroport.store.database import Store

log = logging.getLogger(__name__)


def fed_by(store: Store, instance: str | None = None) -> list[str]:
    """The enabled flows that webhooks feed, of all instances or of one."""
    feeding = []
    for flow_saved in flows.all_flows(store):
        try:
            source = load_flow(flow_saved).source
        except InputError:
            continue
        if flow_saved.enabled and source.kind == "webhooks" and instance in (None, source.instance):
            feeding.append(flow_saved.name)
    return feeding


def with_news(store: Store) -> list[str]:
    """The enabled flows that have unread events, or records still to deliver."""
    found = []
    for name in fed_by(store):
        flow = load_flow(flows.get(store, name))
        open_ones = flows.counts(store, name)
        is_open = any(step.get("ready") or step.get("queued") for step in open_ones.values())
        if is_open or inbox.unread(store, flow.source.instance or "", reader_of(name), 1):
            found.append(name)
    return found


async def run_told(store: Store, *, due: datetime | None = None) -> list[str]:
    """Run every flow that webhooks have news for; the names of those that ended well."""
    done = []
    for name in with_news(store):
        try:
            report = await run_flow(store, name, due=due, gaps=False)
        except Busy:
            continue
        except XeroportError as error:
            log.warning("the flow `%s` will be run again later: %s", name, error.message)
            continue
        if report.message:
            log.warning("the flow `%s`: %s", name, report.message)
        if report.status == "done":
            done.append(name)
    return done
