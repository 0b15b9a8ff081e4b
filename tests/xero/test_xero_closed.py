"""Whatever ends a client's work, its connections and files are closed with it."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from scripted import Said, Scripted

import xeroport
from xeroport.errors import XeroportError
from xeroport.store.database import Store
from xeroport.xero import pages
from xeroport.xero.client import XeroClient, open_client

ClientOf = Callable[..., XeroClient]
NAME = "acme"


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("how", ["refused", "no such endpoint", "left early", "cancelled"])
def test_a_client_that_failed_leaves_nothing_open(
    client_of: ClientOf, store: Store, how: str
) -> None:
    server = (
        Scripted(Said(403, {"Detail": "AuthenticationUnsuccessful"}))
        if how == "refused"
        else Scripted()
    )
    client_of(server)
    store.transport = httpx2.ASGITransport(app=server)

    async def once() -> None:
        async with open_client(store, NAME) as client:
            if how == "no such endpoint":
                await client.call("nothing.at_all")
            if how == "left early":
                async for _ in client.records("contacts.list"):
                    raise ZeroDivisionError
                raise ZeroDivisionError
            if how == "cancelled":
                task = asyncio.create_task(client.call("contacts.list"))
                await asyncio.sleep(0)
                task.cancel()
                await task
            await client.call("contacts.list")

    def attempt() -> None:
        with suppress(XeroportError, ZeroDivisionError, asyncio.CancelledError):
            asyncio.run(once())

    attempt()
    gc.collect()
    before = open_files()
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        for _ in range(10):
            attempt()
        gc.collect()
    assert open_files() <= before


def test_a_walk_that_is_left_closes_its_pages(client_of: ClientOf) -> None:
    closed: list[str] = []
    server = Scripted()
    client = client_of(server)
    walk = pages._walk

    async def watched(*arguments: Any) -> Any:
        try:
            async for reply in walk(*arguments):
                yield reply
        finally:
            closed.append("page walk")

    async def work(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pages, "_walk", watched)
        async with client:
            with suppress(ZeroDivisionError):
                replies = client.pages("contacts.list")
                try:
                    async for _ in replies:
                        raise ZeroDivisionError
                finally:
                    await replies.aclose()
            assert closed == ["page walk"]

    with pytest.MonkeyPatch.context() as patch:
        asyncio.run(work(patch))


def test_a_client_that_cannot_be_opened_leaves_nothing_open(tmp_path: Path) -> None:
    with pytest.raises(XeroportError):
        xeroport.connect("nobody", home=tmp_path / "home")
    gc.collect()
    before = open_files()
    for _ in range(10):
        with suppress(XeroportError):
            xeroport.connect("nobody", home=tmp_path / "home")
    gc.collect()
    assert open_files() <= before
