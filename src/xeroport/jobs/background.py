"""Coroutines for callers that are not asynchronous, wherever they are called from.

Where an event loop runs already (a notebook has one) it cannot wait for a coroutine without
standing still: the coroutine gets a thread with a loop of its own, and the caller waits for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine function to its end; an interrupt of the caller cancels it."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work())
    from anyio.from_thread import start_blocking_portal

    with start_blocking_portal() as portal:
        result: T = portal.call(work)
    return result


async def in_thread(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine function in a thread with a loop of its own, for work that keeps a processor
    busy. A caller that is cancelled cancels it, and continues when it has ended; cancelled again,
    at once."""
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any] | None]] = Future()

    async def main() -> T:
        started.set_result((asyncio.get_running_loop(), asyncio.current_task()))
        return await work()

    def cancel(_: object) -> None:
        loop, task = started.result()
        with suppress(RuntimeError):  # its loop has just ended
            loop.call_soon_threadsafe(task.cancel if task else bool)

    running = asyncio.ensure_future(asyncio.to_thread(lambda: asyncio.run(main())))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        started.add_done_callback(cancel)
        await asyncio.wait([running])
        raise
