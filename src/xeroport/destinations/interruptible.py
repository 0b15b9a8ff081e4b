"""Statements of a database that Ctrl-C ends, however long they take."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

import duckdb

T = TypeVar("T")
P = ParamSpec("P")
Stop = Callable[[], Any]
"""What ends the statement that a connection is at, from another thread."""

STOP_AGAIN = 0.1
"""Seconds after which work that continues with a further statement is stopped again."""
_stops: ContextVar[list[Stop]] = ContextVar("stops")


def interruptible(connection: duckdb.DuckDBPyConnection, work: Callable[[], T]) -> T:
    """Do blocking work on a connection; KeyboardInterrupt ends it.

    DuckDB itself hears an interrupt only where the caller's own thread computes. Signals come to
    the main thread alone; any other does the work as it is, and `in_thread` may stop it.
    """
    if threading.current_thread() is not threading.main_thread():
        with stopped_by(connection.interrupt):
            return work()
    with ThreadPoolExecutor(1, thread_name_prefix="duckdb") as pool:
        future = pool.submit(work)
        try:
            return future.result()
        except KeyboardInterrupt:
            connection.interrupt()
            raise


@contextlib.contextmanager
def stopped_by(stop: Stop) -> Iterator[None]:
    """Say what ends the work of this block, for whoever waits for it by `in_thread`."""
    stops = _stops.get([])
    stops.append(stop)
    try:
        yield
    finally:
        stops.remove(stop)


async def in_thread(work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """Do blocking work on a connection in a thread. Where the caller is cancelled, statements are
    stopped, and the thread has left the connection before anything else happens to it."""
    stops: list[Stop] = []
    _stops.set(stops)
    inside = partial(copy_context().run, work, *args, **named)
    working = asyncio.get_running_loop().run_in_executor(None, inside)
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        while not working.done():
            for stop in tuple(stops):
                stop()
            await asyncio.wait({working}, timeout=STOP_AGAIN)
        working.exception()  # looked at: it says no more than that it was stopped
        raise
