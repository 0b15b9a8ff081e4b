"""The name of a server, looked up in a thread that nothing waits for.

A name server that is gone keeps a look-up for half a minute, and asyncio's own threads keep their
loop and the process from ending until then.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress


async def look_up(host: str, *, within: float) -> None:
    """Return once the name has an address; OSError if it has none, or TimeoutError if nothing is
    known of it within that many seconds."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[OSError | None] = loop.create_future()

    def settle(problem: OSError | None) -> None:
        if not outcome.done():
            outcome.set_result(problem)

    def ask() -> None:
        problem: OSError | None = None
        try:
            socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            problem = error if isinstance(error, OSError) else OSError(str(error))
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, problem)

    threading.Thread(target=ask, name=f"look-up of {host}", daemon=True).start()
    async with asyncio.timeout(within):
        problem = await outcome
    if problem is not None:
        raise problem
