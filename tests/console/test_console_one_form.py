"""What is typed in one part of a page is there after a button of another part: corrections,
choices and the file of a review are one form, and so are the settings and the file of a flow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from console_browser import PATIENCE_MS, Watch, browser, console
from playwright.sync_api import Browser, Dialog, Locator, Page, expect

from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance

LONG = f"{'x' * 300}@b.example"
ROWS = f"Name,Mail,AccountNumber\nAsh,{LONG},A-1\nBirch,b@b.example,A-2\n"
NUMBERS = count(1)


@dataclass(frozen=True)
class Desk:
    """A page of a console whose organisation cannot be reached: nothing can be sent."""

    page: Page
    address: str
    folder: Path

    def upload(self, rows: str = ROWS) -> None:
        file = self.folder / "people.csv"
        head, *lines = rows.splitlines()
        file.write_text("\n".join([f"{head},Remark {next(NUMBERS)}", *(f"{e}," for e in lines)]))
        self.page.goto(f"{self.address}/instances/acme/push")
        self.page.get_by_label("Import as").select_option("contacts.upsert")
        self.page.get_by_label("File").set_input_files(file)
        self.press("Upload and check")
        self.page.get_by_label("Field for Mail").fill("EmailAddress")
        self.press("Check again")
        if LONG in rows:
            expect(self.cell).to_have_value(LONG)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    @property
    def cell(self) -> Locator:
        return self.page.get_by_label("Mail, line 2")


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def desk(chrome: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEYRING", "off")
        store = Store(folder / "home")
        nowhere = "http://127.0.0.1:1"
        own = Instance(name="acme", base_url=nowhere, identity_url=nowhere, client_id="x")
        instances.add(store, own, Secret("s"))
        store.close()
        with console(folder / "home") as (address, link):
            page = chrome.new_context().new_page()
            page.set_default_timeout(PATIENCE_MS)
            watch = Watch(page, address)
            page.goto(link)
            yield Desk(page, address, folder)
            assert watch.complaints == []
            page.context.close()


@pytest.mark.parametrize("button", ["Save corrections and check again", "Check again"])
def test_corrections_and_choices_are_kept_by_either_button(desk: Desk, button: str) -> None:
    page = desk.page
    desk.upload()
    desk.cell.fill("a@b.example")
    page.get_by_label("Another field").fill("ContactStatus")
    page.get_by_label("Its value").fill("ACTIVE")
    page.get_by_label("Send changes of records sent before").check()
    desk.press(button)
    expect(page.get_by_text("All 2 records are ready")).to_be_visible()
    expect(page.get_by_label("Send changes of records sent before")).to_be_checked()
    expect(page.get_by_label("Value 1")).to_have_value("ACTIVE")
    expect(page.get_by_role("link", name="Download the file with your corrections")).to_be_visible()


def test_choices_are_kept_by_a_button_that_fills_a_field(desk: Desk) -> None:
    page = desk.page
    desk.upload()
    desk.cell.fill("a@b.example")
    page.get_by_label("Save key").fill("AccountNumber")
    page.get_by_label("Leave out records with problems").check()
    page.evaluate("""() => {
        const offer = document.createElement("button");
        offer.setAttribute("form", "review");
        offer.name = "set"; offer.value = "ContactStatus=ACTIVE"; offer.textContent = "Active";
        document.querySelector("main").append(offer);
    }""")
    desk.press("Active")
    expect(page.get_by_text("All 2 records are ready")).to_be_visible()
    expect(page.get_by_label("Value 1")).to_have_value("ACTIVE")
    expect(page.get_by_label("Save key")).to_have_value("AccountNumber")
    expect(page.get_by_label("Leave out records with problems")).to_be_checked()


def test_choices_are_kept_by_the_corrected_file(desk: Desk) -> None:
    page = desk.page
    desk.upload()
    corrected = desk.folder / "corrected.csv"
    corrected.write_text(ROWS.replace(LONG, "a@b.example"))
    page.get_by_label("Save key").fill("AccountNumber")
    desk.press("Upload again")
    expect(page.get_by_text("No file was chosen")).to_be_visible()
    page.get_by_label("Send changes of records sent before").check()
    page.get_by_label("The corrected file").set_input_files(corrected)
    desk.press("Upload again")
    expect(page.get_by_text("All 2 records are ready")).to_be_visible()
    expect(page.get_by_label("Save key")).to_have_value("AccountNumber")
    expect(page.get_by_label("Send changes of records sent before")).to_be_checked()


def test_enter_in_a_field_checks_and_never_sends(desk: Desk) -> None:
    page = desk.page
    desk.upload()
    desk.cell.fill("a@b.example")
    desk.cell.press("Enter")
    expect(page.get_by_text("All 2 records are ready")).to_be_visible()
    page.get_by_label("Save key").fill("AccountNumber")
    page.get_by_label("Save key").press("Enter")
    expect(page.get_by_label("Save key")).to_have_value("AccountNumber")
    expect(page.get_by_role("button", name="Send 2 records")).to_be_visible()


def test_what_was_not_checked_is_not_sent(desk: Desk) -> None:
    """A choice that was typed and never checked; a choice that another tab made meanwhile."""
    page = desk.page
    desk.upload(ROWS.replace(LONG, "a@b.example"))
    page.get_by_label("Another field").fill("ContactStatus")
    page.get_by_label("Its value").fill("ARCHIVED")
    desk.press("Send 2 records")
    expect(page.get_by_role("alert")).to_contain_text("changed after they were checked")
    expect(page.get_by_label("Value 1")).to_have_value("ARCHIVED")
    other = page.context.new_page()
    other.goto(page.url.removesuffix("/send"))
    other.get_by_label("Value 1").fill("ACTIVE")
    other.get_by_role("button", name="Check again", exact=True).click()
    expect(other.get_by_label("Value 1")).to_have_value("ACTIVE")
    other.close()
    for box in page.locator("input[name=agree]").all():
        box.check()
    desk.press("Send 2 records")
    expect(page.get_by_role("alert")).to_contain_text("changed after they were checked")
    expect(page.get_by_label("Value 1")).to_have_value("ACTIVE")


def test_leaving_with_something_typed_is_asked_about(desk: Desk) -> None:
    page = desk.page
    desk.upload()
    desk.cell.fill("a@b.example")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.get_by_role("link", name="Books", exact=True).click()
    expect(desk.cell).to_have_value("a@b.example")
    assert asked == ["beforeunload"]


def draft(desk: Desk) -> Page:
    """A flow that is being written, from a folder into Xero."""
    page = desk.page
    file = desk.folder / "first.csv"
    file.write_text("Name,Mail\nAsh,a@b.example\n")
    page.goto(f"{desk.address}/new-flow")
    page.get_by_label("Name", exact=True).fill(f"people-{next(NUMBERS)}")
    page.get_by_label("Import as").select_option("contacts.upsert")
    page.get_by_label("File", exact=True).set_input_files(file)
    desk.press("Continue")
    expect(page.get_by_text("Tried on 1 record")).to_be_visible()
    return page


def test_a_flow_is_saved_as_it_stands_on_the_page(desk: Desk) -> None:
    page = draft(desk)
    page.get_by_label("Filter").fill("Name <> 'x'")
    desk.press("Save the flow")
    expect(page.get_by_text("is saved")).to_be_visible()
    page.get_by_text("The file, as it was added").click()
    expect(page.get_by_text("where = \"Name <> 'x'\"")).to_be_visible()


def test_a_wrong_answer_of_a_flow_keeps_the_others(desk: Desk) -> None:
    page = draft(desk)
    page.get_by_label("Filter").fill("Name <> 'x'")
    page.get_by_label("How often").select_option("week")
    page.get_by_label("At", exact=True).fill("07:45")
    page.get_by_label("On", exact=True).select_option("Friday")
    page.get_by_label("Alert on failure").fill("touch /tmp/x")
    page.get_by_label("Alert on failure").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("A command cannot be set")
    expect(page.get_by_label("Filter")).to_have_value("Name <> 'x'")
    expect(page.get_by_label("At", exact=True)).to_have_value("07:45")
    expect(page.get_by_label("On", exact=True)).to_have_value("Friday")
    expect(page.get_by_label("Alert on failure")).to_have_value("touch /tmp/x")
    page.get_by_label("Alert on failure").fill("books@example.com")
    desk.press("Save the flow")
    expect(page.get_by_text("is saved")).to_be_visible()
    expect(page.get_by_text("Every Friday at 07:45")).to_be_visible()


def test_the_settings_and_the_file_of_a_flow_are_one_form(desk: Desk) -> None:
    page = draft(desk)
    page.get_by_text("As a file (TOML)").click()
    file = page.get_by_label("Flow file")
    text = file.input_value()
    file.fill("# from the office\n" + text)
    desk.press("Check")
    expect(page.get_by_text("Tried on 1 record")).to_be_visible()
    page.get_by_label("Filter").fill("Name <> 'x'")
    page.get_by_text("As a file (TOML)").click()
    file.fill("# from somebody else\n" + text)
    desk.press("Check the file")
    expect(page.get_by_role("alert")).to_contain_text("were both changed")
    expect(page.get_by_label("Filter")).to_have_value("Name <> 'x'")
    expect(file).to_have_value(re.compile("# from somebody else"))
