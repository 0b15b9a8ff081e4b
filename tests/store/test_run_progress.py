"""What a run says of how far it is."""

from __future__ import annotations

import asyncio
from pathlib import Path

from xeroport.jobs import run_log
from xeroport.store import runs
from xeroport.store.database import Store


def test_the_last_that_is_said_before_a_long_wait_is_kept(tmp_path: Path) -> None:
    """Several calls end at once, then nothing happens until Xero's minute is over."""
    store = Store(tmp_path)

    async def job() -> object:
        with run_log.opened(store, "acme", "sync", {}) as run:
            for calls in (6, 7, 12):
                run.progress(lambda calls=calls: {"calls": calls})  # type: ignore[misc]
            await asyncio.sleep(2 * run_log.PROGRESS_SECONDS)
            kept = runs.get(store, run.id).progress
            run.end("done", {})
        return kept

    assert asyncio.run(job()) == {"calls": 12}
    store.close()
