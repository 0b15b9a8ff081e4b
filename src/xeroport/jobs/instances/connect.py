"""Adding and changing instances: the credentials are tried first, only what works is saved.

`transport` (an httpx2 transport) lets a test or the demo stand in for the network.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from xeroport.clock import Clock
from xeroport.errors import XeroportError
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.calls import tokens
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.xero.health import Checked
from xeroport.xero.health import check as check_health

CONNECTION_FIELDS = ("base_url", "identity_url", "client_id", "scopes", "tenant_id")
"""The settings that decide whether and as what an instance gets in."""


async def add(
    store: Store,
    instance: Instance,
    secret: Secret,
    *,
    check: bool = True,
    clock: Clock | None = None,
    transport: Any = None,
) -> Instance:
    """Keep a new instance if its credentials work; the error of the check otherwise.

    Without `check` it is kept untried, and its record says so.
    """
    instances.check_name(instance.name)
    store.vault.seal("")  # a wrong key is told before the credentials travel
    if check:
        instance = _working(await _check(store, instance, secret, clock, transport))
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
    clock: Clock | None = None,
    transport: Any = None,
) -> Instance:
    """Save an instance's changed settings, and its new secret if there is one.

    What decides the connection is tried first, and nothing is saved if it does not work.
    """
    fresh = secret is not None or any(
        getattr(old, field) != getattr(changed, field) for field in CONNECTION_FIELDS
    )
    if fresh and check:
        used = secret if secret is not None else instances.secret(store, old.name)
        changed = _working(await _check(store, changed, used, clock, transport))
    elif fresh:
        changed = replace(changed, checked=False)
    if secret is not None:
        instances.set_secret(store, old.name, secret)
    instances.save(store, changed)
    return changed


async def recheck(
    store: Store, name: str, *, clock: Clock | None = None, transport: Any = None
) -> tuple[Instance, XeroportError | None]:
    """Try an instance's credentials now and keep its health; the error says what to mend."""
    instance = instances.get(store, name)
    found = await _check(store, instance, instances.secret(store, name), clock, transport)
    checked = replace(found.instance, checked=True)
    instances.save(store, checked)
    return checked, found.error


async def _check(
    store: Store, instance: Instance, secret: Secret, clock: Clock | None, transport: Any
) -> Checked:
    """Whether the credentials work; if so the token kept from before goes, since it may be of a
    time before the consent or the scopes that the connection has now."""
    calls = Calls(store.home)
    found = await check_health(instance, secret, calls=calls, clock=clock, transport=transport)
    if found.error is None:
        tokens.forget(calls, instance.name)
        calls.close()
    return found


def _working(found: Checked) -> Instance:
    if found.error is not None:
        raise found.error
    return found.instance
