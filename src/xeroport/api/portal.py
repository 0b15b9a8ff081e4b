"""The event loop behind blocking clients: one thread for all of them, while any is open."""

from __future__ import annotations

import atexit
import os
import weakref
from collections.abc import Awaitable, Callable
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:  # who only imports this needs no loop yet
    from anyio.from_thread import BlockingPortal, BlockingPortalProvider

T = TypeVar("T")


class Closable(Protocol):
    """What has a `close`."""

    def close(self) -> None: ...


_provider: BlockingPortalProvider | None = None
_making = Lock()
_of_parents: list[BlockingPortalProvider] = []
_open: weakref.WeakSet[Any] = weakref.WeakSet()


def enter(client: Closable) -> BlockingPortal:
    """A place in the shared loop for a client; `leave` gives it back."""
    portal = _portals().__enter__()
    _open.add(client)
    return portal


def leave(client: Closable) -> None:
    """Give a client's place back; the last one ends the thread."""
    _open.discard(client)
    _portals().__exit__(None, None, None)


def _portals() -> BlockingPortalProvider:
    global _provider
    from anyio.from_thread import BlockingPortalProvider

    with _making:
        if _provider is None:
            _provider = BlockingPortalProvider()
        return _provider


def run(portal: BlockingPortal, work: Callable[..., Awaitable[T]], *args: Any) -> T:
    """Run a coroutine function in the loop and wait for it; an interrupt here cancels it there."""
    future = portal.start_task_soon(work, *args)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


def _close_all() -> None:
    """At the end of the interpreter: what a script has left open."""
    for client in list(_open):
        with suppress(Exception):
            client.close()


def _start_afresh() -> None:
    """In a forked child the thread is not there; clients of the parent are not the child's. The
    old provider is kept: to end, it would wait for that thread."""
    global _provider, _making
    if _provider is not None:
        _of_parents.append(_provider)
    _provider, _making = None, Lock()
    _open.clear()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_afresh)
