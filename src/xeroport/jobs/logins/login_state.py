"""How a login is, in plain words; how it ends; and how a quiet one is kept from ending."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from xeroport.errors import InputError, XeroportError
from xeroport.jobs.logins.app_plan import calls_left, too_small
from xeroport.jobs.logins.login_access import access_token, app_of
from xeroport.plurals import counted
from xeroport.secrets.vault import Secret
from xeroport.store import instances, logins
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.store.logins import DAY, Login, SavedTokens
from xeroport.xero.client import XeroClient, login_access
from xeroport.xero.policy.verdict import BRIEF
from xeroport.xero.sign_in import flow

log = logging.getLogger("xeroport.login")


@dataclass(frozen=True)
class Health:
    """Whether a login works, and the sentence that says so; `plan_problem` says why the plan of its
    app is too small, if it looks so; `disconnected` are the instances that Xero keeps it from."""

    is_signed_in: bool
    words: str
    plan_problem: str | None = None
    disconnected: tuple[str, ...] = ()


def health_of(store: Store, login: Login, now: float) -> Health:
    """How a login is, whether the plan of its app suffices, and which of its organisations were
    disconnected when they were last checked; without calling Xero."""
    state = health(login, now)
    disconnected = [
        instance.name
        for instance in instances.each_instance(store)
        if instance.login == login.name and instance.health == "not_authorised"
    ]
    if state.is_signed_in and disconnected:
        names = ", ".join(f"`{name}`" for name in disconnected)
        words = f"{state.words}; Xero gives it no access to {names}"
        state = replace(state, words=words, disconnected=tuple(disconnected))
    return replace(state, plan_problem=too_small(calls_left(store, login)))


def health(login: Login, now: float) -> Health:
    """How a login is: signed in until when, or what to do."""
    if login.ended is not None:
        return Health(False, f"needs sign-in again: {login.ended}")
    if now >= login.ends_at():
        return Health(False, "needs sign-in again: it was not used for 60 days")
    until = datetime.fromtimestamp(login.ends_at(), UTC)
    days = int((now - login.refreshed_at) // DAY)
    age = "today" if days <= 0 else f"{counted(days, 'day')} ago"
    return Health(True, f"signed in; last used {age}, ends on {until:%Y-%m-%d} if it is not used")


async def log_out(store: Store, name: str) -> Login:
    """Revoke a login at Xero and forget its tokens; the login, with the instances that stop."""
    login = logins.get(store, name)
    tokens = SavedTokens(store, name).load()
    if tokens is None:
        raise InputError(
            f"the login `{name}` is already signed out", hint=f"`xeroport login {name}` signs in"
        )
    await flow.revoke(app_of(store, login), tokens.refresh, transport=store.transport)
    logins.end(store, name, "you signed out")
    return login


async def disconnect(store: Store, name: str) -> Instance:
    """Take an instance's organisation away from the app at Xero; the instance stays."""
    instance = instances.get(store, name)
    if instance.login is None:
        raise InputError(
            f"`{name}` is a custom connection: end it in Xero, not here",
            hint="Settings, Connected apps; or `xeroport instance remove` to forget it here",
        )
    login = logins.get(store, instance.login)
    app = app_of(store, login)
    access = await access_token(store, login.name)
    for connection in await flow.connections(app, access, transport=store.transport):
        if connection.tenant_id == instance.tenant_id:
            await flow.disconnect(app, access, connection.id, transport=store.transport)
    return instances.save_changes(store, instance, replace(instance, health="not_authorised"))


async def keep_alive(store: Store) -> list[str]:
    """Refresh the logins that would soon expire at Xero; what could not be is said once."""
    problems = []
    now = store.clock.now().timestamp()
    for name in logins.quiet(store, now):
        login = logins.get(store, name)
        client = XeroClient(
            Instance(name, login.base_url, login.identity_url, login.client_id, login=name),
            Secret(""),
            calls=Calls(store.home),
            access=login_access(store, name),
            clock=store.clock,
            transport=store.transport,
            patience=BRIEF,
        )
        try:
            async with client:
                await client.refresh_login()
        except XeroportError as error:
            if logins.warn_once(store, name, now):
                problems.append(f"the login `{name}` could not be refreshed: {error.message}")
        else:
            log.info("the login `%s` was refreshed, so that it does not expire", name)
    return problems
