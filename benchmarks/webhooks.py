"""How soon the webhook receiver answers at 200 deliveries a second on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.harness import table
from xeroport.jobs.webhooks.events import signature
from xeroport.secrets.vault import Secret
from xeroport.store import inbox, instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance

A_SECOND = 200
SECONDS = 15
EVENTS = 5
KEY = Secret("benchmark")


def delivery(number: int) -> tuple[bytes, dict[str, str]]:
    """A delivery of a few events, signed; every tenth with another key."""
    events = [
        {
            "resourceUrl": "https://api.xero.com/",
            "resourceId": f"00000000-0000-0000-0000-{number * EVENTS + each:012d}",
            "eventDateUtc": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000",
            "eventType": "UPDATE",
            "eventCategory": "SUBSCRIPTION",
            "tenantId": "00000000-0000-0000-0000-000000000000",
            "tenantType": "ORGANISATION",
        }
        for each in range(EVENTS)
    ]
    body = json.dumps({"events": events, "entropy": "x"}).encode()
    key = Secret("forged") if number % 10 == 0 else KEY
    return body, {"x-xero-signature": signature(body, key)}


async def load(
    url: str, *, count: int = A_SECOND * SECONDS, pace: int = A_SECOND
) -> tuple[list[float], list[int]]:
    """Seconds to each answer, counted from when the delivery was due, and the statuses."""
    seconds: list[float] = []
    statuses: list[int] = []

    async def one(client: httpx2.AsyncClient, number: int, due: float) -> None:
        body, headers = delivery(number)
        answer = await client.post(url, content=body, headers=headers)
        seconds.append(time.perf_counter() - due)
        statuses.append(answer.status_code)

    async with httpx2.AsyncClient(timeout=30) as client:
        for number in range(50):
            await one(client, number, time.perf_counter())
        seconds.clear()
        statuses.clear()
        began = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for number in range(count):
                due = began + number / pace
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                tasks.create_task(one(client, 50 + number, max(due, time.perf_counter())))
    return seconds, statuses


def section() -> str:
    os.environ["XEROPORT_KEYRING"] = "off"
    with tempfile.TemporaryDirectory(prefix="xeroport-") as folder:
        store = Store(Path(folder))
        base = "http://127.0.0.1:1"
        instances.add(store, Instance("acme", base, base, "id"), Secret("x"))
        inbox.set_key(store, "acme", KEY)
        command = [sys.executable, "-m", "xeroport", "--home", folder]
        process = subprocess.Popen(
            [*command, "--json", "serve", "--port", "0"], stdout=subprocess.PIPE, text=True
        )
        try:
            url = _address(process) + "/webhooks/xero/acme"
            seconds, statuses = asyncio.run(load(url))
        finally:
            process.terminate()
            process.wait(20)
        kept = sum(each.events for each in inbox.overview(store))
        store.close()
    ordered = sorted(seconds)
    rows = [
        ("deliveries, signed and forged", f"{statuses.count(200):,}, {statuses.count(401):,}"),
        ("events kept, each on disk before its answer", f"{kept:,}"),
        ("median answer", f"{statistics.median(ordered) * 1000:.1f} ms"),
        ("p99", f"{ordered[int(len(ordered) * 0.99)] * 1000:.1f} ms"),
        ("slowest", f"{ordered[-1] * 1000:.1f} ms"),
    ]
    return "\n\n".join(
        (
            "## The webhook receiver",
            f"`xeroport serve` in a process of its own, {A_SECOND} deliveries a second of {EVENTS} "
            f"events each for {SECONDS} s on loopback, every tenth forged; sender and receiver "
            "share the machine.",
            table(("what", "measured"), rows),
        )
    )


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = ""
    while not said.rstrip().endswith("}"):
        said += process.stdout.readline()
    found: dict[str, Any] = json.loads(said)
    return str(found["address"])
