"""Which processes run the schedules of a home folder: each says so, and keeps saying so, so that
a page never promises what nothing will do."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast

from xeroport.store.database import Store
from xeroport.store.instants import to_text
from xeroport.store.processes import has_died, is_silent, this_process

Kind = Literal["serve", "console"]


def beat(store: Store, kind: Kind, now: datetime) -> None:
    """This process runs what falls due."""
    with store.transaction(durable=False) as connection:
        connection.execute(
            "INSERT OR REPLACE INTO scheduler_process VALUES (?, ?, ?)",
            (str(this_process()), kind, to_text(now)),
        )


def ended(store: Store) -> None:
    """This process runs nothing more."""
    with store.transaction(durable=False) as connection:
        connection.execute(
            "DELETE FROM scheduler_process WHERE process = ?", (str(this_process()),)
        )


def alive(store: Store, now: datetime) -> tuple[Kind, ...]:
    """What runs schedules now, by kind; empty if nothing does."""
    rows = store.connection.execute("SELECT process, kind, beat_at FROM scheduler_process")
    return tuple(
        cast(Kind, row["kind"])
        for row in rows
        if not has_died(row["process"])
        and not is_silent(row["process"], datetime.fromisoformat(row["beat_at"]), now)
    )


def run_in_console(store: Store, wanted: bool) -> None:
    """Whether a console runs the schedules itself, this time and at its next start."""
    with store.transaction() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO console_setting VALUES ('run_schedules', ?)",
            ("yes" if wanted else "no",),
        )


def wanted_in_console(store: Store) -> bool:
    """Whether a console is to run the schedules itself."""
    row = store.connection.execute(
        "SELECT value FROM console_setting WHERE name = 'run_schedules'"
    ).fetchone()
    return row is not None and row["value"] == "yes"
