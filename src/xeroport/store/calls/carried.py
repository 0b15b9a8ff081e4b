"""Budgets on their way from one file of calls to another: to a worker and back.

Times travel as seconds from now, so that the clocks of two machines need not agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xeroport.store.calls.file import WINDOW, Calls

BROUGHT = "brought"
"""Stands for the process of calls that were made elsewhere."""

TIMES = ("foreign_until", "blocked_until", "day_until", "heard")
VALUES = (
    "foreign_calls",
    "blocked_by",
    "minute_remaining",
    "app_minute_remaining",
    "day_remaining",
)
TAKE_IN = """
INSERT INTO budget (account, foreign_calls, blocked_by, minute_remaining, app_minute_remaining,
    day_remaining, foreign_until, blocked_until, day_until, heard)
VALUES (:account, :foreign_calls, :blocked_by, :minute_remaining, :app_minute_remaining,
    :day_remaining, :foreign_until, :blocked_until, :day_until, :heard)
ON CONFLICT (account) DO UPDATE SET
    foreign_calls = excluded.foreign_calls, foreign_until = excluded.foreign_until,
    minute_remaining = excluded.minute_remaining,
    app_minute_remaining = excluded.app_minute_remaining,
    day_remaining = excluded.day_remaining, heard = excluded.heard,
    blocked_by = coalesce(excluded.blocked_by, blocked_by),
    blocked_until = max(blocked_until, excluded.blocked_until),
    day_until = max(day_until, excluded.day_until)
WHERE excluded.heard >= coalesce(heard, 0) OR heard > :now + 60
    OR excluded.day_until > day_until
"""


@dataclass(frozen=True, slots=True)
class CarriedUsage:
    """How many seconds ago an account's calls ended that still count, and what Xero last said."""

    ages: tuple[float, ...] = ()
    said: Mapping[str, float | int | str | None] = field(default_factory=dict)


def pack(calls: Calls, account: str, now: float, *, only_made_here: bool = False) -> CarriedUsage:
    """An account's budgets, with all calls that are known here or only with those made here."""
    rows = calls.connection.execute(
        "SELECT coalesce(ended, :now) FROM call WHERE account=:account AND process<>:not_of "
        "AND (ended>:from OR ended IS NULL)",
        {
            "now": now,
            "account": account,
            "not_of": BROUGHT if only_made_here else "",
            "from": now - WINDOW,
        },
    ).fetchall()
    row = calls.connection.execute("SELECT * FROM budget WHERE account=?", (account,)).fetchone()
    said = {} if row is None else {name: row[name] for name in VALUES}
    said |= {name: row[name] - now for name in TIMES if row is not None and row[name]}
    return CarriedUsage(tuple(max(0.0, now - ended) for (ended,) in rows), said)


def unpack(
    calls: Calls, account: str, carried: CarriedUsage, now: float, *, app: str | None = None
) -> None:
    """Count what was carried here too. What Xero said earlier than what is known here is left."""
    said = dict(carried.said)
    with calls.transaction() as database:
        database.executemany(
            "INSERT INTO call (account, app, process, started, lease_until, ended) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [(account, app, BROUGHT, now - age, now - age, now - age) for age in carried.ages],
        )
        if said:
            times = {name: now + float(said[name] or 0) if name in said else 0 for name in TIMES}
            database.execute(TAKE_IN, {"account": account, "now": now, **said, **times})
