"""Tokens: fetched once, shared, renewed in time, and their refusals told apart."""

from __future__ import annotations

import asyncio
import base64
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from scripted import Said, Scripted

from xeroport.clock import ManualClock
from xeroport.errors import AccessError, NotAuthenticated, NotAuthorised, Unavailable
from xeroport.store.calls.file import Calls
from xeroport.store.calls.saved_tokens import Token, Tokens
from xeroport.store.database import Store
from xeroport.xero.client import XeroClient, open_client
from xeroport.xero.tokens import claims, tenant

ClientOf = Callable[..., XeroClient]
NAME = "acme"


def run(client: XeroClient, times: int = 1) -> None:
    async def work() -> None:
        async with client:
            for _ in range(times):
                await client.call("contacts.list")

    asyncio.run(work())


def test_the_request_is_what_xero_documents(client_of: ClientOf) -> None:
    server = Scripted()
    run(client_of(server))
    asked = server.token_requests[0]
    assert asked.method == "POST"
    assert asked.body == b"grant_type=client_credentials"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    scheme, pair = asked.headers["authorization"].split()
    assert (scheme, base64.b64decode(pair)) == ("Basic", b"client-id:planted-secret-4711")


def test_scopes_are_sent_when_configured(client_of: ClientOf) -> None:
    server = Scripted()
    run(client_of(server, scopes=("accounting.contacts", "accounting.settings.read")))
    assert server.token_requests[0].body == (
        b"grant_type=client_credentials&scope=accounting.contacts+accounting.settings.read"
    )


def test_invalid_scope_is_tried_once_without(client_of: ClientOf) -> None:
    refused = Said(400, {"error": "invalid_scope", "error_description": "no"})
    good = Said(body={"access_token": "token", "expires_in": 1800})
    server = Scripted(tokens=(refused, good))
    run(client_of(server, scopes=("accounting.contacts",)))
    assert [b"scope" in each.body for each in server.token_requests] == [True, False]
    server = Scripted(tokens=(refused,))
    with pytest.raises(NotAuthorised, match=r"`accounting\.reports"):
        run(client_of(server, scopes=("accounting.reports.read",)))
    assert len(server.token_requests) == 2


@pytest.mark.parametrize("status", [400, 401])
def test_wrong_secret(client_of: ClientOf, status: int) -> None:
    server = Scripted(tokens=(Said(status, {"error": "invalid_client"}),))
    with pytest.raises(NotAuthenticated, match="client id and secret") as caught:
        run(client_of(server))
    assert "planted" not in repr(caught.value) + str(caught.value.hint)
    assert len(server.token_requests) == 1
    assert server.asked == []


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (Said(400, {"error": "unauthorized_client"}), NotAuthenticated, "custom connection"),
        (Said(400, {"error": "something_new"}), NotAuthenticated, "refused"),
        (Said(404, "<html>nothing</html>"), Unavailable, "does not answer like"),
        (Said(200, "<html>welcome</html>"), Unavailable, "does not answer like"),
        (Said(503, "down"), Unavailable, "now"),
    ],
)
def test_other_answers(
    client_of: ClientOf, said: Said, error: type[AccessError], words: str
) -> None:
    server = Scripted(tokens=(said,))
    with pytest.raises(error, match=words):
        run(client_of(server, clock=ManualClock()))
    assert len(server.token_requests) <= 4


def test_a_hiccup_of_the_identity_server_is_survived(client_of: ClientOf) -> None:
    good = Said(body={"access_token": "token", "expires_in": 1800})
    run(client_of(Scripted(tokens=(Said(502, ""), good)), clock=ManualClock()))


def test_one_token_for_many_calls_and_a_new_one_before_it_ends(client_of: ClientOf) -> None:
    clock, server = ManualClock(), Scripted()
    client = client_of(server, clock=clock)

    async def work() -> None:
        async with client:
            await asyncio.gather(*(client.call("contacts.list") for _ in range(20)))
            assert len(server.token_requests) == 1
            clock.advance(1800 - 100)
            await client.call("contacts.list")
            assert len(server.token_requests) == 1
            clock.advance(20)
            await asyncio.gather(*(client.call("contacts.list") for _ in range(20)))

    asyncio.run(work())
    assert len(server.token_requests) == 2


def test_another_process_takes_the_token_from_the_store(client_of: ClientOf) -> None:
    server = Scripted()
    run(client_of(server))
    run(client_of(server))
    assert len(server.token_requests) == 1
    run(client_of(server, scopes=("accounting.contacts",)))
    assert len(server.token_requests) == 2


def test_the_token_lies_sealed(client_of: ClientOf, store: Store) -> None:
    said = Said(body={"access_token": "planted-token-0815", "expires_in": 1800})
    run(client_of(Scripted(tokens=(said,))))
    for path in store.home.rglob("*"):
        if path.is_file():
            assert b"planted" not in path.read_bytes()


def test_the_tenant_comes_from_the_token(client_of: ClientOf) -> None:
    payload = base64.urlsafe_b64encode(b'{"xero_tenant_id":"tenant-1"}').decode().rstrip("=")
    token = Said(body={"access_token": f"e30.{payload}.sig", "expires_in": 1800})
    server = Scripted(tokens=(token,))
    run(client_of(server))
    run(client_of(server, tenant_id="tenant-2"))
    assert [each.headers["xero-tenant-id"] for each in server.asked] == ["tenant-1", "tenant-2"]
    opaque = Scripted()
    run(client_of(opaque, scopes=("a",)))
    assert "xero-tenant-id" not in opaque.asked[0].headers


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "a.%%%.c", "e30.W10.x", ""])
def test_tokens_that_are_no_jwt_claim_nothing(token: str) -> None:
    assert claims(token) == {}
    assert tenant(token) is None


def test_nobody_prints_a_token() -> None:
    assert "abc" not in repr(Token("abc", 1.0))


def _claim_and_hang(home: str, ready: Any) -> None:
    store = Store(Path(home))
    Tokens(Calls(store.home), store.vault, NAME, fingerprint="f").claim(time.time())
    ready.set()
    time.sleep(60)


def test_a_killed_fetcher_does_not_hold_up_the_others(store: Store) -> None:
    assert store.vault
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=_claim_and_hang, args=(str(store.home), ready))
    process.start()
    assert ready.wait(30)
    tokens = Tokens(Calls(store.home), store.vault, NAME, fingerprint="f")
    assert not tokens.claim(time.time())
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join(10)
    assert tokens.claim(time.time())


def _many_calls(home: str, count: int) -> None:
    store = Store(Path(home))

    async def work() -> None:
        async with open_client(store, NAME) as client:
            await asyncio.gather(*(client.call("contacts.list") for _ in range(count)))

    asyncio.run(work())


def test_four_processes_fetch_one_token(client_of: ClientOf, store: Store) -> None:
    import uvicorn

    server = Scripted()
    config = uvicorn.Config(server, port=0, log_level="error", lifespan="off")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    client_of(base_url=f"http://127.0.0.1:{port}", rate_limit=100_000, concurrency=8)
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_many_calls, args=(str(store.home), 15)) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(60)
    running.should_exit = True
    thread.join(10)
    assert [each.exitcode for each in workers] == [0, 0, 0, 0]
    assert len(server.asked) == 60
    assert len(server.token_requests) == 1


def test_httpx_never_logs_the_token(client_of: ClientOf, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    said = Said(body={"access_token": "planted-token-0815", "expires_in": 1800})
    run(client_of(Scripted(tokens=(said,))))
    assert "planted" not in caplog.text
    assert "planted" not in repr(httpx2.Headers({"Authorization": "Bearer planted"}))


def test_who_lost_its_claim_to_another_puts_nothing(store: Store) -> None:
    """A fetch that took longer than its claim: its token is older than that of who took over."""
    first, second = (
        Tokens(Calls(store.home), store.vault, NAME, fingerprint="f") for _ in range(2)
    )
    slow = first.claim(1_000.0)
    assert slow is not None
    assert second.claim(1_030.0) is None
    late = second.claim(1_061.0)
    assert late is not None
    assert not first.put(Token("old", 2_000.0), slow)
    first.give_up(slow)
    assert first.claim(1_062.0) is None, "giving up a lost claim ends nobody else's"
    assert second.put(Token("new", 2_800.0), late)
    assert not first.put(Token("old", 2_000.0), slow)
    held = first.get(1_062.0, margin=60.0)
    assert held is not None
    assert held.text == "new"
