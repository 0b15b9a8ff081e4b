"""What can go wrong at a sign-in, each with its words; and where its secrets must not be found."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from login_world import World

from forking import set_ahead
from xeroport.errors import InputError, XeroportError
from xeroport.jobs.logins import sign_in
from xeroport.jobs.logins.loopback import Loopback
from xeroport.secrets.vault import Secret
from xeroport.store import instances, logins
from xeroport.store.database import Store
from xeroport.xero.client import open_client
from xeroport.xero.sign_in import flow
from xeroport.xero.sign_in.flow import App, SignIn
from xeroport_emulator.identity import server as identity_server


def begun(world: World) -> tuple[SignIn, str]:
    """A sign-in, and the address that the browser came back to."""
    app = App(world.emulator.login_client_id, world.base_url, world.base_url)
    under_way = flow.begin(
        app,
        redirect_uri=f"http://localhost:{world.port}/callback",
        scopes=("offline_access", "accounting.settings.read"),
    )
    return under_way, world.consent(under_way.address, world.tenants[:1])


def finish(world: World, under_way: SignIn, back: str) -> None:
    code = flow.code_in(under_way, back)
    asyncio.run(sign_in.keep(Store(world.home), under_way, code, name="xero"))


def code_twice(world: World) -> None:
    under_way, back = begun(world)
    finish(world, under_way, back)
    finish(world, under_way, back)


def code_after_five_minutes(world: World) -> None:
    under_way, back = begun(world)
    world.emulator.clock.advance(301)
    finish(world, under_way, back)


def state_wrong(world: World) -> None:
    under_way, back = begun(world)
    finish(world, under_way, back.replace("state=", "state=x"))


def state_left_out(world: World) -> None:
    under_way, back = begun(world)
    finish(world, under_way, re.sub(r"state=[^&]*", "", back))


def consent_refused(world: World) -> None:
    under_way, _ = begun(world)
    finish(world, under_way, world.consent(under_way.address, [], "cancel"))


def verifier_wrong(world: World) -> None:
    under_way, back = begun(world)
    finish(world, replace(under_way, verifier="x" * 43), back)


def custom_connection(world: World) -> None:
    under_way, back = begun(world)
    emulator = world.emulator
    app = App(emulator.client_id, world.base_url, world.base_url, Secret(emulator.client_secret))
    finish(world, replace(under_way, app=app), back)


def unknown_client(world: World) -> None:
    under_way, back = begun(world)
    app = replace(under_way.app, client_id="0" * 32)
    finish(world, replace(under_way, app=app), back)


def scope_not_given(world: World) -> None:
    under_way, _ = begun(world)
    back = f"{under_way.redirect_uri}?error=invalid_scope&state={under_way.state}"
    finish(world, under_way, back)


def nothing_ticked(world: World) -> None:
    sign_in.chosen_of((), [])


@pytest.mark.parametrize(
    ("attempt", "message", "hint"),
    [
        (code_twice, "it works once, within five minutes", "xeroport login xero"),
        (code_after_five_minutes, "it works once, within five minutes", "xeroport login xero"),
        (state_wrong, "does not belong to this sign-in", "paste the whole address"),
        (state_left_out, "does not belong to this sign-in", "paste the whole address"),
        (consent_refused, "consent was not given at Xero", "xeroport login"),
        (verifier_wrong, "does not accept the code", "xeroport login xero"),
        (custom_connection, "not belong to an app that people sign in to", "instance add"),
        (unknown_client, "does not accept the client id", "developer.xero.com"),
        (scope_not_given, "does not give this app the scopes", "--scopes"),
        (nothing_ticked, "no organisation is chosen", "tick one at Xero"),
    ],
)
def test_what_goes_wrong_is_said(
    world: World, attempt: Callable[[World], None], message: str, hint: str
) -> None:
    with pytest.raises(XeroportError) as raised:
        attempt(world)
    assert message in raised.value.message
    assert hint in (raised.value.hint or "")
    kept = [login.name for login in logins.all_logins(Store(world.home))]
    assert kept == (["xero"] if attempt is code_twice else [])


def test_no_organisation_can_be_left_unticked_at_xero(world: World) -> None:
    under_way, _ = begun(world)
    world.emulator.identity.grants.connections.clear()
    page = httpx2.post(under_way.address, data={"decision": "allow"}, follow_redirects=False)
    assert page.status_code == 400
    assert "at least one organisation" in page.text
    with pytest.raises(InputError, match="no code in this address"):
        flow.code_in(under_way, f"{under_way.redirect_uri}?state={under_way.state}")


@pytest.mark.parametrize("seconds", [600, -600])
def test_a_clock_off_by_ten_minutes(clocked_world: World, clock: Path, seconds: int) -> None:
    """Xero's time is ahead of this machine's, or behind it: no matter at a sign-in. Set right, or
    wrong, afterwards, it costs one refused call at most, which nobody sees."""
    set_ahead(clock, seconds)
    under_way, back = begun(clocked_world)
    store = Store(clocked_world.home)
    connections = asyncio.run(
        sign_in.keep(store, under_way, flow.code_in(under_way, back), name="xero")
    )
    (made,) = asyncio.run(sign_in.make_instances(store, "xero", connections))
    assert made.problem is None
    refresh_tokens = clocked_world.emulator.identity.grants.refresh

    async def call() -> None:
        async with open_client(store, made.instance.name) as client:
            await client.call("organisation.get")

    asyncio.run(call())
    assert len(refresh_tokens) == 1
    log = clocked_world.emulator.app.log
    set_ahead(clock, 0)
    asyncio.run(call())
    assert len(refresh_tokens) == 1
    log.clear()
    set_ahead(clock, seconds + 1795)
    asyncio.run(call())
    assert [status for *_, status in log].count(401) <= 1
    assert next(iter(instances.each_instance(store))).login == "xero"


def test_no_secret_is_where_others_look(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code, verifier, state, tokens and a web app's secret: not in the process list, not in what is
    printed, not in a file of the home folder; and the verifier in no address either."""
    verifiers: list[str] = []

    def noted(verifier: str) -> str:
        verifiers.append(verifier)
        digest = hashlib.sha256(verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    monkeypatch.setattr(identity_server, "s256", noted)
    secret = world.emulator.login_client_secret
    (tmp_path / "secret").write_text(secret)
    signing_in = world.login("--client-secret-file", str(tmp_path / "secret"), "--json")
    address = signing_in.address()
    for kind in ("cmdline", "environ"):
        listed = Path(f"/proc/{signing_in.process.pid}/{kind}").read_bytes().decode()
        assert secret not in listed
        assert parse_qs(urlsplit(address).query)["state"][0] not in listed
    back = world.consent(address, world.tenants[:1])
    answered = httpx2.get(back, verify=False)
    status, out, said = signing_in.end()
    assert status == 0, said
    name = next(iter(instances.each_instance(Store(world.home)))).name
    assert world.run("call", name, "organisation.get").returncode == 0
    tokens = logins.SavedTokens(Store(world.home), "xero").load()
    assert tokens is not None
    (verifier,) = set(verifiers)
    code = parse_qs(urlsplit(back).query)["code"][0]
    hidden = [secret, verifier, code, tokens.access, tokens.refresh]
    written = [out, said, answered.text, *map(str, answered.headers.values())]
    written += [path.read_bytes().decode("latin-1") for path in files(world.home)]
    for number, text in enumerate(hidden):
        assert not any(text in each for each in written), ("a secret was written", number)
    assert verifier not in address + back
    assert secrets.compare_digest(
        parse_qs(urlsplit(address).query)["code_challenge"][0], noted(verifier)
    )


def test_the_page_answers_one_request(world: World) -> None:
    """On both addresses that `localhost` may be."""
    with Loopback([world.port]) as loopback:
        loopback.expect("s")
        address = f"http://127.0.0.1:{world.port}/callback?code=c&state="
        assert httpx2.get(f"{address}t").status_code == 400
        assert httpx2.get(f"{address}s").status_code == 200
        again = httpx2.get(f"{address}s".replace("127.0.0.1", "[::1]"))
        assert again.status_code == 400
        assert again.headers["cache-control"] == "no-store"
        assert again.headers["referrer-policy"] == "no-referrer"
        assert not re.search(r"https?://|src=|href=", again.text)
        assert httpx2.post(f"{address}s").status_code == 501


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
