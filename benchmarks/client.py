"""The client: how long it takes to load, and what a call costs beyond the network."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.harness import processes, serving, table
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.xero.client import open_client

NAME = "bench"
PROCESSES = 4
CALLS = 1000
REPLY = b'{"Id":"x","Status":"OK","Organisations":[{"Name":"Bench","BaseCurrency":"NZD"}]}'
TOKEN = b'{"access_token":"token","expires_in":1800}'


class Bare:
    """The smallest Xero: one small reply to everything; counts tokens and calls."""

    def __init__(self) -> None:
        self.tokens = self.calls = self.now = self.most = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        token = scope["path"] == "/connect/token"
        self.tokens += token
        self.calls += not token
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        headers = [(b"content-type", b"application/json"), (b"x-minlimit-remaining", b"59")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": TOKEN if token else REPLY})
        self.now -= 1


def instance_in(home: Path, base_url: str) -> Store:
    os.environ["XEROPORT_KEYRING"] = "off"
    store = Store(home)
    made = Instance(NAME, base_url, base_url, "id", rate_limit=1_000_000, concurrency=5)
    instances.add(store, made, Secret("secret"))
    return store


async def _through_client(store: Store, app: Bare) -> tuple[float, float]:
    store.transport = httpx2.ASGITransport(app=app)
    async with open_client(store, NAME) as client:
        await client.call("organisation.get")
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(CALLS):
            assert (await client.call("organisation.get")).records
        return time.perf_counter() - wall, time.process_time() - cpu


async def _bare(app: Bare) -> tuple[float, float]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport) as http:
        await http.get("http://localhost/")
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(CALLS):
            (await http.get("http://localhost/api.xro/2.0/Organisation")).json()
        return time.perf_counter() - wall, time.process_time() - cpu


def overhead() -> list[tuple[str, str, str]]:
    """Milliseconds a call, wall and CPU: through xeroport, and through the HTTP client alone."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        store = instance_in(Path(folder), "http://localhost")
        ours = [asyncio.run(_through_client(store, Bare())) for _ in range(5)]
        bare = [asyncio.run(_bare(Bare())) for _ in range(5)]
        store.close()
    for what, runs in (("xeroport", ours), ("httpx2 alone", bare)):
        wall, cpu = (statistics.median(each) * 1000 / CALLS for each in zip(*runs, strict=True))
        rows.append((what, f"{wall:.2f} ms", f"{cpu:.2f} ms"))
    wall, cpu = (
        (statistics.median(a) - statistics.median(b)) * 1000 / CALLS
        for a, b in zip(zip(*ours, strict=True), zip(*bare, strict=True), strict=True)
    )
    return [*rows, ("what xeroport adds", f"{wall:.2f} ms", f"{cpu:.2f} ms")]


def _worker(home: str, calls: int) -> None:
    store = Store(Path(home))

    async def work() -> None:
        async with open_client(store, NAME) as client:
            await asyncio.gather(*(client.call("organisation.get") for _ in range(calls)))

    asyncio.run(work())


def shared_token() -> tuple[Bare, float]:
    """The server, and the seconds, of 1,000 calls from 4 processes of one home folder."""
    app = Bare()
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, serving(app) as base_url:
        instance_in(Path(folder), base_url).close()
        began = time.perf_counter()
        share = CALLS // PROCESSES
        workers = [context.Process(target=_worker, args=(folder, share)) for _ in range(PROCESSES)]
        for each in workers:
            each.start()
        for each in workers:
            each.join()
        return app, time.perf_counter() - began


def section() -> str:
    python = sys.executable
    command = str(Path(python).with_name("xeroport"))
    bare = processes([python, "-c", "pass"])
    load = processes([python, "-c", "import xeroport"])
    client = processes([python, "-c", "from xeroport import connect"])
    shown = processes([command, "--help"])
    rows = [
        ("`python -c pass`, for comparison", f"{bare.median * 1000:.0f} ms", bare.spread),
        ("`import xeroport`", f"{load.median * 1000:.0f} ms", load.spread),
        ("`from xeroport import connect`", f"{client.median * 1000:.0f} ms", client.spread),
        ("`xeroport --help`", f"{shown.median * 1000:.0f} ms", shown.spread),
    ]
    app, seconds = shared_token()
    return "\n\n".join(
        (
            "## Client",
            "Whole processes, from start to end, 11 runs each; the aims are 60 ms for "
            "`import xeroport` and 150 ms for `xeroport --help`.",
            table(("process", "median", "range"), rows),
            f"One call after the other on a bare ASGI application in the same process, {CALLS:,} "
            "calls, 5 runs: budgets, token, verdict and decoding included, no network.",
            table(("call through", "time", "CPU"), overhead()),
            f"{app.calls:,} calls from {PROCESSES} processes of one home folder over HTTP: "
            f"**{app.tokens} token request**, at most {app.most} calls at a time, "
            f"{seconds:.1f} s with the start of the processes.",
        )
    )
