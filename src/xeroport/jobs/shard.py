"""The work of one fleet worker: some instances, side by side in one event loop.

A worker is pure: it gets sealed orders, works against the destination, and returns reports. It
has no store; what it needs while calling lies in a folder of its own, gone with it.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xeroport.clock import SystemClock
from xeroport.credentials import KEY_VARIABLE, Vault, parse_key
from xeroport.destinations import open_destination, shown
from xeroport.errors import StoreError, XeroportError
from xeroport.jobs.report import SyncReport, add_up
from xeroport.jobs.sync import Options, chosen, synchronise
from xeroport.store.calls import Calls
from xeroport.store.instances import Instance
from xeroport.xero.client import XeroClient


@dataclass(frozen=True)
class Order:
    """One instance to sync: its settings, its sealed secret, and where to."""

    instance: Instance
    sealed: bytes
    url: str
    streams: tuple[str, ...] = ()
    full: bool = False


def prepare(key: str) -> None:
    """What a local worker process runs first: the key that its orders are sealed with."""
    os.environ[KEY_VARIABLE] = key


def work(orders: tuple[Order, ...], at_once: int) -> list[dict[str, Any]]:
    """Sync the instances, `at_once` at a time; their reports, in the order of the orders.

    StoreError if the worker has not the key; anything wrong with one instance is in its report.
    """
    text = os.environ.get(KEY_VARIABLE)
    if not text:
        raise StoreError(
            f"a fleet worker has no `{KEY_VARIABLE}`",
            hint="start the workers with the key that the driver has",
        )
    vault = Vault(parse_key(text), KEY_VARIABLE)
    with tempfile.TemporaryDirectory(prefix="xeroport-shard-") as folder:
        return asyncio.run(_side_by_side(orders, at_once, vault, Path(folder)))


async def _side_by_side(
    orders: tuple[Order, ...], at_once: int, vault: Vault, folder: Path
) -> list[dict[str, Any]]:
    slots = asyncio.Semaphore(at_once)
    calls = Calls(folder)

    async def one(order: Order) -> dict[str, Any]:
        async with slots:
            return await _sync(order, vault, calls, folder / order.instance.name)

    try:
        return list(await asyncio.gather(*(one(each) for each in orders)))
    finally:
        calls.close()


async def _sync(order: Order, vault: Vault, calls: Calls, folder: Path) -> dict[str, Any]:
    clock = SystemClock()
    name = order.instance.name
    started = clock.now().isoformat(timespec="milliseconds")
    report = SyncReport(instance=name, destination=shown(order.url), started_at=started)
    try:
        secret = vault.unseal(order.sealed)
        client = XeroClient(order.instance, secret, calls=calls, clock=clock)
        destination = await asyncio.to_thread(open_destination, order.url, instance=name)
        try:
            async with client:
                await synchronise(
                    client,
                    destination,
                    report,
                    streams=chosen(order.streams),
                    folder=folder,
                    options=Options(full=order.full, named=bool(order.streams)),
                    clock=clock,
                )
        finally:
            await asyncio.to_thread(destination.close)
    except XeroportError as error:
        report.status, report.exit_status = "failed", error.exit_status
        report.error, report.hint = error.message, error.hint
    except Exception as error:
        report.status, report.exit_status = "failed", 1
        report.error = f"unexpected {type(error).__name__}: {error}"
    add_up(report)
    return report.as_dict()
