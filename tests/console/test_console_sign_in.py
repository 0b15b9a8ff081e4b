"""Signing in with Xero from the console: to Xero's page and back, or an address that is pasted; the
organisations that were ticked become instances."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx2
import pytest
from console_world import Visitor, visiting

from xeroport.store import instances, logins
from xeroport.store.database import Store
from xeroport_emulator import Emulator

WHERE = "/connect/sign-in"
URIS = [f"http://localhost:{port}/callback" for port in (8755, 8756, 8757)]


@pytest.fixture
def xero_with_three() -> Iterator[tuple[Emulator, str]]:
    emulator = Emulator("empty", limits="off", organisations=3, redirect_uris=URIS)
    with emulator.serve() as base_url:
        yield emulator, base_url


def begun(visitor: Visitor, emulator: Emulator, base_url: str) -> tuple[str, str]:
    """The page of the sign-in, and Xero's address."""
    reply = visitor.post(WHERE, client_id=emulator.login_client_id, base_url=base_url, use=["read"])
    assert reply.status_code == 200, reply.text
    address = re.search(r'href="([^"]+/authorize\?[^"]+)"', reply.text)
    assert address, reply.text
    return reply.url.path, unescape(address[1])


def consent(address: str, tenants: list[str], decision: str = "allow") -> str:
    reply = httpx2.post(
        address, data={"tenant": tenants, "decision": decision}, follow_redirects=False
    )
    return str(reply.headers["location"])


def settled(visitor: Visitor, where: str) -> str:
    until = time.monotonic() + 30
    while "Waiting for you" in (page := visitor.get(where).text) and time.monotonic() < until:
        time.sleep(0.1)
    return page


@pytest.mark.parametrize("pasted", [False, True])
def test_the_organisations_that_were_ticked_become_instances(
    tmp_path: Path, xero_with_three: tuple[Emulator, str], pasted: bool
) -> None:
    emulator, base_url = xero_with_three
    with visiting(tmp_path / "home") as visitor:
        assert "Sign in with Xero" in visitor.get("/instances").text
        where, address = begun(visitor, emulator, base_url)
        back = consent(address, list(emulator.organisations)[:2])
        if pasted:
            wrong = visitor.post(where, address="http://localhost:8755/callback?code=x&state=y")
            assert wrong.status_code == 422
            visitor.post(where, address=back)
        else:
            assert httpx2.get(back).status_code == 200
        page = settled(visitor, where)
        tenants = re.findall(r'name="organisation" value="([^"]+)"', page)
        assert len(tenants) == 2
        assert visitor.post(where, organisation=[]).status_code == 422
        done = visitor.post(where, organisation=tenants[:1])
        assert "connected" in done.text
        store = Store(tmp_path / "home")
        (made,) = instances.all_instances(store)
        assert made.login == "xero"
        assert made.health == "operational"
        assert [login.name for login in logins.all_logins(store)] == ["xero"]
        code = re.search(r"code=([^&]+)", back)
        assert code
        assert code[1] not in done.text


def test_a_refusal_at_xero_and_a_wrong_client_are_said(
    tmp_path: Path, xero_with_three: tuple[Emulator, str]
) -> None:
    emulator, base_url = xero_with_three
    with visiting(tmp_path / "home") as visitor:
        where, address = begun(visitor, emulator, base_url)
        httpx2.get(consent(address, [], "cancel"))
        page = settled(visitor, where)
        assert 'role="alert"' in page
        assert "Start again" in page
        assert visitor.post(WHERE, client_id="two words").status_code == 422
        typed = visitor.post(WHERE, client_id="x", base_url="https://10.0.0.9:22")
        assert typed.status_code == 422
        assert "is not Xero" in typed.text
        assert visitor.get(f"{WHERE}/nothing").status_code == 422


def test_sign_ins_that_nobody_finishes_hold_no_ports(
    tmp_path: Path, xero_with_three: tuple[Emulator, str]
) -> None:
    emulator, base_url = xero_with_three
    with visiting(tmp_path / "home") as visitor:
        left = [begun(visitor, emulator, base_url)[0] for _ in range(4)]
        assert "nother sign-in replaced it" in visitor.get(left[0]).text
        where, address = begun(visitor, emulator, base_url)
        back = consent(address, list(emulator.organisations)[:1])
        assert httpx2.get(back).status_code == 200
        assert 'name="organisation"' in settled(visitor, where)
