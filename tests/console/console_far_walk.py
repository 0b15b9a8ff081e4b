"""Parts of the walk that leave this machine, or seem to: alerts by e-mail, flows from one
organisation to another and to a web address, a flow from a file of one's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from console_hand import Hand
from console_internet import HOOKS, MAIL, PASSWORD, USER, Internet
from playwright.sync_api import Page, expect

from xeroport_emulator import Emulator

Look = Callable[[Page], None]
FILE = """# orders of the shop
key = "no"
[source]
files = "shop/*.csv"
[fields]
Nam = "who"
EmailAddress = "mail"
[target]
instance = "acme"
endpoint = "contacts.upsert"
"""


def mail(hand: Hand, address: str, internet: Internet, look: Look) -> None:
    """The mail server: a wrong one, a wrong password, then a message that arrives."""
    page = hand.page
    page.goto(f"{address}/schedules")
    hand.act(page.get_by_text("The mail server for alerts"), leaves=False)
    _mail_server(hand, "127.0.0.1", PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("cannot be set from the console")
    expect(page.get_by_label("From", exact=True)).to_have_value("books@example.com")
    look(page)
    _mail_server(hand, MAIL, "not-the-password")
    expect(page.get_by_text("Alerts by e-mail go through").first).to_be_visible()
    hand.fill("Alert on failure", "kim@example.com")
    hand.press("Send a test alert")
    expect(page.get_by_text("The test alert was not accepted").first).to_contain_text("password")
    expect(page.get_by_label("Alert on failure")).to_have_value("kim@example.com")
    look(page)
    hand.act(page.get_by_text("The mail server for alerts"), leaves=False)
    _mail_server(hand, MAIL, PASSWORD)
    hand.fill("Alert on failure", "kim@example.com")
    before = len(internet.messages)
    hand.press("Send a test alert")
    expect(page.get_by_text("The test alert was accepted")).to_be_visible()
    assert len(internet.messages) == before + 1
    assert "To: kim@example.com" in internet.messages[-1]


def _mail_server(hand: Hand, host: str, password: str) -> None:
    hand.fill("Mail server", host)
    hand.choose("Encryption", "starttls")
    hand.fill("From", "books@example.com")
    hand.fill("User", USER)
    hand.fill("Password", password)
    hand.act(hand.page.locator("form[action='/schedules/mail'] button"))


def between(hand: Hand, address: str, there: Emulator, mark: str, look: Look) -> None:
    """A flow from one organisation to another: itself first, which is refused."""
    page = hand.page
    _begin(hand, address, "copies", "xero-xero", "contacts.list", look)
    hand.choose("To", "acme")
    hand.choose("Import as", "contacts.create")
    hand.press("Continue")
    expect(page.get_by_role("alert")).to_contain_text("feed itself")
    hand.choose("To", "second")
    hand.fill("Filter", "Name like 'B%'")
    hand.fill("From, Name", f"Name || ' {mark}'")
    hand.press("Check")
    expect(page.get_by_text("Tried on")).to_be_visible(timeout=60_000)
    look(page)
    _save_and_run(hand, look)
    names = [str(contact.get("Name")) for contact in there.organisation.tables["Contact"]]
    assert [name for name in names if name.startswith("B") and name.endswith(f" {mark}")]


def to_the_web(hand: Hand, address: str, internet: Internet, look: Look) -> None:
    """A flow to a web address: one in this network first, which is refused."""
    page = hand.page
    before = len(internet.posts)
    _begin(hand, address, "to-web", "xero-http", "tax_rates.list", look)
    hand.fill("Web address", "https://127.0.0.1/x")
    hand.press("Continue")
    expect(page.get_by_role("alert")).to_contain_text("cannot be set from the console")
    hand.fill("Web address", f"https://{HOOKS}/x")
    hand.press("Check")
    expect(page.get_by_text("Tried on")).to_be_visible(timeout=60_000)
    look(page)
    _save_and_run(hand, look)
    arrived = internet.posts[before:]
    assert arrived
    assert all("TaxType" in record for record in arrived)


def from_a_file(
    hand: Hand, address: str, folder: Path, emulator: Emulator, mark: str, look: Look
) -> None:
    """A flow file of one's own: corrected on the page, saved, fed; its refused record mended."""
    page = hand.page
    own, rows = folder / "shop.toml", folder / "shop.csv"
    own.write_text(FILE)
    rows.write_text(
        f"no,who,mail\n1,Shop {mark} One,one@b.example\n2,Shop {mark} Two,{'x' * 300}@b.example\n"
    )
    page.goto(f"{address}/new-flow")
    hand.choose("Kind", "toml")
    hand.fill("Name", "shop")
    hand.give_file("File", own)
    hand.press("Continue")
    expect(page.get_by_role("alert")).to_contain_text("has no field Nam")
    look(page)
    if not page.get_by_label("Flow file").is_visible():
        hand.act(page.get_by_text("As a file (TOML)"), leaves=False)
    hand.fill("Flow file", FILE.replace("Nam ", "Name "))
    hand.press("Check the file")
    expect(page.get_by_role("button", name="Save the flow")).to_be_visible()
    hand.press("Save the flow")
    expect(page.get_by_text("is saved")).to_be_visible()
    hand.give_file("Add files to its folder", rows)
    hand.act(page.get_by_role("button", name="Add", exact=True))
    expect(page.get_by_text("1 file is in its folder")).to_be_visible()
    hand.press("Run now")
    expect(page.get_by_text("The whole report")).to_be_visible(timeout=60_000)
    page.goto(f"{address}/flows/shop")
    look(page)
    hand.press("Correct", role="link")
    hand.fill("mail", "two@b.example")
    hand.press("Save and send again")
    expect(page.get_by_text("The whole report")).to_be_visible(timeout=60_000)
    names = {str(contact.get("Name")) for contact in emulator.organisation.tables["Contact"]}
    assert {f"Shop {mark} One", f"Shop {mark} Two"} <= names


def _begin(hand: Hand, address: str, name: str, kind: str, endpoint: str, look: Look) -> None:
    hand.page.goto(f"{address}/new-flow")
    hand.choose("Kind", kind)
    hand.fill("Name", name)
    hand.choose("From", "acme")
    hand.choose("Which records", endpoint)
    look(hand.page)


def _save_and_run(hand: Hand, look: Look) -> None:
    page = hand.page
    hand.press("Save the flow")
    expect(page.get_by_text("is saved")).to_be_visible()
    hand.press("Run now")
    expect(page.get_by_text("The whole report")).to_be_visible(timeout=60_000)
    expect(page.locator(".lead .badge")).to_have_text("Done")
    look(page)
