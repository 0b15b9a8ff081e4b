"""The tokens of a login, for what is not the work of one instance."""

from __future__ import annotations

import time

from xeroport.secrets.vault import Secret
from xeroport.store import logins
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.store.logins import Login, SavedTokens, TokenSet
from xeroport.xero.client import XeroClient, login_access
from xeroport.xero.policy.verdict import BRIEF
from xeroport.xero.sign_in.flow import App, Connection
from xeroport.xero.sign_in.login_tokens import needs_sign_in


def app_of(store: Store, login: Login) -> App:
    """The app that a login signs in to."""
    return App(
        login.client_id, login.base_url, login.identity_url, logins.secret(store, login.name)
    )


async def fresh_tokens(store: Store, name: str, *, lives_for: float) -> TokenSet:
    """The tokens of a login, refreshed if the access token does not live for that many seconds."""
    login = logins.get(store, name)
    async with client_of(store, login, None) as client:
        await client.access_token()
        tokens = SavedTokens(store, name).load()
        if tokens is None or tokens.expires_at - time.time() < lives_for:
            await client.refresh_login()
            tokens = SavedTokens(store, name).load()
    if tokens is None:
        raise needs_sign_in(name, None)
    return tokens


async def access_token(store: Store, name: str) -> str:
    """An access token of a login that lives for a while yet."""
    login = logins.get(store, name)
    async with client_of(store, login, None) as client:
        return await client.access_token()


def client_of(store: Store, login: Login, connection: Connection | None) -> XeroClient:
    """A client with the tokens of a login, for one of its organisations or for none."""
    return XeroClient(
        instance_of(login, connection or Connection("", "", "")),
        Secret(""),
        calls=Calls(store.home),
        access=login_access(store, login.name),
        transport=store.transport,
        patience=BRIEF,
    )


def instance_of(login: Login, connection: Connection) -> Instance:
    """An instance of a login's organisation as it begins, without a name of its own."""
    return Instance(
        name="organisation",
        base_url=login.base_url,
        identity_url=login.identity_url,
        client_id=login.client_id,
        tenant_id=connection.tenant_id or None,
        organisation=connection.name or None,
        login=login.name,
    )
