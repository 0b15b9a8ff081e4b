"""Schedules and the runs that fell due: who may start which, decided in one transaction.

A due run is a `firing`, keyed by schedule and due instant. Claiming one takes the schedule's
lease, so that a run never overlaps itself; missed times coalesce into the latest of them. A lease
that ran out, or whose process died, is given to the next who asks, with the same firing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from xeroport.clock import Clock
from xeroport.cron import last_due, next_due
from xeroport.store import notices
from xeroport.store.database import Store
from xeroport.store.instants import from_text, to_text
from xeroport.store.processes import holds
from xeroport.store.row_mapper import value_of
from xeroport.store.sql_statements import sql

Kind = Literal["sync", "flow", "poll"]
LEASE = timedelta(minutes=5)
FAR_AHEAD = timedelta(days=2)
"""A due time so much later than what the schedule says is of a clock that was wrong; less may be
the hour that comes twice in autumn."""
SKIPPED = "skipped"
"""The same work was being done by hand: neither a failure nor the end of one."""

FINE = ("done", SKIPPED)
KEPT_FIRINGS = 500
"""Firings of one schedule that are kept as history."""

SEE_LIST = "see `xeroport schedule list`"
STATEMENTS = sql("schedules.sql")


@dataclass(frozen=True)
class Schedule:
    """What runs when: `target` is the instance of a sync or a poll, or the name of a flow."""

    name: str
    kind: Kind
    target: str
    cron: str
    time_zone: str
    next_due: datetime
    arguments: dict[str, Any]
    notify: str | None = None
    paused: bool = False
    owner: str | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True)
class Firing:
    """One run that fell due. `attempts` counts the starts: above 1 after a crash."""

    schedule: str
    due: datetime
    attempts: int
    started_at: datetime
    finished_at: datetime | None
    status: str
    run: int | None
    message: str | None


@dataclass(frozen=True)
class Incident:
    """What finishing a firing changed: `opened` on a first failure, `closed` when it is over."""

    opened: bool
    closed: bool


def put(
    store: Store,
    schedule: str,
    *,
    kind: Kind,
    target: str,
    cron: str,
    time_zone: str,
    now: datetime,
    arguments: dict[str, Any] | None = None,
    notify: str | None = None,
) -> Schedule:
    """Add a schedule, or replace the one of that name; InputError if it can never be due."""
    due = next_due(cron, time_zone=time_zone, after=now)
    with store.transaction() as connection:
        connection.execute(
            STATEMENTS["put"],
            {
                "name": schedule,
                "kind": kind,
                "target": target,
                "arguments": msgspec.json.encode(arguments or {}).decode(),
                "cron": cron,
                "time_zone": time_zone,
                "notify": notify,
                "next_due": to_text(due),
            },
        )
    return get(store, schedule)


def get(store: Store, name: str) -> Schedule:
    """The schedule of that name; UnknownName otherwise."""
    return _schedule(store.named("schedule", name, hint=SEE_LIST))


def find(store: Store, name: str) -> Schedule | None:
    """The schedule of that name; None if there is none."""
    row = store.connection.execute("SELECT * FROM schedule WHERE name = ?", (name,)).fetchone()
    return None if row is None else _schedule(row)


def all_schedules(store: Store) -> tuple[Schedule, ...]:
    """Every schedule, by name."""
    rows = store.connection.execute("SELECT * FROM schedule ORDER BY name")
    return tuple(_schedule(row) for row in rows)


def remove(store: Store, name: str) -> None:
    """Forget a schedule and its firings."""
    with store.transaction() as connection:
        if connection.execute("DELETE FROM schedule WHERE name = ?", (name,)).rowcount == 0:
            raise store.unknown("schedule", name, hint=SEE_LIST)


def pause(store: Store, name: str) -> None:
    """Start nothing more until `resume`."""
    with store.transaction() as connection:
        changed = connection.execute("UPDATE schedule SET paused = 1 WHERE name = ?", (name,))
        if changed.rowcount == 0:
            raise store.unknown("schedule", name, hint=SEE_LIST)


def resume(store: Store, name: str, now: datetime) -> None:
    """Continue from the next due time; what fell due while paused is not made up for."""
    schedule = get(store, name)
    due = next_due(schedule.cron, time_zone=schedule.time_zone, after=now)
    with store.transaction() as connection:
        connection.execute("UPDATE schedule SET paused = 0 WHERE name = ?", (name,))
        connection.execute(STATEMENTS["advance"], {"next_due": to_text(due), "name": name})


def claim(
    store: Store, owner: str, clock: Clock, *, running: Container[str] = ()
) -> tuple[Schedule, Firing] | None:
    """Take the right to run what is due, or what a dead process left; None if nothing is. The
    clock is read once all other writers are done, so that no wait for them shortens the lease;
    what the caller is `running` is left alone, even if a machine that slept let its lease end."""
    with store.transaction() as connection:
        now = clock.now()
        for row in connection.execute("SELECT * FROM schedule ORDER BY next_due, name"):
            until = from_text(row["lease_until"]) or now
            is_held = holds(row["owner"], until, now, latest=now + LEASE)
            if row["paused"] or row["name"] in running or is_held:
                continue
            firing = _unfinished(connection, row["name"]) or _fall_due(connection, row, now)
            if firing is None:
                continue
            connection.execute(
                STATEMENTS["lease"],
                {"owner": owner, "until": to_text(now + LEASE), "name": row["name"]},
            )
            return _schedule(row), firing
    return None


def renew(store: Store, name: str, owner: str, now: datetime) -> bool:
    """Keep the lease of a run that is running; False if another has taken it over."""
    with store.transaction(durable=False) as connection:
        renewed = connection.execute(
            STATEMENTS["renew"], {"until": to_text(now + LEASE), "name": name, "owner": owner}
        )
        return renewed.rowcount == 1


def let_go(store: Store, name: str, owner: str) -> None:
    """Give a lease back with its firing unfinished: whoever asks next continues with it, and this
    start does not count as an attempt."""
    with store.transaction() as connection:
        held = connection.execute(STATEMENTS["let_go"], {"name": name, "owner": owner})
        if held.rowcount:
            connection.execute(STATEMENTS["not_counted"], {"name": name})


def finish(
    store: Store,
    firing: Firing,
    *,
    owner: str,
    now: datetime,
    status: str,
    run: int | None = None,
    message: str | None = None,
) -> Incident:
    """Close a firing and give the lease back; says whether an incident began or ended, of which a
    notice is kept where the schedule has somebody to tell."""
    failed = status not in FINE
    with store.transaction() as connection:
        row = connection.execute(
            "SELECT failing_since, notify FROM schedule WHERE name = ? AND owner = ?",
            (firing.schedule, owner),
        ).fetchone()
        if row is None:
            return Incident(opened=False, closed=False)
        since = from_text(row["failing_since"])
        connection.execute(
            STATEMENTS["end"],
            {
                "now": to_text(now),
                "status": status,
                "run": run,
                "message": message,
                "name": firing.schedule,
                "due": to_text(firing.due),
            },
        )
        still_failing_since = (since or now) if failed else since if status == SKIPPED else None
        connection.execute(
            STATEMENTS["release"],
            {
                "failing_since": None
                if still_failing_since is None
                else to_text(still_failing_since),
                "name": firing.schedule,
            },
        )
        connection.execute(
            STATEMENTS["forget_old"], {"name": firing.schedule, "kept": KEPT_FIRINGS}
        )
        opened, closed = failed and since is None, still_failing_since is None and since is not None
        if row["notify"] is not None and (opened or closed):
            notices.keep(
                connection,
                firing.schedule,
                "opened" if opened else "closed",
                since=since or now,
                due=firing.due,
                message=message or status,
                now=now,
            )
    return Incident(opened=opened, closed=closed)


def firings(store: Store, name: str, limit: int = 20) -> tuple[Firing, ...]:
    """The latest firings of a schedule, newest first."""
    rows = store.connection.execute(STATEMENTS["firings"], (name, limit))
    return tuple(_firing(row) for row in rows)


def _unfinished(connection: sqlite3.Connection, name: str) -> Firing | None:
    row = connection.execute(STATEMENTS["unfinished"], (name,)).fetchone()
    if row is None:
        return None
    connection.execute(STATEMENTS["again"], (name, row["due"]))
    firing = _firing(row)
    return replace(firing, attempts=firing.attempts + 1)


def _fall_due(connection: sqlite3.Connection, row: sqlite3.Row, now: datetime) -> Firing | None:
    due = datetime.fromisoformat(row["next_due"])
    when = {"time_zone": row["time_zone"]}
    if due > now:
        if due - now > FAR_AHEAD:
            sooner = next_due(row["cron"], after=now, **when)
            if sooner > now and due - sooner > FAR_AHEAD:
                # made by a clock that was ahead: the schedule would stand still until then
                connection.execute(
                    STATEMENTS["advance"], {"next_due": to_text(sooner), "name": row["name"]}
                )
        return None
    due = max(due, last_due(row["cron"], at=now, **when) or due)
    connection.execute(
        STATEMENTS["advance"],
        {"next_due": to_text(next_due(row["cron"], after=now, **when)), "name": row["name"]},
    )
    begun = connection.execute(
        STATEMENTS["begun"], {"name": row["name"], "due": to_text(due)}
    ).fetchone()
    if begun is not None and begun["is_last"]:
        return None
    if begun is not None:
        due = now  # the clock was wrong then or is now: the history keeps that run and this one
    connection.execute(
        STATEMENTS["begin"], {"name": row["name"], "due": to_text(due), "now": to_text(now)}
    )
    return Firing(row["name"], due, 1, now, None, "running", None, None)


def _schedule(row: sqlite3.Row) -> Schedule:
    return value_of(Schedule, row, json=("arguments",))


def _firing(row: sqlite3.Row) -> Firing:
    return value_of(Firing, row)
