"""Deliveries that may be in Xero or not: what is asked of them, and what became known."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xeroport.store.database import Store
from xeroport.store.outbox.claims import Moment, Settlement, moment_of
from xeroport.store.outbox.organisations import OUTBOX, organisation_of
from xeroport.store.outbox.outbox import Delivery, delivery_of


@dataclass(frozen=True, slots=True)
class DoubtfulDelivery:
    """A delivery whose outcome is unknown, with the first time its batch may have left."""

    delivery: Delivery
    first_sent: Moment | None


def unknown(store: Store, *, instance: str, endpoint: str) -> list[DoubtfulDelivery]:
    """The deliveries of an endpoint whose outcome is unknown."""
    where = (organisation_of(store.connection, instance), endpoint)
    rows = store.connection.execute(OUTBOX["unknown"], where).fetchall()
    return [DoubtfulDelivery(delivery_of(row), moment_of(row)) for row in rows]


def taken(store: Store, instance: str, ids: Sequence[str]) -> set[str]:
    """Which of Xero's ids deliveries to an instance's organisation have been given."""
    values = (organisation_of(store.connection, instance), json.dumps(list(ids)))
    return {row[0] for row in store.connection.execute(OUTBOX["taken"], values)}


def resolve(
    store: Store, delivery: Delivery, settlement: Settlement, now: float, *, run: int | None = None
) -> bool:
    """Settle a delivery whose outcome was unknown; False if another process was first."""
    was = {"id": delivery.id, "batch": delivery.batch, "was": "unknown"}
    values = settlement.columns() | was | {"now": now, "run": run}
    with store.transaction() as connection:
        return bool(connection.execute(OUTBOX["settle"], values).rowcount)


def reopen(
    store: Store,
    delivery: Delivery,
    now: float,
    messages: Sequence[str] = (),
    *,
    is_sure: bool = False,
) -> bool:
    """Return a delivery that Xero does not show to the queue, or reject it where Xero failed on it
    alone; False as in `resolve`. `is_sure` says that it cannot be there unseen."""
    values = {
        "id": delivery.id,
        "batch": delivery.batch,
        "messages": json.dumps(list(messages)),
        "now": now,
        "is_sure": is_sure,
    }
    with store.transaction() as connection:
        return bool(connection.execute(OUTBOX["reopen"], values).rowcount)


def say(store: Store, delivery: Delivery, messages: Iterable[str]) -> None:
    """Say more about a delivery whose outcome is unknown."""
    values = {"id": delivery.id, "batch": delivery.batch, "messages": json.dumps(list(messages))}
    with store.transaction() as connection:
        connection.execute(OUTBOX["say"], values)
