"""What follows when the browser is back: tokens are kept, organisations listed, instances made."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from xeroport.errors import InputError, UnknownName, XeroportError
from xeroport.jobs.instances import connect
from xeroport.jobs.logins.login_access import access_token, app_of, client_of, instance_of
from xeroport.secrets.vault import Secret
from xeroport.store import instances, logins
from xeroport.store.database import Store
from xeroport.store.instances import Instance, schema_name
from xeroport.store.logins import Login
from xeroport.xero.sign_in import flow
from xeroport.xero.sign_in.flow import Connection, SignIn

DEFAULT_NAME = "xero"


@dataclass(frozen=True)
class SignedIn:
    """An instance of an organisation that was chosen; `problem` where it cannot be read yet."""

    instance: Instance
    is_new: bool
    problem: XeroportError | None = None


def of_name(store: Store, name: str) -> Login | None:
    """The login of that name, or of the instance of that name; None if there is none yet."""
    for login in logins.all_logins(store):
        if name == login.name or name in login.instances:
            return login
    return None


async def keep(store: Store, sign_in: SignIn, code: str, *, name: str) -> tuple[Connection, ...]:
    """Exchange the code, keep the login, and list the organisations with their countries."""
    instances.check_name(name)
    store.vault.seal("", bound_to="")  # a wrong key is told before the code is spent
    tokens = await flow.exchange(sign_in, code, name=name, transport=store.transport)
    app = sign_in.app
    login = Login(name, app.base_url, app.identity_url, app.client_id)
    logins.put(store, login, tokens, app.secret, now=time.time())
    return await organisations(store, name)


async def organisations(store: Store, name: str) -> tuple[Connection, ...]:
    """The organisations of a login, with the country of each that can be read."""
    login = logins.get(store, name)
    access = await access_token(store, name)
    connections = await flow.connections(app_of(store, login), access, transport=store.transport)
    return tuple([await _with_country(store, login, connection) for connection in connections])


async def make_instances(store: Store, name: str, chosen: Iterable[Connection]) -> list[SignedIn]:
    """One instance for each organisation, all with the same login; those that exist stay."""
    login = logins.get(store, name)
    known = {
        instance.tenant_id: instance
        for instance in instances.each_instance(store)
        if instance.login == login.name
    }
    instances_made = []
    for connection in chosen:
        old = known.get(connection.tenant_id)
        if old is not None:
            checked, problem = await connect.recheck(store, old.name)
            instances_made.append(SignedIn(checked, False, problem))
            continue
        instance = replace(instance_of(login, connection), name=_free_name(store, connection.name))
        try:
            added = await connect.add(
                store, instance, Secret(""), from_organisation=connect.LEARNED
            )
        except XeroportError as error:
            added = await connect.add(store, instance, Secret(""), check=False)
            instances_made.append(SignedIn(added, True, error))
        else:
            instances_made.append(SignedIn(added, True))
    return instances_made


def chosen_of(connections: tuple[Connection, ...], wanted: Iterable[str]) -> tuple[Connection, ...]:
    """The organisations of those names, tenant ids or numbers in the list; UnknownName else."""
    chosen: dict[str, Connection] = {}
    for word in wanted:
        matches = [
            connection
            for number, connection in enumerate(connections, start=1)
            if word.strip().lower()
            in (connection.name.lower(), connection.tenant_id.lower(), str(number))
        ]
        if not matches:
            raise UnknownName(
                "organisation",
                word,
                [connection.name for connection in connections],
                of="this login",
                hint="tick it at Xero: `xeroport login add-organisation`",
            )
        chosen.update({match.tenant_id: match for match in matches})
    if not chosen:
        raise InputError(
            "no organisation is chosen",
            hint="sign in again and tick one at Xero: `xeroport login add-organisation`",
        )
    return tuple(chosen.values())


async def _with_country(store: Store, login: Login, connection: Connection) -> Connection:
    try:
        async with client_of(store, login, connection) as client:
            records = (await client.call("organisation.get", retries=0)).records
    except XeroportError:
        return connection
    country = records[0].get("CountryCode") if records else None
    return replace(connection, country=country if isinstance(country, str) else None)


def _free_name(store: Store, organisation: str) -> str:
    """A name for an organisation's instance that no other has, such as `demo-company-uk`."""
    word = re.sub(r"[^a-z0-9]+", "-", organisation.lower()).strip("-")[:40].strip("-") or "xero"
    taken = {schema_name(each.name) for each in instances.each_instance(store)}
    for number in range(1, 10_000):
        name = word if number == 1 else f"{word}-{number}"
        try:
            instances.check_name(name)
        except InputError:
            word = f"{word}-books"
            continue
        if schema_name(name) not in taken:
            return name
    raise InputError(f"there are too many instances called `{word}`")
