"""A bound on the memory of this process while SQL of a person runs in it.

DuckDB's own limit does not hold for the texts that functions make: `repeat('x', 4000000000)` took
8 GB under a limit of 512 MB, and cannot be interrupted. The system's limit holds.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

EXTRA = 1024**3
"""Bytes that the process may take beyond those it has when the first block begins."""
STATM = Path("/proc/self/statm")
_lock = threading.Lock()
_inside = 0
_before: tuple[int, int] | None = None


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Let allocations beyond the bound fail inside the block. Blocks may overlap in threads: the
    last one to end lifts the bound. Nothing where the system has no such limit."""
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _inside, _before
    with _lock:
        _inside += 1
        if _inside > 1:
            return
        with suppress(ImportError, OSError, ValueError):
            import resource

            taken = int(STATM.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
            soft, hard = resource.getrlimit(resource.RLIMIT_AS)
            bound = taken + EXTRA
            if soft == resource.RLIM_INFINITY or bound < soft:
                resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
                _before = (soft, hard)


def _leave() -> None:
    global _inside, _before
    with _lock:
        _inside -= 1
        if _inside or _before is None:
            return
        import resource

        resource.setrlimit(resource.RLIMIT_AS, _before)
        _before = None
