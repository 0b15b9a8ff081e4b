"""axe-core finds nothing serious on any page, light or dark, wide or narrow; nothing scrolls
sideways at 360 px."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from console_browser import axe, browser, console
from console_pictures import more_pages
from console_unattended import fail_once, keep_flow, receive
from playwright.sync_api import BrowserContext, Page

from xeroport.store.database import Store

PAGES = (
    "/instances",
    "/add",
    "/demo",
    "/instances/acme-uk",
    "/instances/acme-uk/settings",
    "/instances/acme-uk/overview",
    "/instances/acme-uk/statements/profit-and-loss?by=month",
    "/instances/acme-uk/statements/balance-sheet?compare=1",
    "/instances/acme-uk/statements/receivables",
    "/instances/acme-uk/statements/receivables/open?age=1",
    "/instances/acme-uk/statements/cash?first=nonsense",
    "/instances/acme-uk/statements/budget",
    "/instances/acme-uk/statements/lines?group=net",
    "/instances/acme-uk/books",
    "/instances/acme-uk/books/sales-invoices",
    "/instances/acme-uk/books/bills?first=nonsense",
    "/instances/acme-uk/books/contacts?q=nothing-like-this",
    "/instances/acme-uk/search?q=INV-00",
    "/instances/acme-uk/proposals",
    "/connect/sign-in",
    "/access",
    "/guide/push",
    "/instances/acme-uk/data",
    "/instances/acme-uk/data/invoice?sort=total",
    "/instances/acme-uk/data/invoice?q=nothing-like-this",
    "/instances/acme-uk/sql?sql=select+type,+count(*)+from+invoice+group+by+all",
    "/instances/acme-uk/sql?sql=nonsense",
    "/instances/acme-uk/push",
    "/instances/acme-uk/outbox",
    "/endpoints",
    "/endpoints/invoices.list",
    "/endpoints/invoices.upsert",
    "/runs",
    "/agents",
    "/schedules",
    "/schedules/due?name=acme-uk",
    "/flows",
    "/flows/orders",
    "/flows/orders?correct=1",
    "/new-flow",
    "/endpoints/invoices.get?example=1",
    "/endpoints/invoices.attachments.add",
    "/webhooks-inbox",
    "/fleet",
    "/runs/1",
    "/nothing-here",
)
MILD = (
    "empty-heading", "heading-order", "image-redundant-alt", "landmark-banner-is-top-level",
    "landmark-complementary-is-top-level", "landmark-contentinfo-is-top-level",
    "landmark-main-is-top-level", "landmark-no-duplicate-banner",
    "landmark-no-duplicate-contentinfo", "landmark-no-duplicate-main", "landmark-one-main",
    "landmark-unique", "meta-viewport-large", "page-has-heading-one",
    "presentation-role-conflict", "region", "scope-attr-valid", "skip-link",
)  # fmt: skip
"""Rules whose findings axe-core never calls serious: they need not be tried."""
OFF = ", ".join(f"'{name}': {{enabled: false}}" for name in MILD)
RUN = (
    f"async () => (await axe.run(document, {{rules: {{{OFF}}}, resultTypes: ['violations']}}))"
    """
    .violations
    .filter(v => ['serious', 'critical'].includes(v.impact))
    .map(v => [v.id, v.impact, v.nodes.slice(0, 3).map(n => n.html.slice(0, 160))])"""
)

LOOKS: dict[str, tuple[Any, int]] = {"light-1440": ("light", 1440), "dark-390": ("dark", 390)}


@pytest.fixture(scope="module")
def signed_in(
    synced: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[BrowserContext, str]]:
    source = axe()
    home = shutil.copytree(synced, tmp_path_factory.mktemp("accessible") / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEYRING", "off")
        store = Store(home)
        fail_once(store)
        keep_flow(store, home)
        receive(store, 30)
        store.close()
    with browser() as chrome, console(home) as (address, link):
        context = chrome.new_context(bypass_csp=True)
        context.add_init_script(source)
        page = context.new_page()
        page.goto(link)
        page.close()
        yield context, address


@pytest.fixture(scope="module")
def made(
    signed_in: tuple[BrowserContext, str], tmp_path_factory: pytest.TempPathFactory
) -> list[str]:
    """Pages that come about by doing something: the wizard's, a review, a record."""
    context, address = signed_in
    page = context.new_page()
    found = more_pages(page, address, tmp_path_factory.mktemp("made"))
    page.close()
    return [url.removeprefix(address) for url in found.values()]


def findings(page: Page) -> Any:
    """What axe-core says of a page whose colours have changed as far as they will."""
    page.evaluate("document.getAnimations().forEach(change => change.finish())")
    return page.evaluate(RUN)


def wrong_in(page: Page, address: str, path: str, looks: Sequence[str]) -> dict[str, Any]:
    """Look → what is wrong with a page. It is loaded once and looked at in each way; one with
    charts, which are drawn for a look, is loaded again for each."""
    wrong: dict[str, Any] = {}
    for number, look in enumerate(looks):
        scheme, width = LOOKS[look]
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        if number == 0 or page.locator("[data-figure]").count():
            page.goto(address + path)
        if path.endswith("overview"):
            page.wait_for_selector("body[data-charts=drawn]")
        dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        assert (dark, page.evaluate("innerWidth")) == (scheme == "dark", width)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if problems := findings(page) + (["wider than the window"] if wide > 0 else []):
            wrong[look] = problems
    return wrong


@pytest.mark.timeout(480)
@pytest.mark.parametrize("turns", [True, pytest.param(False, marks=pytest.mark.soak)])
def test_no_page_has_a_serious_finding(
    signed_in: tuple[BrowserContext, str], made: list[str], turns: bool
) -> None:
    """Each page in one look, by turns; in the long form in both."""
    context, address = signed_in
    page = context.new_page()
    names = tuple(LOOKS)
    wrong = {}
    for number, path in enumerate((*PAGES, *made)):
        looks = names[number % 2 :][:1] if turns else names
        if problems := wrong_in(page, address, path, looks):
            wrong[path] = problems
    page.close()
    assert not wrong


def test_the_login_has_no_serious_finding(signed_in: tuple[BrowserContext, str]) -> None:
    context, address = signed_in
    assert context.browser
    stranger = context.browser.new_context(bypass_csp=True)
    stranger.add_init_script(axe())
    page = stranger.new_page()
    page.goto(f"{address}/login")
    assert findings(page) == []
    stranger.close()


def test_a_serious_finding_would_be_found(signed_in: tuple[BrowserContext, str]) -> None:
    context, address = signed_in
    page = context.new_page()
    page.goto(f"{address}/runs")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [each[0] for each in findings(page)] == ["button-name"]
    page.close()
