"""What webhooks said changed → the destination: many events, one read per record type.

A webhook is a hint, never the truth: the records are read from Xero as they are now, and land in
a batch of their own that leaves the stream's checkpoint where it stood, so that the next delta
still covers whatever no webhook spoke of.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct, to_builtins

from xeroport.catalogue import Endpoint, load
from xeroport.clock import Clock
from xeroport.destinations import default_url, open_destination, settled, shown
from xeroport.jobs import run_log
from xeroport.jobs.sync.inflow import Inflow, Writer
from xeroport.jobs.sync.position import OVERLAP
from xeroport.jobs.sync.report import StreamReport
from xeroport.jobs.sync.requests import HELD_PAGES, Reader
from xeroport.jobs.sync.walk import delta
from xeroport.jobs.webhooks.events import fold
from xeroport.plurals import counted
from xeroport.store import inbox, leases, stream_reads
from xeroport.store.database import Store
from xeroport.xero.client import XeroClient, open_client

IDS_A_CALL = 40
"""About 52 ids fit into a URL (Xero-Java#331)."""


class UpdateResult(Struct):
    """What one round did: `events` read from the inbox, `records` read from Xero."""

    instance: str
    destination: str
    events: int = 0
    calls: int = 0
    records: int = 0
    streams: dict[str, int] = {}


def reader_of(url: str) -> str:
    """The reader of the inbox that brings its news into that destination."""
    return f"sync {leases.place_mark(url)}"


async def update_instance(store: Store, name: str, *, to: str | None = None) -> UpdateResult:
    """Bring what the inbox of an instance has news of into its destination, and move on in it.

    Raises Busy while a sync is at it; nothing is lost then, nor when it fails half-way.
    """
    url = settled(to or default_url(store.home))
    place = shown(url)
    reader = reader_of(url)
    events = inbox.unread(store, name, reader)
    report = UpdateResult(name, place, events=len(events))
    news = fold(event.event for event in events)
    if news:
        client = open_client(store, name)
        with (
            leases.holding(store, leases.way_into(name, url), what=f"`{name}` into `{place}`"),
            run_log.opened(store, name, "webhook", {"to": place, "events": len(events)}) as run,
        ):
            streams = ", ".join(f"`{stream}`" for stream in news)
            run_log.say(f"{counted(len(events), 'event')}, about {streams}")
            run.report = lambda: to_builtins(report)
            folder = Path(tempfile.mkdtemp(prefix="landing-", dir=store.home))
            try:
                async with client:
                    await _bring(client, url, news, folder, store.clock, report)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
                run_log.say(f"{counted(report.records, 'record')}, {counted(report.calls, 'call')}")
    if report.records:
        changed = [stream for stream, records in report.streams.items() if records]
        mark = leases.place_mark(url)
        stream_reads.note_changes(store, name, mark, changed, at=store.clock.now())
    if events:
        with store.transaction() as connection:
            inbox.advance(connection, name, reader, events[-1].id)
    return report


async def _bring(
    client: XeroClient,
    url: str,
    news: dict[str, tuple[str, ...]],
    folder: Path,
    clock: Clock,
    report: UpdateResult,
) -> None:
    """Read what the news are about, and write it; what each stream brought goes into `report`."""
    destination = await asyncio.to_thread(open_destination, url, instance=report.instance)
    writer = Writer(destination)
    slots = asyncio.Semaphore(HELD_PAGES)
    try:
        held = await writer.checkpoints()
        for stream in news.keys() & held.keys():
            endpoint = load().streams[stream]
            each = StreamReport(stream)
            inflow = Inflow(
                writer,
                endpoint,
                checkpoint=held[stream],
                folder=folder,
                raw=None,
                now=clock.now,
                report=each,
                tell=lambda _: None,
            )
            reader = Reader(client, endpoint, folder=folder, slots=slots, report=each)
            await _stream(reader, inflow, endpoint, news[stream])
            report.calls += each.calls
            report.records += each.records
            report.streams[stream] = each.records
    finally:
        try:
            await writer.mark()
        finally:
            writer.close()
            await asyncio.to_thread(destination.close)


async def _stream(reader: Reader, inflow: Inflow, endpoint: Endpoint, ids: Sequence[str]) -> None:
    """One read for the ids of a stream, or its delta where that is less, or the only way."""
    cursor = inflow.position.cursor
    if cursor is not None and ("IDs" not in endpoint.by_name or len(ids) > IDS_A_CALL):
        await delta(reader, inflow, cursor - OVERLAP)
    elif "IDs" in endpoint.by_name:
        for start in range(0, len(ids), IDS_A_CALL):
            some = list(ids[start : start + IDS_A_CALL])
            got = await reader.some(some)
            await inflow.add(got.page, inflow.position)
        await inflow.flush()
    await inflow.settle()
