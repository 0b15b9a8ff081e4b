"""Records whose fate is unknown, looked up in Xero and settled.

A record is looked up by its natural key. Found, it counts as sent only if its content is what was
sent (type, contact, dates, reference, amount) and no other delivery has it: the same number may be
somebody else's. Not found, or somebody else's, it goes back to the queue, where Xero itself refuses
a number that is taken: no natural key can lead to a second record. A record with other contents
that changed since the sending may be ours, edited: it stays unknown, for a person, as does what has
no natural key. What changes a record that its id or its natural key names goes again without a
look; what ends one is asked for by `gone`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from xeroport.catalogue import Catalogue, NaturalKey, RecordType
from xeroport.delivery import status_lookup
from xeroport.delivery.lookup import can_find, find
from xeroport.delivery.settle import fold, number_of
from xeroport.records.document_checks import line_sum
from xeroport.records.targets import record_of, repeatable
from xeroport.store.database import Store
from xeroport.store.outbox import claims
from xeroport.store.outbox.claims import Doubtful, Settlement
from xeroport.xero.client import XeroClient

SAME = ("Type", "Date", "Reference", "CurrencyCode", "Narration", "EmailAddress", "AccountNumber")
CLOCKS_APART = 60.0
"""Seconds that this machine's clock and Xero's may differ."""
ROUNDING = Decimal("0.10")


@dataclass(frozen=True, slots=True)
class Sought:
    """A doubtful delivery with the natural key to look for."""

    doubtful: Doubtful
    values: Mapping[str, Any]
    key: NaturalKey


async def reconcile(
    client: XeroClient,
    store: Store,
    catalogue: Catalogue,
    *,
    instance: str,
    endpoint: str,
    now: float,
) -> int:
    """Settle what can be settled of an endpoint's unknown deliveries; gives how many."""
    settled = 0
    sought: dict[tuple[str, tuple[str, ...]], list[Sought]] = {}
    for doubtful in claims.unknown(store, instance=instance, endpoint=endpoint):
        delivery = doubtful.delivery
        target = catalogue.endpoint(delivery.send_by)
        if ends := status_lookup.leaving(catalogue, target, delivery):
            settled += await _settle_end(client, store, ends, now)
            continue
        if repeatable(catalogue, target, delivery.body):
            settled += claims.missing(store, delivery)
            continue
        record = record_of(catalogue, target)
        values = json.loads(delivery.body, parse_float=Decimal, parse_int=Decimal) if record else {}
        key = natural_key(record, values) if record else None
        if key is not None and target.verb == "upsert" and status_lookup.status_of(values) is None:
            settled += claims.missing(store, delivery)
            continue
        if (
            record is not None
            and key is not None
            and can_find(catalogue, record, key.fields[0], values[key.fields[0]])
        ):
            group = sought.setdefault((delivery.send_by, key.fields), [])
            group.append(Sought(doubtful, values, key))
    for (send_by, _), group in sought.items():
        record = record_of(catalogue, catalogue.endpoint(send_by))
        assert record is not None
        field = group[0].key.fields[0]
        values = [each.values[field] for each in group]
        within = {each.doubtful.delivery.ids for each in group}
        asked = find(client, catalogue, record, field, values, within=within)
        found = [each async for each in asked]
        creates = catalogue.endpoint(send_by).method == "PUT"
        taken: set[str] = set()
        if creates and record.key:
            taken = claims.held(store, instance, [str(held[record.key[0]]) for held in found])
        for each in group:
            settled += _settle(store, record, each, found, now, creates=creates, taken=taken)
    return settled


async def _settle_end(
    client: XeroClient, store: Store, ends: status_lookup.Leaving, now: float
) -> int:
    settlement = await status_lookup.ask(client, ends)
    if settlement is None:
        return claims.missing(store, ends.delivery)
    return claims.found(store, ends.delivery, settlement, now)


def natural_key(record: RecordType, values: Mapping[str, Any]) -> NaturalKey | None:
    """The natural key that Xero holds unique for this record, None where there is none.

    A sales invoice without a number has none: Xero gives it one, and its reference is free text.
    """
    for key in record.natural_keys:
        if not all(values.get(name) for name in key.fields):
            continue
        if all(values.get(name) in allowed for name, allowed in key.when.items()):
            return key
    return None


def is_ours(record: RecordType, sent: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    """Whether a record that Xero holds has the content that was sent."""
    for name in SAME:
        ours = sent.get(name)
        if ours is not None and fold(ours) != fold(held.get(name, "")):
            return False
    contact, theirs = sent.get("Contact"), held.get("Contact")
    if isinstance(contact, Mapping) and isinstance(theirs, Mapping):
        for name in ("ContactID", "ContactNumber", "Name"):
            if contact.get(name) and theirs.get(name):
                if fold(contact[name]) != fold(theirs[name]):
                    return False
                break
    total = line_sum(sent)
    if total is not None:
        exclusive = str(sent.get("LineAmountTypes", "Exclusive")).lower() == "exclusive"
        name = "SubTotal" if exclusive else "Total"
        stated = held.get(name)
        if stated is not None and abs(Decimal(stated) - total) > ROUNDING:
            return False
    return True


def _settle(
    store: Store,
    record: RecordType,
    sought: Sought,
    found: Sequence[Mapping[str, Any]],
    now: float,
    *,
    creates: bool,
    taken: set[str],
) -> int:
    """Settle one delivery; `taken` are Xero's ids of other deliveries, and grows."""
    delivery = sought.doubtful.delivery
    same = [
        held
        for held in found
        if all(fold(held.get(n, "")) == fold(sought.values[n]) for n in sought.key.fields)
        and all(held.get(n, None) in (*allowed, None) for n, allowed in sought.key.when.items())
    ]
    free = [held for held in same if not record.key or str(held[record.key[0]]) not in taken]
    if creates:
        ours = [held for held in free if is_ours(record, sought.values, held)]
    else:
        ended = status_lookup.status_of(sought.values)
        ours = [held for held in free if ended in (held.get(name) for name in status_lookup.STATUS)]
    if not ours:
        names = [f"`{number_of(record, held)}`" for held in same]
        if creates and any(_changed_since(sought.doubtful, held) for held in free):
            words = f"{names[0]} is in Xero with other contents, changed after this was sent"
            doubt = Settlement(delivery.position or 0, "unknown", (words,))
            claims.found(store, delivery, doubt, now)
            return 0
        return claims.missing(
            store, delivery, [f"{name} is taken in Xero by another record" for name in names[:1]]
        )
    identifier = str(ours[0][record.key[0]]) if record.key else None
    if creates and identifier is not None:
        taken.add(identifier)
    settlement = Settlement(
        delivery.position or 0,
        "sent",
        ("found in Xero after the reply was lost",),
        identifier,
        number_of(record, ours[0]),
    )
    return claims.found(store, delivery, settlement, now)


def _changed_since(doubtful: Doubtful, held: Mapping[str, Any]) -> bool:
    """Whether Xero changed a record after its batch left: then it may be ours, edited since."""
    changed = held.get("UpdatedDateUTC")
    if not isinstance(changed, datetime) or doubtful.first_sent_at is None:
        return False
    return changed.timestamp() >= doubtful.first_sent_at - CLOCKS_APART
