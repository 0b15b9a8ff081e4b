"""Claims: batches of the outbox that one process sends.

A batch's exact bytes, its Idempotency-Key (its own id) and the moment of its first sending are
committed before the first byte leaves: a process killed at any point leaves behind what is needed
to continue. The moment is kept twice, by the wall clock and by the machine's uptime, because the
first can be set and the second ends with the machine. An owner is a process; its claim is another's
once it is dead, or, where that cannot be seen (another host, no `/proc`), once the lease has
expired."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from xeroport.clock import Uptime
from xeroport.store.database import Store
from xeroport.store.outbox import departures
from xeroport.store.outbox.organisations import OUTBOX, organisation_of
from xeroport.store.outbox.staging import Staging
from xeroport.store.processes import has_not_expired, parse, process_state, this_process

LEASE_SECONDS = 900.0
MAX_BYTES = 3_500_000
ENVELOPE = 100
"""Bytes of a call that are not its records, at most."""


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """One record of a batch; `expected` is what its row said and is not sent, as JSON. One that is
    `doubted` may have come to Xero with an earlier batch."""

    id: int
    key: str
    body: bytes
    position: int
    expected: str = "{}"
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened, by two clocks: seconds since 1970, and the machine's uptime (None:
    it was not written down)."""

    wall: float
    uptime: Uptime | None


@dataclass(frozen=True, slots=True)
class Claim:
    """Records under way in one request; `first_sent` None means that nothing has left yet.

    `app` is the client id it goes with: Xero's memory for idempotency keys is an app's own.
    `limit` is how many records may go together: fewer once Xero did not take a batch.
    """

    id: str
    endpoint: str
    send_by: str
    ids: str
    body: bytes
    content_type: str | None
    parts: tuple[BatchRecord, ...]
    owner: str
    expires_at: float
    app: str = ""
    limit: int = 1_000_000
    first_sent: Moment | None = None
    sends: int = 0


@dataclass(frozen=True, slots=True)
class ComposedBatch:
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
    differences: tuple[str, ...] = ()

    def columns(self) -> dict[str, object]:
        """As the outbox keeps it."""
        return {
            "status": self.status,
            "messages": json.dumps(self.messages) if self.messages else "[]",
            "differences": json.dumps(self.differences) if self.differences else "[]",
            "xero_id": self.xero_id,
            "xero_number": self.xero_number,
        }


Capacity = Callable[[str], int]


def claim(
    store: Store,
    staging: Staging,
    *,
    instance: str,
    app: str,
    endpoint: str,
    owner: str,
    now: float,
    capacity: Capacity,
) -> Claim | None:
    """Take the next pending records of a push as one batch without its bytes; None when none is
    pending.

    All records of a batch share the endpoint that carries them and its path parameters;
    `capacity` says how many a request of an endpoint may hold.
    """
    with store.transaction() as connection:
        organisation = organisation_of(connection, instance)
        where = {"organisation": organisation, "endpoint": endpoint, "push": staging.push}
        head = connection.execute(OUTBOX["head"], where).fetchone()
        if head is None:
            return None
        limit = max(min(capacity(head["send_by"]), head["batch_limit"]), 1)
        group = {"send_by": head["send_by"], "ids": head["ids"], "id": head["id"], "limit": limit}
        parts: list[BatchRecord] = []
        size = 0
        for row in connection.execute(OUTBOX["group"], where | group):
            size += len(row["body"])
            if not fits(len(parts), size, max(row["batch_limit"], 1)):
                break
            parts.append(_part(row, len(parts)))
        batch = Claim(
            id=f"xeroport-{uuid.uuid4().hex}",
            endpoint=endpoint,
            send_by=head["send_by"],
            ids=head["ids"],
            body=b"",
            content_type=None,
            parts=tuple(parts),
            owner=owner,
            expires_at=now + LEASE_SECONDS,
            app=app,
            limit=head["batch_limit"],
        )
        _insert(store, batch, instance, organisation, now)
    return batch


def _part(row: sqlite3.Row, position: int) -> BatchRecord:
    values = (row["id"], row["key"], row["body"], position, row["expected"])
    return BatchRecord(*values, doubted=row["doubted"] is not None)


def fits(taken: int, size: int, limit: int) -> bool:
    """Whether a call of `taken` records has room for the next, which makes them `size` bytes."""
    return taken == 0 or (taken < limit and ENVELOPE + size + taken + 1 <= MAX_BYTES)


def _insert(store: Store, batch: Claim, instance: str, organisation: str, now: float) -> None:
    values = {
        "id": batch.id,
        "organisation": organisation,
        "instance": instance,
        "app": batch.app,
        "endpoint": batch.endpoint,
        "send_by": batch.send_by,
        "ids": batch.ids,
        "owner": batch.owner,
        "expires_at": batch.expires_at,
        "now": now,
    }
    store.connection.execute(OUTBOX["new_batch"], values)
    store.connection.executemany(
        OUTBOX["take"], [(batch.id, part.position, part.id) for part in batch.parts]
    )


def departs(store: Store, batch: Claim, now: float, uptime: Uptime) -> bool:
    """Commit that the batch leaves now, with its bytes; False if another process took it before."""
    values = {
        "id": batch.id,
        "owner": batch.owner,
        "body": batch.body,
        "content_type": batch.content_type,
        "now": now,
        "boot": uptime.boot,
        "uptime": uptime.seconds,
        "expires_at": now + LEASE_SECONDS,
    }
    with store.transaction() as connection:
        if not connection.execute(OUTBOX["departs"], values).rowcount:
            return False
        number = departures.count(connection)
    departures.note(store, number)
    return True


def as_sent(store: Store, batch: Claim) -> Claim:
    """The batch with what its sendings left in the store."""
    row = store.connection.execute(OUTBOX["sent_before"], (batch.id,)).fetchone()
    return replace(batch, first_sent=moment_of(row), sends=row["sends"])


def moment_of(row: sqlite3.Row) -> Moment | None:
    """When a batch may have left first; None if it never did."""
    if row["first_sent_at"] is None:
        return None
    uptime = None if row["boot"] is None else Uptime(row["boot"], row["first_uptime"])
    return Moment(row["first_sent_at"], uptime)


def renew(store: Store, owner: str, now: float) -> None:
    """Keep an owner's claims for another lease."""
    with store.transaction() as connection:
        connection.execute(OUTBOX["renew"], (now + LEASE_SECONDS, owner))


def settle(
    store: Store,
    batch: Claim,
    settlements: Iterable[Settlement],
    now: float,
    *,
    run: int | None = None,
) -> bool:
    """Write down the outcome of a batch's records; False if the batch is another's by now."""
    with store.transaction() as connection:
        if not _close(store, batch, "settled", now):
            return False
        ids = {part.position: part.id for part in batch.parts}
        same = {"batch": batch.id, "was": "claimed", "now": now, "run": run}
        changes = [
            settlement.columns() | same | {"id": ids[settlement.position]}
            for settlement in settlements
        ]
        connection.executemany(OUTBOX["settle"], changes)
    return True


def give_back(
    store: Store, batch: Claim, now: float, *, has_left: bool = False, halve: bool = False
) -> None:
    """Return the records of a batch that should not be in Xero; a new batch takes them.

    One that `has_left` and was refused is doubted: a number that is taken then may be its own.
    With `halve` they go in smaller batches from now on, to find the one that Xero cannot read.
    """
    limit = max(len(batch.parts) // 2, 1) if halve else 1_000_000
    with store.transaction() as connection:
        if _close(store, batch, "released", now):
            values = {"batch": batch.id, "limit": limit, "has_left": has_left}
            connection.execute(OUTBOX["back"], values)


def doubt(
    store: Store, batch: Claim, words: Sequence[str], now: float, *, limit: int = 1_000_000
) -> None:
    """Mark the records of a batch as unknown: they may be in Xero, or not.

    Those that turn out not to be there go in batches of at most `limit`; with 0 not at all.
    """
    values = {"messages": json.dumps(list(words)), "batch": batch.id, "limit": limit}
    with store.transaction() as connection:
        if _close(store, batch, "unknown", now):
            connection.execute(OUTBOX["doubt"], values)


def abandoned(store: Store, *, instance: str, endpoint: str, owner: str, now: float) -> list[Claim]:
    """Take over the claims of processes that are dead, or whose lease has expired."""
    batches = []
    where = (organisation_of(store.connection, instance), endpoint)
    for row in store.connection.execute(OUTBOX["open_batches"], where).fetchall():
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
        parts = tuple(_part(member, member["position"]) for member in members)
        batches.append(
            Claim(
                id=row["id"],
                endpoint=endpoint,
                send_by=row["send_by"],
                ids=row["ids"],
                body=row["body"] or b"",
                content_type=row["content_type"],
                parts=parts,
                owner=owner,
                expires_at=values["expires_at"],
                app=row["app"],
                first_sent=moment_of(row),
                sends=row["sends"],
            )
        )
    return batches


def _close(store: Store, batch: Claim, status: str, now: float) -> bool:
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
    settlement = process_state(owner)
    if settlement == "unseen":
        return not has_not_expired(expires_at, now, latest=now + LEASE_SECONDS)
    return settlement == "dead"
