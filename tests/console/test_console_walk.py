"""A person's way through the console, in a browser, from an empty home to a removed instance."""

from __future__ import annotations

import re
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from console_browser import Watch, browser, console
from playwright.sync_api import Browser, Page, expect

from xeroport_emulator import Emulator

BAD = """Type,order_no,customer,Date,DueDate,what,how many,price,account
ACCREC,W-1,Brightwater Dairy Ltd,01/11/2026,30/11/2026,Advice,2,100.00,200
ACCREC,W-2,Brightwater Dairy Ltd,31/31/2026,30/11/2026,Advice,1,50.00,200
ACCREC,W-3,Brightwater Dairy Ltd,03/11/2026,30/11/2026,Advice,many,75.00,200
"""
GOOD = BAD.replace("31/31/2026", "02/11/2026").replace("many", "3")


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def own_xero() -> Iterator[tuple[Emulator, str]]:
    emulator = Emulator("demo", limits="off", seed=3)
    with emulator.serve() as base_url:
        yield emulator, base_url


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()


def test_the_whole_way(chrome: Browser, own_xero: tuple[Emulator, str], tmp_path: Path) -> None:
    emulator, base_url = own_xero
    with console(tmp_path / "home") as (address, link):
        page = chrome.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(15_000)
        watch = Watch(page, address)
        page.goto(link)
        expect(page.get_by_role("heading", name="No organisation is connected yet")).to_be_visible()
        _add(page, emulator, base_url)
        _sync(page)
        _find_an_invoice(page, address)
        _read_the_overview(page)
        _try_an_endpoint(page, address)
        _push(page, address, emulator, tmp_path)
        _see_the_runs(page)
        _remove(page, address)
        assert watch.complaints == []
        page.context.close()


def _add(page: Page, emulator: Emulator, base_url: str) -> None:
    page.get_by_role("link", name="Add instance").click()
    page.get_by_label("Name").fill("acme-uk")
    press(page, "Continue")
    expect(page.get_by_label("OAuth 2 client credentials")).to_be_checked()
    press(page, "Continue")
    expect(page.get_by_role("link", name="Xero's guide")).to_have_attribute(
        "href", re.compile("custom-connections")
    )
    page.get_by_label("Base URL").fill(base_url)
    page.get_by_label("Client ID").fill(emulator.client_id)
    page.get_by_label("Client Secret", exact=True).fill("not-the-secret")
    press(page, "Check and save")
    expect(page.get_by_role("alert")).to_contain_text("secret")
    expect(page.get_by_label("Client Secret", exact=True)).to_have_value("")
    expect(page.get_by_label("Client ID")).to_have_value(emulator.client_id)
    page.get_by_label("Client Secret", exact=True).fill(emulator.client_secret)
    press(page, "Check and save")
    expect(page.get_by_label("Time zone")).to_have_value("Pacific/Auckland")
    page.get_by_label("Rate limit").fill("6000/minute")
    press(page, "Finish")
    expect(page.get_by_text("is connected")).to_be_visible()
    assert emulator.client_secret not in page.content()


def _sync(page: Page) -> None:
    press(page, "Sync now")
    expect(page).to_have_url(re.compile(r"/runs/1"))
    expect(page.get_by_text("The whole report")).to_be_visible(timeout=60_000)
    expect(page.locator(".lead .badge")).to_have_text("Done")
    expect(page.get_by_role("row", name=re.compile("^invoices "))).to_contain_text(
        "828 here, 828 at Xero"
    )
    log = page.get_by_role("region", name="Log")
    expect(log).to_contain_text("invoices: full, 828 records")
    expect(log.locator("tr").last).to_contain_text("done: ")
    page.get_by_role("link", name="Open acme-uk").click()
    expect(page.get_by_role("row", name=re.compile("^Invoices "))).to_contain_text("✓")


def _find_an_invoice(page: Page, address: str) -> None:
    page.get_by_role("link", name="Developer").click()
    page.get_by_role("link", name="Tables").click()
    page.locator(".tiles a", has_text=re.compile(r"^\s*invoice\s*\d")).click()
    page.get_by_label("Search").fill("INV-0007")
    press(page, "Show")
    page.get_by_role("link", name="INV-0007").click()
    expect(page.get_by_role("heading", name="INV-0007")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("Invoice line item"))).to_be_visible()


def _read_the_overview(page: Page) -> None:
    page.get_by_role("link", name="Books", exact=True).click()
    page.wait_for_selector("body[data-charts=drawn]", timeout=90_000)
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    assert page.locator(".js-plotly-plot .bars path").count() > 20
    page.get_by_text("As a table").first.click()
    expect(page.get_by_role("columnheader", name="Net profit")).to_be_visible()


def _try_an_endpoint(page: Page, address: str) -> None:
    page.get_by_role("link", name="Developer").click()
    page.get_by_label("Search").fill("contacts list")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="contacts.list", exact=True).click()
    page.get_by_label("pageSize").fill("2")
    press(page, "Send")
    expect(page.get_by_role("heading", name="Reply")).to_be_visible()
    expect(page.locator("pre").first).to_contain_text('"pageSize": 2')


def _push(page: Page, address: str, emulator: Emulator, folder: Path) -> None:
    before = len(emulator.organisation.tables["Invoice"])
    (folder / "orders.csv").write_text(BAD)
    (folder / "mended.csv").write_text(GOOD)
    page.get_by_role("link", name="Send", exact=True).click()
    page.get_by_label("File").set_input_files(folder / "orders.csv")
    press(page, "Upload and check")
    page.get_by_label("Field for order_no").fill("InvoiceNumber")
    page.get_by_label("Field for customer").fill("Contact.Name")
    page.get_by_label("Field for what").fill("LineItems.Description")
    page.get_by_label("Field for how many").fill("LineItems.Quantity")
    page.get_by_label("Field for price").fill("LineItems.UnitAmount")
    page.get_by_label("Field for account").fill("LineItems.AccountCode")
    page.get_by_role("button", name="Check again", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("2 of 3 records")
    problems = page.get_by_role("region", name="Errors")
    expect(problems).to_contain_text("31/31/2026")
    expect(problems).to_contain_text("many")
    assert page.get_by_role("button", name=re.compile("^Send")).count() == 0
    page.get_by_label("The corrected file").set_input_files(folder / "mended.csv")
    press(page, "Upload again")
    expect(page.get_by_text("All 3 records are ready")).to_be_visible()
    press(page, "Send 3 records")
    page.get_by_role("link", name="Results per record").click(timeout=60_000)
    expect(page.get_by_role("row", name=re.compile("W-2"))).to_contain_text("Sent")
    assert len(emulator.organisation.tables["Invoice"]) == before + 3
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    text = Path(download.value.path()).read_text()
    assert text.count("sent") == 3
    page.get_by_role("link", name="mended.csv").click()
    expect(page.get_by_text("Nothing to send")).to_be_visible()
    page.goto(f"{address}/instances/acme-uk/outbox")
    expect(page.get_by_text("invoices.create: 3 sent")).to_be_visible()


def _see_the_runs(page: Page) -> None:
    page.get_by_role("link", name="Developer").click()
    page.get_by_role("link", name="Runs").click()
    row = page.get_by_role("row", name=re.compile("push"))
    expect(row).to_contain_text("Done")
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Push of acme-uk")).to_be_visible()


def _remove(page: Page, address: str) -> None:
    page.goto(f"{address}/instances/acme-uk/settings")
    page.get_by_label("Type acme-uk to confirm").fill("acme")
    press(page, "Remove acme-uk")
    expect(page.get_by_role("alert")).to_contain_text("type its name exactly")
    page.get_by_label("Type acme-uk to confirm").fill("acme-uk")
    press(page, "Remove acme-uk")
    expect(page.get_by_text("acme-uk is removed")).to_be_visible()
    expect(page.get_by_role("heading", name="No organisation is connected yet")).to_be_visible()


def test_the_demo_in_one_click_and_a_sync_that_outlives_the_page(
    chrome: Browser, tmp_path: Path
) -> None:
    with console(tmp_path / "home") as (address, link):
        context = chrome.new_context(viewport={"width": 390, "height": 800})
        page = context.new_page()
        page.goto(link)
        press(page, "Try the demo organisation")
        press(page, "Sync now")
        expect(page).to_have_url(re.compile(r"/runs/\d+"))
        page.close()
        again = context.new_page()
        again.goto(f"{address}/runs/1")
        expect(again.get_by_text("The whole report")).to_be_visible(timeout=60_000)
        context.close()


def test_the_theme_follows_the_system_and_the_button(chrome: Browser, tmp_path: Path) -> None:
    with console(tmp_path / "home") as (_, link):
        context = chrome.new_context(color_scheme="dark")
        page = context.new_page()
        page.goto(link)
        colour = "getComputedStyle(document.body).backgroundColor"
        dark = page.evaluate(colour)
        _change_theme(page)
        assert page.evaluate(colour) == dark
        _change_theme(page)
        light = page.evaluate(colour)
        assert light != dark
        page.reload()
        assert page.evaluate(colour) == light
        context.close()


def _change_theme(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("Appearance")).click()


def test_the_keyboard_alone_gets_to_an_instance(chrome: Browser, tmp_path: Path) -> None:
    with console(tmp_path / "home") as (_, link):
        page = chrome.new_page()
        page.goto(link)
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        for name in ("Sign in with Xero", "Add instance"):
            page.keyboard.press("Tab")
            expect(page.get_by_role("link", name=name)).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_label("Name")).to_be_focused()
        page.keyboard.type("by-keyboard")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="How it signs in")).to_be_visible()
        page.close()


def started(tmp_path: Path) -> tuple[float, float]:
    """The best of three starts: seconds by the clock, and seconds of CPU."""
    clock, cpu = [], []
    for number in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.monotonic()
        with console(tmp_path / f"home-{number}") as (address, _):
            clock.append(time.monotonic() - began)
            assert address.startswith("http://127.0.0.1:")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(clock), min(cpu)


def test_a_start_takes_little(tmp_path: Path) -> None:
    """CPU seconds, since other tests run at the same time; the soak looks at the clock."""
    _, cpu = started(tmp_path)
    assert cpu <= 1.5


@pytest.mark.soak
def test_the_console_starts_within_two_seconds(tmp_path: Path) -> None:
    clock, cpu = started(tmp_path)
    print(f"start: {clock:.2f} s by the clock, {cpu:.2f} s of CPU")
    assert clock <= 2.0
