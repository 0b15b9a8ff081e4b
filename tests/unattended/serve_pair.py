"""Two real `serve` processes on one home folder, and the clock that both read."""

from __future__ import annotations

import base64
import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from forking import forking_process, kill, set_ahead
from xeroport.store import schedules
from xeroport.store.database import Store
from xeroport.store.processes import parse

KEY = base64.b64encode(b"k" * 32).decode()


class Pair:
    """Two `serve` on one home folder, and the clock that they read."""

    def __init__(self, folder: Path, start: datetime, *, journal: Path | None) -> None:
        self.clock = folder / "clock"
        self.store = Store(folder / "home")
        self.given = {"home": str(folder / "home"), "clock": str(self.clock)}
        if journal is not None:
            self.given["journal"] = str(journal)
        self.set(start)
        self.forking = forking_process("serve", key=KEY)
        self.pids = [self.forking.start(self.given) for _ in range(2)]

    def set(self, moment: datetime) -> None:
        set_ahead(self.clock, (moment - datetime.now(UTC)).total_seconds())

    def kill(self, which: int) -> None:
        kill(self.pids[which])
        assert self.forking.end(self.pids[which]) == -signal.SIGKILL

    def end(self, which: int) -> None:
        os.kill(self.pids[which], signal.SIGINT)
        assert self.forking.end(self.pids[which]) == 0

    def at_work(self, number: int) -> list[int]:
        """Which of them has begun what is due; none if all that is due ended before that showed."""
        while finished(self.store) < number:
            for schedule in schedules.all_schedules(self.store):
                if schedule.owner is not None:
                    return [self.pids.index(parse(schedule.owner).pid)]
        return []

    def begin(self, which: int) -> None:
        self.pids[which] = self.forking.start(self.given)

    def close(self) -> None:
        for which in (0, 1):
            self.end(which)
        self.store.close()


def finished(store: Store) -> int:
    """How many firings have ended."""
    sql = "SELECT count(*) FROM firing WHERE finished_at IS NOT NULL"
    (number,) = store.connection.execute(sql).fetchone()
    return int(number)


def wait_for(done: Callable[[], bool], *, seconds: float = 30) -> None:
    """Wait until that is so; no longer than so many seconds."""
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.005)
