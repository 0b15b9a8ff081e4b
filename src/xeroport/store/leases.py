"""Leases: the right of one process to work on something, given back when it dies.

An instance's way into a destination has one owner at a time, so that two syncs, or a sync and a
webhook's update, never write over each other's checkpoints.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from xeroport.errors import Busy
from xeroport.store.database import Store
from xeroport.store.instants import to_text
from xeroport.store.processes import holds, parse, this_process

LENGTH = timedelta(minutes=2)
STATEMENT = """
INSERT INTO lease (name, owner, until) VALUES (:name, :owner, :until)
ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
"""


@dataclass(frozen=True)
class Lease:
    """A right that was taken: `owner` is this process and a word of its own."""

    name: str
    owner: str


def place_mark(url: str) -> str:
    """A short name for a destination's URL, which may hold a password."""
    place = url.partition("?storage=")[0] if url.startswith("duckdb:") else url
    return hashlib.blake2b(place.encode(), digest_size=4).hexdigest()


def way_into(instance: str, url: str) -> str:
    """The lease that everyone takes who writes an instance's records into a destination."""
    return f"{instance} → {place_mark(url)}"


def take(store: Store, name: str, *, now: datetime | None = None) -> Lease | None:
    """The lease of that name for `LENGTH`; None while another, living process has it."""
    with store.transaction(durable=False) as connection:
        now = now or datetime.now(UTC)
        row = connection.execute(
            "SELECT owner, until FROM lease WHERE name = ?", (name,)
        ).fetchone()
        latest = now + LENGTH
        if row is not None and holds(
            row["owner"], datetime.fromisoformat(row["until"]), now, latest=latest
        ):
            return None
        owner = this_process().owner()
        connection.execute(STATEMENT, {"name": name, "owner": owner, "until": to_text(latest)})
    return Lease(name, owner)


def renew(store: Store, lease: Lease, *, now: datetime | None = None) -> bool:
    """Keep a lease for another `LENGTH`; False if another has taken it."""
    until = to_text((now or datetime.now(UTC)) + LENGTH)
    with store.transaction(durable=False) as connection:
        return bool(
            connection.execute(
                "UPDATE lease SET until = ? WHERE name = ? AND owner = ?",
                (until, lease.name, lease.owner),
            ).rowcount
        )


def give_back(store: Store, lease: Lease) -> None:
    """End a lease."""
    with store.transaction(durable=False) as connection:
        connection.execute(
            "DELETE FROM lease WHERE name = ? AND owner = ?", (lease.name, lease.owner)
        )


def holder(store: Store, name: str) -> str | None:
    """The process that has a lease (`host:pid`), or None."""
    row = store.connection.execute("SELECT owner FROM lease WHERE name = ?", (name,)).fetchone()
    process = None if row is None else parse(row["owner"])
    return None if process is None else process.label


@contextmanager
def holding(store: Store, name: str, *, what: str) -> Iterator[Lease]:
    """Hold a lease for the length of a block; Busy, naming the holder, if it is taken."""
    lease = take(store, name)
    if lease is None:
        raise Busy(
            f"{what} is already being worked on by process {holder(store, name)}",
            hint="wait for it to end, then run the same command again",
        )
    over = threading.Event()
    heart = threading.Thread(target=_keep, args=(store, lease, over), daemon=True)
    heart.start()
    try:
        yield lease
    finally:
        over.set()
        heart.join()
        give_back(store, lease)


def _keep(store: Store, lease: Lease, over: threading.Event) -> None:
    while not over.wait(LENGTH.total_seconds() / 4):
        renew(store, lease)
    store.close()
