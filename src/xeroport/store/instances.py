"""Instances: named credentials and settings for one organisation each; the secret is sealed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

from xeroport.errors import InputError
from xeroport.secrets.vault import Secret
from xeroport.settings import Mark
from xeroport.store.calls.app_minute import AppShare
from xeroport.store.calls.budgets import Budgets
from xeroport.store.calls.file import Calls, forget
from xeroport.store.database import Store
from xeroport.store.outbox.organisations import (
    OUTBOX,
    adopt,
    forget_deliveries,
    organisation_of,
    organisations_before,
)
from xeroport.store.row_mapper import columns_of, value_of
from xeroport.store.sealed import client_secret

Health = Literal["operational", "unreachable", "failed_authentication", "not_authorised"]
NAME = re.compile(r"[a-z0-9]([a-z0-9_-]{0,46}[a-z0-9])?")


@dataclass(frozen=True)
class Instance:
    """One instance, without its secret.

    `base_url` and `identity_url` have no trailing slash and no `/api.xro/2.0`; `rate_limit` is
    calls a minute. `date_format` and `decimal_mark` are how people write in files. `checked` is
    False until the credentials have been tried; `organisation*`, `base_currency` and `checked_at`
    are what the last successful check learned.
    """

    name: str
    base_url: str
    identity_url: str
    client_id: str
    time_zone: str = "UTC"
    date_format: str = "YYYY-MM-DD"
    decimal_mark: Mark | None = None
    rate_limit: int = 60
    concurrency: int = 5
    scopes: tuple[str, ...] = ()
    tenant_id: str | None = None
    organisation: str | None = None
    organisation_id: str | None = None
    base_currency: str | None = None
    health: Health = "operational"
    checked_at: datetime | None = None
    checked: bool = True
    login: str | None = None

    def __repr__(self) -> str:
        return f"<Instance `{self.name}`: {self.organisation or self.base_url}>"


COLUMNS = tuple(field.name for field in fields(Instance))
CONNECTION = ("base_url", "identity_url", "client_id", "scopes", "tenant_id", "login")
"""The settings that decide whether and as what an instance gets in."""
HEALTH = ("health", "checked", "checked_at", "organisation", "organisation_id", "base_currency")
"""What a check finds out."""


SEE_LIST = "see `xeroport instance list`"
RESERVED = frozenset({"main", "memory", "temp", "system", "information_schema"})
"""Schemas that a database has of its own: an instance called so could not be queried."""


def check_name(name: str) -> str:
    """The name itself; InputError unless it can be a schema and a folder on every system."""
    schema = schema_name(name)
    if schema in RESERVED or f"{schema}_".startswith("pg_"):  # `pg` too: its ledger is `pg_ledger`
        raise InputError(
            f"`{name}` cannot be an instance's name: databases have a schema `{schema}` already",
            hint="choose another, such as `acme-uk`",
        )
    if not NAME.fullmatch(name):
        raise InputError(
            f"`{name}` cannot be an instance's name",
            hint="use 1 to 48 of a-z, 0-9, `-` and `_`, such as `acme-uk`",
        )
    return name


def account_of(instance: Instance) -> str:
    """What Xero counts an instance's calls by: its app and its organisation, at its address. A
    custom connection has one organisation, so that the app names it; a login has many."""
    app = f"{instance.base_url} {instance.client_id}"
    return app if instance.login is None else f"{app} {instance.tenant_id}"


def budgets_of(calls: Calls, instance: Instance, *, app: AppShare | None = None) -> Budgets:
    """The budgets that an instance shares with all others of its app and organisation."""
    return Budgets(
        calls,
        account_of(instance),
        minute=instance.rate_limit,
        concurrent=instance.concurrency,
        app=app,
    )


def schema_name(name: str) -> str:
    """The schema, or folder, of an instance's tables in a destination: `acme-uk` → `acme_uk`."""
    return re.sub(r"\W", "_", name.lower())


def add(store: Store, instance: Instance, secret: Secret) -> None:
    """Keep a new instance; InputError if the name, or its schema name, is taken."""
    check_name(instance.name)
    sealed = store.vault.seal(secret, bound_to=client_secret(instance.name))
    names = (*COLUMNS, "secret")
    with store.transaction() as connection:
        for row in connection.execute("SELECT name FROM instance"):
            if schema_name(row["name"]) == schema_name(instance.name):
                raise InputError(
                    f"there is already an instance `{row['name']}`",
                    hint=f"see `xeroport instance show {row['name']}`, or choose another name",
                )
        connection.execute(
            f"INSERT INTO instance ({', '.join(names)}) "  # noqa: S608 (names of a dataclass)
            f"VALUES ({', '.join(f':{name}' for name in names)})",
            _columns(instance) | {"secret": sealed},
        )
        for before in organisations_before(instance):
            adopt(connection, instance.name, before=before)


def get(store: Store, name: str) -> Instance:
    """The instance of that name; UnknownName with the nearest otherwise."""
    return _instance(store.named("instance", name, hint=SEE_LIST))


def all_instances(store: Store) -> tuple[Instance, ...]:
    """Every instance, by name."""
    return tuple(each_instance(store))


def each_instance(store: Store) -> Iterator[Instance]:
    """The same one by one, for stores of very many."""
    for row in store.connection.execute("SELECT * FROM instance ORDER BY name"):
        yield _instance(row)


def save(store: Store, instance: Instance) -> None:
    """Replace an instance's settings; its secret stays."""
    with store.transaction() as connection:
        before = organisation_of(connection, instance.name)
        changed = connection.execute(
            f"UPDATE instance SET {_assigned(COLUMNS)} WHERE name = :name",  # noqa: S608
            _columns(instance),
        )
        if changed.rowcount == 0:
            raise store.unknown("instance", instance.name, hint=SEE_LIST)
        adopt(connection, instance.name, before=before)


def save_changes(store: Store, old: Instance, changed: Instance) -> Instance:
    """Save what differs between the two, and nothing else, so that whatever somebody else has
    changed meanwhile stays; the instance as it is then."""
    before, after = _columns(old), _columns(changed)
    names = [name for name in COLUMNS if before[name] != after[name]]
    is_same = (old.base_url, old.client_id) == (changed.base_url, changed.client_id)
    is_same = is_same and old.tenant_id in (None, changed.tenant_id)
    with store.transaction() as connection:
        organisation = organisation_of(connection, old.name)
        if names:
            connection.execute(
                f"UPDATE instance SET {_assigned(names)} WHERE name = :old",  # noqa: S608
                after | {"old": old.name},
            )
        if is_same:
            adopt(connection, old.name, before=organisation)
        return get(store, old.name)


def save_health(store: Store, checked: Instance) -> Instance:
    """Save what a check found, unless the instance gets in another way by now; the instance as it
    is then."""
    same = " AND ".join(f"{name} IS :{name}" for name in ("name", *CONNECTION))
    with store.transaction() as connection:
        organisation = organisation_of(connection, checked.name)
        connection.execute(
            f"UPDATE instance SET {_assigned(HEALTH)} WHERE {same}",  # noqa: S608
            _columns(checked),
        )
        adopt(connection, checked.name, before=organisation)
        return get(store, checked.name)


def set_secret(store: Store, name: str, secret: Secret) -> None:
    """Replace an instance's secret; the old one's token is of no use to the new one."""
    sealed = store.vault.seal(secret, bound_to=client_secret(name))
    with store.transaction() as connection:
        changed = connection.execute(
            "UPDATE instance SET secret = ? WHERE name = ?", (sealed, name)
        )
        if changed.rowcount == 0:
            raise store.unknown("instance", name, hint=SEE_LIST)


def secret(store: Store, name: str) -> Secret:
    """An instance's secret, unsealed."""
    row = store.named("instance", name, hint=SEE_LIST)
    return store.vault.unseal(row["secret"], bound_to=client_secret(name))


def remove(store: Store, name: str, *, forget_sent: bool = False) -> None:
    """Forget an instance, its secret, token, schedule, webhooks and what waits in its outbox; its
    runs stay as history, and what its app has called still counts.

    What was sent, or may have been, stays known: it belongs to the organisation, and an instance of
    it that is added later must not send it again. Of what was sent the contents go. `forget_sent`
    forgets that too. Nothing of the outbox goes while another instance has the same organisation.
    """
    with store.transaction() as connection:
        organisation = organisation_of(connection, name)
        shared = connection.execute(OUTBOX["sharers"], (name, organisation)).fetchone()
        if connection.execute("DELETE FROM instance WHERE name = ?", (name,)).rowcount == 0:
            raise store.unknown("instance", name, hint=SEE_LIST)
        if shared is None:
            forget_deliveries(connection, organisation, sent=forget_sent)
        connection.execute("DELETE FROM schedule WHERE kind <> 'flow' AND target = ?", (name,))
    forget(store.home, name)


def _assigned(names: Iterable[str]) -> str:
    """SQL that sets columns, named as fields of an instance, to the values of their names."""
    return ", ".join(f"{name} = :{name}" for name in names)


def _columns(instance: Instance) -> dict[str, Any]:
    return columns_of(instance, scopes=" ".join(instance.scopes))


def _instance(row: sqlite3.Row) -> Instance:
    return value_of(Instance, row, scopes=tuple(row["scopes"].split()))
