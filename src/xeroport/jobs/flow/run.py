"""One run of a flow: take in what its source has, deliver what is on its way, say how it went.

A run that dies anywhere leaves rows from which the next continues: what was taken in is delivered,
what was not is read again. A source that fails holds up no delivery.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from xeroport.dates import to_date, to_instant
from xeroport.errors import InputError, XeroportError
from xeroport.jobs import run_log
from xeroport.jobs.flow import definition as file
from xeroport.jobs.flow import into_file, into_http, into_xero, lookups, sources
from xeroport.jobs.flow.context import FlowContext
from xeroport.jobs.flow.definition import Flow, TargetKind
from xeroport.jobs.flow.intake import Intake
from xeroport.jobs.flow.into_table import to_table
from xeroport.jobs.flow.report import FlowReport, tell_end
from xeroport.jobs.flow.sources import SourceRead
from xeroport.jobs.ledger import ledger_instance
from xeroport.jobs.sync.position import OVERLAP
from xeroport.store import flows, instances, leases, runs
from xeroport.store.database import Store
from xeroport.store.flows import SavedFlow

log = logging.getLogger(__name__)


def load_flow(kept: SavedFlow) -> Flow:
    """The flow of a kept document; InputError where it is not one (any more)."""
    flow, faults = file.parse(kept.document, name=kept.name, folder=Path(kept.folder))
    if flow is None or faults:
        raise InputError(
            f"`{kept.name}`: {faults[0].text()}", hint="correct the file and `flow add` it again"
        )
    return flow


def time_zone_of(store: Store, flow: Flow) -> str:
    """The flow's own time zone, else that of its source's or target's instance, else UTC."""
    name = None if flow.time_zone else _instance_of(flow)
    return flow.time_zone or (instances.get(store, name).time_zone if name else "UTC")


def _instance_of(flow: Flow) -> str:
    names = [flow.source.instance, *(step.target.instance for step in flow.steps)]
    return next((name for name in names if name), "")


async def run_flow(
    store: Store,
    name: str,
    *,
    due: datetime | None = None,
    since: str | None = None,
    gaps: bool = True,
) -> FlowReport:
    """Run a flow once. `due` is what relative dates count from. Where webhooks feed it, Xero is
    also asked for what they did not report, unless `gaps` is False. Busy while it runs
    elsewhere."""
    kept = flows.get(store, name)
    name = kept.name
    if not kept.enabled:
        raise InputError(f"`{name}` is disabled", hint=f"`xeroport flow enable {name}`")
    flow = load_flow(kept)
    due = due or store.clock.now()
    if since is not None:
        to_instant(since, due, time_zone="UTC")  # a wrong one is told before there is a run

    async def take(context: FlowContext, counts: Counter[str], problems: list[str]) -> None:
        kept = flows.get(store, name)
        await _take(context, kept, since, gaps=gaps, counts=counts, problems=problems)

    return await _carried_out(store, flow, due, {"since": since}, take)


async def retry_run(store: Store, run: int, *, everything: bool = False) -> FlowReport:
    """Send again what a run's targets refused, made again by the flow as it is now.

    With `everything` also what was delivered goes again, except into Xero: never twice there.
    """
    before = runs.get(store, run)
    name = before.arguments.get("flow")
    if before.job != "flow" or not name:
        raise InputError(
            f"run {run} is not the run of a flow", hint="see `xeroport flow runs NAME`"
        )
    flow = load_flow(flows.get(store, name))
    due = datetime.fromisoformat(before.arguments["due"])

    async def take(context: FlowContext, counts: Counter[str], _: list[str]) -> None:
        _again(context, run, everything=everything, counts=counts)

    return await _carried_out(store, flow, due, {"retry": run}, take)


async def _carried_out(
    store: Store,
    flow: Flow,
    due: datetime,
    arguments: Mapping[str, Any],
    take: Callable[[FlowContext, Counter[str], list[str]], Awaitable[None]],
) -> FlowReport:
    """A run: `take` puts records on their way and counts them, then all that is on its way is
    delivered, whatever stopped the taking."""
    known = {"flow": flow.name, "due": due.isoformat()}
    counts: Counter[str] = Counter()
    problems: list[str] = []
    stopped: XeroportError | None = None
    with (
        leases.holding(store, f"flow {flow.name}", what=f"the flow `{flow.name}`"),
        run_log.opened(store, _instance_of(flow), "flow", {**known, **arguments}) as run,
    ):
        run.report = lambda: known
        zone = time_zone_of(store, flow)
        context = FlowContext(store, flow, run.id, due, zone)
        is_known = False
        try:
            await into_xero.learn_organisations(context)
            is_known = True
            await take(context, counts, problems)
        except XeroportError as error:
            stopped = error
        ended = await deliver(context, xero=is_known)
        report = FlowReport(
            flow=flow.name,
            run=run.id,
            due=due,
            counts={name: number for name, number in counts.items() if number},
            steps=flows.run_counts(store, run.id),
            problems=tuple(problems),
            stopped=stopped or ended,
        )
        tell_end(report)
        run.end(report.status, report.as_dict())
        return report


async def _take(
    context: FlowContext,
    kept: SavedFlow,
    since: str | None,
    *,
    gaps: bool,
    counts: Counter[str],
    problems: list[str],
) -> None:
    """Read the source to its end. A file that cannot be read is a problem, and the next is read."""
    flow, state = context.flow, kept.state
    first = kept.added_at - OVERLAP if flow.source.kind == "webhooks" else None
    if flow.source.since:
        first = to_instant(flow.source.since, context.due, time_zone=context.time_zone)
    if first is not None and not state.get("xero"):
        state["xero"] = {"cursor": first.isoformat(), "seen": {}}
    if flow.source.ledger:
        await ledger_instance(
            context.store, flow.source.instance or "", to=sources.place_of(context)
        )  # fmt: skip
    intake = Intake(context, tables_of(flow), state, tally=counts)
    read = source_read(context, state, since=since, gaps=gaps)
    try:
        async for portion in sources.portions(read):
            try:
                await intake.take(portion)
            except InputError as error:
                if not portion.name:
                    raise
                problems.append(f"`{portion.name}`: {error.message}")
    finally:
        intake.close()


def tables_of(flow: Flow) -> list[lookups.LookupTable]:
    """The look-up tables of a flow, read."""
    return [lookups.load(lookup, flow.folder) for lookup in flow.lookups]


def source_read(
    context: FlowContext,
    state: Mapping[str, Any],
    *,
    since: str | None = None,
    gaps: bool = True,
    sample: int | None = None,
) -> SourceRead:
    """How to read a source; relative dates in it count from when the run was due."""
    source, due, zone = context.flow.source, context.due, context.time_zone
    params = dict(source.params)
    if source.kind == "xero" and params:
        known = sources.endpoint_of(source).by_name
        for name, value in params.items():
            if name in known and known[name].type == "date" and isinstance(value, str):
                params[name] = to_date(value, due, time_zone=zone)
    start = None if since is None else to_instant(since, due, time_zone=zone)
    return SourceRead(context, state, since=start, params=params, gaps=gaps, sample=sample)


async def deliver(context: FlowContext, *, xero: bool) -> XeroportError | None:
    """Bring every step's records to their targets, in order, into Xero too where `xero` says so;
    what stopped a step, if anything."""
    store, flow = context.store, context.flow
    stopped: XeroportError | None = None
    for number, step in enumerate(flow.steps):
        if step.target.kind == "xero" and not xero:
            continue
        with store.transaction() as connection:
            if number:
                flows.promote(connection, flow.name, number, context.store.clock.now())
            flows.adopt(connection, flow.name, number, context.run)
        try:
            await TARGETS[step.target.kind](context, number)
        except XeroportError as error:
            log.warning("`%s`, step %d: %s", flow.name, number + 1, error.message)
            stopped = stopped or error
    return stopped


TARGETS: dict[TargetKind, Callable[[FlowContext, int], Awaitable[None]]] = {
    "xero": into_xero.to_xero,
    "http": into_http.to_http,
    "file": into_file.to_file,
    "table": to_table,
}


def _again(context: FlowContext, run: int, *, everything: bool, counts: Counter[str]) -> None:
    """Put a run's records back on their way; those that keep their source are made again."""
    store, flow = context.store, context.flow
    state = flows.get(store, flow.name).state
    intake = Intake(context, tables_of(flow), state, tally=counts)
    try:
        for record in flows.of_run(store, run):
            if record.step >= len(flow.steps):
                continue
            if record.status == "sent":
                kind = flow.steps[record.step].target.kind
                if everything and kind != "xero":
                    intake.resend(record)
            elif record.status in ("refused", "unknown"):
                intake.remake(record)
    finally:
        intake.close()
