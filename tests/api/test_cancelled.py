"""What is cancelled ends, what is closed is closed, and neither harms another client."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import pytest
from tests.api.conftest import Xero, home_for

import xeroport


def test_a_cancelled_push_sends_no_more(tmp_path: Path) -> None:
    """The thread that it works in went on to the last record."""
    emulator = xeroport.Emulator("empty", limits="off")
    with emulator.serve() as url:
        stop_and_go_on(Xero(emulator, url), tmp_path)


def stop_and_go_on(xero: Xero, tmp_path: Path) -> None:
    home = home_for(tmp_path, xero)
    rows = [{"Name": f"Customer {number}"} for number in range(600)]

    async def work() -> None:
        pushing = asyncio.create_task(
            xeroport.push_async("acme", "contacts.upsert", rows, key="Name", home=home)
        )
        contacts = xero.emulator.organisation.tables["Contact"]
        while len(contacts) <= 250:  # more than the calls at once: one has ended
            await asyncio.sleep(0.005)
        pushing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pushing
        sent = len(contacts)
        assert sent < len(rows)
        await asyncio.sleep(0.1)
        assert len(contacts) == sent

    asyncio.run(work())
    report = xeroport.push("acme", "contacts.upsert", rows, key="Name", home=home)
    assert report.ok
    assert len(xero.emulator.organisation.tables["Contact"]) == len(rows)


def test_closing_under_a_call_says_so_and_stops_no_other_client(own_xero: Xero) -> None:
    """Three broken connections in a row were taken for an outage of Xero."""
    own_xero.emulator.faults.add("slow", seconds=1, times=4)
    client = xeroport.Client(**own_xero.credentials, timeout=20)
    said: list[str] = []

    def call() -> None:
        try:
            client.organisation.get()
        except RuntimeError as error:
            said.append(str(error))

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    client.close()
    for thread in threads:
        thread.join(20)
    assert said == ["this client is closed"] * 4
    with xeroport.Client(**own_xero.credentials, retries=0) as other:
        assert other.organisation.get()["Name"]


def test_a_cancelled_call_leaves_the_client_in_order(demo_xero: Xero) -> None:
    async def work() -> None:
        async with xeroport.AsyncClient(**demo_xero.credentials) as client:
            await client.organisation.get()  # how long a call takes: so long its place is held
            demo_xero.emulator.faults.add("slow", seconds=0.2, endpoint="invoices.list")
            for _ in range(5):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(client.invoices.list(), 0.01)
            assert (await client.organisation.get(retries=0))["Name"]

    try:
        asyncio.run(work())
    finally:
        demo_xero.emulator.faults.clear()


def test_a_closed_async_client_stays_closed(demo_xero: Xero) -> None:
    async def work() -> None:
        client = xeroport.AsyncClient(**demo_xero.credentials)
        await client.aclose()
        await client.aclose()
        with pytest.raises(RuntimeError, match="this client is closed"):
            async with client:
                pass
        with pytest.raises(RuntimeError, match="this client is closed"):
            await client.invoices.list()

    asyncio.run(work())


def test_an_async_client_belongs_to_one_loop(demo_xero: Xero) -> None:
    client = xeroport.AsyncClient(**demo_xero.credentials)

    async def name() -> str:
        return str((await client.organisation.get())["Name"])

    assert asyncio.run(name())
    with pytest.raises(RuntimeError, match="in another event loop: open one in each"):
        asyncio.run(name())
