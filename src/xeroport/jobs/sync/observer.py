"""What is said while a sync runs: how far streams are, what the sync waits for, what will not be
enough."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from xeroport.jobs.sync.report import StreamReport, SyncReport
from xeroport.xero.client import XeroClient

Tell = Callable[[StreamReport], None]
PULSE = 0.5
"""Seconds between two looks at what is waited for."""


class Watch:
    """Passes news of the streams on, and adds what only the whole shows."""

    def __init__(self, report: SyncReport, client: XeroClient, tell: Tell) -> None:
        self._report = report
        self._client = client
        self._tell = tell
        self._has_warned = False

    def tell(self, stream: StreamReport) -> None:
        """Pass news on; before a backfill that the day's calls do not suffice for, say so."""
        left = self._client.usage.day_remaining
        if not self._has_warned and left is not None and stream.pages_of:
            needed = sum(max(0, (e.pages_of or 0) - e.pages) for e in self._report.streams)
            if needed > left:
                self._has_warned = True
                stream.note = (
                    f"this needs at least {needed:,} more calls, and Xero allows {left:,} more "
                    "today: it will stop there; run the same command again tomorrow to continue"
                )
        self._tell(stream)

    async def keep_watching(self) -> None:
        """Say what the running streams wait for, until cancelled."""
        usage = self._client.usage
        while True:
            await asyncio.sleep(PULSE)
            waiting = usage.waiting()
            for stream in self._report.streams:
                if stream.status == "running" and stream.waiting != waiting:
                    stream.waiting = waiting
                    self._tell(stream)
