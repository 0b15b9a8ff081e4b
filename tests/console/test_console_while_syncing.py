"""Reading is never locked out by our own sync: commands, flows and pages read the last commit."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx2
from console_world import visiting

from xeroport.jobs.sync.run import sync_instance
from xeroport.store.database import Store
from xeroport_emulator import Emulator

FLOW = """
key = "id"
[source]
sql = "SELECT account_id AS id, code FROM account"
instance = "acme-uk"
[fields]
id = "id"
code = "code"
[target]
file = "accounts.csv"
"""


class Held:
    """An app that lets some replies go and holds all others until it is told to go on."""

    def __init__(self, app: Any, *, after: int) -> None:
        self._app, self._after = app, after
        self.waits, self.goes_on = threading.Event(), threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._after -= 1
        if self._after < 0:
            self.waits.set()
            await asyncio.to_thread(self.goes_on.wait, 120)
        await self._app(scope, receive, send)


def test_all_that_read_go_on_while_a_sync_waits(home: Path, xero: tuple[Emulator, str]) -> None:
    (home / "codes.toml").write_text(FLOW)
    held, reports = Held(xero[0].app, after=8), []

    def sync() -> None:
        store = Store(home)
        store.transport = httpx2.ASGITransport(app=held)
        made = sync_instance(store, "acme-uk", full=True)
        reports.append(asyncio.run(made))

    def told(*words: str) -> str:
        command = [sys.executable, "-m", "xeroport", "--home", str(home), *words]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=home)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout + ended.stderr

    told("flow", "add", "codes.toml")
    syncing = threading.Thread(target=sync)
    syncing.start()
    try:
        assert held.waits.wait(60)
        assert "invoices" in told("query", "SELECT count(*) AS invoices FROM invoice")
        assert "Total" in told("report", "acme-uk", "trial-balance")
        assert "accounts.csv" in told("flow", "run", "codes") + str(list(home.glob("*.csv")))
        with visiting(home) as visitor:
            page = visitor.get("/instances/acme-uk/statements/profit-and-loss")
            assert page.status_code == 200
            assert "profit" in page.text.lower()
        assert not reports, "the sync still waits"
    finally:
        held.goes_on.set()
        syncing.join(60)
    assert reports[0].status in ("done", "partial")
