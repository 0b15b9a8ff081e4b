"""Notices still to be delivered: kept with the end of the run that they are about, so that no crash
loses one, and gone once their receiver has taken them.

They go where their schedule says at that moment: what waited goes to a corrected address.
Those of one schedule go in order, each once the one before is gone.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from xeroport.clock import Clock
from xeroport.store.database import Store
from xeroport.store.instants import to_text
from xeroport.store.processes import has_died
from xeroport.store.row_mapper import value_of
from xeroport.store.sql_statements import sql

LEASE = timedelta(minutes=2)
KEPT = timedelta(days=3)
"""How long the delivery of a notice is tried."""

PAUSES = tuple(timedelta(seconds=each) for each in (2, 10, 60, 300, 900, 3600))
"""How long after each failure it is tried again; the last of them from then on."""

STATEMENTS = sql("notices.sql")
Event = Literal["opened", "closed", "test"]


@dataclass(frozen=True)
class WaitingNotice:
    """A notice and where it goes: `place` is the schedule's `notify`, `target` what it runs.
    `problem` is why the last of `tries` failed."""

    id: int
    schedule: str
    target: str
    place: str | None
    event: Event
    since: datetime
    due: datetime
    message: str
    made_at: datetime
    tries: int
    try_at: datetime
    problem: str | None
    owner: str | None


def keep(
    connection: sqlite3.Connection,
    schedule: str,
    event: Event,
    *,
    since: datetime,
    due: datetime,
    message: str,
    now: datetime,
) -> None:
    """Keep a notice inside the transaction that ends its run."""
    values = {
        "schedule": schedule,
        "event": event,
        "since": to_text(since),
        "due": to_text(due),
        "message": message,
        "now": to_text(now),
    }
    connection.execute(STATEMENTS["keep"], values)


def claim(store: Store, owner: str, clock: Clock) -> WaitingNotice | None:
    """Take a notice whose time has come, or which a dead process left; None if there is none. A
    time further ahead than any pause is of a clock that was wrong."""
    if store.connection.execute("SELECT 1 FROM notice LIMIT 1").fetchone() is None:
        return None
    with store.transaction() as connection:
        now = clock.now()
        for row in connection.execute(STATEMENTS["candidates"]):
            notice = _waiting(row)
            is_held = now < notice.try_at <= now + max(PAUSES) + LEASE
            if is_held and not (notice.owner and has_died(notice.owner)):
                continue
            connection.execute(
                STATEMENTS["take"], {"id": notice.id, "owner": owner, "until": to_text(now + LEASE)}
            )
            return notice
    return None


def done(store: Store, notice: WaitingNotice, owner: str) -> None:
    """Forget a notice: it was taken, or nobody wants it any more."""
    with store.transaction() as connection:
        connection.execute(STATEMENTS["done"], {"id": notice.id, "owner": owner})


def later(store: Store, notice: WaitingNotice, owner: str, *, now: datetime, problem: str) -> bool:
    """Say that a notice was not taken; False where it is given up, since it is too old."""
    if now - notice.made_at >= KEPT:
        done(store, notice, owner)
        return False
    pause = PAUSES[min(notice.tries, len(PAUSES) - 1)]
    with store.transaction() as connection:
        connection.execute(
            STATEMENTS["later"],
            {"id": notice.id, "owner": owner, "try_at": to_text(now + pause), "problem": problem},
        )
    return True


def waiting(store: Store) -> tuple[WaitingNotice, ...]:
    """What is still to be delivered, oldest first."""
    return tuple(map(_waiting, store.connection.execute(STATEMENTS["waiting"])))


def _waiting(row: sqlite3.Row) -> WaitingNotice:
    return value_of(WaitingNotice, row, place=row["notify"])
