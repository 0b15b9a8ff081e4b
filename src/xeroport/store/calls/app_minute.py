"""The minute that all organisations of one Xero app have together.

Every home folder, and every shard of a fleet, has a share of it. A call counts as it does against
its organisation's minute: until 60 s after its end. Of what Xero says is left, a share is taken
again with each reply; so that all who share, together, never take more than Xero said.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from msgspec import Struct

from xeroport.store.calls.file import WINDOW, Calls
from xeroport.store.processes import has_not_expired, this_process

APP_MINUTE = 10_000
"""Calls a minute that Xero allows one app over all its organisations."""

LISTEN = 1.0
"""Seconds after which it is worth asking again whether Xero has said something new."""


class AppShare(Struct, frozen=True):
    """What one caller may take of an app's minute: `calls` in any 60 s, and `part` (above 0, at
    most 1) of what Xero says is left. An app is known by its client id."""

    app: str
    calls: int = APP_MINUTE
    part: float = 1.0


def admit(database: sqlite3.Connection, share: AppShare, now: float) -> float | None:
    """None and the call is counted as begun, or seconds until it is worth trying again."""
    ended = (share.app, now - WINDOW, now + WINDOW)
    (used,) = database.execute(
        "SELECT (SELECT count(*) FROM call WHERE app=? AND ended BETWEEN ? AND ?) "
        "+ (SELECT count(*) FROM call WHERE app=? AND ended IS NULL AND lease_until>?)",
        (*ended, share.app, now),
    ).fetchone()
    if used >= share.calls:
        (oldest,) = database.execute(
            "SELECT min(ended) FROM call WHERE app=? AND ended BETWEEN ? AND ?", ended
        ).fetchone()
        return LISTEN if oldest is None else max(float(oldest) + WINDOW - now, 0.0)
    told = database.execute(
        "SELECT may_start, told_until FROM app WHERE app=?", (share.app,)
    ).fetchone()
    if (
        told is not None
        and told["may_start"] < 1
        and has_not_expired(told["told_until"], now, latest=now + WINDOW)
    ):
        return min(float(told["told_until"]) - now, LISTEN)
    database.execute(
        "INSERT INTO app (app, made) VALUES (?, 1) "
        "ON CONFLICT (app) DO UPDATE SET made = made + 1, may_start = may_start - 1",
        (share.app,),
    )
    return None


def take_back(database: sqlite3.Connection, app: str) -> None:
    """A call that was counted as begun never left."""
    database.execute(
        "UPDATE app SET made = made - 1, may_start = may_start + 1 WHERE app=?", (app,)
    )


def hear(database: sqlite3.Connection, share: AppShare, left: int, now: float) -> None:
    """Xero said how many calls the app has left: take our part, less what is under way."""
    (under_way,) = database.execute(
        "SELECT count(*) FROM call WHERE app=? AND ended IS NULL AND lease_until>?",
        (share.app, now),
    ).fetchone()
    stop(database, share, now + WINDOW, may_start=int(left * share.part) - under_way)


def stop(
    database: sqlite3.Connection, share: AppShare, until: float, *, may_start: int = 0
) -> None:
    """Let only so many calls begin until a Unix time, or until Xero says something new."""
    database.execute(
        "INSERT INTO app (app, may_start, told_until) VALUES (?, ?, ?) ON CONFLICT (app) "
        "DO UPDATE SET may_start = excluded.may_start, told_until = excluded.told_until",
        (share.app, may_start, until),
    )


def spend(calls: Calls, app: str, ages: Iterable[float], now: float) -> None:
    """Count calls that someone made with this share that many seconds ago."""
    with calls.transaction() as database:
        database.executemany(
            "INSERT INTO call (account, app, process, started, lease_until, ended) "
            "VALUES ('', ?, ?, ?, ?, ?)",
            [(app, str(this_process()), now - age, now - age, now - age) for age in ages],
        )


def spent(calls: Calls, app: str, now: float) -> list[float]:
    """How many seconds ago the calls ended that still count; 0 for those under way."""
    rows = calls.connection.execute(
        "SELECT coalesce(ended, :now) FROM call WHERE app=:app AND (ended>:from OR ended IS NULL)",
        {"now": now, "app": app, "from": now - WINDOW},
    )
    return [max(0.0, now - ended) for (ended,) in rows]


def calls_made(calls: Calls) -> int:
    """All calls that were ever begun here, whatever became of them."""
    (count,) = calls.connection.execute("SELECT coalesce(sum(made), 0) FROM app").fetchone()
    return int(count)
