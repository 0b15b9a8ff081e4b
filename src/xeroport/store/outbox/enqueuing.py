"""Staged records into the outbox: what is new there, what changed, and what that means.

A key is enqueued once. The same record again is left as it is; a record that Xero rejected may come
again with other contents; any other change under a known key is a conflict, unless the caller
brings a `Revise` that says how a change is to be sent.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from msgspec import Struct

from xeroport.store.database import Store
from xeroport.store.outbox.organisations import organisation_of
from xeroport.store.outbox.outbox import STAGED, Status
from xeroport.store.outbox.staging import Draft, Staging

AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Revision:
    """How a changed record is sent that Xero holds already."""

    send_by: str
    body: bytes
    ids: str


Revise = Callable[[Draft, str | None], Revision]
"""The new draft and Xero's id, where it is known, of the record that Xero holds → its revision;
InputError where Xero has no way."""


class DueRecord(Struct, frozen=True):
    """A record as it will be sent; `batch_limit` is the most that may go with it in one call."""

    send_by: str
    ids: str
    body: bytes
    batch_limit: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """A key whose record changed since it was enqueued, in the state `status`."""

    key: str
    line: int | None
    status: Status
    old_line: int | None
    old_file: str | None


@dataclass(frozen=True, slots=True)
class Sibling:
    """A staged record whose key was given to another endpoint of the same records before."""

    key: str
    line: int | None
    body: bytes
    endpoint: str
    status: Status
    old_line: int | None
    old_file: str | None


def conflicts(staging: Staging, instance: str, endpoint: str) -> list[Conflict]:
    """What of the staged records cannot be enqueued without a `Revise`."""
    return [
        Conflict(row["key"], row["line"], row["status"], row["old_line"], row["old_file"])
        for row in _changed(staging, instance, endpoint)
        if not _mendable(row)
    ]


def siblings(staging: Staging, instance: str, endpoints: Iterable[str]) -> list[Sibling]:
    """The staged records that are new to their endpoint, and whose key one of the others has."""
    staging.flush()
    values = {
        "push": staging.push,
        "organisation": organisation_of(staging.connection, instance),
        "endpoints": json.dumps(list(endpoints)),
    }
    return [Sibling(*row) for row in staging.connection.execute(STAGED["siblings"], values)]


def enqueue(
    connection: sqlite3.Connection,
    staging: Staging,
    *,
    instance: str,
    endpoint: str,
    now: float,
    revise: Revise | None = None,
    held: bool = False,
) -> Counter[str]:
    """Put the staged records into the outbox, inside the caller's transaction; `held` ones are not
    sent before a person approves them.

    Counts what became of them: `new`, `corrected`, `revised`, a known record's status, or
    `changed STATUS` for a conflict that was left alone.
    """
    replace_changed(connection, staging, instance, endpoint, now=now, revise=revise, held=held)
    span = _span(connection, staging)
    insert_new(connection, staging, instance, endpoint, now=now, span=span, held=held)
    return _tally(connection, staging)


def enqueue_all(
    store: Store,
    staging: Staging,
    *,
    instance: str,
    endpoint: str,
    now: float,
    revise: Revise | None = None,
    held: bool = False,
) -> Counter[str]:
    """`enqueue` in transactions of bounded size, so that other processes get their turn."""
    with store.transaction() as connection:
        replace_changed(connection, staging, instance, endpoint, now=now, revise=revise, held=held)
    low, high = _span(store.connection, staging)
    while low <= high:
        span = (low, min(low + AT_ONCE - 1, high))
        with store.transaction() as connection:
            insert_new(connection, staging, instance, endpoint, now=now, span=span, held=held)
        low += AT_ONCE
    return _tally(store.connection, staging)


def replace_changed(
    connection: sqlite3.Connection,
    staging: Staging,
    instance: str,
    endpoint: str,
    *,
    now: float,
    revise: Revise | None,
    held: bool,
) -> None:
    """Give known keys their new contents, where that is allowed."""
    for row in _changed(staging, instance, endpoint):
        draft = Draft(row["key"], row["new_body"], row["new_ids"], row["line"])
        revision = Revision(endpoint, draft.body, draft.ids)
        if not _mendable(row):
            if revise is None or row["status"] in ("claimed", "unknown"):
                continue
            if _is_held(row):
                revision = revise(draft, row["xero_id"])
        values = {
            "id": row["id"],
            "was": row["status"],
            "hash": row["new_hash"],
            "body": revision.body,
            "ids": revision.ids,
            "send_by": revision.send_by,
            "file": staging.file,
            "line": row["line"],
            "expected": row["expected"],
            "instance": instance,
            "now": now,
            "held": held,
        }
        if connection.execute(STAGED["replace"], values).rowcount:
            was = "corrected" if row["status"] == "rejected" else "revised"
            connection.execute(
                "UPDATE temp.staged SET was = ? WHERE push = ? AND delivery = ?",
                (was, staging.push, row["id"]),
            )


def insert_new(
    connection: sqlite3.Connection,
    staging: Staging,
    instance: str,
    endpoint: str,
    *,
    now: float,
    span: tuple[int, int],
    held: bool = False,
) -> None:
    """Insert the staged records of a span of sequence numbers that the outbox does not know."""
    values = {
        "push": staging.push,
        "organisation": organisation_of(connection, instance),
        "instance": instance,
        "status": "held" if held else "pending",
        "endpoint": endpoint,
        "file": staging.file,
        "now": now,
        "low": span[0],
        "high": span[1],
    }
    connection.execute(STAGED["insert"], values)
    connection.execute(STAGED["link_new"], values)


def due(staging: Staging, endpoint: str, *, revise: Revise | None = None) -> Iterator[DueRecord]:
    """What a push of the staged records would send, in the order of its calls.

    The records are linked to the outbox already (`conflicts` does it); nothing is changed.
    """
    staging.flush()
    values = {"push": staging.push, "endpoint": endpoint, "update": revise is not None}
    for row in staging.connection.execute(STAGED["unsent"], values):
        if revise is None or not row["revises"]:
            yield DueRecord(row["send_by"], row["ids"], row["body"], row["batch_limit"])
            continue
        draft = Draft(row["key"], row["body"], row["ids"], row["line"])
        revision = revise(draft, row["xero_id"])
        yield DueRecord(revision.send_by, revision.ids, revision.body, row["batch_limit"])


def _span(connection: sqlite3.Connection, staging: Staging) -> tuple[int, int]:
    """The first and the last sequence number of the staged records."""
    low, high = connection.execute(STAGED["span"], (staging.push,)).fetchone()
    return low or 0, high or 0


def _tally(connection: sqlite3.Connection, staging: Staging) -> Counter[str]:
    """How many of the staged records became what."""
    rows = connection.execute(STAGED["tally"], (staging.push,))
    return Counter({row[0]: row[1] for row in rows})


def _changed(staging: Staging, instance: str, endpoint: str) -> list[sqlite3.Row]:
    staging.flush()
    organisation = organisation_of(staging.connection, instance)
    values = {"push": staging.push, "organisation": organisation, "endpoint": endpoint}
    staging.connection.execute(STAGED["link"], values)
    return list(staging.connection.execute(STAGED["changed"], (staging.push,)))


def _mendable(row: sqlite3.Row) -> bool:
    """Rejected and never in Xero: other contents are what was asked for."""
    return row["status"] == "rejected" and row["xero_id"] is None


def _is_held(row: sqlite3.Row) -> bool:
    """Whether Xero has an earlier version of the record."""
    return row["xero_id"] is not None or row["status"] == "sent"


def is_conflict(was: str) -> bool:
    """Whether `enqueue` left a record alone because it changed since it was enqueued."""
    return was.startswith("changed ")
