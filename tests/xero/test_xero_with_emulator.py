"""The client against the emulator over HTTP, with and without trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from xeroport.catalogue import load
from xeroport.clock import SystemClock
from xeroport.errors import NotAuthorised
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.xero.client import XeroClient, open_client
from xeroport_emulator import Emulator

NAME = "acme"
TROUBLES = [
    "500:30%,429-concurrent:30%",
    "drop-before:20%,drop-after:20%",
    "truncate:30%,revoke@3",
    "503@2,text@4,html@6,unknown-enum,unknown-field",
]


class Hurried(SystemClock):
    """Real time, but nobody sleeps long."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.01))


def talk(store: Store, emulator: Emulator, work: Callable[[XeroClient], Any]) -> Any:
    secret = getattr(emulator.client_secret, "reveal", lambda: emulator.client_secret)()

    async def run(base_url: str) -> Any:
        made = Instance(NAME, base_url, base_url, emulator.client_id, rate_limit=100_000)
        instances.add(store, made, Secret(str(secret)))
        store.clock = Hurried()
        async with open_client(store, NAME) as client:
            return await work(client)

    with emulator.serve(port=0) as base_url:
        return asyncio.run(run(base_url))


@pytest.mark.parametrize("faults", TROUBLES)
def test_every_invoice_arrives_whatever_happens(store: Store, faults: str) -> None:
    emulator = Emulator(data="demo", limits="off", faults=faults, seed=7)
    wanted = {each["InvoiceID"] for each in emulator.organisation.tables["Invoice"]}

    async def work(client: XeroClient) -> list[str]:
        found = client.records("invoices.list", {"pageSize": 100})
        return [each["InvoiceID"] async for each in found]

    found = talk(store, emulator, work)
    assert len(found) == len(set(found)) == len(wanted)
    assert set(found) == wanted


@pytest.mark.parametrize("faults", ["drop-after:x1", "truncate:x1", "drop-before:x2"])
def test_a_create_happens_once_whatever_happens(store: Store, faults: str) -> None:
    emulator = Emulator(data="demo", limits="off", faults=faults, seed=7)
    table = emulator.organisation.tables["Contact"]
    before = len(table)

    async def work(client: XeroClient) -> Any:
        return await client.call("contacts.create", body={"Name": "Once and only once"})

    reply = talk(store, emulator, work)
    assert len(table) == before + 1
    assert reply.records[0]["Name"] == "Once and only once"
    assert table.get(reply.records[0]["ContactID"])["Name"] == "Once and only once"


def test_every_stream_can_be_read(store: Store) -> None:
    emulator = Emulator(data="demo", limits="off")

    async def work(client: XeroClient) -> dict[str, int]:
        counts = {}
        for name, endpoint in load().streams.items():
            if name == "journals":
                with pytest.raises(NotAuthorised, match="approved"):
                    await client.call(endpoint)
                continue
            counts[name] = len([each async for each in client.records(endpoint, force=True)])
        return counts

    counts = talk(store, emulator, work)
    for name, count in counts.items():
        record = load().streams[name].record
        table = emulator.organisation.tables.get(str(record))
        if table is not None and name in ("invoices", "payments", "accounts", "items", "quotes"):
            assert count == len(table), name
    assert counts["organisation"] == 1


def test_a_burst_inside_the_limits_meets_no_429(store: Store) -> None:
    emulator = Emulator(data="demo", limits="xero")

    async def work(client: XeroClient) -> Any:
        await asyncio.gather(*(client.call("organisation.get") for _ in range(50)))
        return client.usage

    usage = talk(store, emulator, work)
    assert usage.throttled == {}
    assert usage.calls == 50
    assert usage.day_remaining is not None
