"""What a client is opened with: credentials given in code, or an instance of a home folder.

Without a home folder nothing is written to disk: the limits are kept in this process, and shared
by all of its clients. With one they are shared with every other process of that folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from xeroport import settings
from xeroport.clock import Clock
from xeroport.config import home_folder
from xeroport.errors import InputError
from xeroport.secrets.vault import Secret
from xeroport.store import instances, logins
from xeroport.store.calls.file import Calls
from xeroport.store.calls.saved_tokens import Tokens
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.store.logins import Login, TokenSet
from xeroport.xero.client import XeroClient, login_access, open_client
from xeroport.xero.policy.verdict import Patience
from xeroport.xero.sign_in.login_tokens import LoginTokens
from xeroport.xero.sign_in.own_store import LoginStore, OwnTokens
from xeroport.xero.tokens import Post, fingerprint
from xeroport.xero.wire.transport import Transport


class OpenClient(Struct, frozen=True):
    """An open client, and what closes the things that were opened for it."""

    engine: XeroClient
    close: Callable[[], None]


@contextmanager
def _store_of(home: Path | str | None) -> Iterator[Store]:
    """The store of a home folder; closed again if what is to stand on it fails."""
    store = Store(home_folder(home))
    try:
        yield store
    except BaseException:
        store.close()
        raise


def from_instance(
    name: str,
    *,
    home: Path | str | None,
    clock: Clock,
    transport: Transport | None,
) -> OpenClient:
    """A client for an instance of the home folder; UnknownName if there is none of that name."""
    with _store_of(home) as store:
        store.clock, store.transport = clock, transport
        return OpenClient(open_client(store, name), store.close)


def from_credentials(
    instance: Instance,
    secret: Secret,
    *,
    home: Path | str | None,
    clock: Clock,
    transport: Transport | None,
) -> OpenClient:
    """A client for credentials that are saved nowhere; `home` shares limits and tokens."""
    if home is None:
        calls = Calls.of_process()
        engine = XeroClient(instance, secret, calls=calls, clock=clock, transport=transport)
        return OpenClient(engine, lambda: None)
    with _store_of(home) as store:
        calls = Calls(store.home)
        tokens = Tokens(
            calls, store.vault, instance.name, fingerprint=fingerprint(instance, secret)
        )
        engine = XeroClient(
            instance, secret, calls=calls, tokens=tokens, clock=clock, transport=transport
        )
        return OpenClient(engine, store.close)


def from_login(
    name: str,
    *,
    tenant_id: str | None,
    home: Path | str | None,
    clock: Clock,
    transport: Transport | None,
    on_refresh: Callable[[TokenSet], None] | None,
) -> OpenClient:
    """A client for an organisation of a login of the home folder; `tenant_id` may be left out
    where the login has one instance only."""
    with _store_of(home) as store:
        login = logins.get(store, name)
        saved = [instances.get(store, instance) for instance in login.instances]
        wanted = [candidate for candidate in saved if tenant_id in (None, candidate.tenant_id)]
        if len(wanted) != 1 and tenant_id is None:
            raise InputError(
                f"the login `{name}` has {len(saved)} instances: say which organisation",
                hint="`tenant_id=…`, or `Client.from_instance(…)`: "
                + ", ".join(f"`{candidate.name}`" for candidate in saved),
            )
        instance = wanted[0] if wanted else _of_login(login, tenant_id)
        engine = XeroClient(
            instance,
            Secret(""),
            calls=Calls(store.home),
            access=login_access(store, name, on_refresh=on_refresh),
            clock=clock,
            transport=transport,
        )
        return OpenClient(engine, store.close)


def from_own_login(
    instance: Instance,
    secret: Secret | None,
    store: LoginStore,
    *,
    clock: Clock,
    transport: Transport | None,
    on_refresh: Callable[[TokenSet], None] | None,
) -> OpenClient:
    """A client whose tokens the caller keeps; InputError unless the organisation is given."""
    if instance.tenant_id is None:
        raise InputError("a login has many organisations: say which one", hint="with `tenant_id=…`")
    tokens = OwnTokens(store)

    def access(post: Post, clock: Clock, patience: Patience) -> LoginTokens:
        return LoginTokens(
            tokens,
            name="own",
            client_id=instance.client_id,
            secret=secret,
            identity_url=instance.identity_url,
            post=post,
            clock=clock,
            patience=patience,
            on_refresh=on_refresh,
        )

    engine = XeroClient(
        instance,
        Secret(""),
        calls=Calls.of_process(),
        access=access,
        clock=clock,
        transport=transport,
    )
    return OpenClient(engine, lambda: None)


def _of_login(login: Login, tenant_id: str | None) -> Instance:
    """An organisation of a login that has no instance yet."""
    return Instance(
        name=f"{login.name}-organisation",
        base_url=login.base_url,
        identity_url=login.identity_url,
        client_id=login.client_id,
        tenant_id=tenant_id,
        login=login.name,
    )


def unsaved_instance(
    *,
    client_id: str,
    base_url: str,
    identity_url: str | None,
    tenant_id: str | None,
    scopes: str | tuple[str, ...] | list[str],
    rate_limit: str | int,
    concurrency: int,
    login: str | None = None,
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
        login=login,
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
