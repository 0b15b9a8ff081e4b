"""What a shard leaves behind of its calls, should its worker be lost.

A worker that reaches the driver's folder keeps its budgets there, where they outlive it: the next
worker of the shard continues from them. One on another machine says its count through Dask.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xeroport.store.calls import app_minute
from xeroport.store.calls.file import FILE_NAME, Calls

TELL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a shard's traces are: a folder of the driver's, or a topic of the Dask cluster."""

    shard: str
    folder: str
    topic: str | None = None


@contextmanager
def folder_of(trace: Trace) -> Iterator[tuple[Path, bool]]:
    """A folder for the budgets of a shard, and whether the driver sees it."""
    if Path(trace.folder).is_dir():
        folder = Path(trace.folder, trace.shard)
        folder.mkdir(mode=0o700, exist_ok=True)
        yield folder, True
        return
    with tempfile.TemporaryDirectory(prefix="xeroport-shard-") as folder_name:
        yield Path(folder_name), False


def dask_worker() -> Any:
    """The Dask worker that this thread works for."""
    from distributed import get_worker

    return get_worker()


async def keep_telling(trace: Trace, worker: Any, calls: Calls) -> None:
    """Say how many calls a Dask worker has made for a shard, until cancelled."""
    while True:
        said = {
            "shard": trace.shard,
            "worker": worker.address,
            "calls": app_minute.calls_made(calls),
        }
        worker.log_event(trace.topic, said)
        await asyncio.sleep(TELL_SECONDS)


@dataclass(frozen=True, slots=True)
class Traces:
    """The driver's side: traces of the shards at work. `is_seen` where every worker uses the
    folder."""

    folder: Path
    is_seen: bool
    topic: str | None = None
    _told: dict[str, dict[str, int]] = field(default_factory=dict)

    def of(self, shard: str) -> Trace:
        """What a shard is handed out with."""
        return Trace(shard, str(self.folder), self.topic)

    def hear(self, event: tuple[Any, dict[str, Any]]) -> None:
        """Take in what a Dask worker said."""
        said = event[1]
        self._told.setdefault(said["shard"], {})[said["worker"]] = said["calls"]

    def reported(self, shard: str, *, but_by: str | None = None) -> int:
        """Calls of a shard that Dask workers told of, without those of one worker."""
        calls_of = self._told.get(shard, {})
        return sum(calls for worker, calls in calls_of.items() if worker != but_by)

    def left(self, shard: str) -> int | None:
        """Calls that a lost shard made; None where nothing can be known of them."""
        if shard in self._told:
            return self.reported(shard)
        if not (self.folder / shard / FILE_NAME).exists():
            return 0 if self.is_seen else None
        calls = Calls(self.folder / shard)
        try:
            return app_minute.calls_made(calls)
        finally:
            calls.close()

    def forget(self, shard: str) -> None:
        """A shard has ended."""
        self._told.pop(shard, None)
        shutil.rmtree(self.folder / shard, ignore_errors=True)
