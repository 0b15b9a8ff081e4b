"""Claims: batches of the outbox that one process sends.

A batch holds its exact bytes and its Idempotency-Key (its own id) before the first byte leaves,
and `first_sent_at` is committed before the sending starts: a process killed at any point leaves
behind what is needed to go on. An owner is a process; its claim is another's once it is dead, or,
where that cannot be seen (another host, no `/proc`), once the lease has expired.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from xeroport.store.database import Store
from xeroport.store.outbox.outbox import OUTBOX, Delivery, Status, delivery_of
from xeroport.store.outbox.staging import Staging
from xeroport.store.processes import fate_of, parse, this_process

LEASE_SECONDS = 900.0
MAX_BYTES = 3_500_000
ENVELOPE = 100
"""Bytes of a call that are not its records, at the most."""


@dataclass(frozen=True, slots=True)
class Part:
    """One record of a batch."""

    id: int
    key: str
    body: bytes
    position: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Records under way in one request; `first_sent_at` None means that nothing has left yet."""

    id: str
    endpoint: str
    send_by: str
    ids: str
    body: bytes
    content_type: str | None
    parts: tuple[Part, ...]
    owner: str
    expires_at: float
    first_sent_at: float | None = None
    sends: int = 0


@dataclass(frozen=True, slots=True)
class Composed:
    """The bytes of a request; `content_type` None is JSON."""

    body: bytes
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of the record at a position of a batch."""

    position: int
    status: Literal["sent", "rejected", "unknown"]
    messages: tuple[str, ...] = ()
    xero_id: str | None = None
    xero_number: str | None = None


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A delivery whose fate is unknown, with the first time its batch may have left."""

    delivery: Delivery
    first_sent_at: float | None


Compose = Callable[[str, Sequence[bytes]], Composed]
Capacity = Callable[[str], int]


def claim(
    store: Store,
    staging: Staging,
    *,
    instance: str,
    endpoint: str,
    owner: str,
    now: float,
    compose: Compose,
    capacity: Capacity,
) -> Batch | None:
    """Take the next pending records of a push as one batch; None when none is pending.

    All records of a batch share the endpoint that carries them and its path parameters;
    `capacity` says how many a request of an endpoint may hold, `compose` makes its bytes.
    """
    where = {"instance": instance, "endpoint": endpoint, "push": staging.push}
    with store.transaction() as connection:
        head = connection.execute(OUTBOX["head"], where).fetchone()
        if head is None:
            return None
        limit = min(capacity(head["send_by"]), head["batch_limit"])
        group = {"send_by": head["send_by"], "ids": head["ids"], "id": head["id"], "limit": limit}
        chosen: list[Part] = []
        size = 0
        for row in connection.execute(OUTBOX["group"], where | group):
            size += len(row["body"])
            if not fits(len(chosen), size, row["batch_limit"]):
                break
            chosen.append(Part(row["id"], row["key"], row["body"], len(chosen)))
        composed = compose(head["send_by"], [part.body for part in chosen])
        batch = Batch(
            id=f"xeroport-{uuid.uuid4().hex}",
            endpoint=endpoint,
            send_by=head["send_by"],
            ids=head["ids"],
            body=composed.body,
            content_type=composed.content_type,
            parts=tuple(chosen),
            owner=owner,
            expires_at=now + LEASE_SECONDS,
        )
        _insert(store, batch, instance, now)
    return batch


def fits(taken: int, size: int, limit: int) -> bool:
    """Whether a call of `taken` records has room for the next, which makes them `size` bytes."""
    return taken == 0 or (taken < limit and ENVELOPE + size + taken + 1 <= MAX_BYTES)


def _insert(store: Store, batch: Batch, instance: str, now: float) -> None:
    values = {
        "id": batch.id,
        "instance": instance,
        "endpoint": batch.endpoint,
        "send_by": batch.send_by,
        "ids": batch.ids,
        "body": batch.body,
        "content_type": batch.content_type,
        "owner": batch.owner,
        "expires_at": batch.expires_at,
        "now": now,
    }
    store.connection.execute(OUTBOX["new_batch"], values)
    store.connection.executemany(
        OUTBOX["take"], [(batch.id, part.position, part.id) for part in batch.parts]
    )


def departs(store: Store, batch: Batch, now: float) -> bool:
    """Commit that the batch is about to leave; False if another process took it meanwhile."""
    values = {"id": batch.id, "owner": batch.owner, "now": now, "expires_at": now + LEASE_SECONDS}
    with store.transaction() as connection:
        return bool(connection.execute(OUTBOX["departs"], values).rowcount)


def renew(store: Store, owner: str, now: float) -> None:
    """Keep an owner's claims for another lease."""
    with store.transaction() as connection:
        connection.execute(OUTBOX["renew"], (now + LEASE_SECONDS, owner))


def settle(store: Store, batch: Batch, settlements: Iterable[Settlement], now: float) -> bool:
    """Write down the fate of a batch's records; False if the batch is another's by now."""
    with store.transaction() as connection:
        if not _close(store, batch, "settled", now):
            return False
        for each in settlements:
            connection.execute(OUTBOX["settle"], _fate(each, batch.id, "claimed", now))
    return True


def give_back(store: Store, batch: Batch, now: float, *, halve: bool = False) -> None:
    """Return the records of a batch that is known not to be in Xero; a new batch takes them.

    With `halve` they go in smaller batches from now on, to find the one that Xero cannot read.
    """
    limit = max(len(batch.parts) // 2, 1) if halve else 1_000_000
    with store.transaction() as connection:
        if _close(store, batch, "released", now):
            connection.execute(OUTBOX["back"], {"batch": batch.id, "limit": limit})


def doubt(store: Store, batch: Batch, reason: str, now: float) -> None:
    """Mark the records of a batch as unknown: they may be in Xero, or not."""
    with store.transaction() as connection:
        if _close(store, batch, "unknown", now):
            connection.execute(OUTBOX["doubt"], (json.dumps([reason]), batch.id))


def abandoned(store: Store, *, instance: str, endpoint: str, owner: str, now: float) -> list[Batch]:
    """Take over the claims of processes that are dead, or whose lease has expired."""
    found = []
    for row in store.connection.execute(OUTBOX["open_batches"], (instance, endpoint)).fetchall():
        if not _is_free(row["owner"], row["expires_at"], now):
            continue
        values = {
            "id": row["id"],
            "owner": owner,
            "was": row["owner"],
            "expires_at": now + LEASE_SECONDS,
        }
        with store.transaction() as connection:
            if not connection.execute(OUTBOX["own"], values).rowcount:
                continue
            members = connection.execute(OUTBOX["members"], (row["id"],)).fetchall()
        parts = tuple(
            Part(each["id"], each["key"], each["body"], each["position"]) for each in members
        )
        found.append(
            Batch(
                id=row["id"],
                endpoint=endpoint,
                send_by=row["send_by"],
                ids=row["ids"],
                body=row["body"],
                content_type=row["content_type"],
                parts=parts,
                owner=owner,
                expires_at=values["expires_at"],
                first_sent_at=row["first_sent_at"],
                sends=row["sends"],
            )
        )
    return found


def unknown(store: Store, *, instance: str, endpoint: str) -> list[Doubtful]:
    """The deliveries of an endpoint whose fate is unknown."""
    rows = store.connection.execute(OUTBOX["unknown"], (instance, endpoint)).fetchall()
    return [Doubtful(delivery_of(row), row["first_sent_at"]) for row in rows]


def held(store: Store, instance: str, ids: Sequence[str]) -> set[str]:
    """Which of Xero's ids deliveries of an instance have been given."""
    values = (instance, json.dumps(list(ids)))
    return {row[0] for row in store.connection.execute(OUTBOX["held"], values)}


def found(store: Store, delivery: Delivery, settlement: Settlement, now: float) -> bool:
    """Settle a delivery whose fate was unknown; False if another process was first."""
    values = _fate(settlement, delivery.batch, "unknown", now)
    with store.transaction() as connection:
        return bool(connection.execute(OUTBOX["settle"], values).rowcount)


def missing(store: Store, delivery: Delivery, messages: Sequence[str] = ()) -> bool:
    """Return a delivery that is known not to be in Xero to the queue; False as in `found`."""
    values = {"id": delivery.id, "batch": delivery.batch, "messages": json.dumps(list(messages))}
    with store.transaction() as connection:
        return bool(connection.execute(OUTBOX["reopen"], values).rowcount)


def _fate(each: Settlement, batch: str | None, was: Status, now: float) -> dict[str, object]:
    return {
        "batch": batch,
        "position": each.position,
        "was": was,
        "status": each.status,
        "messages": json.dumps(list(each.messages)),
        "xero_id": each.xero_id,
        "xero_number": each.xero_number,
        "now": now,
    }


def _close(store: Store, batch: Batch, status: str, now: float) -> bool:
    values = {"id": batch.id, "owner": batch.owner, "status": status, "now": now}
    return bool(store.connection.execute(OUTBOX["close_batch"], values).rowcount)


_working: set[str] = set()


@contextmanager
def ownership() -> Iterator[str]:
    """An owner for one piece of work of this process."""
    owner = this_process().owner()
    _working.add(owner)
    try:
        yield owner
    finally:
        _working.discard(owner)


def _is_free(owner: str, expires_at: float, now: float) -> bool:
    """Whether a claim may be taken over."""
    if parse(owner) == this_process():
        return owner not in _working
    fate = fate_of(owner)
    if fate == "unseen":
        return not now < expires_at <= now + LEASE_SECONDS
    return fate == "dead"
