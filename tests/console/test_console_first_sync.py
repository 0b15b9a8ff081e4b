"""The page of a first sync, in Chromium: a bar that moves, an honest time left, a count-down."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Semaphore
from typing import Any

import httpx2
from console_browser import Watch, browser, console
from playwright.sync_api import expect

from xeroport.jobs.sync.run import sync_instance
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport_emulator import Emulator

LIMIT = 12
WAITS = re.compile(r"waiting for Xero's minute limit, \d+ s more")
COUNTS_DOWN = """async () => {
    const left = () => Number(/limit, (\\d+) s more/.exec(document.body.innerText)?.[1]);
    const first = left();
    while (!(left() < first)) await new Promise(done => setTimeout(done, 50));
}"""


@contextmanager
def first_sync(home: Path) -> Iterator[Semaphore]:
    """A sync of twelve calls a minute; each call of it waits until it is let through."""
    emulator, gate = Emulator(2_000, limits="off"), Semaphore(0)

    async def gated(scope: Any, receive: Any, send: Any) -> None:
        while "/api.xro/" in scope["path"] and not gate.acquire(blocking=False):
            await asyncio.sleep(0.01)
        await emulator.app(scope, receive, send)

    base = "http://127.0.0.1:1"
    store = Store(home)
    store.transport = httpx2.ASGITransport(app=gated)
    acme = Instance("acme", base, base, emulator.client_id, rate_limit=LIMIT)
    instances.add(store, acme, Secret(emulator.client_secret))
    loop = asyncio.new_event_loop()
    task = loop.create_task(sync_instance(store, "acme"))

    def work() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        store.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        try:
            yield gate
        finally:
            loop.call_soon_threadsafe(task.cancel)
            done.result()
            loop.close()
            store.close()


def test_the_page_of_a_first_sync_shows_total_bar_time_left_and_what_it_waits_for(
    tmp_path: Path,
) -> None:
    with (
        first_sync(tmp_path) as gate,
        console(tmp_path) as (address, link),
        browser() as chrome,
    ):
        page = chrome.new_page()
        watch = Watch(page, address)
        page.goto(link)
        page.goto(f"{address}/runs/1")
        bar = page.get_by_label("Progress")
        beside = page.locator("p:has(> progress)")
        gate.release(LIMIT // 2)
        expect(bar).to_have_attribute("value", re.compile(r"^[3-6]$"))
        expect(beside).to_have_text(re.compile(r"[3-6] of \d+ calls, about [3-9] minutes left"))
        assert int(bar.get_attribute("max") or 0) > 3 * LIMIT
        gate.release(100)
        expect(bar).to_have_attribute("value", re.compile(r"^(12|24|36)$"))
        expect(beside).to_have_text(WAITS)
        page.evaluate(COUNTS_DOWN)
        assert watch.complaints == []
