"""An agent in memory that stays with its server from one test to the next."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anyio.from_thread import start_blocking_portal

from mcp import Client
from xeroport.mcp.server import opened

LASTING: dict[Path, Callable[..., Any]] = {}
"""Home folder → what calls a function with a client that stays with its server over it."""


@contextmanager
def lasting(home: Path) -> Iterator[None]:
    """A server and its client for as long as the block lasts, as a person's agent has them: tests
    that ask one thing each need not start one each."""
    with (
        start_blocking_portal() as portal,
        opened(home) as server,
        portal.wrap_async_context_manager(Client(server)) as client,
    ):
        LASTING[home] = lambda work: portal.call(work, client)
        yield
        del LASTING[home]


def copied(home: Path, copy: Path) -> None:
    """Copy a home folder in a process of its own: one that closes a file of SQLite loses all its
    locks on it, also those of a server that has it open."""
    subprocess.run(["cp", "-R", str(home), str(copy)], check=True)
