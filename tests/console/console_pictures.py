"""Pictures of every page, light and dark, wide and narrow: `python console_pictures.py FOLDER`.

With `--docs` only the few that the documentation shows.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from console_browser import browser, console
from console_unattended import fail_once, keep_flow, receive
from playwright.sync_api import Browser, Page

from xeroport.jobs.instances import connect as connecting
from xeroport.jobs.ledger import ledger_instance
from xeroport.jobs.sync.run import sync_instance
from xeroport.secrets.vault import Secret
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport_emulator import Emulator

CSV = """Type,order_no,customer,Date,DueDate,LineItems.Description,LineItems.Quantity,LineItems.UnitAmount,LineItems.AccountCode
ACCREC,W-1,Harbour Dairy Ltd,2026-11-01,2026-11-30,Advice,2,100.00,200
ACCREC,W-2,Harbour Dairy Ltd,2026-31-31,2026-11-30,Advice,1,50.00,200
ACCREC,W-3,Harbour Dairy Ltd,2026-11-03,2026-11-30,Advice,many,75.00,200
"""  # noqa: E501
PAGES = {
    "instances": "/instances",
    "home": "/instances/acme-uk",
    "statement": "/instances/acme-uk/statements/profit-and-loss?period=last-12-months&compare=1",
    "balance": "/instances/acme-uk/statements/balance-sheet?compare=1",
    "receivables": "/instances/acme-uk/statements/receivables",
    "open": "/instances/acme-uk/statements/receivables/open?age=3",
    "cash": "/instances/acme-uk/statements/cash?period=last-12-months",
    "budget": "/instances/acme-uk/statements/budget",
    "tracking": "/instances/acme-uk/statements/profit-and-loss?tracking=Region",
    "months": "/instances/acme-uk/statements/profit-and-loss?by=month",
    "lines": "/instances/acme-uk/statements/lines?group=income",
    "books": "/instances/acme-uk/books",
    "list": "/instances/acme-uk/books/sales-invoices?status=AUTHORISED",
    "search": "/instances/acme-uk/search?q=INV-000",
    "proposals": "/instances/acme-uk/proposals",
    "access": "/access",
    "sign-in": "/connect/sign-in",
    "guide": "/guide/console",
    "settings": "/instances/acme-uk/settings",
    "overview": "/instances/acme-uk/overview",
    "data": "/instances/acme-uk/data",
    "table": "/instances/acme-uk/data/invoice?q=INV",
    "sql": "/instances/acme-uk/sql?sql=select+contact_name,+sum(amount_due)+as+due%0A"
    "from+invoice%0Awhere+type+%3D+'ACCREC'%0Agroup+by+all+order+by+due+desc+limit+10",
    "push": "/instances/acme-uk/push",
    "outbox": "/instances/acme-uk/outbox",
    "endpoints": "/endpoints?q=invoices",
    "endpoint": "/endpoints/invoices.upsert",
    "runs": "/runs",
    "agents": "/agents",
    "run": "/runs/1",
    "schedules": "/schedules",
    "flows": "/flows",
    "flow": "/flows/orders",
    "flow-new": "/new-flow",
    "flow-correct": "/flows/orders?correct=1",
    "example": "/endpoints/invoices.get?example=1",
    "attach": "/endpoints/invoices.attachments.add",
    "inbox": "/webhooks-inbox",
    "fleet": "/fleet",
    "demo": "/demo",
    "missing": "/nothing-here",
}
DOCS = ("home", "overview", "statement", "document", "list", "review", "run")
LOOKS: tuple[tuple[str, Any, int], ...] = (
    ("light", "light", 1440),
    ("dark", "dark", 1440),
    ("narrow", "light", 390),
    ("narrow-dark", "dark", 390),
)


EMPTY = {
    "first": "/instances",
    "no-runs": "/runs",
    "no-schedules": "/schedules",
    "no-flows": "/flows",
    "no-inbox": "/webhooks-inbox",
    "no-fleet": "/fleet",
}
UNSYNCED = {
    "unsynced": "/instances/acme-uk",
    "unsynced-data": "/instances/acme-uk/data",
    "unsynced-overview": "/instances/acme-uk/overview",
    "unsynced-push": "/instances/acme-uk/push",
    "unsynced-outbox": "/instances/acme-uk/outbox",
}


def connect(home: Path, base_url: str, emulator: Emulator) -> None:
    """The demo organisation as an instance, not yet synced."""
    store = Store(home)
    instance = Instance(
        name="acme-uk",
        base_url=base_url,
        identity_url=base_url,
        client_id=emulator.client_id,
        time_zone="Pacific/Auckland",
    )
    asyncio.run(connecting.add(store, instance, Secret(emulator.client_secret)))
    store.close()


def fill(home: Path, *, is_busy: bool) -> None:
    """A sync of it; if busy, a second destination and what runs by itself, some of it badly."""
    store = Store(home)
    if is_busy:
        asyncio.run(sync_instance(store, "acme-uk", to=f"parquet:{home.parent / 'lake'}"))
    asyncio.run(sync_instance(store, "acme-uk"))
    asyncio.run(ledger_instance(store, "acme-uk"))
    if is_busy:
        fail_once(store)
        keep_flow(store, home)
        receive(store, 30)
    store.close()


def take(page: Page, path: Path, *, whole: bool) -> None:
    page.wait_for_selector("[data-reload]", state="detached")  # a file that is being checked
    if page.locator("[data-figure]").count():
        page.wait_for_selector("body[data-charts=drawn]")
    page.screenshot(path=path, full_page=whole)


def more_pages(page: Page, address: str, folder: Path) -> dict[str, str]:
    """Pages that only come about by doing something: the wizard, a review, a record."""
    page.goto(f"{address}/add")
    where = page.url.removesuffix("/name")
    page.get_by_label("Name").fill("acme-nz")
    for _ in range(2):
        page.get_by_role("button", name="Continue").click()
    rows = folder / "orders.csv"
    rows.write_text(CSV)
    page.goto(f"{address}/instances/acme-uk/push")
    page.get_by_label("File").set_input_files(rows)
    page.get_by_role("button", name="Upload and check").click()
    review = page.url
    for label, field in (("order_no", "InvoiceNumber"), ("customer", "Contact.Name")):
        page.get_by_label(f"Field for {label}").fill(field)
    page.get_by_role("button", name="Check again", exact=True).click()
    page.goto(f"{address}/new-flow")
    page.get_by_label("Name").fill("web-orders")
    page.get_by_label("File", exact=True).set_input_files(rows)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/new-flow/*")
    draft = page.url
    page.goto(f"{address}/instances/acme-uk/data/invoice?q=INV-0007")
    page.get_by_role("link", name="INV-0007").click()
    found = {f"wizard-{step}": f"{where}/{step}" for step in ("method", "credentials")}
    record = page.url
    page.goto(f"{address}/instances/acme-uk/books/sales-invoices?q=INV-0042")
    page.get_by_role("link", name="INV-0042").click()
    return {**found, "review": review, "record": record, "document": page.url, "flow-draft": draft}


def sent(page: Page, folder: Path) -> dict[str, str]:
    """A push of a corrected file of which Xero refuses a row: its run and its results."""
    rows = folder / "mended.csv"
    rows.write_text(
        CSV.replace("2026-31-31", "2026-11-02")
        .replace("many", "3")
        .replace("75.00,200", "75.00,610")
    )
    page.get_by_label("The corrected file").set_input_files(rows)
    page.get_by_role("button", name="Upload again").click()
    page.get_by_role("button", name="Send 3 records").click()
    page.get_by_role("link", name="Results per record").wait_for()
    run = page.url.split("?")[0]
    page.get_by_role("link", name="Results per record").click()
    return {"push-run": run, "results": page.url}


def series(
    chrome: Browser, home: Path, pages: dict[str, str], target: Path, looks: Any = LOOKS
) -> None:
    """Whole pages of one console, in all looks."""
    with console(home) as (address, link):
        page = chrome.new_context(viewport={"width": 1280, "height": 860}).new_page()
        page.goto(f"{address}/login")
        for name, scheme, width in looks:
            if "first" in pages:
                shoot(page, f"{address}/login", target / f"login-{name}.png", scheme, width)
        page.goto(link)
        for name, scheme, width in looks:
            for key, path in pages.items():
                shoot(page, address + path, target / f"{key}-{name}.png", scheme, width)
        page.context.close()


def shoot(page: Page, url: str, path: Path, scheme: Any, width: int, *, whole: bool = True) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 860 if width > 500 else 780})
    page.goto(url)
    take(page, path, whole=whole)


def apart(work: Callable[..., None], *given: Any) -> None:
    """Do it in a thread of its own: Playwright's has an event loop already."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work, *given).result()


def main(target: Path, *, docs: bool) -> None:
    os.environ["XEROPORT_KEYRING"] = "off"
    target.mkdir(parents=True, exist_ok=True)
    emulator = Emulator("demo", limits="off")
    with tempfile.TemporaryDirectory() as name, emulator.serve() as base_url, browser() as chrome:
        home = Path(name) / "home"
        if not docs:
            series(chrome, home, EMPTY, target)
        apart(connect, home, base_url, emulator)
        if not docs:
            series(chrome, home, UNSYNCED, target)
        apart(partial(fill, is_busy=not docs), home)
        with console(home) as (address, link):
            page = chrome.new_context(viewport={"width": 1280, "height": 860}).new_page()
            page.goto(link)
            extra = more_pages(page, address, Path(name))
            page.goto(extra["review"])
            pages = {key: address + path for key, path in PAGES.items()} | extra
            if not docs:
                pages |= sent(page, Path(name))
            for look, scheme, width in LOOKS[: 2 if docs else None]:
                for key, url in pages.items():
                    if docs and (key not in DOCS or (look == "dark" and key != "overview")):
                        continue
                    shoot(page, url, target / f"{key}-{look}.png", scheme, width, whole=not docs)


if __name__ == "__main__":
    main(Path(sys.argv[1]), docs="--docs" in sys.argv)
