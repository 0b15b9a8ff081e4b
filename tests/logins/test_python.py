"""A login in Python: one of the home folder, or tokens that the caller keeps."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import replace

import httpx2
import pytest
from login_world import World

import xeroport
from xeroport.secrets.vault import Secret
from xeroport.xero.sign_in import flow


class Kept:
    """What a web application does: the tokens of a user in its own database."""

    def __init__(self, tokens: xeroport.TokenSet) -> None:
        self.tokens = tokens
        self.saves = 0

    def load(self) -> xeroport.TokenSet:
        return self.tokens

    def save(self, tokens: xeroport.TokenSet) -> None:
        self.tokens = tokens
        self.saves += 1


async def signed_in(world: World) -> xeroport.TokenSet:
    app = flow.App(world.emulator.login_client_id, world.base_url, world.base_url)
    under_way = flow.begin(
        app,
        redirect_uri=f"http://localhost:{world.port}/callback",
        scopes=("offline_access", "accounting.contacts.read", "accounting.settings.read"),
    )
    back = world.consent(under_way.address, world.tenants[:2])
    return await flow.exchange(under_way, flow.code_in(under_way, back), name="own")


def test_a_login_of_the_home_folder(world: World) -> None:
    assert world.signed_in(world.tenants[:2])
    heard: list[xeroport.TokenSet] = []
    tenant = world.tenants[1]
    with xeroport.Client(
        login="xero", tenant_id=tenant, home=world.home, on_refresh=heard.append
    ) as xero:
        organisation = xero.organisation.get()
        assert organisation["Name"] == world.emulator.identity.tenants[tenant]
    assert heard == []
    with pytest.raises(xeroport.InputError, match="say which organisation"):
        xeroport.Client(login="xero", home=world.home)
    with pytest.raises(xeroport.UnknownName, match="no login `zero`"):
        xeroport.Client(login="zero", home=world.home)


def test_tokens_that_the_caller_keeps(world: World) -> None:
    import asyncio

    kept = Kept(replace(asyncio.run(signed_in(world)), expires_at=time.time() - 1))
    heard: list[xeroport.TokenSet] = []
    before = len(world.emulator.identity.grants.refresh)

    def client() -> xeroport.Client:
        return xeroport.Client(
            client_id=world.emulator.login_client_id,
            login=kept,
            tenant_id=world.tenants[0],
            base_url=world.base_url,
            on_refresh=heard.append,
        )

    def call() -> None:
        with client() as xero:
            list(xero.contacts.list())

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert kept.saves == 1
    assert heard == [kept.tokens]
    assert len(world.emulator.identity.grants.refresh) == before + 1
    assert kept.tokens.refresh not in repr(kept.tokens)

    kept.tokens = replace(kept.tokens, refresh="dead", previous=None, expires_at=0)
    for _ in range(2):
        with client() as xero, pytest.raises(xeroport.NotAuthenticated, match="needs sign-in"):
            list(xero.contacts.list())
    kept.tokens = asyncio.run(signed_in(world))
    with client() as xero:
        list(xero.contacts.list())


def test_an_organisation_must_be_named(world: World) -> None:
    tokens = xeroport.TokenSet("a" * 8, 0.0, "r" * 8, 0.0)
    with pytest.raises(xeroport.InputError, match="say which one"):
        xeroport.Client(client_id="x", login=Kept(tokens), base_url=world.base_url)


def test_the_flow_agrees_with_a_client_that_was_not_written_here(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The authorise address and the exchange as oauthlib makes and checks them."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    oauthlib = pytest.importorskip("oauthlib.oauth2")
    client = oauthlib.WebApplicationClient(world.emulator.login_client_id)
    app = flow.App(world.emulator.login_client_id, world.base_url, world.base_url)
    redirect = f"http://localhost:{world.port}/callback"
    under_way = flow.begin(app, redirect_uri=redirect, scopes=("offline_access",))
    theirs = client.prepare_request_uri(
        under_way.address.partition("?")[0],
        redirect_uri=redirect,
        scope=["offline_access"],
        state=under_way.state,
        code_challenge=client.create_code_challenge(under_way.verifier, "S256"),
        code_challenge_method="S256",
    )
    assert sorted(theirs.partition("?")[2].split("&")) == sorted(
        under_way.address.partition("?")[2].split("&")
    )
    back = world.consent(theirs, world.tenants[:1])
    parsed = client.parse_request_uri_response(back, state=under_way.state)
    assert parsed["code"] == flow.code_in(under_way, back)
    body = client.prepare_request_body(
        code=parsed["code"], redirect_uri=redirect, code_verifier=under_way.verifier
    )
    reply = httpx2.post(
        f"{world.base_url}/connect/token",
        content=body,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert client.parse_request_body_response(reply.text)["refresh_token"]


def test_a_secret_of_a_web_app_is_sent_as_basic(world: World) -> None:
    import asyncio

    app = flow.App(
        world.emulator.login_client_id,
        world.base_url,
        world.base_url,
        Secret(world.emulator.login_client_secret),
    )
    under_way = flow.begin(
        app, redirect_uri=f"http://localhost:{world.port}/callback", scopes=("offline_access",)
    )
    back = world.consent(under_way.address, world.tenants[:1])
    tokens = asyncio.run(flow.exchange(under_way, flow.code_in(under_way, back), name="web"))
    assert tokens.refresh
    wrong = replace(app, secret=Secret(secrets.token_urlsafe(12)))
    under_way = flow.begin(
        wrong, redirect_uri=f"http://localhost:{world.port}/callback", scopes=("offline_access",)
    )
    back = world.consent(under_way.address, world.tenants[:1])
    with pytest.raises(xeroport.NotAuthenticated, match="or its secret"):
        asyncio.run(flow.exchange(under_way, flow.code_in(under_way, back), name="web"))
