"""A person signs in with Xero in a browser: two of three organisations, one more scope, a login
that ended at Xero, and on with the same instances."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from console_browser import Watch, browser, console
from playwright.sync_api import Page, expect

from xeroport.store import instances, logins, runs
from xeroport.store.database import Store
from xeroport_emulator import Emulator

URIS = [f"http://localhost:{port}/callback" for port in (8755, 8756, 8757)]


def test_signing_in_as_a_person_does(tmp_path: Path) -> None:
    expect.set_options(timeout=30_000)
    emulator = Emulator(20, limits="off", organisations=3, redirect_uris=URIS)
    store = Store(tmp_path / "home")
    with emulator.serve() as xero, browser() as chrome, console(tmp_path / "home") as (where, link):
        page = chrome.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(30_000)
        watch = Watch(page, where)
        page.goto(link)
        page.get_by_role("link", name="Sign in with Xero").first.click()
        page.get_by_label("Client ID").fill(emulator.login_client_id)
        page.get_by_text("Advanced").click()
        page.get_by_label("Base URL").fill(xero)
        sign_in(page, tick=2)
        made = {each.tenant_id: each.name for each in instances.each_instance(store)}
        assert set(made) < set(emulator.organisations)
        assert len(made) == 2
        for name in made.values():
            assert sync(store, name) == "full"

        page.goto(f"{where}/instances")
        page.get_by_role("link", name="Sign in again to xero").click()
        expect(page.get_by_label("Write records into Xero")).not_to_be_checked()
        page.get_by_label("Write records into Xero").check()
        sign_in(page, tick=0)
        (login,) = logins.all_logins(store)
        assert {"accounting.contacts", "accounting.contacts.read"} <= set(login.scopes)

        emulator.identity.grants.revoke_all()
        emulator.identity.revoke_tokens()
        for name in made.values():
            page.goto(f"{where}/instances/{name}")
            page.get_by_role("button", name="Check now").click()
            expect(page.get_by_text("The login xero needs sign-in again")).to_be_visible()
        page.goto(f"{where}/instances")
        expect(page.get_by_text("Needs sign-in", exact=True)).to_be_visible()

        page.get_by_role("link", name="Sign in again to xero").click()
        sign_in(page, tick=2)
        assert {each.tenant_id: each.name for each in instances.each_instance(store)} == made
        for name in made.values():
            assert sync(store, name) == "delta"
        assert watch.complaints == []


def sign_in(page: Page, *, tick: int) -> None:
    """From the form to Xero's page in a new tab, back, and on with the organisations there."""
    page.get_by_role("button", name="Continue").click()
    with page.expect_popup() as opened:
        page.get_by_role("link", name=re.compile("Go to Xero")).click()
    xero = opened.value
    for number in range(tick):
        xero.get_by_role("checkbox").nth(number).check()
    xero.get_by_role("button", name="Allow access").click()
    expect(xero.get_by_role("heading", name="You are back")).to_be_visible()
    assert "code=" in xero.url
    xero.close()
    expect(page.get_by_role("heading", name="Choose organisations")).to_be_visible()
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("are connected.")).to_be_visible()


def sync(store: Store, name: str) -> str:
    """Sync an organisation's contacts by the command; how they were read."""
    ran = subprocess.run(
        [sys.executable, "-m", "xeroport", "--home", str(store.home), "sync", name, "contacts"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    (latest,) = runs.recent(store, 1, instance=name, job="sync")
    return str(latest.report["streams"][0]["mode"])
