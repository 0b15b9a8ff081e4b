"""What is wrong with a flow, all of it at once, and what it would make of real records.

Nothing is sent and nothing is kept. The source is read for some records only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from xeroport.cron import next_due
from xeroport.dates import to_instant
from xeroport.errors import InputError, XeroportError
from xeroport.jobs.alerts.notify import check_target
from xeroport.jobs.flow import definition as file
from xeroport.jobs.flow import into_http, into_table, lookups, sources
from xeroport.jobs.flow.context import FlowContext
from xeroport.jobs.flow.definition import Flow, FlowFault
from xeroport.jobs.flow.intake import Intake, key_of
from xeroport.jobs.flow.into_xero import Shaper
from xeroport.jobs.flow.loops import loop
from xeroport.jobs.flow.mapper import Mapper
from xeroport.jobs.flow.run import load_flow, source_read, tables_of, time_zone_of
from xeroport.jobs.flow.sources import Portion, Record, endpoint_of
from xeroport.records.column_paths import known_names
from xeroport.sql import layouts
from xeroport.sql.sandbox import near
from xeroport.store import flows, inbox, instances
from xeroport.store.database import Store
from xeroport.store.flows import StepRecord

TRIED = 100
"""Records of the source that the expressions are tried on."""

T = TypeVar("T")
ISO = "YYYY-MM-DD"
PAGING = {"page", "pageSize", "order", "offset", "IDs"}


@dataclass(frozen=True, slots=True)
class CheckedFlow:
    """The faults of a flow, and the records of its preview: what each step would get."""

    flow: Flow | None
    faults: tuple[FlowFault, ...]
    read: int = 0
    made: tuple[StepRecord, ...] = ()
    notes: tuple[str, ...] = ()

    def shown(self, few: int) -> list[StepRecord]:
        """So many of what would be sent, and so many of what would be refused."""
        good = [record for record in self.made if record.body is not None]
        return good[:few] + [record for record in self.made if record.body is None][:few]

    @property
    def exit_status(self) -> int:
        """2 where something in the flow is wrong, 1 where a record of the preview is refused."""
        if self.faults:
            return 2
        return 1 if any(each.body is None for each in self.made) else 0


async def check(
    store: Store, text: str, *, name: str, folder: Path, preview: bool = True
) -> CheckedFlow:
    """Check a flow's text; with `preview` it is tried on records of its source."""
    flow, faults = file.parse(text, name=name, folder=folder)
    if flow is None:
        return CheckedFlow(None, tuple(faults))
    faults += [each for find in CHECKS for each in find(store, flow)]
    if not preview:
        return CheckedFlow(flow, tuple(faults), notes=tuple(_notes(store, flow)))
    if not faults:
        return await _preview(store, flow)
    if flow.source.kind in ("files", "sql"):
        faults += await _unseen(store, flow)
    return CheckedFlow(flow, tuple(faults))


async def _unseen(store: Store, flow: Flow) -> list[FlowFault]:
    """The faults of expressions over files and queries, whose fields only their records tell."""
    try:
        tables = tables_of(flow)
        context = FlowContext(store, flow, 0, store.clock.now(), "UTC")
        async for portion in sources.portions(source_read(context, {}, sample=TRIED)):
            some = list(islice(portion.records, TRIED))
            return _mapper_faults(flow, portion, some, tables, store.clock.now(), "UTC")
    except XeroportError:
        return []
    return []


def _instances(store: Store, flow: Flow) -> Iterator[FlowFault]:
    places = [("source.instance", flow.source.instance)]
    places += [(f"{place}.instance", step.target.instance) for place, step in _steps(flow)]
    for place, name in places:
        is_schema = place == "source.instance" and flow.source.kind == "sql"
        if name is not None and not (is_schema and not flow.source.ledger):
            yield from _tried(place, partial(instances.get, store, name))[1]


def _source(store: Store, flow: Flow) -> Iterator[FlowFault]:
    source = flow.source
    if source.kind not in ("xero", "webhooks"):
        return
    place = "source.endpoint" if source.kind == "xero" else "source.webhooks"
    endpoint, faults = _tried(place, lambda: endpoint_of(source))
    yield from faults
    if endpoint is None:
        return
    for name in source.params:
        if name not in endpoint.by_name or name in PAGING:
            known = [parameter for parameter in endpoint.by_name if parameter not in PAGING]
            message = f"`{endpoint.name}` has no parameter `{name}` that a flow may set"
            yield FlowFault(f"source.params.{name}", message, near(name, known))
    if source.since:
        yield from _tried("source.since", partial(to_instant, source.since, store.clock.now()))[1]
    if not flow.key:
        yield from _tried("key", partial(key_of, flow))[1]


def _targets(store: Store, flow: Flow) -> Iterator[FlowFault]:
    for place, step in _steps(flow):
        target = step.target
        if target.kind == "http" and (wrong := into_http.check_url(target)):
            yield FlowFault(f"{place}.url", wrong)
        if target.kind == "table" and (wrong := into_table.check_url(target.to)):
            yield FlowFault(f"{place}.to", wrong)
        if target.kind != "xero":
            continue
        shaper, faults = _tried(f"{place}.endpoint", partial(Shaper, step, date_format=ISO))
        yield from faults
        for problem in shaper.plan.problems if shaper else ():
            name = problem.place.name or ""
            known = known_names(shaper.record) if shaper and shaper.record else []
            yield FlowFault(
                f"{place.removesuffix('target')}fields.{name}",
                f"`{step.target.endpoint}` has no field `{name}`",
                near(name, known),
            )


def _lookups(_: Store, flow: Flow) -> Iterator[FlowFault]:
    for lookup in flow.lookups:
        load = partial(lookups.load, lookup, flow.folder)
        yield from _tried(f"lookup.{lookup.name}", load)[1]


def _schedule(store: Store, flow: Flow) -> Iterator[FlowFault]:
    if flow.notify is not None:
        yield from _tried("notify", partial(check_target, flow.notify))[1]
        if flow.schedule is None:
            yield FlowFault("notify", "`notify` alerts on scheduled runs only", "add a `schedule`")
    if flow.schedule is None and flow.time_zone is None:
        return
    try:
        zone = time_zone_of(store, flow)
    except InputError:
        zone = flow.time_zone or "UTC"
    cron = flow.schedule or "0 0 * * *"
    due = partial(next_due, cron, time_zone=zone, after=store.clock.now())
    yield from _tried("schedule", due)[1]


def _loops(store: Store, flow: Flow) -> Iterator[FlowFault]:
    others = []
    for flow_saved in flows.all_flows(store):
        try:
            others.append(load_flow(flow_saved))
        except InputError:
            continue
    circle = loop(flow, others)
    if circle:
        around = " → ".join(f"`{name}`" for name in (*circle, circle[0]))
        yield FlowFault(
            "target",
            f"it would feed itself: {around}",
            "what a flow writes must not be what it reads; write to another place",
        )


def _expressions(store: Store, flow: Flow) -> Iterator[FlowFault]:
    """The expressions over a source of Xero's, whose fields are known without reading it."""
    if flow.source.kind not in ("xero", "webhooks"):
        return
    try:
        endpoint, key = endpoint_of(flow.source), key_of(flow)
        tables = [lookups.load(lookup, flow.folder) for lookup in flow.lookups]
    except XeroportError:
        return
    layout = layouts.of_record(endpoint.record or "")
    mapper = Mapper(flow, layout, tables, key=key, due=store.clock.now())
    try:
        yield from mapper.faults()
    finally:
        mapper.close()


CHECKS: Sequence[Callable[[Store, Flow], Iterator[FlowFault]]] = (
    _instances,
    _source,
    _targets,
    _lookups,
    _schedule,
    _loops,
    _expressions,
)


async def _preview(store: Store, flow: Flow) -> CheckedFlow:
    zone, due = time_zone_of(store, flow), store.clock.now()
    tables = tables_of(flow)
    context = FlowContext(store, flow, 0, due, zone)
    intake = Intake(context, tables, {})
    read = source_read(context, {}, sample=TRIED)
    records: list[Record] = []
    records_made: list[StepRecord] = []
    faults: list[FlowFault] = []
    try:
        async for portion in sources.portions(read):
            some = list(islice(portion.records, TRIED - len(records)))
            records += some
            mapper_faults = _mapper_faults(flow, portion, some, tables, due, zone)
            if mapper_faults:
                return CheckedFlow(flow, tuple(mapper_faults), len(records))
            records_made += intake.step_records(replace(portion, records=some), some)
            if len(records) >= TRIED:
                break
    except XeroportError as error:
        faults.append(FlowFault("source", error.message, error.hint))
    finally:
        intake.close()
    notes = list(_notes(store, flow))
    if not records:
        notes.append("the source has no records yet: the expressions were not tried")
    elif not records_made:
        notes.append("none of the records that were tried met `where`")
    return CheckedFlow(flow, tuple(faults), len(records), tuple(records_made), tuple(notes))


def _notes(store: Store, flow: Flow) -> Iterator[str]:
    """What is not wrong with a flow, but would keep it from doing its work."""
    name = flow.source.instance
    if flow.source.kind == "webhooks" and name and not inbox.has_key(store, name):
        yield f"`{name}` has no webhook signing key yet; `xeroport webhook key {name}` saves it"
    for _, step in _steps(flow):
        try:
            into_http.header_values(step.target)
        except InputError as error:
            yield f"{error.message}; {error.hint}"


def _mapper_faults(
    flow: Flow,
    portion: Portion,
    records: Sequence[Record],
    tables: Sequence[lookups.LookupTable],
    due: datetime,
    zone: str,
) -> list[FlowFault]:
    layout = portion.layout
    if layout is None:
        rows = [record.values for record in records if not record.broken]
        if not rows:
            return []
        layout = layouts.of_values(rows, {})
    mapper = Mapper(flow, layout, tables, key=key_of(flow), due=due, time_zone=zone)
    try:
        return mapper.faults()
    finally:
        mapper.close()


def _steps(flow: Flow) -> Iterator[tuple[str, Any]]:
    for number, step in enumerate(flow.steps):
        yield (f"then.{number}.target" if number else "target"), step


def _tried(place: str, attempt: Callable[[], T]) -> tuple[T | None, tuple[FlowFault, ...]]:
    """What an attempt gives, or the fault that its error is."""
    try:
        return attempt(), ()
    except XeroportError as error:
        return None, (FlowFault(place, error.message, error.hint),)
