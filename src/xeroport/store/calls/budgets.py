"""Xero's call limits as budgets that all processes of a home folder share.

A budget belongs to an account: an app and its organisation, however many instances point at them.
A call counts against the minute from its start until 60 s after its *end*: whatever the journey
took, and whether Xero's windows are fixed or rolling (nobody knows), no 60 s at Xero can then see
more calls than allowed. What Xero says in its headers only ever tightens this.

A reservation is a lease. The calls of a killed process may still run at Xero, so that each holds
its place for as long as a call can take: twice the longest of the last hour, or the whole lease
where none has ended yet. A block that ends later than its kind can be is of a clock that was
wrong, and counts for nothing.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import KW_ONLY, dataclass
from functools import cache
from typing import Literal, NamedTuple

from msgspec import Struct

from xeroport.store.calls import app_minute
from xeroport.store.calls.app_minute import AppShare
from xeroport.store.calls.file import WINDOW, Calls
from xeroport.store.processes import has_died, has_not_expired, this_process

XERO_MINUTE = 60
LEASE = 120.0
POLL = 0.03
RESET_JUMP = 100
SHORTEST_HOLD = 1.0
"""Seconds for which the place of a call is held at least, once its process is gone."""
REMEMBERED = 3600.0
"""Seconds for which the longest call is remembered."""
LONGEST_BLOCK = 400.0
"""Seconds that a minute's limit can hold calls up at most: Retry-After says up to 300."""
LONGEST_DAY = 25 * 3600.0

Limit = Literal["concurrent", "minute", "day", "appminute"]


class GrantedCall(Struct, frozen=True):
    """The call may be made now; give `call` back with `release`."""

    call: int


class CallCount(NamedTuple):
    """The calls of the last minute, those of them that are under way, and when the first of the
    others ended."""

    calls: int
    under_way: int
    oldest: float | None


class Wait(Struct, frozen=True):
    """Try again in that many seconds; `limit` is the one that is used up."""

    seconds: float
    limit: Limit


class DayOver(Struct, frozen=True):
    """Nothing more today; `until` is a Unix time."""

    until: float


class LimitsLeft(Struct, frozen=True):
    """What the headers of one reply said is left; None where a header was missing."""

    minute: int | None = None
    day: int | None = None
    app_minute: int | None = None


class BudgetState(Struct, frozen=True):
    """What is left now. Remaining calls are None until Xero said so; times are Unix times."""

    in_flight: int
    minute_used: int
    minute_remaining: int | None
    app_minute_remaining: int | None
    day_remaining: int | None
    day_until: float | None
    blocked_until: float | None
    heard: float | None


@dataclass(frozen=True, slots=True)
class Budgets:
    """The budgets of one account: `minute` calls in 60 s, `concurrent` at a time, and `app`, its
    share of what Xero allows the app (None: not ours to count)."""

    calls: Calls
    account: str
    _: KW_ONLY
    minute: int
    concurrent: int
    app: AppShare | None = None

    def reserve(self, now: float) -> GrantedCall | Wait | DayOver:
        """Take the right to make one call; `now` is a Unix time in seconds."""
        with self.calls.transaction() as database:
            database.execute(
                "DELETE FROM call WHERE account=? AND (ended<=? OR ended>?)",
                (self.account, now - WINDOW, now + WINDOW),
            )
            budget = self._budget(database)
            blocked = self._blocked(budget, now)
            if blocked is not None:
                return blocked
            counted = self._counted(database)
            if counted.under_way >= self.concurrent:
                if not self._end_lost(database, budget, now):
                    return Wait(POLL, "concurrent")
                counted = self._counted(database)
            wait = self._spent(budget, counted, now)
            if wait is not None:
                return wait
            app = self.app
            if app is not None and (seconds := app_minute.admit(database, app, now)) is not None:
                return Wait(max(seconds, POLL), "appminute")
            added = database.execute(
                "INSERT INTO call (account, app, process, started, lease_until) VALUES (?,?,?,?,?)",
                (
                    self.account,
                    None if app is None else app.app,
                    str(this_process()),
                    now,
                    now + LEASE,
                ),
            )
            if budget is not None and (budget["day_remaining"] or 0) > 0:
                database.execute(
                    "UPDATE budget SET day_remaining = day_remaining - 1 WHERE account=?",
                    (self.account,),
                )
            return GrantedCall(added.lastrowid or 0)

    def _budget(self, database: sqlite3.Connection) -> sqlite3.Row | None:
        row: sqlite3.Row | None = database.execute(
            "SELECT * FROM budget WHERE account=?", (self.account,)
        ).fetchone()
        return row

    def _blocked(self, budget: sqlite3.Row | None, now: float) -> Wait | DayOver | None:
        """What Xero has refused until some moment."""
        if budget is None:
            return None
        if now < budget["day_until"] <= now + LONGEST_DAY:
            return DayOver(budget["day_until"])
        if now < budget["blocked_until"] <= now + LONGEST_BLOCK:
            return Wait(max(budget["blocked_until"] - now, POLL), budget["blocked_by"])
        return None

    def _counted(self, database: sqlite3.Connection) -> CallCount:
        """The calls that count now; each of the three is read from the index alone."""
        row = database.execute(
            "SELECT (SELECT count(*) FROM call WHERE account=?), "
            "(SELECT count(*) FROM call WHERE account=? AND ended IS NULL), "
            "(SELECT min(ended) FROM call WHERE account=?)",
            (self.account, self.account, self.account),
        ).fetchone()
        return CallCount(*row)

    def _end_lost(
        self, database: sqlite3.Connection, budget: sqlite3.Row | None, now: float
    ) -> bool:
        """End the calls under way that must have ended; False if there is none."""
        under_way = database.execute(
            "SELECT id, process, started, lease_until FROM call WHERE account=? AND ended IS NULL",
            (self.account,),
        ).fetchall()
        hold = _hold(budget, now)
        over = [row["id"] for row in under_way if _must_have_ended(row, now, hold)]
        database.executemany("UPDATE call SET ended=? WHERE id=?", [(now, call) for call in over])
        return bool(over)

    def _spent(self, budget: sqlite3.Row | None, counted: CallCount, now: float) -> Wait | None:
        """A wait where the minute is used up."""
        allowed, others_until = self.minute, 0.0
        if budget is not None and has_not_expired(
            budget["foreign_until"], now, latest=now + WINDOW
        ):
            allowed -= budget["foreign_calls"]
            others_until = budget["foreign_until"]
        if counted.calls < allowed:
            return None
        ends = [] if counted.oldest is None else [counted.oldest + WINDOW - now]
        if others_until:
            ends.append(others_until - now)
        return Wait(max(min(ends, default=POLL), POLL), "minute")

    def extend(self, call: int, now: float) -> None:
        """Start a reservation's lease again, for a call that leaves only now."""
        with self.calls.transaction() as database:
            database.execute(
                "UPDATE call SET lease_until=?, ended=NULL WHERE id=?", (now + LEASE, call)
            )

    def release(self, call: int, now: float, heard: LimitsLeft | None = None) -> None:
        """End a call, with what its reply said is left."""
        with self.calls.transaction() as database:
            ended = database.execute(
                "UPDATE call SET ended=? WHERE id=? RETURNING started", (now, call)
            ).fetchall()
            budget = self._budget(database)
            if budget is None:
                database.execute("INSERT INTO budget (account) VALUES (?)", (self.account,))
                budget = self._budget(database)
            assert budget is not None
            changes = _took(budget, now - ended[0]["started"], now) if ended else {}
            if heard is not None and heard != LimitsLeft():
                changes |= self._heard(database, budget, heard, now)
            if changes:
                database.execute(_changing(*changes), (*changes.values(), self.account))

    def abandon(self, call: int, now: float) -> None:
        """Stop waiting for a call that may still run at Xero: it holds its place for a while."""
        with self.calls.transaction() as database:
            until = now + _hold(self._budget(database), now)
            database.execute(
                "UPDATE call SET lease_until=min(lease_until, ?) WHERE id=?", (until, call)
            )

    def take_back(self, call: int) -> None:
        """Forget a call that never left: it counts for no limit."""
        with self.calls.transaction() as database:
            database.execute("DELETE FROM call WHERE id=?", (call,))
            database.execute(
                "UPDATE budget SET day_remaining = day_remaining + 1 WHERE account=?",
                (self.account,),
            )
            if self.app is not None:
                app_minute.take_back(database, self.app.app)

    def _heard(
        self, database: sqlite3.Connection, budget: sqlite3.Row, heard: LimitsLeft, now: float
    ) -> dict[str, float | int | None]:
        """What changes by what a reply said is left."""
        changes: dict[str, float | int | None] = {"heard": now}
        if heard.minute is not None:
            changes["minute_remaining"] = heard.minute
            (own,) = database.execute(
                "SELECT count(*) FROM call WHERE account=?", (self.account,)
            ).fetchone()
            foreign = max(0, XERO_MINUTE - heard.minute - own)
            is_over = not has_not_expired(budget["foreign_until"], now, latest=now + WINDOW)
            if is_over or foreign >= budget["foreign_calls"]:
                changes["foreign_calls"] = foreign
                changes["foreign_until"] = now + WINDOW if foreign else 0
        if heard.app_minute is not None:
            changes["app_minute_remaining"] = heard.app_minute
            if self.app is not None:
                app_minute.hear(database, self.app, heard.app_minute, now)
        if heard.day is not None:
            known = budget["day_remaining"]
            if known is None or heard.day < known or heard.day > known + RESET_JUMP:
                changes["day_remaining"] = heard.day
        return changes

    def block(self, limit: Limit, until: float) -> None:
        """Hold all calls until a Unix time, because Xero answered 429 for that limit. An earlier
        block is only ever prolonged, unless it ends later than its kind can."""
        column, most = ("day_until", LONGEST_DAY)
        if limit != "day":
            column, most = ("blocked_until", LONGEST_BLOCK)
        with self.calls.transaction() as database:
            database.execute("INSERT OR IGNORE INTO budget (account) VALUES (?)", (self.account,))
            database.execute(
                f"UPDATE budget SET blocked_by=?, {column}="  # noqa: S608  the names are ours
                f"CASE WHEN {column} BETWEEN ? AND ? THEN {column} ELSE ? END WHERE account=?",
                (limit, until, until + most, until, self.account),
            )
            if limit == "appminute" and self.app is not None:
                app_minute.stop(database, self.app, until)
            if limit == "day":
                database.execute(
                    "UPDATE budget SET day_remaining=0 WHERE account=?", (self.account,)
                )

    def state(self, now: float | None = None) -> BudgetState:
        """What is left, without calling Xero."""
        at = time.time() if now is None else now
        database = self.calls.connection
        in_flight, used = database.execute(
            "SELECT count(*) FILTER (WHERE ended IS NULL AND lease_until>:at), "
            "count(*) FILTER (WHERE ended IS NULL OR ended BETWEEN :from AND :to) "
            "FROM call WHERE account=:account",
            {"at": at, "from": at - WINDOW, "to": at + WINDOW, "account": self.account},
        ).fetchone()
        row = self._budget(database)
        if row is None:
            return BudgetState(in_flight, used, None, None, None, None, None, None)
        block = self._blocked(row, at)
        return BudgetState(
            in_flight=in_flight,
            minute_used=used,
            minute_remaining=row["minute_remaining"],
            app_minute_remaining=row["app_minute_remaining"],
            day_remaining=row["day_remaining"],
            day_until=block.until if isinstance(block, DayOver) else None,
            blocked_until=at + block.seconds if isinstance(block, Wait) else None,
            heard=row["heard"],
        )


def _hold(budget: sqlite3.Row | None, now: float) -> float:
    """Seconds from its start for which a call may run at Xero when nobody waits for it."""
    if budget is None or not _is_remembered(budget, now):
        return LEASE
    return min(max(2 * float(budget["longest"]), SHORTEST_HOLD), LEASE)


def _is_remembered(budget: sqlite3.Row, now: float) -> bool:
    return budget["longest"] is not None and abs(now - budget["longest_at"]) <= REMEMBERED


@cache
def _changing(*names: str) -> str:
    """The statement that sets these columns of a budget."""
    columns = ", ".join(f"{name}=?" for name in names)
    return f"UPDATE budget SET {columns} WHERE account=?"  # noqa: S608  names are ours


def _took(budget: sqlite3.Row, seconds: float, now: float) -> dict[str, float | int | None]:
    """What changes by how long a call took."""
    if not 0 <= seconds <= LEASE or (
        _is_remembered(budget, now) and seconds < float(budget["longest"])
    ):
        return {}
    return {"longest": seconds, "longest_at": now}


def _must_have_ended(call: sqlite3.Row, now: float, hold: float) -> bool:
    if call["lease_until"] <= now or call["started"] > now + WINDOW:
        return True
    return now >= call["started"] + hold and has_died(call["process"])
