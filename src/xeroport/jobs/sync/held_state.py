"""What the store knows of a destination, so that a sync that brings nothing need not open it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

from xeroport.destinations import Checkpoint, Destination, open_destination, shown
from xeroport.destinations.unopened import UnopenedDestination, stamp
from xeroport.store.instances import schema_name
from xeroport.store.stream_reads import HeldState


@asynccontextmanager
async def destination_at(
    url: str, *, instance: str, known: HeldState | None = None, rebuild: bool = False
) -> AsyncIterator[Destination]:
    """The destination at a URL: not opened until it is needed where it stands as is `known`."""
    destination = await asyncio.to_thread(_opened, url, instance, known, rebuild)
    try:
        yield destination
    finally:
        await asyncio.to_thread(destination.close)


def _opened(url: str, instance: str, known: HeldState | None, rebuild: bool) -> Destination:
    open_it = partial(open_destination, url, instance=instance, rebuild=rebuild)
    if rebuild or known is None or known.stamp != stamp(url, schema_name(instance)):
        return open_it()
    checkpoints = {
        stream: Checkpoint(number, state) for stream, (number, state) in known.checkpoints.items()
    }
    return UnopenedDestination(open_it, checkpoints, what=f"`{shown(url)}`")


def state_now(
    url: str, *, instance: str, known: HeldState | None, standing: Mapping[str, Checkpoint]
) -> HeldState | None:
    """What to keep of a destination after a sync; None where that is known, or cannot be."""
    now = stamp(url, schema_name(instance))
    if now is None or (known is not None and known.stamp == now):
        return None
    checkpoints = {stream: (each.number, each.state) for stream, each in standing.items()}
    return HeldState(now, checkpoints)
