"""Adding and changing instances: the credentials are tried first, only what works is saved."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import replace
from urllib.parse import urlsplit

from xeroport import settings
from xeroport.errors import InputError, StoreError, XeroportError
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.calls import saved_tokens
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.xero.client import login_access
from xeroport.xero.health import HealthCheck
from xeroport.xero.health import check as check_health

LEARNED = ("time_zone", "date_format")
"""Settings that an organisation's record can say."""
HELD_SECONDS = 1.0
"""How long a check waits for another process that holds the store or the budgets."""
XERO_SERVERS = frozenset((settings.XERO_BASE, settings.XERO_IDENTITY))

log = logging.getLogger("xeroport.instances")


async def add(
    store: Store,
    instance: Instance,
    secret: Secret,
    *,
    check: bool = True,
    from_organisation: Collection[str] = (),
) -> Instance:
    """Keep a new instance if its credentials work; the error of the check otherwise.

    Without `check` it is kept untried, and its record says so. `from_organisation` names settings
    (`time_zone`, `date_format`) that are taken from the organisation's record, where it has them.
    """
    instances.check_name(instance.name)
    settings.check_limits(instance.base_url, instance.rate_limit, instance.concurrency)
    store.vault.seal("", bound_to="")  # a wrong key is told before the credentials travel
    if check:
        checked = await _check(store, instance, secret)
        instance = _working(checked)
        learned = {name: getattr(checked, name) for name in from_organisation}
        instance = replace(instance, **{name: value for name, value in learned.items() if value})
    else:
        instance = replace(instance, checked=False)
    instances.add(store, instance, secret)
    return instance


async def change(
    store: Store,
    old: Instance,
    changed: Instance,
    secret: Secret | None = None,
    *,
    check: bool = True,
) -> Instance:
    """Save an instance's changed settings, and its new secret if there is one.

    What decides the connection is tried first, and nothing is saved if it does not work. A secret
    never follows the instance to another server unasked: InputError without it.
    """
    settings.check_limits(changed.base_url, changed.rate_limit, changed.concurrency)
    if old.login is not None and any(
        getattr(old, name) != getattr(changed, name) for name in instances.CONNECTION
    ):
        raise InputError(
            f"`{old.name}` uses the login `{old.login}` and has no credentials of its own",
            hint=f"`xeroport login {old.login}` signs in again",
        )
    moved = new_servers(old, changed)
    if moved and secret is None:
        raise InputError(
            f"`{moved[0]}` is another server: the client secret must be given again",
            hint=f"it was entered for `{origin(old.base_url)}`; enter it with the new address",
        )
    fresh = secret is not None or any(
        getattr(old, field) != getattr(changed, field) for field in instances.CONNECTION
    )
    if fresh and check:
        used = secret if secret is not None else instances.secret(store, old.name)
        changed = _working(await _check(store, changed, used))
    elif fresh:
        changed = replace(
            changed, checked=False, organisation=None, organisation_id=None, base_currency=None
        )
    if secret is not None:
        instances.set_secret(store, old.name, secret)
    saved = instances.save_changes(store, old, changed)
    if moved:
        calls = Calls(store.home)
        saved_tokens.forget(calls, old.name)
        calls.close()
    return saved


def same_app(store: Store, base_url: str, client_id: str) -> Instance | None:
    """An instance that has the same app already. A custom connection has one organisation: both
    would have the same books, and share one budget of calls."""
    for each in instances.each_instance(store):
        if (each.login, each.client_id) == (None, client_id) and each.base_url == base_url:
            return each
    return None


def same_organisation(store: Store, instance: Instance) -> Instance | None:
    """Another instance that is connected to the same organisation."""
    for each in instances.each_instance(store):
        is_other = each.name != instance.name
        if (
            is_other
            and instance.organisation_id
            and each.organisation_id == instance.organisation_id
        ):
            return each
    return None


def origin(url: str) -> str:
    """Scheme, host and port of a URL: what a secret or a token is sent to."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{(parts.hostname or '').lower()}{port}"


def new_servers(old: Instance, changed: Instance) -> tuple[str, ...]:
    """The servers that a changed instance sends its secret or tokens to and the old one did not.
    Xero's API and identity servers belong together."""
    before = {origin(old.base_url), origin(old.identity_url)}
    if before & XERO_SERVERS:
        before |= XERO_SERVERS
    now = dict.fromkeys((origin(changed.identity_url), origin(changed.base_url)))
    return tuple(server for server in now if server not in before)


async def recheck(store: Store, name: str) -> tuple[Instance, XeroportError | None]:
    """Try an instance's credentials now and keep its health, and nothing else: it may have been
    changed meanwhile. The error says what to correct. Where another process keeps the store to
    itself, what was found is said and not kept: a person waits."""
    with store.waiting_at_most(HELD_SECONDS):
        instance = instances.get(store, name)
        check = await _check(store, instance, instances.secret(store, name))
        checked = replace(check.instance, checked=True)
        try:
            return instances.save_health(store, checked), check.error
        except StoreError as held:
            log.warning("what the check of `%s` found was not saved: %s", name, held)
            return checked, check.error


async def _check(store: Store, instance: Instance, secret: Secret) -> HealthCheck:
    """Whether the credentials work; if so the token kept from before goes, since it may be of a
    time before the consent or the scopes that the connection has now."""
    calls = Calls(store.home, busy_seconds=HELD_SECONDS)
    access = None if instance.login is None else login_access(store, instance.login)
    try:
        check = await check_health(
            instance,
            secret,
            calls=calls,
            clock=store.clock,
            transport=store.transport,
            access=access,
        )
        if check.error is None:
            saved_tokens.forget(calls, instance.name)
    finally:
        calls.close()
    return check


def _working(check: HealthCheck) -> Instance:
    if check.error is not None:
        raise check.error
    return check.instance
