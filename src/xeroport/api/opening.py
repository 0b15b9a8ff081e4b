"""What a client is opened with: credentials given in code, or an instance of a home folder.

Without a home folder nothing is written to disk: the limits are kept in this process, and shared
by all of its clients. With one they are shared with every other process of that folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from xeroport import settings
from xeroport.clock import Clock
from xeroport.config import home_folder
from xeroport.errors import InputError
from xeroport.secrets.vault import Secret
from xeroport.store.calls.file import Calls
from xeroport.store.calls.tokens import Tokens
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.xero.client import XeroClient, open_client
from xeroport.xero.tokens import fingerprint
from xeroport.xero.wire.transport import Transport


class Opened(Struct, frozen=True):
    """An open client, and what closes that which was opened for it."""

    engine: XeroClient
    close: Callable[[], None]


def from_instance(
    name: str,
    *,
    home: Path | str | None,
    clock: Clock | None,
    transport: Transport | None,
) -> Opened:
    """A client for an instance of the home folder; UnknownName if there is none of that name."""
    store = Store(home_folder(home))
    try:
        return Opened(open_client(store, name, clock=clock, transport=transport), store.close)
    except BaseException:
        store.close()
        raise


def from_credentials(
    instance: Instance,
    secret: Secret,
    *,
    home: Path | str | None,
    clock: Clock | None,
    transport: Transport | None,
) -> Opened:
    """A client for credentials that are saved nowhere; `home` shares limits and tokens."""
    if home is None:
        calls = Calls.of_process()
        engine = XeroClient(instance, secret, calls=calls, clock=clock, transport=transport)
        return Opened(engine, lambda: None)
    store = Store(home_folder(home))
    try:
        calls = Calls(store.home)
        tokens = Tokens(
            calls, store.vault, instance.name, fingerprint=fingerprint(instance, secret)
        )
        engine = XeroClient(
            instance, secret, calls=calls, tokens=tokens, clock=clock, transport=transport
        )
    except BaseException:
        store.close()
        raise
    return Opened(engine, store.close)


def unsaved_instance(
    *,
    client_id: str,
    base_url: str,
    identity_url: str | None,
    tenant_id: str | None,
    scopes: str | tuple[str, ...] | list[str],
    rate_limit: str | int,
    concurrency: int,
) -> Instance:
    """The instance for credentials given in code, checked like one that is added.

    Its name is made of the client id, so that all clients of one app share one set of limits.
    """
    client_id = settings.client_id(client_id)
    base = settings.base_url(base_url)
    minute, at_once = settings.rate_limit(str(rate_limit)), settings.concurrency(concurrency)
    settings.check_limits(base, minute, at_once)
    mark = hashlib.sha256(f"{client_id} {tenant_id or ''}".encode()).hexdigest()[:12]
    return Instance(
        name=f"client-{mark}",
        base_url=base,
        identity_url=settings.identity_url(base, identity_url),
        client_id=client_id,
        tenant_id=settings.tenant_id(tenant_id or ""),
        scopes=settings.scopes(scopes if isinstance(scopes, str) else " ".join(scopes)),
        rate_limit=minute,
        concurrency=at_once,
        checked=False,
    )


def secret_of(text: str | Secret) -> Secret:
    """The client secret as a value that is never shown; InputError if it is empty."""
    secret = text if isinstance(text, Secret) else Secret(text.strip())
    if not secret.reveal():
        raise InputError(
            "the client secret is empty",
            hint="copy it from the app's configuration page at developer.xero.com",
        )
    return secret
