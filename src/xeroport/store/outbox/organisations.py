"""Which organisation a record of the outbox belongs to, and what stays known of it.

An organisation is known by where it is (the base URL) and Xero's id of it; as long as no check has
read that id, by its tenant or its app.
"""

from __future__ import annotations

import sqlite3
from typing import Protocol

from xeroport.store.database import Store
from xeroport.store.sql_statements import sql

OUTBOX = sql("outbox.sql")


class Connected(Protocol):
    """What of an instance says which organisation it reaches."""

    @property
    def name(self) -> str: ...
    @property
    def base_url(self) -> str: ...
    @property
    def client_id(self) -> str: ...
    @property
    def tenant_id(self) -> str | None: ...


def organisation_of(connection: sqlite3.Connection, instance: str) -> str:
    """What the outbox knows an instance's organisation by: where it is, and Xero's id of it, or,
    as long as no check has read that, its tenant or its app; the name where there is no such
    instance."""
    row = connection.execute(OUTBOX["organisation"], (instance,)).fetchone()
    return instance if row is None else str(row[0])


def adopt(connection: sqlite3.Connection, instance: str, *, before: str) -> None:
    """Let an instance whose organisation became known keep what it sent before that."""
    after = organisation_of(connection, instance)
    if before != after and " organisation " not in before:
        values = {"was": before, "now": after}
        for name in ("yield_clashing", "adopt_deliveries", "adopt_batches"):
            connection.execute(OUTBOX[name], values)


def organisations_before(instance: Connected) -> tuple[str, str]:
    """What the organisation of an instance was known by while no check had read its id."""
    return (
        f"{instance.base_url} tenant {instance.tenant_id}".lower(),
        f"{instance.base_url} app {instance.client_id}".lower(),
    )


def may_be_another(store: Store, instance: Connected) -> bool:
    """Whether an instance of unknown organisation may reach one that the outbox knows by another
    name: another instance is connected to the same server, or something was sent there before."""
    at = f"{instance.base_url} ".lower()
    values = {"name": instance.name, "base_url": instance.base_url.lower(), "at": at}
    return store.connection.execute(OUTBOX["others_at"], values).fetchone() is not None


def is_shared(store: Store, instance: str) -> bool:
    """Whether another instance reaches the same organisation."""
    organisation = organisation_of(store.connection, instance)
    row = store.connection.execute(OUTBOX["sharers"], (instance, organisation)).fetchone()
    return row is not None


def forget_deliveries(connection: sqlite3.Connection, organisation: str, *, sent: bool) -> None:
    """Drop what waits to be sent to an organisation, and the contents of what was sent; with `sent`
    drop also the memory of what was sent, or may have been."""
    names = ("forget_all",) if sent else ("forget_unsent", "forget_bodies")
    for name in (*names, "forget_batches"):
        connection.execute(OUTBOX[name], {"organisation": organisation})
