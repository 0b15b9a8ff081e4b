"""Xero's call limits as budgets that all processes of a home folder share.

A call counts against the minute from its start until 60 s after its *end*: whatever the journey
took, and whether Xero's windows are fixed or rolling (nobody knows), no 60 s at Xero can then see
more calls than allowed. What Xero says in its headers only ever tightens this. A reservation is a
lease: a killed process gives its calls back at once where the system can tell that it is dead,
and otherwise when the lease ends.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from xeroport.store.calls import app_minute
from xeroport.store.calls.app_minute import AppShare
from xeroport.store.calls.file import WINDOW, Calls, has_died, this_process

XERO_MINUTE = 60
LEASE = 120.0
POLL = 0.03
RESET_JUMP = 100

Limit = Literal["concurrent", "minute", "day", "appminute"]


@dataclass(frozen=True, slots=True)
class Granted:
    """The call may be made now; give `call` back with `release`."""

    call: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Try again in so many seconds; `limit` is the one that is used up."""

    seconds: float
    limit: Limit


@dataclass(frozen=True, slots=True)
class DayOver:
    """Nothing more today; `until` is a Unix time."""

    until: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What the headers of one reply said is left; None where a header was missing."""

    minute: int | None = None
    day: int | None = None
    app_minute: int | None = None


@dataclass(frozen=True, slots=True)
class BudgetState:
    """What is left now. Remaining calls are None until Xero said so; times are Unix times."""

    in_flight: int
    minute_used: int
    minute_remaining: int | None
    app_minute_remaining: int | None
    day_remaining: int | None
    day_until: float | None
    blocked_until: float | None
    heard: float | None


class Budgets:
    """The budgets of one instance: `minute` calls in 60 s, `concurrent` at a time, and `app`, its
    share of what Xero allows the app (None: not ours to count)."""

    def __init__(
        self,
        calls: Calls,
        instance: str,
        *,
        minute: int,
        concurrent: int,
        app: AppShare | None = None,
    ) -> None:
        self._calls = calls
        self._instance = instance
        self._minute = minute
        self._concurrent = concurrent
        self._app = app

    def reserve(self, now: float) -> Granted | Wait | DayOver:
        """Take the right to make one call; `now` is a Unix time in seconds."""
        name = self._instance
        with self._calls.transaction() as database:
            database.execute(
                "DELETE FROM call WHERE instance=? AND (ended<=? OR ended>?)",
                (name, now - WINDOW, now + WINDOW),
            )
            held = database.execute(
                "SELECT id, process, started, lease_until FROM call "
                "WHERE instance=? AND ended IS NULL",
                (name,),
            ).fetchall()
            budget = database.execute("SELECT * FROM budget WHERE instance=?", (name,)).fetchone()
            if budget is not None:
                if budget["day_until"] > now:
                    return DayOver(budget["day_until"])
                if budget["blocked_until"] > now:
                    return Wait(budget["blocked_until"] - now, budget["blocked_by"])
            if len(held) >= self._concurrent:
                lost = [
                    row["id"]
                    for row in held
                    if row["lease_until"] <= now
                    or row["started"] > now + WINDOW
                    or has_died(row["process"])
                ]
                if not lost:
                    return Wait(POLL, "concurrent")
                database.executemany(
                    "UPDATE call SET ended=? WHERE id=?", [(now, each) for each in lost]
                )
            allowed = self._minute
            if budget is not None and budget["foreign_until"] > now:
                allowed -= budget["foreign_calls"]
            used, oldest = database.execute(
                "SELECT count(*), min(ended) FROM call WHERE instance=?", (name,)
            ).fetchone()
            if used >= allowed:
                ends = [] if oldest is None else [oldest + WINDOW - now]
                if allowed < self._minute:
                    ends.append(budget["foreign_until"] - now)
                return Wait(max(min(ends, default=POLL), POLL), "minute")
            app = self._app
            if app is not None and (seconds := app_minute.admit(database, app, now)) is not None:
                return Wait(max(seconds, POLL), "appminute")
            made = database.execute(
                "INSERT INTO call (instance, app, process, started, lease_until) "
                "VALUES (?,?,?,?,?)",
                (name, None if app is None else app.app, this_process(), now, now + LEASE),
            )
            database.execute(
                "UPDATE budget SET day_remaining = day_remaining - 1 "
                "WHERE instance=? AND day_remaining > 0",
                (name,),
            )
            return Granted(made.lastrowid or 0)

    def extend(self, call: int, now: float) -> None:
        """Start a reservation's lease anew, for a call that leaves only now."""
        with self._calls.transaction() as database:
            database.execute(
                "UPDATE call SET lease_until=?, ended=NULL WHERE id=?", (now + LEASE, call)
            )

    def release(self, call: int, now: float, heard: Heard | None = None) -> None:
        """Give a call back, with what its reply said is left."""
        with self._calls.transaction() as database:
            database.execute("UPDATE call SET ended=? WHERE id=?", (now, call))
            if heard is None or heard == Heard():
                return
            name = self._instance
            database.execute("INSERT OR IGNORE INTO budget (instance) VALUES (?)", (name,))
            row = database.execute("SELECT * FROM budget WHERE instance=?", (name,)).fetchone()
            changes: dict[str, float | int | str | None] = {"heard": now}
            if heard.minute is not None:
                changes["minute_remaining"] = heard.minute
                (own,) = database.execute(
                    "SELECT count(*) FROM call WHERE instance=?", (name,)
                ).fetchone()
                foreign = max(0, XERO_MINUTE - heard.minute - own)
                if row["foreign_until"] <= now or foreign >= row["foreign_calls"]:
                    changes["foreign_calls"] = foreign
                    changes["foreign_until"] = now + WINDOW if foreign else 0
            if heard.app_minute is not None:
                changes["app_minute_remaining"] = heard.app_minute
                if self._app is not None:
                    app_minute.hear(database, self._app, heard.app_minute, now)
            if heard.day is not None:
                known = row["day_remaining"]
                if known is None or heard.day < known or heard.day > known + RESET_JUMP:
                    changes["day_remaining"] = heard.day
            names = ", ".join(f"{key}=?" for key in changes)
            database.execute(
                f"UPDATE budget SET {names} WHERE instance=?",  # noqa: S608  names are ours
                (*changes.values(), name),
            )

    def block(self, limit: Limit, until: float) -> None:
        """Hold all calls until a Unix time, because Xero answered 429 for that limit."""
        column = "day_until" if limit == "day" else "blocked_until"
        with self._calls.transaction() as database:
            database.execute(
                "INSERT OR IGNORE INTO budget (instance) VALUES (?)", (self._instance,)
            )
            database.execute(
                f"UPDATE budget SET {column}=max({column}, ?), blocked_by=? "  # noqa: S608
                "WHERE instance=?",
                (until, limit, self._instance),
            )
            if limit == "appminute" and self._app is not None:
                app_minute.stop(database, self._app, until)
            if limit == "day":
                database.execute(
                    "UPDATE budget SET day_remaining=0 WHERE instance=?", (self._instance,)
                )

    def state(self, now: float | None = None) -> BudgetState:
        """What is left, without calling Xero."""
        at = time.time() if now is None else now
        database = self._calls.connection
        in_flight, used = database.execute(
            "SELECT count(*) FILTER (WHERE ended IS NULL AND lease_until>?), "
            "count(*) FILTER (WHERE ended IS NULL OR ended>?) FROM call WHERE instance=?",
            (at, at - WINDOW, self._instance),
        ).fetchone()
        row = database.execute(
            "SELECT * FROM budget WHERE instance=?", (self._instance,)
        ).fetchone()
        if row is None:
            return BudgetState(in_flight, used, None, None, None, None, None, None)
        day_over = row["day_until"] > at
        return BudgetState(
            in_flight=in_flight,
            minute_used=used,
            minute_remaining=row["minute_remaining"],
            app_minute_remaining=row["app_minute_remaining"],
            day_remaining=row["day_remaining"],
            day_until=row["day_until"] if day_over else None,
            blocked_until=row["blocked_until"] if row["blocked_until"] > at else None,
            heard=row["heard"],
        )
