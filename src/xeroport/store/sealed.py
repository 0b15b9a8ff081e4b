"""What is sealed in the store, and what each sealed text is bound to: its column and its row.

The first release bound nothing, so that whoever could write the file could give one instance the
secret of another. Its texts are bound the first time that the right key is there.
"""

from __future__ import annotations

import base64
import sqlite3

import msgspec

from xeroport.secrets.vault import Vault, wrong_key

PROOF = "vault.proof"
MAIL_PASSWORD = "mail_server.password"  # noqa: S105  a column


def client_secret(instance: str) -> str:
    """The client secret of an instance."""
    return f"instance.secret {instance}"


def signing_key(instance: str) -> str:
    """The signing key of an instance's webhooks."""
    return f"webhook.signing_key {instance}"


def place(instance: str) -> str:
    """The URL of a destination that an instance was synced into."""
    return f"place.url {instance}"


def scheduled_place(instance: str) -> str:
    """The URL of a destination that an instance is synced into by a schedule."""
    return f"schedule.to {instance}"


def login_secret(login: str) -> str:
    """The client secret of the app that a login signs in to."""
    return f"login.secret {login}"


def login_token(login: str) -> str:
    """The tokens of a login."""
    return f"login.token {login}"


def prove(connection: sqlite3.Connection, vault: Vault) -> None:
    """StoreError unless the vault's key is the one that the store's secrets are sealed with."""
    row = connection.execute("SELECT proof FROM vault").fetchone()
    if vault.opens(row["proof"], bound_to=PROOF):
        return
    if not vault.opens(row["proof"], bound_to=None):
        raise wrong_key(vault.source)
    _bind_all(connection, vault)


def is_unbound(connection: sqlite3.Connection) -> bool:
    """Whether the first release sealed what is in the store."""
    row = connection.execute("SELECT is_bound FROM vault").fetchone()
    return row is not None and not row["is_bound"]


def _bind_all(connection: sqlite3.Connection, vault: Vault) -> None:
    """Bind what the first release sealed, inside the caller's transaction."""
    for table, column, key, bound in (
        ("instance", "secret", "name", client_secret),
        ("webhook", "signing_key", "instance", signing_key),
        ("place", "url", "instance", place),
    ):
        rows = connection.execute(
            f"SELECT rowid, {key}, {column} FROM {table}"  # noqa: S608  the names above
        ).fetchall()
        for rowid, name, sealed in rows:
            connection.execute(
                f"UPDATE {table} SET {column} = ? WHERE rowid = ?",  # noqa: S608
                (vault.bind(sealed, bound_to=bound(name)), rowid),
            )
    for name, target, text in connection.execute(
        "SELECT name, target, arguments FROM schedule"
    ).fetchall():
        arguments = msgspec.json.decode(text)
        if sealed_to := arguments.get("sealed_to"):
            bound_to = vault.bind(base64.b64decode(sealed_to), bound_to=scheduled_place(target))
            arguments["sealed_to"] = base64.b64encode(bound_to).decode()
            connection.execute(
                "UPDATE schedule SET arguments = ? WHERE name = ?",
                (msgspec.json.encode(arguments).decode(), name),
            )
    proof = connection.execute("SELECT proof FROM vault").fetchone()["proof"]
    bound_proof = vault.bind(proof, bound_to=PROOF)
    connection.execute("UPDATE vault SET proof = ?, is_bound = 1", (bound_proof,))
