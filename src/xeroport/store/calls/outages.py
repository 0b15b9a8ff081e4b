"""When Xero cannot be reached: since when, why, and who asks again, shared by all processes.

The first failures open an outage for an account; then one caller asks now and then, and all others
wait for what it finds. It ends with the first answer.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from msgspec import Struct

from xeroport.store.calls.file import Calls
from xeroport.store.calls.waits import CallWait, wait_until
from xeroport.store.processes import holds, this_process

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
TRY_SECONDS = 15.0
"""How long one try may take before another caller may try too."""
FORGOTTEN = 300.0
"""Seconds after its last try at which an outage says nothing any more."""


class Outage(Struct, frozen=True):
    """Xero cannot be reached since `since`; it is tried again at `next_try` (Unix times)."""

    since: float
    next_try: float
    reason: str

    @property
    def wait(self) -> CallWait:
        """What calls wait for meanwhile."""
        since = datetime.fromtimestamp(self.since, UTC)
        what = f"Xero cannot be reached since {since:%H:%M:%S}"
        return wait_until(what, self.next_try, is_try=True)

    def __str__(self) -> str:
        return str(self.wait)


def current(calls: Calls, account: str, now: float) -> Outage | None:
    """The current outage, or None."""
    row = _row(calls.connection, account)
    if row is None or abs(now - row["tried_at"]) > FORGOTTEN:
        return None
    return Outage(row["since"], row["next_try"], row["reason"])


def take_try(calls: Calls, account: str, now: float, *, at_once: bool = False) -> bool:
    """Take the right to ask Xero once, when it is time or `at_once`; False while another asks."""
    with calls.transaction() as database:
        row = _row(database, account)
        if row is None:
            return True
        until = now + TRY_SECONDS
        is_time = at_once or now >= row["next_try"] or row["next_try"] > now + 60
        if not is_time or holds(row["trier"], row["trying_until"], now, latest=until):
            return False
        database.execute(
            "UPDATE outage SET trier=?, trying_until=? WHERE account=?",
            (str(this_process()), until, account),
        )
        return True


def failed(calls: Calls, account: str, now: float, reason: str) -> Outage:
    """Note that Xero could not be reached just now: begins an outage, or continues it. Calls
    that were under way when it began are no tries: they do not put off the next one."""
    with calls.transaction() as database:
        row = _row(database, account)
        is_recent = row is not None and abs(now - row["tried_at"]) <= FORGOTTEN
        if row and is_recent and row["trier"] is None and row["tried_at"] <= now < row["next_try"]:
            return Outage(row["since"], row["next_try"], row["reason"])
        since, tries = (row["since"], row["tries"] + 1) if row and is_recent else (now, 0)
        next_try = now + min(FIRST_PAUSE * 2 ** min(tries, 10), LONGEST_PAUSE)
        database.execute(
            "INSERT OR REPLACE INTO outage (account, since, tries, tried_at, next_try, reason) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (account, since, tries, now, next_try, reason),
        )
    return Outage(since, next_try, reason)


def ended(calls: Calls, account: str) -> None:
    """Note that Xero has answered."""
    with calls.transaction() as database:
        database.execute("DELETE FROM outage WHERE account=?", (account,))


def _row(database: sqlite3.Connection, account: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = database.execute(
        "SELECT * FROM outage WHERE account=?", (account,)
    ).fetchone()
    return row
