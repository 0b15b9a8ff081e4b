"""Trying an address that a console user typed, so that it tells nothing of a network: whatever is
not Xero-like answers the same words after the same time, open port or closed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import TypeVar
from urllib.parse import urlsplit

from xeroport.errors import InputError, Unavailable
from xeroport.jobs.instances.connect import XERO_SERVERS, origin
from xeroport.settings import is_loopback
from xeroport.store.database import Store
from xeroport.store.instances import Instance, all_instances

SECONDS = 6.0
"""How long a try of an unknown server takes that does not answer like Xero."""
T = TypeVar("T")


def check_servers(store: Store, instance: Instance) -> None:
    """InputError for servers that a console user may not have the connector talk to: anything but
    Xero, this machine (an emulator), and what the command line has connected before."""
    known = {
        origin(url) for each in all_instances(store) for url in (each.base_url, each.identity_url)
    }
    for url in (instance.base_url, instance.identity_url):
        server = origin(url)
        if server in XERO_SERVERS | known or is_loopback(urlsplit(url).hostname):
            continue
        raise InputError(
            f"`{server}` is not Xero, and the console connects to no other server",
            hint="leave the base URL as it is; a server of your own is connected on the command "
            "line, with `xeroport instance add`",
        )


async def first_contact(instance: Instance, work: Awaitable[T]) -> T:
    """The result of `work`, which talks to the instance's servers for the first time.

    Unavailable in the same words after the same time for every server but Xero's own.
    """
    servers = {origin(instance.base_url), origin(instance.identity_url)}
    if servers <= XERO_SERVERS:
        return await work
    began = time.monotonic()
    try:
        async with asyncio.timeout(SECONDS):
            return await work
    except (Unavailable, TimeoutError):
        await asyncio.sleep(max(began + SECONDS - time.monotonic(), 0))
    raise Unavailable(
        f"`{origin(instance.base_url)}` does not answer like Xero",
        hint="check the base URL and the identity URL; Xero's own is `https://api.xero.com`",
    )
