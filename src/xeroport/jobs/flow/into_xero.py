"""A flow's way into Xero: checked like a push, enqueued with the checkpoint, delivered once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xeroport.catalogue import Catalogue, Endpoint, load
from xeroport.delivery.send import Sender
from xeroport.jobs.flow.context import FlowContext
from xeroport.jobs.flow.definition import Flow, Step
from xeroport.records import from_rows as shape
from xeroport.records import targets
from xeroport.records.checks import Checker
from xeroport.records.column_paths import Plan, plan_for
from xeroport.records.field_checks import UUID
from xeroport.records.findings import Finding
from xeroport.records.readings import Readings
from xeroport.rows.source import Row, Source
from xeroport.store import flows, instances
from xeroport.store.database import Store
from xeroport.store.flows import Status
from xeroport.store.outbox import enqueuing, outbox
from xeroport.store.outbox.enqueuing import Revise
from xeroport.store.outbox.staging import Draft, Staging
from xeroport.xero.client import open_client
from xeroport.xero.health import learn_organisation
from xeroport.xero.wire.encode import encode

KEY = "_key"
CHANGED = "the record changed, and the flow's `on_change` is `refuse`"
THERE = 'already in Xero; the change was left out, as `on_change = "keep"` says'


@dataclass(frozen=True, slots=True)
class FlowDocument:
    """What goes to Xero of one record; `problems` are why nothing does."""

    body: str
    ids: str
    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()


class Shaper:
    """Mapped rows of one key → one record as Xero takes it, checked."""

    def __init__(self, step: Step, *, date_format: str) -> None:
        self.instance = step.target.instance or ""
        self.catalogue: Catalogue = load()
        self.endpoint = targets.writable(step.target.endpoint or "")
        self.record = targets.record_of(self.endpoint)
        self._checker = Checker(self.endpoint, readings=Readings(date_format))
        self._columns = (KEY, *(name for name in step.fields if name != KEY))
        self.plan: Plan = plan_for(
            Source("flow", iter(()), self._columns), self.endpoint, key=(KEY,)
        )

    def shaped(self, key: str, rows: Sequence[Mapping[str, Any]]) -> FlowDocument:
        """The document of the rows that share a key."""
        source_rows = [
            Row(number, {KEY: key, **{n: row.get(n) for n in self._columns[1:]}})
            for number, row in enumerate(rows, start=1)
        ]
        source = Source("flow", iter(source_rows), self._columns)
        *_, document = shape.documents(source, self.plan)
        problems = [problem.message for problem in document.problems]
        for name, value in document.ids.items():
            if self.endpoint.by_name[name].type == "uuid" and not UUID.fullmatch(value):
                problems.append(f"`{value}` is not an id of Xero's, for `{name}`")
        values, problems_of = self._checker.record_of(document.values, document.ids)
        problems += [
            _said(problem, self.instance) for problem in problems_of if problem.level == "error"
        ]
        ids = json.dumps(document.ids, sort_keys=True) if document.ids else "{}"
        warnings = tuple(
            _said(problem, self.instance) for problem in problems_of if problem.level != "error"
        )
        return FlowDocument(encode(values).decode(), ids, tuple(problems), warnings)


def _said(finding: Finding, instance: str) -> str:
    """What is wrong, and where; a flow reads dates as the instance that it writes to says."""
    where = ".".join(str(part) for part in finding.path)
    said = finding.hint
    if finding.asks == "dates":
        said = f"set how: `xeroport instance edit {instance} --date-format DD/MM/YYYY`"
    hint = f" ({said})" if said else ""
    return f"{where}: {finding.message}{hint}" if where else f"{finding.message}{hint}"


def outbox_key(flow: Flow, number: int, key: str) -> str:
    """The key by which the outbox knows a step's record: no other flow or push has the same.

    It stays the same when steps are put in between; only steps into one endpoint are counted.
    """
    target = flow.steps[number].target
    same = [
        step
        for step in flow.steps[:number]
        if (step.target.instance, step.target.endpoint) == (target.instance, target.endpoint)
    ]
    return f"{flow.name}#{len(same)}:{key}" if same else f"{flow.name}:{key}"


def enqueue(
    connection: sqlite3.Connection, context: FlowContext, number: int, now: datetime
) -> None:
    """Put a step's `ready` records into the outbox, inside the caller's transaction.

    A changed record whose earlier version is still under way stays `ready`; it knows the delivery
    that has to come to its end first.
    """
    store, flow = context.store, context.flow
    ready = flows.ready(store, flow.name, number)
    if not ready:
        return
    target = flow.steps[number].target
    endpoint = targets.writable(target.endpoint or "")
    staging = Staging(store, file=f"flow {flow.name}")
    keys = {
        outbox_key(flow, number, ready_delivery.key): ready_delivery.key for ready_delivery in ready
    }
    try:
        for ready_delivery in ready:
            body = (ready_delivery.body or "{}").encode()
            staging.add(
                Draft(outbox_key(flow, number, ready_delivery.key), body, ready_delivery.ids)
            )
        revise, why = _revision(endpoint, target.on_change)
        enqueuing.enqueue(
            connection,
            staging,
            instance=target.instance or "",
            endpoint=endpoint.name,
            now=now.timestamp(),
            revise=revise,
        )
        for delivery, was in list(outbox.results(staging)):
            became = _status_after(was, target.on_change, why)
            if was == "rejected" and outbox.retry_within(connection, delivery):
                became = ("queued", "")
            status, message = became
            flows.queued(
                connection,
                flow.name,
                number,
                keys[delivery.key],
                status=status,
                delivery=None if status == "refused" and message else delivery.id,
                messages=[message] if message else delivery.messages,
                now=now,
            )
    finally:
        staging.close()


def _status_after(was: str, on_change: str, why: str) -> tuple[Status, str]:
    """What enqueueing made of a record, by what the outbox said, and why."""
    if was in ("new", "corrected", "revised", "pending", "claimed", "rejected", "unknown"):
        return "queued", ""
    if was == "sent":
        return "sent", ""
    if was == "discarded":
        return "refused", ""
    if was in ("changed claimed", "changed unknown"):
        return "ready", ""
    if on_change == "keep":
        return "sent", THERE
    return "refused", why


def _revision(endpoint: Endpoint, on_change: str) -> tuple[Revise | None, str]:
    """How changes are sent; None with the reason where they are not."""
    if on_change != "update":
        return None, CHANGED
    if targets.changing(endpoint) is None and not targets.repeatable(endpoint, b"{}"):
        return None, f"the record changed, and {targets.unchangeable(endpoint)}"
    return (lambda draft, xero_id: targets.revision(endpoint, draft, xero_id)), ""


async def learn_organisations(context: FlowContext) -> None:
    """Know which organisations a flow writes to before anything is enqueued for them."""
    names = {step.target.instance for step in context.flow.steps if step.target.kind == "xero"}
    for name in sorted(name for name in names if name):
        await learn_organisation(context.store, name)


async def to_xero(context: FlowContext, number: int) -> None:
    """Deliver into Xero; once more where a change had to wait for its earlier version to arrive."""
    store, flow = context.store, context.flow
    for _ in range(2):
        with store.transaction() as connection:
            enqueue(connection, context, number, context.store.clock.now())
            flows.adopt(connection, flow.name, number, context.run)
        await _deliver(context, number)
        if not flows.ready(store, flow.name, number):
            return


async def _deliver(context: FlowContext, number: int) -> None:
    """Deliver what a step has in the outbox; what stopped it raises, all of it resumable."""
    store, flow = context.store, context.flow
    target = flow.steps[number].target
    name = target.instance or ""
    _follow(store, flow.name, number)
    waiting = flows.undelivered(store, flow.name, number)
    if not waiting:
        return
    staging = Staging(store, file=f"flow {flow.name}")
    try:
        for delivery, key in waiting:
            staging.want(delivery, outbox_key(flow, number, key))
        async with open_client(store, name) as client:
            endpoint = targets.writable(target.endpoint or "").name
            sender = Sender(client, store, staging, endpoint, run=context.run)
            await sender.deliver()
    finally:
        _follow(store, flow.name, number)
        staging.close()


def _follow(store: Store, name: str, number: int) -> None:
    with store.transaction() as connection:
        flows.follow(connection, name, number, store.clock.now())


def date_format(store: Store, step: Step) -> str:
    """The date format of the instance that a step writes to."""
    return instances.get(store, step.target.instance or "").date_format
