"""A bookkeeper's way through the books, by mouse and by keyboard alone, wide and narrow, light
and dark: from a figure to its document, one search over everything, a list of one's own."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from console_browser import Watch, axe, browser, console
from playwright.sync_api import Browser, Locator, Page, expect

LEEWAY = 4
STEPS = """target => {
    const stops = [...document.querySelectorAll(
        'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]'
    )].filter(element => element.checkVisibility());
    return stops.indexOf(target) - stops.indexOf(document.activeElement);
}"""
"""How many presses of Tab away an element is; below zero, of Shift and Tab."""
RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .filter(v => ['serious', 'critical'].includes(v.impact)).map(v => [v.id, v.nodes[0].html])"""
IS_FOCUSED = "element => element === document.activeElement"
WAYS = [
    pytest.param("mouse", 1440, "light", False),
    *(
        pytest.param(by, width, scheme, True, marks=[pytest.mark.soak, pytest.mark.timeout(900)])
        for by in ("mouse", "keyboard")
        for width in (390, 1440)
        for scheme in ("light", "dark")
    ),
]


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def books(synced: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(synced, tmp_path_factory.mktemp("see") / "home"))


class Hand:
    """One way to use a page: a mouse, or a keyboard alone."""

    def __init__(self, page: Page, by: str, *, checks: bool) -> None:
        self.page = page
        self.by = by
        self.checks = checks

    def press(self, target: Locator) -> None:
        """Click, or Tab to it and press Enter."""
        if self.by == "mouse":
            target.click()
        else:
            self.reach(target)
            self.page.keyboard.press("Enter")

    def reach(self, target: Locator) -> None:
        """Tab to it, or back to it where it is above."""
        expect(target).to_be_attached()
        steps = int(target.evaluate(STEPS))
        for _ in range(abs(steps)):
            self.page.keyboard.press("Tab" if steps > 0 else "Shift+Tab")
        for _ in range(LEEWAY):
            if target.evaluate(IS_FOCUSED):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {target}")

    def write(self, target: Locator, text: str) -> None:
        """Replace what a field holds."""
        if self.by == "mouse":
            target.fill(text)
        else:
            self.reach(target)
            self.page.keyboard.press("ControlOrMeta+A")
            self.page.keyboard.type(text)

    def choose(self, target: Locator, words: str) -> None:
        """Choose from a list by its words."""
        if self.by == "mouse":
            target.select_option(label=words)
        else:
            self.reach(target)
            self.page.keyboard.type(words)

    def tick(self, target: Locator) -> None:
        if self.by == "mouse":
            target.click()
        else:
            self.reach(target)
            self.page.keyboard.press("Space")


@pytest.mark.parametrize(("by", "width", "scheme", "checks"), WAYS)
def test_a_bookkeeper_sees_the_books(
    chrome: Browser, books: Path, by: str, width: int, scheme: Any, checks: bool
) -> None:
    with console(books) as (address, link):
        context = chrome.new_context(
            viewport={"width": width, "height": 860}, color_scheme=scheme, bypass_csp=True
        )
        if checks:
            context.add_init_script(axe())
        page = context.new_page()
        page.set_default_timeout(30_000)
        watch = Watch(page, address)
        page.goto(link)
        hand = Hand(page, by, checks=checks)
        _from_a_card_to_its_document(page, hand)
        _from_a_statement_to_its_lines(page, hand)
        _search(page, hand)
        _a_list_of_ones_own(page, hand)
        _the_guide(page, hand)
        assert watch.complaints == []
        context.close()


def _is_sound(page: Page, hand: Hand) -> None:
    """Nothing scrolls sideways, once its styles are there; the soak also asks axe."""
    page.wait_for_load_state("load")
    if hand.checks:
        assert page.evaluate(RUN) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def _from_a_card_to_its_document(page: Page, hand: Hand) -> None:
    hand.press(page.get_by_role("link", name="Books", exact=True))
    page.wait_for_selector("body[data-charts=drawn]", timeout=90_000)
    card = page.locator("[data-card='Owed by customers']")
    owed = card.inner_text()
    hand.press(card)
    expect(page.get_by_role("heading", name="Owed by customers")).to_be_visible()
    total = page.locator("tr.last td").last.locator("a")
    if total.count() == 0:
        total = page.locator("tr[data-kind=total] td").last.locator("a")
    expect(total).to_have_text(owed)
    _is_sound(page, hand)
    hand.press(total)
    expect(page.locator("[data-sum]")).to_have_text(owed)
    hand.press(page.get_by_role("region", name="Open documents").get_by_role("link").first)
    expect(page.get_by_role("heading", name=re.compile("invoice"))).to_be_visible()
    expect(page.get_by_role("link", name="Open in Xero")).to_have_attribute(
        "href", re.compile(r"go\.xero\.com")
    )
    _is_sound(page, hand)


def _from_a_statement_to_its_lines(page: Page, hand: Hand) -> None:
    hand.press(page.get_by_role("link", name="Statements", exact=True).first)
    hand.choose(page.get_by_label("Period", exact=True), "Last 12 months")
    hand.choose(page.get_by_label("Columns", exact=True), "By month")
    hand.press(page.get_by_role("button", name="Show"))
    expect(page).to_have_url(re.compile("by=month"))
    assert page.locator("thead th").count() == 14
    figure = page.locator("tr[data-kind=row] td.number a").first
    text = figure.inner_text()
    _is_sound(page, hand)
    hand.press(figure)
    expect(page.locator("[data-sum]").filter(has_text=text.removeprefix("−"))).to_be_visible()
    hand.press(page.get_by_role("region", name="Lines").get_by_role("link").first)
    expect(page.get_by_role("heading", name="In the ledger")).to_be_visible()


def _search(page: Page, hand: Hand) -> None:
    page.wait_for_load_state("load")
    page.keyboard.press("/")
    page.keyboard.type("inv-0042")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="“inv-0042”")).to_be_visible()
    _is_sound(page, hand)
    hand.press(page.get_by_role("link", name="INV-0042"))
    expect(page.get_by_role("heading", name="Sales invoice INV-0042")).to_be_visible()


def _a_list_of_ones_own(page: Page, hand: Hand) -> None:
    hand.press(page.get_by_role("link", name="Bills", exact=True))
    hand.write(page.get_by_label("From", exact=True), "31/31/2026")
    hand.press(page.get_by_role("button", name="Show", exact=True))
    expect(page.get_by_role("alert")).to_contain_text("31/31/2026")
    hand.write(page.get_by_label("From", exact=True), "2026-01-01")
    hand.choose(page.get_by_role("combobox", name="Status"), "Paid")
    hand.press(page.get_by_role("button", name="Show", exact=True))
    hand.press(page.locator("summary", has_text="Columns"))
    hand.tick(page.get_by_role("checkbox", name="Reference"))
    hand.tick(page.get_by_role("checkbox", name="Tax", exact=True))
    hand.press(page.get_by_role("button", name="Show these columns"))
    expect(page.get_by_role("columnheader", name="Tax")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Reference")).to_have_count(0)
    hand.press(page.locator("summary", has_text=re.compile("Save")))
    name = f"Paid this year {hand.by} {page.viewport_size['width']}"  # type: ignore[index]
    hand.write(page.get_by_label("Save this view as"), name)
    hand.press(page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_text("The view is saved")).to_be_visible()
    _is_sound(page, hand)
    hand.press(page.get_by_role("link", name="Bills", exact=True))
    hand.press(page.get_by_role("link", name=name, exact=True))
    expect(page.get_by_role("columnheader", name="Tax")).to_be_visible()
    expect(page.get_by_role("combobox", name="Status")).to_have_value("PAID")


def _the_guide(page: Page, hand: Hand) -> None:
    hand.press(page.get_by_role("link", name="Guide to this page"))
    expect(page).to_have_url(re.compile("/guide/console#books"))
    expect(page.locator("h2#books")).to_be_visible()
