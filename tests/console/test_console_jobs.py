"""Each job of the console from a first start to its end, with a mouse and with nothing but a
keyboard, on a wide and on a narrow screen, light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import console_far_walk as far
import pytest
from console_browser import Watch, axe, browser, console
from console_hand import Hand
from console_internet import Internet, internet
from playwright.sync_api import Browser, Page, expect

from xeroport_emulator import Emulator

ORDERS = """no,who,on,text,qty,each,code
W-{n}1,Harbour Dairy Ltd,01/11/2026,Advice,2,100.00,200
W-{n}2,Harbour Dairy Ltd,02/11/2026,Advice,many,50.00,200
"""
FIELDS = {
    "no": "InvoiceNumber",
    "who": "Contact.Name",
    "on": "Date",
    "text": "LineItems.Description",
    "qty": "LineItems.Quantity",
    "each": "LineItems.UnitAmount",
    "code": "LineItems.AccountCode",
}
SERIOUS = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .filter(v => ['serious', 'critical'].includes(v.impact)).map(v => [v.id, v.nodes[0].html])"""
LOOKS = [(width, scheme) for width in (1440, 390) for scheme in ("light", "dark")]
HANDS: tuple[Literal["mouse", "keyboard"], ...] = ("mouse", "keyboard")


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    expect.set_options(timeout=60_000)
    with browser() as started:
        yield started
    expect.set_options(timeout=5_000)


@pytest.fixture
def organisations() -> Iterator[list[tuple[Emulator, str]]]:
    first, second = Emulator("demo", limits="off", seed=3), Emulator(5, limits="off", seed=4)
    with first.serve() as one, second.serve() as two:
        yield [(first, one), (second, two)]


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    with internet(tmp_path_factory.mktemp("internet")) as seen:
        yield seen


@contextmanager
def visit(
    chrome: Browser, home: Path, hand: Literal["mouse", "keyboard"], width: int, scheme: Any
) -> Iterator[tuple[Hand, str]]:
    """A console that was never started before, and a person before it."""
    with console(home) as (address, link):
        context = chrome.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
        )
        context.add_init_script(axe())
        page = context.new_page()
        page.set_default_timeout(90_000)
        watch = Watch(page, address)
        page.goto(link)
        yield Hand(page, hand), address
        assert watch.complaints == []
        context.close()


def look(page: Page) -> None:
    """The page has no serious finding of axe, and does not scroll sideways."""
    assert page.evaluate(SERIOUS) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url


def connect(hand: Hand, name: str, emulator: Emulator, base_url: str) -> None:
    """Connect: a wrong secret, then the right one; settings as the organisation has them."""
    page = hand.page
    page.goto(re.sub(r"(//[^/]+).*", r"\1/instances", page.url))
    look(page)
    hand.press("Add instance", role="link")
    hand.fill("Name", name)
    hand.press("Continue")
    look(page)
    hand.press("Continue")
    look(page)
    hand.fill("Base URL", base_url)
    hand.fill("Client ID", emulator.client_id)
    hand.fill("Client Secret", "not-the-secret")
    hand.press("Check and save")
    expect(page.get_by_role("alert")).to_contain_text("secret")
    expect(page.get_by_label("Client ID", exact=True)).to_have_value(emulator.client_id)
    hand.fill("Client Secret", emulator.client_secret)
    hand.press("Check and save")
    expect(page.get_by_label("Time zone", exact=True)).to_have_value("Pacific/Auckland")
    look(page)
    hand.fill("Time zone", "Aukland")
    hand.press("Finish")
    expect(page.get_by_role("alert")).to_contain_text("Pacific/Auckland")
    hand.fill("Time zone", "Pacific/Auckland")
    hand.fill("Rate limit", "6000/minute")
    hand.press("Finish")
    expect(page.get_by_text("is connected").first).to_be_visible()
    look(page)


def sync(hand: Hand) -> None:
    hand.press("Sync now")
    expect(hand.page.get_by_text("The whole report")).to_be_visible(timeout=90_000)
    look(hand.page)


def send(hand: Hand, address: str, emulator: Emulator, folder: Path, mark: str) -> None:
    """Send: columns, a missing field, a corrected cell, effects, results, undo; the same columns
    again are known."""
    page = hand.page
    before = len(emulator.organisation.tables["Invoice"])
    rows = folder / f"orders-{mark}.csv"
    rows.write_text(ORDERS.format(n=mark))
    page.goto(f"{address}/instances/acme/push")
    look(page)
    hand.choose("Import as", "invoices.create")
    hand.give_file("File", rows)
    hand.press("Upload and check")
    expect(page.get_by_role("heading", name=rows.name)).to_be_visible()
    for column, field in FIELDS.items():
        hand.fill(f"Field for {column}", field)
    hand.press("Check again")
    hand.press("sales invoices")
    expect(page.get_by_role("alert")).to_contain_text("1 of 2 records")
    look(page)
    hand.fill("qty, line 3", "3")
    hand.press("Save corrections")
    expect(page.get_by_text("All 2 records are ready")).to_be_visible(timeout=30_000)
    look(page)
    send_button = page.get_by_role("button", name=re.compile("^Send 2 records"))
    for box in page.locator("input[name=agree]").all():
        hand.tick(box)
    hand.act(send_button)
    expect(page.get_by_role("link", name="Results per record")).to_be_visible(timeout=60_000)
    look(page)
    run = page.url.split("?")[0]
    assert len(emulator.organisation.tables["Invoice"]) == before + 2
    hand.press("Results per record", role="link")
    expect(page.get_by_role("row", name=re.compile(f"W-{mark}2"))).to_contain_text("Sent")
    look(page)
    page.goto(run)
    hand.press("Undo", role="link")
    look(page)
    for box in page.locator("input[name=agree]").all():
        hand.tick(box)
    hand.act(page.locator("main form button"))
    expect(page.get_by_text("2 undone")).to_be_visible()
    again = folder / f"again-{mark}.csv"
    again.write_text(ORDERS.format(n=f"{mark}9").replace("many", "1"))
    page.goto(f"{address}/instances/acme/push")
    hand.choose("Import as", "invoices.create")
    hand.give_file("File", again)
    hand.press("Upload and check")
    expect(page.get_by_text("Its columns are those of")).to_be_visible()
    expect(page.get_by_text("All 2 records are ready")).to_be_visible()


def automate(hand: Hand, address: str) -> None:
    """Automate: a schedule in words, which this console runs; webhooks."""
    page = hand.page
    page.goto(f"{address}/schedules")
    look(page)
    hand.choose("How often", "day")
    hand.fill("At", "0630")
    hand.press("Set the schedule")
    expect(page.get_by_role("row", name=re.compile("acme"))).to_contain_text("Every day at 06:30")
    expect(page.get_by_text("Nothing runs schedules now").first).to_be_visible()
    hand.press("Run them from this console")
    expect(page.get_by_text("This console runs the schedules").first).to_be_visible()
    look(page)
    page.goto(f"{address}/webhooks-inbox")
    look(page)
    hand.fill("Signing key", "a-signing-key-of-this-app")
    hand.press("Save key")
    hand.press("Send a test delivery")
    expect(page.get_by_text("The signed test delivery was accepted")).to_be_visible()
    look(page)


def flow(hand: Hand, address: str, emulator: Emulator, folder: Path, mark: str) -> None:
    """A flow from a folder into Xero; its refused record is corrected and sent."""
    page = hand.page
    before = len(emulator.organisation.tables["Invoice"])
    rows = folder / f"flow-{mark}.csv"
    text = ORDERS.format(n=f"{mark}8").replace("01/11/2026", "2026-11-01")
    text = text.replace("02/11/2026", "2026-11-02")
    rows.write_text(text.replace("no,who,on,text,qty,each,code", ",".join(FIELDS.values())))
    page.goto(f"{address}/flows")
    look(page)
    hand.press("Add a flow", role="link")
    look(page)
    hand.fill("Name", "web-orders")
    hand.give_file("File", rows)
    hand.press("Continue")
    expect(page.get_by_text("Tried on 2 records")).to_be_visible(timeout=60_000)
    look(page)
    hand.fill("Filter", "InvoiceNumber <> ''")
    hand.press("Check")
    expect(page.get_by_text("Tried on 2 records")).to_be_visible(timeout=60_000)
    hand.press("Save the flow")
    hand.press("Run now")
    expect(page.get_by_text("The whole report")).to_be_visible(timeout=60_000)
    page.goto(f"{address}/flows/web-orders")
    look(page)
    hand.press("Correct", role="link")
    look(page)
    hand.fill("LineItems.Quantity", "3")
    hand.press("Save and send again")
    expect(page.get_by_text("The whole report")).to_be_visible(timeout=60_000)
    assert len(emulator.organisation.tables["Invoice"]) == before + 2


def fleet(hand: Hand, address: str) -> None:
    """Fleet: all at once, each organisation with its outcome."""
    page = hand.page
    page.goto(f"{address}/fleet")
    look(page)
    hand.press("Sync all")
    expect(page.get_by_text("being synced").first).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="Sync all")).to_be_visible(timeout=90_000)
    for name in ("acme", "second"):
        row = page.get_by_role("row", name=re.compile(f"^{name} "))
        expect(row).to_contain_text("Done")
    look(page)


def endpoints(hand: Hand, address: str) -> None:
    """Endpoints: found by words, tried, with an id by its number."""
    page = hand.page
    page.goto(f"{address}/endpoints")
    hand.fill("Search", "invoices get")
    hand.act(page.locator("main form[role=search] button"))
    expect(page.get_by_role("link", name="invoices.get", exact=True)).to_be_visible()
    look(page)
    page.goto(f"{address}/endpoints/invoices.get")
    look(page)
    hand.press("Fill in an example", role="link")
    expect(page.get_by_text("xeroport call acme invoices.get")).to_be_visible()
    hand.fill("InvoiceID required", "INV-0007")
    hand.act(page.locator("form[action^='/endpoints/'] button.primary"))
    expect(page.get_by_label("Reply of Xero")).to_contain_text("INV-0007")
    page.goto(f"{address}/endpoints/contacts.list")
    hand.fill("pageSize", "2")
    hand.act(page.locator("form[action^='/endpoints/'] button.primary"))
    expect(page.get_by_role("heading", name="Reply")).to_be_visible()
    look(page)


def access(hand: Hand, address: str, chrome: Browser) -> None:
    """Access: a link for somebody who looks; then everybody is signed out."""
    page = hand.page
    page.goto(f"{address}/access")
    look(page)
    place = page.get_by_label("View", exact=False)
    if hand.is_keyboard:
        hand.go_to(page.get_by_label("Act", exact=False))
        page.keyboard.press("ArrowDown")
    else:
        place.click()
    expect(place).to_be_checked()
    hand.press("Make a link")
    link = page.get_by_label("The new link").input_value()
    look(page)
    other = chrome.new_context().new_page()
    other.goto(link)
    other.goto(f"{address}/access")
    expect(other.get_by_text("This browser may view, but change nothing")).to_be_visible()
    for place in ("/instances/acme", "/instances/acme/push", "/schedules", "/fleet", "/add"):
        other.goto(f"{address}{place}")
        expect(other.locator("main button:visible")).to_have_count(0)
    hand.press("Sign out of all browsers")
    page.goto(f"{address}/instances")
    expect(page.get_by_text("xeroport console --link").first).to_be_visible()
    other.goto(f"{address}/instances")
    expect(other.get_by_text("xeroport console --link").first).to_be_visible()
    other.context.close()


@pytest.mark.soak
@pytest.mark.parametrize("kind", HANDS)
@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_every_job_from_a_first_start_to_its_end(
    chrome: Browser,
    organisations: list[tuple[Emulator, str]],
    outside: Internet,
    tmp_path: Path,
    kind: Literal["mouse", "keyboard"],
    width: int,
    scheme: str,
) -> None:
    mark = f"{LOOKS.index((width, scheme))}{HANDS.index(kind)}"
    with visit(chrome, tmp_path / "home", kind, width, scheme) as (hand, address):
        connect(hand, "acme", *organisations[0])
        sync(hand)
        connect(hand, "second", *organisations[1])
        send(hand, address, organisations[0][0], tmp_path, mark)
        automate(hand, address)
        far.mail(hand, address, outside, look)
        flow(hand, address, organisations[0][0], tmp_path, mark)
        far.between(hand, address, organisations[1][0], mark, look)
        far.to_the_web(hand, address, outside, look)
        far.from_a_file(hand, address, tmp_path, organisations[0][0], mark, look)
        fleet(hand, address)
        endpoints(hand, address)
        access(hand, address, chrome)


def test_connect_and_access_with_nothing_but_a_keyboard_on_a_phone(
    chrome: Browser, organisations: list[tuple[Emulator, str]], tmp_path: Path
) -> None:
    with visit(chrome, tmp_path / "home", "keyboard", 390, "dark") as (hand, address):
        connect(hand, "acme", *organisations[1])
        access(hand, address, chrome)
