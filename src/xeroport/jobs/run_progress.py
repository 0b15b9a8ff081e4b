"""What a run says of itself while it goes on: kept in the store, so that any page can follow it."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

from xeroport.store import runs
from xeroport.store.database import Store

EVERY = 0.25
"""Seconds between two notes in the store."""


class Telling:
    """Notes a run's progress now and then; calls in between cost nothing."""

    def __init__(self, store: Store, run: int) -> None:
        self._store = store
        self._run = run
        self._told = -EVERY

    def __call__(self, values: Callable[[], dict[str, Any]]) -> None:
        """Note what `values` gives, unless something was noted just now."""
        if monotonic() - self._told >= EVERY:
            self._told = monotonic()
            runs.progress(self._store, self._run, values())
