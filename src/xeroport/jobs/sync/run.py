"""Sync: an organisation's streams into a destination, complete and current.

`synchronise` does the work for a client and an open destination and touches no store, so that it
runs anywhere. `sync_instance` finds both for an instance of a home folder and keeps the run.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from secrets import token_hex
from time import monotonic
from typing import Any

from msgspec import DecodeError, structs

from xeroport.catalogue import Endpoint
from xeroport.catalogue.fingerprints import fingerprint
from xeroport.clock import SYSTEM_CLOCK, Clock
from xeroport.destinations import Destination, default_url, settled, shown
from xeroport.destinations.failures import as_our_error
from xeroport.errors import (
    AccessError,
    DayLimitReached,
    Interrupted,
    NotAuthorised,
    StoreError,
    Unavailable,
    XeroportError,
)
from xeroport.jobs import run_log
from xeroport.jobs.sync import walk
from xeroport.jobs.sync.estimate import by_wish, in_words, remaining
from xeroport.jobs.sync.held_state import destination_at, state_now
from xeroport.jobs.sync.inflow import Inflow, Writer
from xeroport.jobs.sync.log_lines import SyncLog, summary
from xeroport.jobs.sync.observer import Tell, Watch
from xeroport.jobs.sync.options import UNLIKELY, Options, chosen
from xeroport.jobs.sync.plan import Decision
from xeroport.jobs.sync.planned import Planned, access_of, leave
from xeroport.jobs.sync.position import OVERLAP
from xeroport.jobs.sync.proof import FULL_EVERY, is_due
from xeroport.jobs.sync.report import StreamReport, SyncReport, add_up
from xeroport.jobs.sync.requests import HELD_PAGES, Reader
from xeroport.plurals import counted
from xeroport.store import inbox, instances, leases, places, stream_reads
from xeroport.store.database import Store
from xeroport.store.processes import file_name, has_died, named_by, this_process
from xeroport.xero.client import XeroClient, open_client


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
    options = options or Options()
    planned = planned or Planned(clock.now(), everything=True)
    began = monotonic()
    writer = Writer(destination)
    slots = asyncio.Semaphore(HELD_PAGES)
    tasks: list[asyncio.Task[None]] = []
    watch = Watch(report, client, tell)
    pulse = asyncio.create_task(watch.keep_watching())
    try:
        held = await writer.checkpoints()
        reports = {name: StreamReport(stream=name) for name in streams}
        report.streams.extend(reports.values())

        def begin(name: str, decision: Decision) -> None:
            endpoint, stream_report = streams[name], reports[name]
            stream_report.why = decision.why
            known = planned.reads.get(name)
            inflow = Inflow(
                writer,
                endpoint,
                checkpoint=held.get(name),
                folder=folder,
                raw=options.raw / name if options.raw else None,
                now=clock.now,
                report=stream_report,
                tell=watch.tell,
                read_at=known.read_at if known and known.refusal is None else None,
            )
            reported = inflow.position.drift
            reader = Reader(
                client,
                endpoint,
                folder=folder,
                slots=slots,
                report=stream_report,
                reported=reported,
            )
            tasks.append(asyncio.create_task(_stream(reader, inflow, options, watch.tell)))

        decisions = planned.decide(streams, held)
        for name in sorted(decisions, key=by_wish):
            if decisions[name].read:
                begin(name, decisions[name])
        await asyncio.gather(*tasks)
        left = {name: decision for name, decision in decisions.items() if not decision.read}
        read = {name: stream for name, stream in reports.items() if name not in left}
        again = partial(planned.decide_again, left, held, read, ask=destination.ask)
        left = await asyncio.to_thread(again)
        for name, decision in left.items():
            if decision.read:
                begin(name, decision)
            else:
                leave(reports[name], decision, held.get(name), planned.reads[name])
                reports[name].expected = _is_expected(streams[name], name, options)
                watch.tell(reports[name])
        await asyncio.gather(*tasks)
    finally:
        pulse.cancel()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await writer.mark()
        finally:
            writer.close()
            planned.standing = writer.standing
        _account(report, client, seconds=monotonic() - began)
    return report


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


async def sync_instance(
    store: Store,
    name: str,
    *,
    streams: Iterable[str] | None = None,
    to: str | None = None,
    full: bool = False,
    keep_raw: bool = False,
    full_every: float = FULL_EVERY,
    fresh: bool = True,
    tell: Tell = lambda _: None,
    started: Callable[[int], None] = lambda _: None,
) -> SyncReport:
    """Sync an instance of the store, one sync at a time into one destination, and keep the run;
    `started` hears its number. Not `fresh`, it reads what the plan of calls has due; streams that
    are named are read in any case.

    What stops a sync as a whole (no access, interrupted) is raised after the report is saved.
    """
    url = settled(to or default_url(store.home))
    place = shown(url)
    mark = leases.place_mark(url)
    wanted = chosen(streams)
    options = Options(
        full=full,
        full_every=full_every,
        raw=store.home / "raw" / name / mark if keep_raw else None,
        named=bool(streams),
    )
    report = SyncReport(instance=name, destination=place, started_at=_iso(store.clock.now()))
    planned = Planned(
        store.clock.now(),
        reads=stream_reads.latest(store, name, mark),
        everything=fresh or full or bool(streams),
        webhooks=inbox.has_key(store, name),
        access=access_of(store, instances.get(store, name)),
    )
    client = open_client(store, name)
    arguments = {"streams": list(wanted), "to": place, "full": full}
    with (
        leases.holding(store, leases.way_into(name, url), what=f"`{name}` into `{place}`"),
        run_log.opened(store, name, "sync", arguments) as run,
    ):
        started(run.id)
        run.report = report.as_dict
        run_log.say(
            f"{counted(len(wanted), 'stream')} into `{place}`{', all read again' if full else ''}"
        )
        folder = landing_folder(store.home, name, mark)
        known = stream_reads.held(store, name, mark)
        said, began = SyncLog(), monotonic()

        def tell_both(stream: StreamReport) -> None:
            tell(stream)
            said.hear(stream)
            run.progress(lambda: _so_far(report, client, seconds=monotonic() - began))

        try:
            rebuild = options.full and not options.named
            async with client:
                async with destination_at(
                    url, instance=name, known=known, rebuild=rebuild
                ) as destination:
                    await synchronise(
                        client,
                        destination,
                        report,
                        streams=wanted,
                        folder=folder,
                        options=options,
                        clock=store.clock,
                        planned=planned,
                        tell=tell_both,
                    )
                reports = {each.stream: each for each in report.streams}
                state = state_now(url, instance=name, known=known, standing=planned.standing)
                stream_reads.remember(
                    store, name, mark, planned.reads_to_keep(reports), state=state
                )
        except BaseException as error:
            _ended_by(report, error)
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            add_up(report)
            if report.streams:
                places.remember(store, name, url, shown=place)
            run_log.say(summary(report))
        run.end(report.status, report.as_dict())
    return report


def _ended_by(report: SyncReport, error: BaseException) -> None:
    """Note what stopped a sync as a whole."""
    status, told = run_log.end_of(error)
    report.status = status
    report.exit_status = Interrupted.exit_status if told is None else told.exit_status
    if told is not None:
        report.error, report.hint = told.message, told.hint


def landing_folder(home: Path, name: str, mark: str) -> Path:
    """A folder of this process alone for landing files; those of processes that died are removed,
    those of a sync that still runs (whose lease ran out while the machine slept) are not."""
    place = home / "landing"
    for folder in place.glob(f"{name}-{mark}@*@*"):
        if has_died(named_by(folder.name.split("@")[1])):
            shutil.rmtree(folder, ignore_errors=True)
    return place / f"{name}-{mark}@{file_name(this_process())}@{token_hex(4)}"


def _so_far(report: SyncReport, client: XeroClient, *, seconds: float) -> dict[str, Any]:
    """What a page shows of a sync that is running: how far it is, in calls, and how long it
    takes."""
    rest = remaining(report.streams, a_minute=client.instance.rate_limit, elapsed=seconds)
    plain = report.as_dict()
    usage = client.usage
    plain |= {"calls": usage.calls, "waited_seconds": round(usage.waited, 1)}
    plain["records"] = sum(stream.records for stream in report.streams)
    plain |= {"done": rest.done, "total": rest.done + rest.left, "left": in_words(rest)}
    plain["waiting"] = next((e["waiting"] for e in plain["streams"] if e["waiting"]), None)
    return plain


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


__all__ = ["Options", "chosen", "sync_instance", "synchronise"]
