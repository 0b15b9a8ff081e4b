"""Streams read side by side, each in its way, and what became of each.

No store is touched here, so that it runs anywhere: in a job of a home folder, or in a fleet's
process.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic

from msgspec import DecodeError, structs

from xeroport.catalogue import Endpoint
from xeroport.catalogue.fingerprints import fingerprint
from xeroport.clock import SYSTEM_CLOCK, Clock
from xeroport.destinations import Checkpoint, Destination
from xeroport.destinations.failures import as_our_error
from xeroport.errors import (
    AccessError,
    DayLimitReached,
    NotAuthorised,
    StoreError,
    Unavailable,
    XeroportError,
)
from xeroport.jobs.sync import walk
from xeroport.jobs.sync.estimate import by_wish
from xeroport.jobs.sync.inflow import Inflow, Writer
from xeroport.jobs.sync.observer import Tell, Watch
from xeroport.jobs.sync.options import UNLIKELY, Options
from xeroport.jobs.sync.plan import Decision
from xeroport.jobs.sync.planned import Planned, leave
from xeroport.jobs.sync.position import OVERLAP
from xeroport.jobs.sync.proof import is_due
from xeroport.jobs.sync.report import StreamReport, SyncReport, add_up
from xeroport.jobs.sync.requests import HELD_PAGES, Reader
from xeroport.xero.client import XeroClient


async def synchronise(
    client: XeroClient,
    destination: Destination,
    report: SyncReport,
    *,
    streams: dict[str, Endpoint],
    folder: Path,
    options: Options | None = None,
    clock: Clock = SYSTEM_CLOCK,
    planned: Planned | None = None,
    tell: Tell = lambda _: None,
) -> SyncReport:
    """Bring the streams into the destination; landing files go through `folder`. Gives `report`,
    filled; a stream's failure is its own. `planned` leaves out what is not due (None: nothing).
    Raises only for the instance as a whole: AccessError."""
    began = monotonic()
    planned = planned or Planned(clock.now(), everything=True)
    tasks = StreamTasks(
        client=client,
        writer=Writer(destination),
        endpoints=streams,
        folder=folder,
        options=options or Options(),
        clock=clock,
        planned=planned,
        watch=Watch(report, client, tell),
    )
    pulse = asyncio.create_task(tasks.watch.keep_watching())
    try:
        report.streams.extend(tasks.reports.values())
        await tasks.read_what_is_due(destination)
    finally:
        pulse.cancel()
        await tasks.end()
        _account(report, client, seconds=monotonic() - began)
    return report


@dataclass
class StreamTasks:
    """The streams of one sync: which of them are read, and by which task."""

    _: KW_ONLY
    client: XeroClient
    writer: Writer
    endpoints: dict[str, Endpoint]
    folder: Path
    options: Options
    clock: Clock
    planned: Planned
    watch: Watch
    reports: dict[str, StreamReport] = field(init=False)
    held: dict[str, Checkpoint] = field(default_factory=dict)
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HELD_PAGES))
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reports = {name: StreamReport(stream=name) for name in self.endpoints}

    async def read_what_is_due(self, destination: Destination) -> None:
        """Read what the plan says; then what is due now that the others have been read."""
        self.held = await self.writer.checkpoints()
        decisions = self.planned.decide(self.endpoints, self.held)
        for name in sorted(decisions, key=by_wish):
            if decisions[name].read:
                self.begin(name, decisions[name])
        await asyncio.gather(*self.tasks)
        left = {name: decision for name, decision in decisions.items() if not decision.read}
        read = {name: stream for name, stream in self.reports.items() if name not in left}
        again = partial(self.planned.decide_again, left, self.held, read, ask=destination.ask)
        for name, decision in (await asyncio.to_thread(again)).items():
            if decision.read:
                self.begin(name, decision)
            else:
                self.leave_out(name, decision)
        await asyncio.gather(*self.tasks)

    def begin(self, name: str, decision: Decision) -> None:
        """Let a task read a stream."""
        endpoint, report = self.endpoints[name], self.reports[name]
        report.why = decision.why
        known = self.planned.reads.get(name)
        inflow = Inflow(
            self.writer,
            endpoint,
            checkpoint=self.held.get(name),
            folder=self.folder,
            raw=self.options.raw / name if self.options.raw else None,
            now=self.clock.now,
            report=report,
            tell=self.watch.tell,
            read_at=known.read_at if known and known.refusal is None else None,
        )
        reader = Reader(
            self.client,
            endpoint,
            folder=self.folder,
            slots=self.slots,
            report=report,
            reported=inflow.position.drift,
        )
        stream = _stream(reader, inflow, self.options, self.watch.tell)
        self.tasks.append(asyncio.create_task(stream))

    def leave_out(self, name: str, decision: Decision) -> None:
        """Say why a stream is not read."""
        report = self.reports[name]
        leave(report, decision, self.held.get(name), self.planned.reads[name])
        report.expected = _is_expected(self.endpoints[name], name, self.options)
        self.watch.tell(report)

    async def end(self) -> None:
        """Stop what is being read still, and note what the destination holds now."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        try:
            await self.writer.mark()
        finally:
            self.writer.close()
            self.planned.standing = self.writer.standing


async def _stream(reader: Reader, inflow: Inflow, options: Options, tell: Tell) -> None:
    """Read one stream by the way that its endpoint and its position call for."""
    report = inflow.report
    began = monotonic()
    try:
        await _read(reader, inflow, options)
        await inflow.settle()
        report.status = "done" if report.complete else "incomplete"
    except NotAuthorised as error:
        report.status, report.missing_scope = "not_allowed", error.missing_scope
        report.error, report.hint = error.message, error.hint
        endpoint = reader.endpoint
        if error.missing_scope is None and _is_gated(endpoint, report.stream):
            report.missing_scope = next(iter(endpoint.granular_scopes), None)
        report.expected = _is_expected(endpoint, report.stream, options)
    except (AccessError, StoreError):
        raise
    except (XeroportError, OSError, DecodeError) as failed:
        meant = _told(failed, reader.endpoint)
        report.status = "failed"
        report.error, report.hint = meant.message, meant.hint
        report.failure = type(meant).__name__
        if isinstance(meant, DayLimitReached):
            report.status = "stopped"
            report.resets_at = meant.resets_at.isoformat() if meant.resets_at else None
        if inflow.writer.failure is not None:
            raise
        if isinstance(failed, OSError):
            raise meant from failed
        await _keep(inflow)
    except asyncio.CancelledError:
        report.status = "stopped"
        await _keep(inflow)
        raise
    finally:
        report.seconds = round(monotonic() - began, 3)
        cursor = inflow.committed.cursor
        report.checkpoint = cursor.isoformat() if cursor else None
        read_at = inflow.read_at
        report.as_of = read_at.isoformat(timespec="seconds") if read_at else None
        tell(report)


def _is_gated(endpoint: Endpoint, stream: str) -> bool:
    return endpoint.gated is not None or stream in UNLIKELY


def _is_expected(endpoint: Endpoint, stream: str, options: Options) -> bool:
    """Whether a refusal is the rule."""
    return _is_gated(endpoint, stream) and not options.named


def _told(error: Exception, endpoint: Endpoint) -> XeroportError:
    """What went wrong with a stream, as one of our errors."""
    if isinstance(error, DecodeError):
        return Unavailable(
            f"Xero's reply to `{endpoint.name}` cannot be read: {error}",
            hint=f"`xeroport call NAME {endpoint.name}` shows it",
        )
    return as_our_error(error)


async def _keep(inflow: Inflow) -> None:
    """Commit what a stopped stream brought, if that is possible."""
    with suppress(XeroportError, OSError):
        await inflow.keep()


async def _read(reader: Reader, inflow: Inflow, options: Options) -> None:
    endpoint, position = reader.endpoint, inflow.position
    is_due_again = is_due(position.whole_at, inflow.now(), full_every=options.full_every)
    if position.full and position.full.plan != fingerprint(inflow.record):
        position = inflow.position = structs.replace(position, full=None)
    if position.whole_at and not position.full and position.plan != fingerprint(inflow.record):
        widened = structs.replace(position, plan=fingerprint(inflow.record))
        if await inflow.replay(widened):
            position = widened
    if endpoint.paging == "offset":
        await walk.by_offset(reader, inflow, again=options.full)
    elif endpoint.paging == "none":
        await walk.whole_list(reader, inflow, again=options.full or is_due_again)
    elif not endpoint.modified_since:
        await walk.unstamped(reader, inflow, again=options.full or is_due_again)
    elif (
        options.full
        or position.full is not None
        or position.cursor is None
        or position.plan != fingerprint(inflow.record)
        or is_due_again
    ):
        await walk.full(reader, inflow)
    else:
        await walk.delta(reader, inflow, position.cursor - OVERLAP)


def _account(report: SyncReport, client: XeroClient, *, seconds: float) -> None:
    usage = client.usage
    report.seconds = round(seconds, 3)
    report.calls, report.retries = usage.calls, usage.retries
    report.wire_bytes, report.body_bytes = usage.wire_bytes, usage.body_bytes
    report.waited_seconds = round(usage.waited, 3)
    report.throttled = dict(usage.throttled)
    report.day_remaining = usage.day_remaining
    report.minute_remaining = usage.minute_remaining
    add_up(report)
