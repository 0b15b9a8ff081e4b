"""What a person decides about deliveries: approved, declined, taken back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from xeroport.store.database import Store
from xeroport.store.outbox.organisations import OUTBOX, organisation_of
from xeroport.store.outbox.outbox import Delivery, delivery_of


def approve(store: Store, deliveries: Iterable[Delivery], person: str) -> list[Delivery]:
    """Let held deliveries be sent, because a person says so; gives those that were still held, and
    still what the person saw."""
    approved = []
    with store.transaction() as connection:
        for delivery in deliveries:
            seen = {"body": delivery.body, "ids": delivery.ids, "send_by": delivery.send_by}
            values = {"id": delivery.id, "person": person, **seen}
            if connection.execute(OUTBOX["approve"], values).rowcount:
                approved.append(delivery)
    return approved


def decline(
    store: Store, deliveries: Iterable[Delivery], person: str, reason: str, now: float
) -> list[Delivery]:
    """Never send held deliveries, because a person says so; gives those that were still held."""
    declined = []
    words = f"declined by {person}: {reason}" if reason else f"declined by {person}"
    with store.transaction() as connection:
        for delivery in deliveries:
            values = {
                "id": delivery.id,
                "person": person,
                "messages": json.dumps([words]),
                "now": now,
            }
            if connection.execute(OUTBOX["decline"], values).rowcount:
                declined.append(delivery)
    return declined


def without_note(store: Store, instance: str) -> Iterator[Delivery]:
    """Deliveries that a person approved, that are in Xero, and whose history does not say so."""
    organisation = organisation_of(store.connection, instance)
    for row in store.connection.execute(OUTBOX["without_note"], (organisation,)).fetchall():
        yield delivery_of(row)


def mark_undone(store: Store, delivery: Delivery, words: str, now: float) -> None:
    """Note that a record which was sent is not in Xero any more, so that it may be sent again."""
    values = {"id": delivery.id, "messages": json.dumps([words]), "now": now}
    with store.transaction() as connection:
        connection.execute(OUTBOX["undone"], values)
