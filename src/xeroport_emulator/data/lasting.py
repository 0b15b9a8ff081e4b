"""Records that stay: the collector of garbage waits while they are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lasting() -> Iterator[None]:
    """Make what stays for long: nothing of it is garbage, so the collector need not look through it
    again and again on the way."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def grow_old() -> None:
    """Count all there is as old now, without a round that looks through it. For what a process
    makes once: rounds that are due by what has grown old take no notice of it."""
    if not gc.get_freeze_count():  # what somebody froze is to stay so
        gc.freeze()
        gc.unfreeze()
