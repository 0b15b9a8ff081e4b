"""Proposals: deliveries that wait in the outbox until a person approves them.

What was approved is sent like any other delivery, once, and then a note with the person's name is
written into the record's history in Xero, through the outbox too.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xeroport.catalogue import load
from xeroport.delivery.identity import number_of
from xeroport.delivery.send import Progress
from xeroport.jobs import run_log
from xeroport.jobs.push.checked import EFFECTS, in_words
from xeroport.jobs.push.resend import ResendResult, enqueued, resend
from xeroport.records import targets
from xeroport.records.document_checks import amount_of
from xeroport.store.database import Store
from xeroport.store.outbox import decisions, outbox
from xeroport.store.outbox.outbox import Delivery
from xeroport.store.outbox.staging import Draft

PAYS = {"Payment", "BatchPayment", "Allocation", "BankTransfer"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A held delivery as a person sees it before saying yes."""

    delivery: Delivery
    record: str | None
    number: str | None
    contact: str | None
    amount: Decimal
    currency: str | None
    effects: tuple[str, ...]

    @property
    def verbs(self) -> tuple[str, ...]:
        """What sending does, as it is said: `approves`."""
        return tuple(EFFECTS[effect] for effect in self.effects)

    @property
    def mark(self) -> str:
        """Which delivery it is, and with what contents: what a person saw is what is approved."""
        seen = self.delivery.send_by.encode() + self.delivery.ids.encode() + self.delivery.body
        return f"{self.delivery.id}-{hashlib.blake2b(seen, digest_size=8).hexdigest()}"


def proposal_of(delivery: Delivery) -> Proposal:
    """What a delivery would do, and to what."""
    endpoint = load().endpoint(delivery.send_by)
    record = targets.record_of(endpoint)
    values = targets.as_sent(delivery.body) if record is not None else {}
    effects = targets.effects(record, endpoint, values)
    if record is not None and record.name in PAYS and "delete" not in effects:
        effects.append("pay")
    if not set(effects) & {"void", "delete"}:
        effects.append("create" if endpoint.method == "PUT" else "change")
    contact = values.get("Contact")
    return Proposal(
        delivery,
        None if record is None else record.name,
        number_of(record, values),
        contact.get("Name") if isinstance(contact, Mapping) else None,
        amount_of(values),
        values.get("CurrencyCode"),
        tuple(effects),
    )


def held(
    store: Store, instance: str, *, endpoint: str | None = None, keys: Iterable[str] = ()
) -> list[Proposal]:
    """The proposals of an instance's organisation, oldest first."""
    return [
        proposal_of(delivery)
        for delivery in outbox.deliveries(
            store, instance, status=["held"], endpoint=endpoint, keys=keys
        )
    ]


def described(proposals: Sequence[Proposal], base_currency: str | None) -> str:
    """What sending proposals does, in words: `approves 2 and creates 3 records, 120.00 GBP`."""
    effects: Counter[str] = Counter()
    sums: dict[str, Decimal] = {}
    for proposal in proposals:
        effects.update(proposal.effects)
        if proposal.amount:
            currency = proposal.currency or base_currency or "in the base currency"
            sums[currency] = sums.get(currency, Decimal(0)) + proposal.amount
    money = "".join(f", {amount:,} {currency}" for currency, amount in sorted(sums.items()))
    return in_words(effects, len(proposals)) + money


async def approve(
    store: Store,
    instance: str,
    proposals: Sequence[Proposal],
    *,
    person: str,
    progress: Progress = lambda _: None,
) -> ResendResult:
    """Send proposals because a person said yes, and write the person's name into their history.

    Notes that an earlier approval could not write are written too.
    """
    approved = decisions.approve(store, [proposal.delivery for proposal in proposals], person)
    arguments = {"source": f"proposals approved by {person}", "records": len(approved)}
    with run_log.opened(store, instance, "push", arguments) as run:
        resent = await resend(store, instance, approved, run=run.id, progress=progress)
        if resent.stopped is None:
            notes = await write_notes(store, instance)
            resent = ResendResult(resent.results, notes.stopped)
        counts = Counter(result.status for result in resent.results)
        run.end(resent.run_status, {"counts": dict(counts), "exit_status": resent.exit_status})
    return resent


async def write_notes(store: Store, instance: str) -> ResendResult:
    """Write what was approved, and by whom, into the history of the records in Xero."""
    catalogue = load()
    names = {endpoint.name for endpoint in catalogue.endpoints}
    day = store.clock.now().date().isoformat()
    notes: dict[str, list[Draft]] = {}
    for delivery in decisions.without_note(store, instance):
        name = f"{delivery.send_by.split('.', 1)[0]}.history.add"
        if name not in names:
            continue
        owner = catalogue.endpoint(name).parameters[0].name
        details = f"Approved by {delivery.person} in xeroport on {day}"
        body = json.dumps({"Details": details[:2500]}).encode()
        ids = json.dumps({owner: delivery.xero_id})
        notes.setdefault(name, []).append(Draft(f"approval {delivery.id}", body, ids))
    now = store.clock.now().timestamp()
    written = enqueued(store, instance, notes, file="approvals", now=now)
    return await resend(store, instance, written)
