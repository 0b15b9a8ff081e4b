"""How a stream asks Xero: one page, one call; parameters that leave nothing out."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import DecodeError, Struct

from xeroport.catalogue import Endpoint
from xeroport.dates import to_date
from xeroport.errors import DayLimitReached, Unavailable, XeroportError
from xeroport.jobs.sync.landing import Page, read_page
from xeroport.jobs.sync.large_page import read_large_page
from xeroport.jobs.sync.record_shapes import RecordShapes
from xeroport.jobs.sync.report import StreamReport
from xeroport.jobs.sync.report_rows import parameters, read_report
from xeroport.xero.client import XeroClient
from xeroport.xero.wire.reply import Reply

EVERYTHING: dict[str, tuple[str, bool | int]] = {
    "contacts": ("includeArchived", True),
    "tracking_categories": ("includeArchived", True),
    "bank_transfers": ("includeDeleted", True),
}
"""Parameters without which a list leaves records out (Xero's requests-and-responses page)."""

BY_CHANGE = ("contacts", "payments", "credit_notes", "invoices", "bank_transactions")
"""Paged lists that come in the order of change by themselves (the same page); others are asked to,
because a read by seeking depends on it."""

DECIMALS = ("unitdp", 4)
SMALLEST = 100
"""Records on a page of Xero's where it does not heed `pageSize`."""

AHEAD = 4
"""Pages of one stream that are fetched at a time."""

HELD_PAGES = 8
"""Replies of all streams in memory at a time, some 5 MB each."""


class StreamPage(Struct, frozen=True):
    """One page and when Xero answered, by its own clock."""

    number: int
    page: Page
    at: datetime


class Reader:
    """Asks for the pages of one stream; `slots` bound the replies in memory over all streams, and
    large ones go to files in `folder`."""

    def __init__(
        self,
        client: XeroClient,
        endpoint: Endpoint,
        *,
        folder: Path,
        slots: asyncio.Semaphore,
        report: StreamReport,
        reported: Iterable[str] = (),
    ) -> None:
        self.endpoint = endpoint
        self.shapes = RecordShapes(endpoint.table_record, reported=reported)
        self._client = client
        self._folder = folder
        self._slots = slots
        self._report = report
        self._fixed: dict[str, Any] = {}
        for name, value in (DECIMALS, EVERYTHING.get(report.stream, DECIMALS)):
            if name in endpoint.by_name:
                self._fixed[name] = value
        is_paged = endpoint.paging == "page" and "order" in endpoint.by_name
        if is_paged and report.stream not in BY_CHANGE:
            self._fixed["order"] = "UpdatedDateUTC ASC"

    @property
    def page_size(self) -> int:
        """Records on a full page, if Xero heeds `pageSize`."""
        return self.endpoint.page_size or SMALLEST

    def is_last(self, got: StreamPage) -> bool:
        """Whether no page follows: by Xero's number of pages, else because this one is short."""
        if got.page.page_count:
            return got.number >= got.page.page_count
        return len(got.page.records) < min(self.page_size, SMALLEST)

    async def whole(self, now: datetime) -> StreamPage:
        """The one reply of a list without pages, or of a report up to the organisation's today."""
        if not self.endpoint.stream_record:
            return await self._get(1, {})
        today = to_date("today", now, time_zone=self._client.instance.time_zone)
        return await self._get(1, parameters(self._report.stream, today))

    async def page(self, number: int, *, since: datetime | None = None) -> StreamPage:
        """One page of all records, or of those changed since a moment."""
        async with self._slots:
            return await self._get(number, self._page(number), since)

    async def some(self, ids: list[str]) -> StreamPage:
        """The records of those ids, in one reply."""
        return await self._get(1, self._page(1) | {"IDs": ids})

    async def count(self) -> int | None:
        """Xero's own number of records, by the smallest page there is."""
        return (await self._get(1, {"page": 1, "pageSize": 1})).page.item_count

    async def after(self, offset: int) -> StreamPage:
        """The journals after a journal number."""
        return await self._get(1, {"offset": offset})

    async def pages(self, first: int, last: int) -> AsyncIterator[StreamPage]:
        """Pages side by side, in their order. A page has a slot from its call until it has been
        taken; slots are given out in order, so that the page waited for always has one."""
        waiting: deque[asyncio.Task[StreamPage]] = deque()
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
                if isinstance(ended, StreamPage):
                    self._slots.release()

    async def _slotted(self, number: int) -> StreamPage:
        await self._slots.acquire()
        try:
            return await self._get(number, self._page(number))
        except BaseException:
            self._slots.release()
            raise

    def _page(self, number: int) -> dict[str, Any]:
        sized = "pageSize" in self.endpoint.by_name
        return {"page": number} | ({"pageSize": self.page_size} if sized else {})

    async def detail(self, endpoint: Endpoint, params: dict[str, Any]) -> StreamPage:
        """One record by another endpoint of the same envelope."""
        reply = await self._call(endpoint, params)
        return StreamPage(1, read_page(self.endpoint, reply.body, self.shapes), reply.server_time)

    async def _call(self, endpoint: Endpoint, params: dict[str, Any], **options: Any) -> Reply:
        """One call, counted unless Xero never heard it or never answered."""
        try:
            reply = await self._client.call(endpoint, params, **options)
        except (Unavailable, DayLimitReached) as error:
            self._report.calls += isinstance(error, Unavailable) and error.status is not None
            raise
        except XeroportError:
            self._report.calls += 1
            raise
        self._report.calls += 1
        return reply

    async def _get(
        self, number: int, params: dict[str, Any], since: datetime | None = None
    ) -> StreamPage:
        is_report = bool(self.endpoint.stream_record)
        reply = await self._call(
            self.endpoint,
            self._fixed | params,
            modified_since=since,
            spill=None if is_report else self._folder,
            force=True,
        )
        if reply.status == 304 and since is None:
            raise DecodeError("it says `304 Not Modified`, though all was asked for")
        try:
            if is_report:
                return StreamPage(number, read_report(reply.body), reply.server_time)
            if reply.large is not None:
                page = await read_large_page(self.endpoint, reply.large, self.shapes, self._folder)
                return StreamPage(number, page, reply.server_time)
            page = read_page(self.endpoint, reply.body, self.shapes)
        except RecursionError:
            raise DecodeError("a record in it is nested too deeply") from None
        except UnicodeDecodeError:
            raise DecodeError("it is not text in UTF-8") from None
        if not page.records and (since is None or reply.body.strip()):
            _check_is_list(str(self.endpoint.envelope), reply.body)
        return StreamPage(number, page, reply.server_time)


def _check_is_list(envelope: str, body: bytes) -> None:
    """DecodeError for a reply without its list: taken as an empty list, it would be the proof that
    all records are gone."""
    if f'"{envelope}"'.encode() not in body:
        raise DecodeError(f"there is no `{envelope}` in it")
