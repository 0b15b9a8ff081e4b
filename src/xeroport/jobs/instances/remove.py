"""Removing an instance together with all that cannot go on without it, said beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xeroport.errors import InputError
from xeroport.jobs.flow import registry
from xeroport.jobs.flow.definition import Flow
from xeroport.jobs.flow.run import load_flow
from xeroport.store import flows, inbox, instances, schedules
from xeroport.store.database import Store
from xeroport.store.outbox import outbox

OPEN: tuple[outbox.Status, ...] = ("pending", "claimed", "unknown")


@dataclass(frozen=True, slots=True)
class Going:
    """What goes with an instance: its schedules (also its poll), events of its webhooks, records
    of its outbox that are not known to be sent, and the flows that read from it or write to it."""

    schedules: tuple[str, ...]
    has_webhooks: bool
    events: int
    unsent: int
    flows: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Each of it, for a person."""
        for name in self.schedules:
            yield f"its schedule `{name}`"
        if self.has_webhooks or self.events:
            noun = "event" if self.events == 1 else "events"
            yield f"its webhook signing key and {self.events:,} {noun} in its inbox"
        if self.unsent:
            yield f"{self.unsent:,} records in its outbox that are not known to be sent"
        for name in self.flows:
            yield f"the flow `{name}`, which reads from it or writes to it, with its records"


def what_goes(store: Store, name: str) -> Going:
    """What `remove` would take along; UnknownName if there is no such instance."""
    instances.get(store, name)
    counts = outbox.counts(store, name).values()
    return Going(
        schedules=tuple(
            each.name
            for each in schedules.all_schedules(store)
            if each.kind != "flow" and each.target == name
        ),
        has_webhooks=inbox.has_key(store, name),
        events=inbox.count(store, name),
        unsent=sum(by.get(status, 0) for by in counts for status in OPEN),
        flows=tuple(_flows(store, name)),
    )


def remove(store: Store, name: str) -> Going:
    """Forget an instance and what goes with it; what was synced stays, and so do its runs."""
    going = what_goes(store, name)
    for flow in going.flows:
        registry.forget(store, flow)
    instances.remove(store, name)
    return going


def _flows(store: Store, name: str) -> Iterator[str]:
    for kept in flows.all_flows(store):
        try:
            if name in _instances_of(load_flow(kept)):
                yield kept.name
        except InputError:
            continue


def _instances_of(flow: Flow) -> set[str | None]:
    """The instances without which a flow cannot run. SQL over what was synced needs none."""
    source = flow.source.instance if flow.source.kind != "sql" else None
    return {source, *(step.target.instance for step in flow.steps)}
