"""Who may enter the console: sessions, one-time links and where consoles answer. Only digests of
tokens are kept; they outlive a console that is started again."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Literal, cast

from xeroport.store.database import Store
from xeroport.store.processes import has_died, this_process

Role = Literal["view", "act"]
SESSIONS = 64
"""Sessions that are kept; the one unused longest goes first."""
LINK_SECONDS = 24 * 3600.0
UNUSED_SECONDS = 30 * 86_400.0
"""A session that is not used that long ends."""
NOTED_SECONDS = 600.0
"""How often the use of a session is written down."""


@dataclass(frozen=True)
class Access:
    """A signed-in browser: its role and the token that its forms must carry."""

    role: Role
    csrf: str


def digest(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def new_link(store: Store, role: Role, *, now: float) -> str:
    """A token that opens one session, once, within a day."""
    token = secrets.token_urlsafe(32)
    with store.transaction() as connection:
        connection.execute("DELETE FROM console_link WHERE expires_at < ?", (now,))
        connection.execute(
            "INSERT INTO console_link VALUES (?, ?, ?)", (digest(token), role, now + LINK_SECONDS)
        )
    return token


def use_link(store: Store, token: str, *, now: float) -> str | None:
    """A new session's token for a link that was not used before; None otherwise."""
    with store.transaction() as connection:
        row = connection.execute(
            "DELETE FROM console_link WHERE digest = ? AND expires_at >= ? RETURNING role",
            (digest(token), now),
        ).fetchone()
        return None if row is None else open_session(store, cast(Role, row["role"]), now=now)


def open_session(store: Store, role: Role, *, now: float) -> str:
    """A new session's token."""
    token = secrets.token_urlsafe(32)
    with store.transaction() as connection:
        connection.execute(
            "DELETE FROM console_session WHERE used_at < ? OR digest IN "
            "(SELECT digest FROM console_session ORDER BY used_at DESC LIMIT -1 OFFSET ?)",
            (now - UNUSED_SECONDS, SESSIONS - 1),
        )
        connection.execute(
            "INSERT INTO console_session VALUES (?, ?, ?, ?, ?)",
            (digest(token), secrets.token_urlsafe(32), role, now, now),
        )
    return token


def session(store: Store, token: str, *, now: float) -> Access | None:
    """What a session's token gives access to; None without such a session."""
    row = store.connection.execute(
        "SELECT role, csrf, used_at FROM console_session WHERE digest = ? AND used_at >= ?",
        (digest(token), now - UNUSED_SECONDS),
    ).fetchone()
    if row is None:
        return None
    if abs(now - row["used_at"]) > NOTED_SECONDS:
        with store.transaction(durable=False) as connection:
            connection.execute(
                "UPDATE console_session SET used_at = ? WHERE digest = ?", (now, digest(token))
            )
    return Access(cast(Role, row["role"]), row["csrf"])


def end_session(store: Store, token: str) -> None:
    """Sign one browser out."""
    with store.transaction() as connection:
        connection.execute("DELETE FROM console_session WHERE digest = ?", (digest(token),))


def end_all(store: Store) -> int:
    """Sign every browser out, and make links that nobody used useless; how many sessions ended."""
    with store.transaction() as connection:
        connection.execute("DELETE FROM console_link")
        return connection.execute("DELETE FROM console_session").rowcount


def count_sessions(store: Store, *, now: float) -> int:
    """How many browsers are signed in."""
    row = store.connection.execute(
        "SELECT count(*) FROM console_session WHERE used_at >= ?", (now - UNUSED_SECONDS,)
    ).fetchone()
    return int(row[0])


def answers_at(store: Store, address: str, *, now: float) -> None:
    """Note where this process's console answers."""
    with store.transaction() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO console_address VALUES (?, ?, ?)",
            (str(this_process()), address, now),
        )


def answers_no_more(store: Store) -> None:
    """This process's console has ended."""
    with store.transaction() as connection:
        connection.execute("DELETE FROM console_address WHERE process = ?", (str(this_process()),))


def addresses(store: Store) -> tuple[str, ...]:
    """Where consoles answer now, the one started last first."""
    rows = store.connection.execute(
        "SELECT process, address FROM console_address ORDER BY started_at DESC"
    )
    return tuple(row["address"] for row in rows if not has_died(row["process"]))
