"""Schedules that the console runs itself, because nothing else does: started by a person, and at
each start of the console from then on."""

from __future__ import annotations

import threading
from pathlib import Path

from xeroport.server.workers import Workers
from xeroport.store import schedulers
from xeroport.store.database import Store


class OwnScheduler:
    """The scheduler of a console; it ends with the console."""

    def __init__(self, home: Path, store: Store) -> None:
        self._home = home
        self._store = store
        self._workers: Workers | None = None
        self._lock = threading.Lock()

    @property
    def is_running(self) -> bool:
        """Whether this console runs schedules."""
        return self._workers is not None

    def resume(self) -> None:
        """Start, if a person chose so before."""
        if schedulers.wanted_in_console(self._store):
            self._begin()

    def start(self) -> None:
        """Run schedules from now on."""
        schedulers.run_in_console(self._store, True)
        self._begin()

    def _begin(self) -> None:
        with self._lock:
            if self._workers is None:
                self._workers = Workers(self._home, kind="console")
                self._workers.start()

    def stop(self) -> None:
        """Run no schedules any more."""
        schedulers.run_in_console(self._store, False)
        self.close()

    def close(self) -> None:
        """Stop running jobs cleanly; they continue at the next start."""
        with self._lock:
            workers, self._workers = self._workers, None
        if workers is not None:
            workers.end()
