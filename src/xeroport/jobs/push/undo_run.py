"""Undoing a push: what a run made in Xero is voided, deleted or archived, through the outbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from xeroport.catalogue import load
from xeroport.delivery.send import Progress
from xeroport.delivery.undo import UNDONE, Undoing, UndoRule, rule_of, undoing
from xeroport.errors import InputError
from xeroport.jobs import run_log
from xeroport.jobs.push.checked import in_words
from xeroport.jobs.push.resend import ResendResult, enqueued, resend
from xeroport.store import runs
from xeroport.store.database import Store
from xeroport.store.outbox import decisions, outbox
from xeroport.store.outbox.outbox import Delivery
from xeroport.store.outbox.staging import Draft
from xeroport.xero.client import XeroClient, open_client
from xeroport.xero.wire.encode import encode


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What undoing a run would do; `kept` are its records that stay, each with the reason."""

    run: int
    instance: str
    undoings: tuple[Undoing, ...]
    kept: tuple[tuple[Delivery, str], ...]

    @property
    def words(self) -> str:
        """The effects, such as `voids 2 and deletes 1 record`."""
        counts = Counter(step.effect for step in self.undoings)
        return in_words(counts, len(self.undoings))


async def plan(store: Store, run: int) -> UndoPlan:
    """What undoing a run would do; reads from Xero what the records are now."""
    runs.get(store, run)
    deliveries = list(outbox.of_run(store, run))
    if not deliveries:
        raise InputError(
            f"run {run} sent no record that the outbox knows",
            hint="`xeroport runs` lists runs; only what a push or a flow sent can be undone",
        )
    names = list(dict.fromkeys(delivery.instance for delivery in deliveries))
    if len(names) > 1:
        raise InputError(
            f"run {run} sent records to {len(names)} instances",
            hint="undo them in Xero, or with `payments.delete`, `invoices.update` and so on",
        )
    (instance,) = names
    outcomes: list[tuple[Delivery, Undoing | str]] = []
    readable: list[tuple[Delivery, UndoRule]] = []
    for delivery in reversed(deliveries):
        rule = rule_of(delivery)
        if isinstance(rule, str):
            outcomes.append((delivery, rule))
        elif rule.reads:
            readable.append((delivery, rule))
        else:
            outcomes.append((delivery, undoing(delivery, rule, None)))
    if readable:
        async with open_client(store, instance) as client:
            present: dict[str, dict[str, Any]] = {}
            for send_by in dict.fromkeys(delivery.send_by for delivery, _ in readable):
                group = [delivery for delivery, _ in readable if delivery.send_by == send_by]
                present |= await _present(client, group)
        for delivery, rule in readable:
            now = present.get(str(delivery.xero_id).lower())
            outcomes.append((delivery, undoing(delivery, rule, now)))
    undoings = tuple(outcome for _, outcome in outcomes if isinstance(outcome, Undoing))
    stays = tuple((kept, why) for kept, why in outcomes if isinstance(why, str))
    return UndoPlan(run, instance, undoings, stays)


async def undo(
    store: Store, planned: UndoPlan, *, progress: Progress = lambda _: None
) -> ResendResult:
    """Carry an undo out. What is gone from Xero is forgotten as sent: `outbox retry` sends it
    again."""
    instance = planned.instance
    by_key = {f"undo {step.delivery.id}": step for step in planned.undoings}
    arguments = {"source": f"undo of run {planned.run}", "records": len(by_key)}
    with run_log.opened(store, instance, "push", arguments) as run:
        drafts: dict[str, list[Draft]] = {}
        for key, step in by_key.items():
            draft = Draft(key, encode(step.body), step.ids)
            drafts.setdefault(step.endpoint, []).append(draft)
        file, now = f"undo of run {planned.run}", store.clock.now().timestamp()
        deliveries = enqueued(store, instance, drafts, file=file, now=now)
        resent = await resend(store, instance, deliveries, run=run.id, progress=progress)
        for result in resent.results:
            if result.status == "sent":
                _forget(store, by_key[result.key], planned.run)
        counts = Counter(result.status for result in resent.results)
        run.end(resent.run_status, {"counts": dict(counts), "exit_status": resent.exit_status})
    named = {key: keyed.delivery.key for key, keyed in by_key.items()}
    return ResendResult(
        tuple(replace(result, key=named[result.key]) for result in resent.results), resent.stopped
    )


def _forget(store: Store, undone: Undoing, run: int) -> None:
    done = {"void": "voided", "archive": "archived"}.get(undone.effect, "deleted")
    words = f"{done} in Xero {UNDONE} {run}: it was {undone.delivery.xero_id}"
    decisions.mark_undone(store, undone.delivery, words, store.clock.now().timestamp())


async def _present(client: XeroClient, deliveries: Sequence[Delivery]) -> dict[str, dict[str, Any]]:
    """Xero's id → the record as it is now; those that Xero does not have are left out."""
    endpoint = load().endpoint(deliveries[0].send_by)
    key = load().record(endpoint.body_record or "").key[0]
    lister = load().endpoint(f"{endpoint.name.split('.', 1)[0]}.list")
    present: dict[str, dict[str, Any]] = {}
    async for reply in client.by_ids(lister, [str(delivery.xero_id) for delivery in deliveries]):
        present |= {str(record[key]).lower(): record for record in reply.records}
    return present
