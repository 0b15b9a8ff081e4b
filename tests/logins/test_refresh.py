"""One token set, many processes: refreshed once each time, and never lost by a kill."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from login_world import World

from xeroport.errors import NotAuthenticated
from xeroport.store import instances, logins
from xeroport.store.database import Store
from xeroport.store.logins import DAY, GRACE, SavedTokens
from xeroport.xero.client import XeroClient, open_client
from xeroport.xero.sign_in.login_tokens import LoginTokens
from xeroport.xero.wire.answer import Answered, Lost

CALL = """
import asyncio, os, signal, sys
from pathlib import Path
from xeroport.store.database import Store
from xeroport.xero.client import open_client

async def work():
    async with open_client(Store(Path(sys.argv[1])), sys.argv[2]) as client:
        await client.call("contacts.list")

{before}
asyncio.run(work())
"""

STEPS: dict[str, str] = {
    "after the claim": "after(SavedTokens, 'claim')",
    "before Xero is asked": "before(LoginTokens, '_ask')",
    "after Xero has replaced the refresh token": "after(LoginTokens, '_ask')",
    "before the new tokens are kept": "before(SavedTokens, 'save')",
    "after the new tokens are kept": "after(SavedTokens, 'save')",
    "before they are used": "before(LoginTokens, '_use')",
}
KILLS = """
import functools, inspect
from xeroport.store.logins import SavedTokens
from xeroport.xero.sign_in.login_tokens import LoginTokens

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def before(kind, name):
    setattr(kind, name, lambda *_: die())

def after(kind, name):
    real = getattr(kind, name)
    if inspect.iscoroutinefunction(real):
        async def wrapped(*args):
            await real(*args)
            die()
    else:
        def wrapped(*args):
            real(*args)
            die()
    setattr(kind, name, wrapped)

{kill}
"""


@pytest.fixture
def home(world: World) -> Path:
    """A home folder with a login of two organisations."""
    assert world.signed_in(world.tenants[:2])
    return world.home


def names(home: Path) -> list[str]:
    return [each.name for each in instances.all_instances(Store(home))]


def expire(home: Path) -> None:
    """Let the access token end now."""
    store = Store(home)
    with store.transaction() as connection:
        connection.execute("UPDATE login SET expires_at = ?", (time.time() - 1,))
    store.close()


def child(home: Path, name: str, before: str = "") -> subprocess.Popen[bytes]:
    script = textwrap.dedent(CALL).format(before=textwrap.dedent(before))
    return subprocess.Popen([sys.executable, "-c", script, str(home), name], stderr=subprocess.PIPE)


def refreshes(world: World) -> int:
    return len(world.emulator.identity.grants.refresh)


def call(home: Path, name: str) -> None:
    async def work() -> None:
        async with open_client(Store(home), name) as client:
            await client.call("contacts.list")

    asyncio.run(work())


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_loses_no_login(world: World, home: Path, step: str) -> None:
    name = names(home)[0]
    expire(home)
    victim = child(home, name, KILLS.format(kill=STEPS[step]))
    assert victim.wait(60) == -signal.SIGKILL, victim.stderr and victim.stderr.read()
    expire(home)
    began = time.monotonic()
    call(home, name)
    assert time.monotonic() - began < 10, "the claim of a dead process is free at once"
    expire(home)
    call(home, name)
    assert Store(home).connection.execute("SELECT ended FROM login").fetchone()[0] is None


LOSES = """
from xeroport.xero.wire.answer import Lost
from xeroport.xero.sign_in import login_tokens as tokens

answered, losing = tokens.post_form, [{number}]

async def lost(*arguments):
    answer = await answered(*arguments)
    if not losing[0]:
        return answer
    losing[0] -= 1
    return Lost("dropped", True, "test")

tokens.post_form = lost
"""
"""So many answers of the token endpoint are lost, after Xero has replaced the refresh token."""


@pytest.mark.soak
def test_two_hundred_kills_and_as_many_lost_replies_lose_no_login(world: World, home: Path) -> None:
    """At each step in turn, two victims at a time, and replies lost once or for good; in between
    every instance is called."""
    both, steps = names(home), list(STEPS.values())
    number = killed = lost = 0
    while killed < 200 or lost < 200:
        expire(home)
        kills = KILLS.format(kill=steps[number % len(steps)])
        victims = [child(home, both[0], kills), child(home, both[1], kills)]
        ends = [victim.wait(120) for victim in victims]
        assert -signal.SIGKILL in ends
        assert set(ends) <= {0, -signal.SIGKILL}
        killed += ends.count(-signal.SIGKILL)
        expire(home)
        replies = (1, 2, 99)[number % 3]
        before = refreshes(world)
        loser = child(home, both[number % 2], LOSES.format(number=replies))
        assert loser.wait(120) == (1 if replies == 99 else 0)
        lost += min(replies, refreshes(world) - before)
        if number % 3 == 0:
            call(home, both[number % 2])
        number += 1
    for name in both:
        call(home, name)
    assert Store(home).connection.execute("SELECT ended FROM login").fetchone()[0] is None
    print(f"{killed} kills and {lost} lost replies in {number} rounds: the login lives")


def tokens_with(
    home: Path, client: XeroClient, post: Callable[[Any, dict[str, str]], Any]
) -> LoginTokens:
    store = Store(home)
    login = logins.all_logins(store)[0]

    async def sent(url: str, *, headers: dict[str, str], body: bytes) -> Answered | Lost:
        real: Answered | Lost = await client._sender.post(url, headers=headers, body=body)
        changed: Answered | Lost = post(real, headers)
        return changed

    return LoginTokens(
        SavedTokens(store, login.name),
        name=login.name,
        client_id=login.client_id,
        secret=None,
        identity_url=login.identity_url,
        post=sent,
        clock=client._clock,
    )


def test_a_lost_reply_of_the_token_endpoint_loses_no_login(world: World, home: Path) -> None:
    name = names(home)[0]
    expire(home)
    lost = [True, True]

    def lose(real: Any, _: dict[str, str]) -> Any:
        return Lost("dropped", True, "test") if lost and lost.pop() else real

    async def work() -> None:
        async with open_client(Store(home), name) as client:
            assert await tokens_with(home, client, lose).get()

    asyncio.run(work())
    call(home, name)


class AskedForTokens(httpx2.AsyncHTTPTransport):
    """The network, which says when tokens are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/connect/token"):
            self.asked.set()
        return await super().handle_async_request(request)


def test_a_caller_that_is_stopped_lets_its_refresh_end(world: World, home: Path) -> None:
    """Ctrl-C while Xero answers: the new refresh token is kept, since the old one is good for half
    an hour only, and a quiet login may not be used before."""
    store, name = Store(home), names(home)[0]
    expire(home)
    before = SavedTokens(store, "xero").load()

    async def work() -> None:
        store.transport = network = AskedForTokens()
        async with open_client(store, name) as client:
            call = asyncio.create_task(client.call("contacts.list"))
            await asyncio.wait_for(network.asked.wait(), 60)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call

    world.emulator.switches.change(latency=0.2)
    asyncio.run(work())
    after = SavedTokens(store, "xero").load()
    assert before is not None
    assert after is not None
    assert after.previous == before.refresh
    world.emulator.switches.change(latency=0.0)
    world.emulator.clock.advance(GRACE + 60)
    call(home, name)


def test_the_token_before_is_tried_once_within_its_half_hour(world: World, home: Path) -> None:
    """As where Xero has forgotten what it answered last, and knows only the token before."""
    store, name = Store(home), names(home)[0]
    saved = SavedTokens(store, "xero")
    good = saved.load()
    assert good is not None
    claim = saved.claim(time.time())
    assert claim is not None
    broken = replace(
        good,
        refresh="unknown-to-xero",
        previous=good.refresh,
        expires_at=0,
        refreshed_at=time.time(),
    )
    assert saved.save(broken, claim)
    call(home, name)
    after = saved.load()
    assert after is not None
    assert after.refresh not in (good.refresh, "unknown-to-xero")


def test_a_dead_login_says_so_once_and_asks_no_more(world: World, home: Path) -> None:
    store, name = Store(home), names(home)[0]
    saved = SavedTokens(store, "xero")
    good = saved.load()
    assert good is not None
    claim = saved.claim(time.time())
    assert claim is not None
    old = time.time() - GRACE - 1
    dead = replace(good, refresh="dead", previous="older", expires_at=0, refreshed_at=old)
    assert saved.save(dead, claim)
    world.emulator.app.log.clear()
    issued = world.emulator.identity.issued
    with pytest.raises(NotAuthenticated, match="needs sign-in again"):
        call(home, name)
    asked = len(world.emulator.app.log)
    for _ in range(3):
        with pytest.raises(NotAuthenticated, match="needs sign-in again"):
            call(home, name)
    assert len(world.emulator.app.log) == asked, "no call, no loop"
    assert world.emulator.identity.issued == issued
    listed = json.loads(world.run("login", "--list", "--json").stdout)
    assert listed[0]["signed_in"] is False
    assert "needs sign-in again" in listed[0]["health"]


def test_a_quiet_login_is_refreshed_by_any_command_that_passes(world: World, home: Path) -> None:
    store = Store(home)
    with store.transaction() as connection:
        connection.execute("UPDATE login SET refreshed_at = ?", (time.time() - 51 * DAY,))
    before = refreshes(world)
    assert world.run("runs").returncode == 0
    assert refreshes(world) == before + 1
    assert world.run("runs").returncode == 0
    assert refreshes(world) == before + 1


def test_a_quiet_login_that_cannot_be_refreshed_is_told_once(world: World, home: Path) -> None:
    store = Store(home)
    with store.transaction() as connection:
        connection.execute("UPDATE login SET refreshed_at = ?", (time.time() - 51 * DAY,))
    world.emulator.switches.change(token_refused="temporarily_unavailable")
    first, second = world.run("runs"), world.run("runs")
    assert "could not be refreshed" in first.stderr
    assert "could not be refreshed" not in second.stderr
    assert (first.returncode, second.returncode) == (0, 0)


def test_every_call_names_its_organisation_and_budgets_are_its_own(
    world: World, home: Path
) -> None:
    store = Store(home)
    first, second = instances.all_instances(store)
    assert instances.account_of(first) != instances.account_of(second)
    assert {first.tenant_id, second.tenant_id} == set(world.tenants[:2])
    for instance in (first, second):
        call(home, instance.name)


def test_a_fleet_s_workers_get_the_access_token_and_no_other(
    world: World, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xeroport.jobs.fleet import run as fleet
    from xeroport.jobs.fleet.executors import engine
    from xeroport.jobs.fleet.shard import ShardSecrets

    handed: list[ShardSecrets] = []
    real = fleet.sealed_for

    def spy(vault: Any, instance: Any, private: ShardSecrets) -> bytes:
        handed.append(private)
        return real(vault, instance, private)

    monkeypatch.setattr(fleet, "sealed_for", spy)
    expire(home)
    before = refreshes(world)
    report = fleet.fleet_sync(
        Store(home),
        names(home),
        to=f"parquet:{tmp_path}/lake",
        engine=engine("local", workers=2),
        streams=("contacts", "accounts"),
    )
    assert report.exit_status == 0, report
    assert refreshes(world) == before + 1
    refresh_tokens = set(world.emulator.identity.grants.refresh)
    assert len(handed) == 2
    for private in handed:
        assert private.token
        assert not private.secret
        assert private.token not in refresh_tokens


def test_a_clock_that_is_off_by_ten_minutes_costs_one_call_and_no_login(
    world: World, home: Path
) -> None:
    """Xero's time is ahead: it refuses a token that still looks good here."""
    name = names(home)[0]
    call(home, name)
    world.emulator.clock.advance(31 * 60)
    before = refreshes(world)
    world.emulator.app.log.clear()
    call(home, name)
    assert refreshes(world) == before + 1
    call(home, name)
    assert refreshes(world) == before + 1
    assert [status for _, _, status in world.emulator.app.log].count(401) == 1


def test_a_missing_scope_is_asked_for_at_the_next_sign_in(world: World, home: Path) -> None:
    name = names(home)[0]
    body = home / "body.json"
    body.write_text('{"Name": "Ada"}')
    refused = world.run("call", name, "contacts.create", "--body", str(body))
    assert refused.returncode == 3
    assert "lacks the scope `accounting.contacts`" in refused.stderr
    assert "xeroport login xero --scopes accounting.contacts" in refused.stderr
    status, _, said = world.sign_in(world.tenants[:2], "--scopes", "accounting.contacts")
    assert status == 0, said
    done = world.run("call", name, "contacts.create", "--body", str(body))
    assert done.returncode == 0, done.stderr
