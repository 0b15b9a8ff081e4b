"""Flows and what they carry: documents, checkpoints, and one row per record and step.

A record is `ready` for its target, `waiting` for an earlier step, `queued` in the outbox, `sent`,
`refused` with the reasons, or `unknown`. It is known by its key: the same contents again are
nothing new, other contents make it `ready` again. All that changes together with the checkpoint
takes the caller's transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from xeroport.errors import UnknownName
from xeroport.store.database import Store
from xeroport.store.instants import to_text
from xeroport.store.row_mapper import columns_of, value_of
from xeroport.store.sql_statements import sql

Status = Literal["waiting", "ready", "queued", "sent", "refused", "unknown"]
STATEMENTS = sql("flows.sql")


@dataclass(frozen=True)
class SavedFlow:
    """A flow as it was added; `folder` is where relative paths in its document begin."""

    name: str
    document: str
    folder: str
    enabled: bool
    state: dict[str, Any]
    added_at: datetime


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What a flow made of a record of its source for one step. `body` None: it could not be."""

    step: int
    key: str
    origin: str
    source: str
    body: str | None
    hash: bytes
    ids: str = "{}"
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FlowRecord:
    """One record on its way, or at its end."""

    id: int
    flow: str
    step: int
    key: str
    origin: str
    source: str | None
    body: str | None
    ids: str
    hash: bytes
    status: Status
    messages: tuple[str, ...]
    delivery: int | None
    place: str | None
    changed_at: datetime


def put(
    store: Store, name: str, document: str, *, folder: str, now: datetime, afresh: bool
) -> None:
    """Keep a flow, or its new document; with `afresh` it reads its source from the beginning."""
    values = {"name": name, "document": document, "folder": folder, "afresh": afresh}
    with store.transaction() as connection:
        connection.execute(STATEMENTS["put"], values | {"now": to_text(now)})


def get(store: Store, name: str) -> SavedFlow:
    """The flow of that name, also as its file is called (`cast_int`); UnknownName otherwise."""
    named = (name, name.lower().replace("_", "-"))
    query = "SELECT * FROM flow WHERE name IN (?, ?)"
    row = store.connection.execute(query, named).fetchone()
    if row is None:
        raise store.unknown("flow", name, hint="see `xeroport flow list`")
    return _kept(row)


def all_flows(store: Store) -> tuple[SavedFlow, ...]:
    """Every flow, by name."""
    return tuple(map(_kept, store.connection.execute("SELECT * FROM flow ORDER BY name")))


def enable(store: Store, name: str, enabled: bool) -> None:
    """Let a flow run, or not."""
    get(store, name)
    with store.transaction() as connection:
        connection.execute("UPDATE flow SET enabled = ? WHERE name = ?", (enabled, name))


def remove(store: Store, name: str) -> None:
    """Forget a flow and what it carried; the outbox keeps what was enqueued."""
    get(store, name)
    with store.transaction() as connection:
        connection.execute("DELETE FROM flow WHERE name = ?", (name,))


def save(connection: sqlite3.Connection, name: str, state: Mapping[str, Any]) -> None:
    """Set the checkpoint of a flow inside a transaction."""
    connection.execute("UPDATE flow SET state = ? WHERE name = ?", (json.dumps(state), name))


def take_in(
    connection: sqlite3.Connection,
    flow: str,
    run: int,
    records: Iterable[StepRecord],
    now: datetime,
) -> Counter[str]:
    """Take up what a source gave, inside a transaction: how many were `new`, `changed`, `same`."""
    tally: Counter[str] = Counter()
    for record in records:
        row = connection.execute(STATEMENTS["held"], (flow, record.step, record.key)).fetchone()
        if row is not None and row["hash"] == record.hash:
            tally["same"] += 1
            continue
        messages, status = json.dumps(record.problems), _first(record)
        values = columns_of(record, flow=flow, status=status, messages=messages, now=to_text(now))
        if row is None:
            identity = connection.execute(STATEMENTS["insert"], values).lastrowid
            tally["new"] += 1
        else:
            identity = row["id"]
            connection.execute(STATEMENTS["change"], values | {"id": identity})
            tally["changed"] += 1
        connection.execute(STATEMENTS["of_run"], (run, identity))
    return tally


def _first(made: StepRecord) -> Status:
    if made.body is None:
        return "refused"
    return "waiting" if made.step else "ready"


def promote(connection: sqlite3.Connection, flow: str, step: int, now: datetime) -> int:
    """Make `ready` what waited for an earlier step that is done; how many."""
    values = {"flow": flow, "step": step, "now": to_text(now)}
    return connection.execute(STATEMENTS["promote"], values).rowcount


def adopt(connection: sqlite3.Connection, flow: str, step: int, run: int) -> None:
    """Make what is on its way in a step part of a run, whichever run took it in."""
    connection.execute(STATEMENTS["adopt"], {"flow": flow, "step": step, "run": run})


def ready(store: Store, flow: str, step: int) -> list[FlowRecord]:
    """The records that a step has yet to deliver, in the order they came."""
    return [carried_of(row) for row in store.connection.execute(STATEMENTS["ready"], (flow, step))]


def queued(
    connection: sqlite3.Connection,
    flow: str,
    step: int,
    key: str,
    *,
    status: Status,
    delivery: int | None,
    messages: Iterable[str] = (),
    now: datetime,
) -> None:
    """Say what enqueueing made of a `ready` record, inside the transaction that enqueued it."""
    values = {
        "flow": flow,
        "step": step,
        "key": key,
        "status": status,
        "delivery": delivery,
        "messages": json.dumps(list(messages)),
        "now": to_text(now),
    }
    connection.execute(STATEMENTS["queued"], values)


def follow(connection: sqlite3.Connection, flow: str, step: int, now: datetime) -> None:
    """Take over what became of a step's records in the outbox."""
    connection.execute(STATEMENTS["follow"], {"flow": flow, "step": step, "now": to_text(now)})


def undelivered(store: Store, flow: str, step: int) -> list[tuple[int, str]]:
    """Delivery and key of what a step has in the outbox without an end, or waits for there."""
    rows = store.connection.execute(STATEMENTS["undelivered"], (flow, step)).fetchall()
    return [(row["delivery"], row["key"]) for row in rows]


def settle(
    connection: sqlite3.Connection,
    record: FlowRecord,
    status: Status,
    now: datetime,
    *,
    messages: Iterable[str] = (),
) -> None:
    """Say what became of a record, unless it has changed meanwhile."""
    values = {
        "id": record.id,
        "hash": record.hash,
        "status": status,
        "messages": json.dumps(list(messages)),
        "now": to_text(now),
    }
    connection.execute(STATEMENTS["settle"], values)


def place(store: Store, flow: str, step: int, path: str) -> None:
    """Bind what is `ready` and has no place yet to a file, before it is written."""
    values = {"flow": flow, "step": step, "place": path}
    with store.transaction() as connection:
        connection.execute(STATEMENTS["place"], values)


def again(connection: sqlite3.Connection, record: FlowRecord, run: int, now: datetime) -> bool:
    """Put a record back on its way, as part of a run; False where it has no body to send."""
    connection.execute(STATEMENTS["of_run"], (run, record.id))
    values = {"id": record.id, "now": to_text(now)}
    return bool(connection.execute(STATEMENTS["again"], values).rowcount)


def drop(connection: sqlite3.Connection, record: FlowRecord) -> None:
    """Forget a record that turned out to have another key, inside a transaction."""
    connection.execute("DELETE FROM flow_record WHERE id = ?", (record.id,))


def forget_broken(connection: sqlite3.Connection, flow: str, file: str) -> None:
    """Forget inside a transaction what lines of a file had no key: it is read again."""
    connection.execute(STATEMENTS["forget_broken"], {"flow": flow, "file": f"{file}:"})


def refused(store: Store, flow: str, limit: int = 1_000) -> tuple[FlowRecord, ...]:
    """What a target refused, or may or may not have, with the reasons."""
    rows = store.connection.execute(STATEMENTS["refused"], (flow, limit))
    return tuple(map(carried_of, rows))


def carried(store: Store, flow: str, record_id: int) -> FlowRecord:
    """One record of a flow by its id; UnknownName if there is none."""
    row = store.connection.execute(
        "SELECT * FROM flow_record WHERE flow = ? AND id = ?", (flow, record_id)
    ).fetchone()
    if row is None:
        raise UnknownName("record of this flow", str(record_id), (), hint="reload the page")
    return carried_of(row)


def set_source(
    connection: sqlite3.Connection, record: FlowRecord, source: str, now: datetime
) -> None:
    """Change what the source gave for a record, inside a transaction."""
    connection.execute(
        "UPDATE flow_record SET source = ?, changed_at = ? WHERE id = ? AND hash = ?",
        (source, to_text(now), record.id, record.hash),
    )


def last_run(store: Store, record: FlowRecord) -> int | None:
    """The latest run that a record belongs to."""
    query = "SELECT max(run) AS run FROM flow_run WHERE record = ?"
    run: int | None = store.connection.execute(query, (record.id,)).fetchone()["run"]
    return run


def of_run(store: Store, run: int) -> tuple[FlowRecord, ...]:
    """The records that a run was about, as they are now."""
    rows = store.connection.execute(STATEMENTS["records_of_run"], (run,))
    return tuple(map(carried_of, rows))


def run_counts(store: Store, run: int) -> dict[int, dict[str, int]]:
    """Step → status → how many of a run's records are in it now."""
    return _by_step(store.connection.execute(STATEMENTS["run_counts"], (run,)))


def counts(store: Store, flow: str) -> dict[int, dict[str, int]]:
    """Step → status → how many of all records that a flow ever carried."""
    return _by_step(store.connection.execute(STATEMENTS["counts"], (flow,)))


def runs_of(store: Store, flow: str, limit: int = 20) -> list[int]:
    """The ids of a flow's latest runs, newest first."""
    return [row["id"] for row in store.connection.execute(STATEMENTS["runs"], (flow, limit))]


def is_read(store: Store, flow: str, digest: str) -> bool:
    """Whether a flow has read a file with these contents."""
    rows = store.connection.execute(
        "SELECT 1 FROM flow_file WHERE flow = ? AND digest = ?", (flow, digest)
    )
    return rows.fetchone() is not None


def mark_read(
    connection: sqlite3.Connection, flow: str, digest: str, *, name: str, now: datetime
) -> None:
    """Say inside a transaction that a flow has read a file to its end."""
    connection.execute(
        "INSERT OR IGNORE INTO flow_file (flow, digest, name, read_at) VALUES (?, ?, ?, ?)",
        (flow, digest, name, to_text(now)),
    )


def _by_step(rows: Iterable[sqlite3.Row]) -> dict[int, dict[str, int]]:
    numbers: dict[int, dict[str, int]] = {}
    for row in rows:
        numbers.setdefault(row["step"], {})[row["status"]] = row["number"]
    return numbers


def _kept(row: sqlite3.Row) -> SavedFlow:
    return value_of(SavedFlow, row, json=("state",))


def carried_of(row: sqlite3.Row) -> FlowRecord:
    """A row of the table `flow_record` as a value."""
    return value_of(FlowRecord, row, json=("messages",))
