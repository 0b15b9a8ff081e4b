"""How a stream asks Xero: one page, one call; parameters that leave nothing out."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

from msgspec import Struct

from xeroport.catalogue import Endpoint
from xeroport.jobs.landing import Page, read_page
from xeroport.jobs.report import StreamReport
from xeroport.jobs.report_rows import parameters, read_report
from xeroport.xero.client import XeroClient

EVERYTHING: dict[str, tuple[str, bool | int]] = {
    "contacts": ("includeArchived", True),
    "tracking_categories": ("includeArchived", True),
    "bank_transfers": ("includeDeleted", True),
}
"""Parameters without which a list leaves records out (Xero's requests-and-responses page)."""

DECIMALS = ("unitdp", 4)
AHEAD = 4
"""Pages of one stream that are fetched at a time."""

HELD_PAGES = 8
"""Replies of all streams in memory at a time, some 5 MB each."""


class Got(Struct, frozen=True):
    """One page and when Xero answered, by its own clock."""

    number: int
    page: Page
    at: datetime


class Reader:
    """Asks for the pages of one stream; `slots` bound the replies in memory over all streams."""

    def __init__(
        self,
        client: XeroClient,
        endpoint: Endpoint,
        *,
        slots: asyncio.Semaphore,
        report: StreamReport,
    ) -> None:
        self.endpoint = endpoint
        self._client = client
        self._slots = slots
        self._report = report
        self._fixed: dict[str, Any] = {}
        for name, value in (DECIMALS, EVERYTHING.get(report.stream, DECIMALS)):
            if name in endpoint.by_name:
                self._fixed[name] = value

    @property
    def page_size(self) -> int:
        """Records on a full page."""
        return self.endpoint.page_size or 100

    async def whole(self) -> Got:
        """The one reply of a list without pages, or of a report up to today."""
        asked = parameters(self._report.stream, _today()) if self.endpoint.stream_record else {}
        return await self._get(1, asked)

    async def page(self, number: int, *, since: datetime | None = None) -> Got:
        """One page of all records, or of those changed since a moment."""
        async with self._slots:
            return await self._get(number, self._page(number), since)

    async def some(self, ids: list[str]) -> Got:
        """The records of those ids, in one reply."""
        return await self._get(1, self._page(1) | {"IDs": ids})

    async def count(self) -> int | None:
        """Xero's own number of records, by the smallest page there is."""
        return (await self._get(1, {"page": 1, "pageSize": 1})).page.item_count

    async def after(self, offset: int) -> Got:
        """The journals after a journal number."""
        return await self._get(1, {"offset": offset})

    async def pages(self, first: int, last: int) -> AsyncIterator[Got]:
        """Pages side by side, in their order. A page has a slot from its call until it has been
        taken; slots are given out in order, so that the page waited for always has one."""
        waiting: deque[asyncio.Task[Got]] = deque()
        number = first
        try:
            while waiting or number <= last:
                while number <= last and len(waiting) < AHEAD:
                    waiting.append(asyncio.create_task(self._slotted(number)))
                    number += 1
                yield await waiting[0]
                waiting.popleft()
                self._slots.release()
        finally:
            for each in waiting:
                each.cancel()
            for ended in await asyncio.gather(*waiting, return_exceptions=True):
                if isinstance(ended, Got):
                    self._slots.release()

    async def _slotted(self, number: int) -> Got:
        await self._slots.acquire()
        try:
            return await self._get(number, self._page(number))
        except BaseException:
            self._slots.release()
            raise

    def _page(self, number: int) -> dict[str, Any]:
        sized = "pageSize" in self.endpoint.by_name
        return {"page": number} | ({"pageSize": self.page_size} if sized else {})

    async def detail(self, endpoint: Endpoint, params: dict[str, Any]) -> Got:
        """One record by another endpoint of the same envelope."""
        self._report.calls += 1
        reply = await self._client.call(endpoint, params)
        return Got(1, read_page(self.endpoint, reply.body), reply.server_time)

    async def _get(self, number: int, params: dict[str, Any], since: datetime | None = None) -> Got:
        self._report.calls += 1
        reply = await self._client.call(
            self.endpoint, self._fixed | params, modified_since=since, force=True
        )
        if self.endpoint.stream_record:
            return Got(number, read_report(reply.body), reply.server_time)
        return Got(number, read_page(self.endpoint, reply.body), reply.server_time)


def _today() -> date:
    return datetime.now(UTC).date()
