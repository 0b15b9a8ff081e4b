"""Sync: an organisation's streams into a destination, complete and current: finds the client and
the destination for an instance of a home folder, and keeps the run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from time import monotonic
from typing import Any

from xeroport.destinations import default_url, settled, shown
from xeroport.errors import Interrupted
from xeroport.jobs import run_log
from xeroport.jobs.sync.estimate import in_words, remaining
from xeroport.jobs.sync.held_state import destination_at, state_now
from xeroport.jobs.sync.log_lines import SyncLog, summary
from xeroport.jobs.sync.observer import Tell
from xeroport.jobs.sync.options import Options, chosen
from xeroport.jobs.sync.planned import Planned, access_of
from xeroport.jobs.sync.proof import FULL_EVERY
from xeroport.jobs.sync.report import StreamReport, SyncReport, add_up
from xeroport.jobs.sync.stream_tasks import synchronise
from xeroport.plurals import counted
from xeroport.store import inbox, instances, leases, places, stream_reads
from xeroport.store.database import Store
from xeroport.store.processes import file_name, has_died, named_by, this_process
from xeroport.xero.client import XeroClient, open_client


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
