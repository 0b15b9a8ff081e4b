"""What AI clients asked over MCP, a row a call, and which servers they can ask now.

What they asked is kept as a hash: the questions may hold what nobody else should read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from xeroport.store.database import Store
from xeroport.store.instants import to_text
from xeroport.store.processes import has_died, this_process
from xeroport.store.row_mapper import columns_of, value_of

KEPT = 10_000
"""Calls that are kept, the latest."""
Door = Literal["stdio", "http"]


@dataclass(frozen=True, slots=True)
class AgentCall:
    """One call of a tool: who asked what, as a hash, and how it went."""

    at: datetime
    client: str
    tool: str
    instance: str
    arguments: str
    outcome: str
    rows: int
    bytes: int
    milliseconds: int


@dataclass(frozen=True, slots=True)
class AgentServer:
    """A server that runs, and what it lets its clients do."""

    process: str
    door: Door
    live: bool
    propose: bool
    since: datetime


def note(store: Store, call: AgentCall) -> None:
    """Keep one call; the oldest go."""
    with store.transaction(durable=False) as connection:
        added = connection.execute(
            "INSERT INTO agent_call (at, client, tool, instance, arguments, outcome, rows, bytes, "
            "milliseconds) VALUES (:at, :client, :tool, :instance, :arguments, :outcome, :rows, "
            ":bytes, :milliseconds)",
            columns_of(call),
        )
        connection.execute("DELETE FROM agent_call WHERE id <= ?", ((added.lastrowid or 0) - KEPT,))


def latest(store: Store, most: int, *, instance: str | None = None) -> tuple[AgentCall, ...]:
    """The latest calls, newest first."""
    rows = store.connection.execute(
        "SELECT * FROM agent_call WHERE :instance IS NULL OR instance = :instance "
        "ORDER BY id DESC LIMIT :most",
        {"instance": instance, "most": most},
    )
    return tuple(value_of(AgentCall, row) for row in rows)


def count(store: Store) -> int:
    """How many calls are kept."""
    (number,) = store.connection.execute("SELECT count(*) FROM agent_call").fetchone()
    return int(number)


def began(store: Store, door: Door, *, live: bool, propose: bool, now: datetime) -> None:
    """This process answers AI clients from now on."""
    with store.transaction(durable=False) as connection:
        connection.execute(
            "INSERT INTO agent_server VALUES (?, ?, ?, ?, ?)",
            (str(this_process()), door, live, propose, to_text(now)),
        )
        for row in connection.execute("SELECT DISTINCT process FROM agent_server").fetchall():
            if has_died(row["process"]):
                connection.execute("DELETE FROM agent_server WHERE process = ?", (row["process"],))


def ended(store: Store) -> None:
    """This process answers no more."""
    with store.transaction(durable=False) as connection:
        connection.execute("DELETE FROM agent_server WHERE process = ?", (str(this_process()),))


def running(store: Store) -> tuple[AgentServer, ...]:
    """The servers whose process lives."""
    rows = store.connection.execute("SELECT * FROM agent_server ORDER BY since")
    return tuple(value_of(AgentServer, row) for row in rows if not has_died(row["process"]))
