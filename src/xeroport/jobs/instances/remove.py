"""Removing an instance together with all that cannot continue without it, said beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xeroport.errors import InputError
from xeroport.jobs.flow import registry
from xeroport.jobs.flow.definition import Flow
from xeroport.jobs.flow.run import load_flow
from xeroport.plurals import counted
from xeroport.store import flows, inbox, instances, schedules
from xeroport.store.database import Store
from xeroport.store.outbox import organisations, outbox

UNSENT: tuple[outbox.Status, ...] = ("held", "pending")
REMEMBERED: tuple[outbox.Status, ...] = ("claimed", "sent", "unknown", "discarded")


@dataclass(frozen=True, slots=True)
class RemovalPlan:
    """What goes with an instance: its schedules (also its poll), events of its webhooks, records
    of its outbox that were not sent, and the flows that read from it or write to it. `remembered`
    are the records that were sent, or may have been: their keys stay, unless they are to be
    forgotten too, so that an instance of the same organisation does not send them again."""

    schedules: tuple[str, ...]
    has_webhooks: bool
    events: int
    unsent: int
    flows: tuple[str, ...]
    remembered: int = 0
    forgets: bool = False

    def lines(self) -> Iterator[str]:
        """Each of it, for a person."""
        for name in self.schedules:
            yield f"its schedule `{name}`"
        if self.has_webhooks or self.events:
            yield f"its webhook signing key and {counted(self.events, 'event')} in its inbox"
        if self.unsent:
            yield f"{counted(self.unsent, 'unsent record')} in its outbox"
        if self.remembered and self.forgets:
            yield f"the keys of {counted(self.remembered, 'record')} sent, or possibly sent"
        for name in self.flows:
            yield f"the flow `{name}`, which reads from it or writes to it, with its records"

    def what_stays(self) -> Iterator[str]:
        """What stays, for a person."""
        if self.remembered and not self.forgets:
            yield (
                f"the keys of {counted(self.remembered, 'record')} sent to its organisation, or "
                "possibly sent, so that none is sent twice when it is added again; "
                "`--forget-sent` removes them"
            )


def what_goes(store: Store, name: str, *, forget_sent: bool = False) -> RemovalPlan:
    """What `remove` would take along; UnknownName if there is no such instance."""
    instances.get(store, name)
    counts = (
        [] if organisations.is_shared(store, name) else list(outbox.counts(store, name).values())
    )
    return RemovalPlan(
        schedules=tuple(
            schedule.name
            for schedule in schedules.all_schedules(store)
            if schedule.kind != "flow" and schedule.target == name
        ),
        has_webhooks=inbox.has_key(store, name),
        events=inbox.count(store, name),
        unsent=sum(by.get(status, 0) for by in counts for status in UNSENT),
        flows=tuple(_flows(store, name)),
        remembered=sum(by.get(status, 0) for by in counts for status in REMEMBERED),
        forgets=forget_sent,
    )


def remove(store: Store, name: str, *, forget_sent: bool = False) -> RemovalPlan:
    """Forget an instance and what goes with it; what was synced stays, and so do its runs and, but
    for `forget_sent`, the memory of what was sent to its organisation."""
    going = what_goes(store, name, forget_sent=forget_sent)
    for flow in going.flows:
        registry.forget(store, flow)
    instances.remove(store, name, forget_sent=forget_sent)
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
