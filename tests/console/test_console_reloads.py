"""A page that shows work under way is read again by itself, and never under a person's hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from console_browser import Watch, browser, console
from console_world import bare
from playwright.sync_api import Page, expect

from xeroport.store import runs
from xeroport.store.database import Store

ENDED = """run => new Promise(done => {
    new EventSource(`/runs/${run}/events`).addEventListener("done", () => setTimeout(done, 300));
})"""
STAYS = "window.isTheSamePage = true"
SAME = "window.isTheSamePage === true"


@pytest.fixture(scope="module")
def served(
    synced: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Store, str, Page]]:
    home = bare(synced, tmp_path_factory.mktemp("reloads") / "home")
    store = Store(home)
    with console(home) as (address, link), browser() as chrome:
        page = chrome.new_page()
        watch = Watch(page, address)
        page.goto(link)
        yield store, address, page
        assert watch.complaints == []
    store.close()


PLACES = ["/runs/{run}", "/instances/acme-uk", "/instances/acme-uk/statements/profit-and-loss"]


@pytest.mark.parametrize("place", PLACES)
def test_a_link_that_is_pressed_while_a_run_ends_leads_where_it_says(
    served: tuple[Store, str, Page], place: str
) -> None:
    store, address, page = served
    run = runs.start(store, "acme-uk", "ledger", {})
    page.goto(address + place.format(run=run))
    page.evaluate(STAYS)
    page.get_by_role("link", name="Developer").hover()
    page.mouse.down()
    runs.finish(store, run, "done", {})
    page.evaluate(ENDED, run)
    assert page.evaluate(SAME)
    page.mouse.up()
    expect(page.get_by_role("link", name="Tables")).to_be_visible()


@pytest.mark.parametrize("place", PLACES)
def test_the_end_of_a_run_is_shown_by_itself(served: tuple[Store, str, Page], place: str) -> None:
    store, address, page = served
    run = runs.start(store, "acme-uk", "ledger", {})
    page.goto(address + place.format(run=run))
    page.evaluate(STAYS)
    runs.finish(store, run, "done", {})
    page.wait_for_function(f"() => !({SAME}) && document.readyState === 'complete'")
    expect(page.locator("[data-follow], [data-reload]")).to_have_count(0)


def test_a_page_that_waits_is_not_loaded_again_while_nothing_changes(
    served: tuple[Store, str, Page],
) -> None:
    store, address, page = served
    run = runs.start(store, "acme-uk", "ledger", {})
    page.goto(f"{address}/instances/acme-uk/statements/profit-and-loss")
    page.evaluate(STAYS)
    for _ in range(3):
        with page.expect_response("**/statements/profit-and-loss"):
            pass
    assert page.evaluate(SAME)
    runs.finish(store, run, "done", {})


def test_what_is_typed_meanwhile_stays(served: tuple[Store, str, Page]) -> None:
    store, address, page = served
    run = runs.start(store, "acme-uk", "ledger", {})
    page.goto(f"{address}/instances/acme-uk")
    page.evaluate(STAYS)
    page.locator("#find").press_sequentially("INV-00")
    runs.finish(store, run, "done", {})
    page.evaluate(ENDED, run)
    page.locator("#find").press_sequentially("07")
    assert page.evaluate(SAME)
    expect(page.locator("#find")).to_have_value("INV-0007")
