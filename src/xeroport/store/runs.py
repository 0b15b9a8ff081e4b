"""Runs: one execution of a job each, with its progress, its lines and its report."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from xeroport import logs
from xeroport.errors import UnknownName
from xeroport.store.database import Store
from xeroport.store.instants import to_text
from xeroport.store.processes import is_silent, parse, this_process
from xeroport.store.row_mapper import value_of
from xeroport.store.sql_statements import sql

Status = Literal["running", "done", "partial", "failed", "stopped", "interrupted", "lost"]
"""`partial`: some records or streams failed; `stopped`: by the day limit; `lost`: its process died
without a word. The same command continues from the last four."""

KEPT = 500
"""Runs that are kept of a job of an instance, and of a flow."""

STATEMENTS = sql("runs.sql")


@dataclass(frozen=True)
class Run:
    """One run; `report` is what the job handed in at its end, `progress` what it last said."""

    id: int
    instance: str
    job: str
    arguments: dict[str, Any]
    status: Status
    started_at: datetime
    finished_at: datetime | None
    progress: dict[str, Any]
    report: dict[str, Any]


@dataclass(frozen=True)
class RunLine:
    """One thing a run said, and when (UTC)."""

    at: datetime
    text: str


def start(store: Store, instance: str, job: str, arguments: dict[str, Any]) -> int:
    """Open a run of this process and give its id; arguments must hold no secret."""
    now = to_text(datetime.now(UTC))
    with store.transaction() as connection:
        added = connection.execute(
            "INSERT INTO run (instance, job, arguments, status, started_at, beat_at, process) "
            "VALUES (?, ?, ?, 'running', ?, ?, ?)",
            (instance, job, _json(arguments), now, now, str(this_process())),
        )
        return int(added.lastrowid or 0)


def beat(store: Store, run_id: int) -> None:
    """Show that the process of a run lives, to those that cannot see it."""
    with store.transaction(durable=False) as connection:
        connection.execute(
            "UPDATE run SET beat_at = ? WHERE id = ?", (to_text(datetime.now(UTC)), run_id)
        )


def progress(store: Store, run_id: int, values: dict[str, Any]) -> None:
    """Replace what a run says of how far it is."""
    with store.transaction(durable=False) as connection:
        connection.execute("UPDATE run SET progress = ? WHERE id = ?", (_json(values), run_id))


def log(store: Store, run_id: int, text: str) -> None:
    """Add a line to a run."""
    with store.transaction(durable=False) as connection:
        connection.execute(
            "INSERT INTO run_line (run, at, text) VALUES (?, ?, ?)",
            (run_id, to_text(datetime.now(UTC)), text),
        )


def finish(
    store: Store, run_id: int, status: Status, report: dict[str, Any], *, kept: int | None = None
) -> None:
    """Close a run with its report, and forget those of the same job (flow) and instance that `kept`
    (`KEPT`) later ones followed, unless they still run or are the last about a record that is still
    refused."""
    with store.transaction() as connection:
        connection.execute(
            STATEMENTS["finish"],
            {
                "status": status,
                "report": _json(report),
                "now": to_text(datetime.now(UTC)),
                "run": run_id,
            },
        )
        over = connection.execute(
            STATEMENTS["over"], {"run": run_id, "kept": KEPT if kept is None else kept}
        ).fetchall()
        for row in over:
            if row["status"] != "running" or _is_lost(row):
                connection.execute(STATEMENTS["forget"], {"run": row["id"]})


def get(store: Store, run_id: int) -> Run:
    """The run of that id; UnknownName otherwise."""
    row = store.connection.execute("SELECT * FROM run WHERE id = ?", (run_id,)).fetchone()
    if row is None:
        raise UnknownName("run", str(run_id), (), hint="see `xeroport runs`")
    return _run(row)


def recent(
    store: Store, limit: int = 20, *, instance: str | None = None, job: str | None = None
) -> tuple[Run, ...]:
    """The latest runs, newest first, of all instances and jobs or of one."""
    rows = store.connection.execute(
        "SELECT * FROM run WHERE (:instance IS NULL OR instance = :instance) "
        "AND (:job IS NULL OR job = :job) ORDER BY id DESC LIMIT :limit",
        {"instance": instance, "job": job, "limit": limit},
    )
    return tuple(_run(row) for row in rows)


def of_process(store: Store, pid: int, *, after: int) -> int | None:
    """The latest run of a process of this machine, among those with a greater id than `after`."""
    rows = store.connection.execute(
        "SELECT id, process FROM run WHERE id > ? ORDER BY id DESC", (after,)
    )
    here = this_process()
    for row in rows:
        process = parse(row["process"])
        if process is not None and (process.host, process.pid) == (here.host, pid):
            return int(row["id"])
    return None


def under_way(store: Store, pid: int) -> tuple[Run, ...]:
    """The runs that a process of this machine is at, the earliest first."""
    here = this_process()
    rows = store.connection.execute("SELECT * FROM run WHERE status = 'running' ORDER BY id")
    return tuple(
        _run(row)
        for row in rows
        if (process := parse(row["process"])) is not None
        and (process.host, process.pid) == (here.host, pid)
        and not _is_lost(row)
    )


def latest_syncs(store: Store) -> Iterator[Run | None]:
    """The latest sync of every instance, by the instances' names; None where there is none."""
    for row in store.connection.execute(STATEMENTS["latest of each"], {"job": "sync"}):
        yield None if row["id"] is None else _run(row)


def forget_lines(store: Store, *, up_to: int) -> None:
    """Drop the lines of runs up to that number; the runs themselves stay."""
    with store.transaction(durable=False) as connection:
        connection.execute("DELETE FROM run_line WHERE run <= ?", (up_to,))


def lines(store: Store, run_id: int, after: int = 0) -> tuple[RunLine, ...]:
    """What a run said, oldest first, without its first `after` lines."""
    rows = store.connection.execute(
        "SELECT at, text FROM run_line WHERE run = ? ORDER BY rowid LIMIT -1 OFFSET ?",
        (run_id, after),
    )
    return tuple(value_of(RunLine, row) for row in rows)


def _json(values: dict[str, Any]) -> str:
    return logs.redact(msgspec.json.encode(values, enc_hook=str).decode())


def _is_lost(row: sqlite3.Row) -> bool:
    """Whether the process of a running run is gone, as far as anyone can tell."""
    beat_at = datetime.fromisoformat(row["beat_at"] or row["started_at"])
    return is_silent(row["process"], beat_at, datetime.now(UTC))


def _run(row: sqlite3.Row) -> Run:
    status = "lost" if row["status"] == "running" and _is_lost(row) else row["status"]
    return value_of(Run, row, json=("arguments", "progress", "report"), status=status)
