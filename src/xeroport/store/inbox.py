"""The webhook inbox: each event once, however often and in whatever order it was delivered.

Readers (the sync of an instance, its flows) each keep their own position, so that one reader's
failure holds up no other. Xero replays events for 31 days; older ones may be forgotten.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from xeroport.errors import InputError
from xeroport.secrets.vault import Secret
from xeroport.store import sealed
from xeroport.store.database import Store
from xeroport.store.instants import from_text, to_text
from xeroport.store.sql_statements import sql

KEPT = timedelta(days=31)
MOST = 10_000
"""Events that are read at a time."""

STATEMENTS = sql("inbox.sql")


@dataclass(frozen=True)
class Event:
    """One thing that happened at Xero: `category` such as INVOICE, `type` CREATE or UPDATE, `at`
    as Xero wrote it (UTC without a zone). Events are thin: the record itself must be read."""

    tenant: str
    resource: str
    category: str
    type: str
    at: str


@dataclass(frozen=True)
class KeptEvent:
    """An event in the inbox, with its place in the order of arrival and when it came (UTC)."""

    id: int
    event: Event
    received_at: datetime
    instance: str


@dataclass(frozen=True)
class Inbox:
    """What an instance's inbox holds; `waiting`: not yet read by some reader."""

    instance: str
    events: int
    last: datetime | None
    waiting: int


def set_key(store: Store, instance: str, key: Secret) -> None:
    """Keep the signing key of an instance's webhooks, sealed."""
    sealed_key = store.vault.seal(key, bound_to=sealed.signing_key(instance))
    with store.transaction() as connection:
        connection.execute(STATEMENTS["set_key"], (instance, sealed_key))


def has_key(store: Store, instance: str) -> bool:
    """Whether an instance has a signing key."""
    rows = store.connection.execute("SELECT 1 FROM webhook WHERE instance = ?", (instance,))
    return rows.fetchone() is not None


def forget_key(store: Store, instance: str) -> None:
    """Forget the signing key of an instance; its events stay."""
    with store.transaction() as connection:
        connection.execute("DELETE FROM webhook WHERE instance = ?", (instance,))


def key(store: Store, instance: str) -> Secret:
    """The signing key of an instance's webhooks; InputError if none was set."""
    row = store.connection.execute(
        "SELECT signing_key FROM webhook WHERE instance = ?", (instance,)
    ).fetchone()
    if row is None:
        raise InputError(
            f"`{instance}` has no webhook signing key",
            hint=f"copy it from the app's webhook page: `xeroport webhook key {instance}`",
        )
    return store.vault.unseal(row["signing_key"], bound_to=sealed.signing_key(instance))


def receive(store: Store, instance: str, events: Sequence[Event], now: datetime) -> int:
    """Keep the events that are not there yet; how many were new. On disk when it returns."""
    return receive_all(store, [(instance, events)], now)[0]


def receive_all(
    store: Store, deliveries: Sequence[tuple[str, Sequence[Event]]], now: datetime
) -> list[int]:
    """The same for several deliveries (instance, events) in one commit; how many of each were
    new. A delivery for an instance that is gone is dropped."""
    came, new = to_text(now), []
    with store.transaction() as connection:
        for instance, events in deliveries:
            before = connection.total_changes
            connection.executemany(
                STATEMENTS["receive"],
                [(e.tenant, e.resource, e.category, e.type, e.at, came, instance) for e in events],
            )
            new.append(connection.total_changes - before)
    return new


def unread(store: Store, instance: str, reader: str, limit: int = MOST) -> tuple[KeptEvent, ...]:
    """What a reader has not read yet, in the order of arrival."""
    rows = store.connection.execute(
        STATEMENTS["unread"], {"instance": instance, "reader": reader, "limit": limit}
    )
    return tuple(_kept(row) for row in rows)


def with_news(store: Store, reader: str) -> tuple[str, ...]:
    """The instances of which a reader has not read all."""
    rows = store.connection.execute(STATEMENTS["with_news"], {"reader": reader})
    return tuple(row["instance"] for row in rows)


def overview(store: Store) -> tuple[Inbox, ...]:
    """Every instance that has a signing key, with what its inbox holds; by name."""
    rows = store.connection.execute(STATEMENTS["overview"])
    return tuple(
        Inbox(row["instance"], row["events"], from_text(row["last"]), row["waiting"])
        for row in rows
    )


def advance(connection: sqlite3.Connection, instance: str, reader: str, position: int) -> None:
    """Say inside a transaction that a reader has dealt with all up to that id."""
    connection.execute(STATEMENTS["advance"], (instance, reader, position))


def forget_reader(store: Store, reader: str) -> None:
    """Forget how far a reader had come that is no more."""
    with store.transaction() as connection:
        connection.execute("DELETE FROM inbox_position WHERE reader = ?", (reader,))


def count(store: Store, instance: str) -> int:
    """How many events of an instance are kept."""
    row = store.connection.execute("SELECT count(*) FROM inbox WHERE instance = ?", (instance,))
    return int(row.fetchone()[0])


def recent(store: Store, instance: str | None = None, limit: int = 100) -> tuple[KeptEvent, ...]:
    """The latest events of an instance or of all, newest first."""
    rows = store.connection.execute(STATEMENTS["recent"], {"instance": instance, "limit": limit})
    return tuple(_kept(row) for row in rows)


def forget_old(store: Store, now: datetime) -> int:
    """Drop events that Xero would not replay any more; how many went."""
    with store.transaction(durable=False) as connection:
        return connection.execute(
            "DELETE FROM inbox WHERE received_at < ?", (to_text(now - KEPT),)
        ).rowcount


def _kept(row: sqlite3.Row) -> KeptEvent:
    event = Event(row["tenant"], row["resource"], row["category"], row["type"], row["at"])
    return KeptEvent(row["id"], event, datetime.fromisoformat(row["received_at"]), row["instance"])
