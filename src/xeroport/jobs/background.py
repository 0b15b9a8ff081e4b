"""Coroutines for callers that are not asynchronous, wherever they are called from.

Where an event loop runs already (a notebook has one) it cannot wait for a coroutine without
standing still: the coroutine gets a thread with a loop of its own, and the caller waits for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
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
