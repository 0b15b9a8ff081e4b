"""What a report means for the caller: the error that a job's report comes to, if any."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from xeroport.dates import in_utc
from xeroport.errors import (
    AccessError,
    DayLimitReached,
    Incomplete,
    InvalidRows,
    NotAuthorised,
    Unavailable,
    XeroportError,
)
from xeroport.plurals import counted

if TYPE_CHECKING:
    from xeroport.jobs.fleet.report import FleetReport
    from xeroport.jobs.flow.report import FlowReport
    from xeroport.jobs.push.report import PushReport
    from xeroport.jobs.sync.report import SyncReport

SHOWN = 3


def of_sync(report: SyncReport) -> XeroportError | None:
    """The error for a sync that left a stream undone or a value out; None if it did neither."""
    from xeroport.jobs.sync.report import FINE

    if report.exit_status == 0:
        return None
    streams = [
        stream for stream in report.streams if not stream.expected and stream.status not in FINE
    ]
    first = next((stream for stream in streams if stream.error), None)
    if report.exit_status == DayLimitReached.exit_status:
        when = f" after `{in_utc(report.resets_at)}`" if report.resets_at else ""
        return DayLimitReached(
            f"Xero's daily limit stopped the sync of `{report.instance}`",
            hint=f"run the same sync again to continue{when}",
            resets_at=datetime.fromisoformat(report.resets_at) if report.resets_at else None,
        )
    if first is not None and report.exit_status == AccessError.exit_status:
        return NotAuthorised(str(first.error), hint=first.hint, missing_scope=first.missing_scope)
    if first is not None and report.exit_status == Unavailable.exit_status:
        return Unavailable(str(first.error), hint=first.hint)
    if streams:
        reasons = [f"`{s.stream}`: {s.error or s.proof or s.status}" for s in streams[:SHOWN]]
        more = f"; and {len(streams) - SHOWN} more" if len(streams) > SHOWN else ""
        return Incomplete(
            f"{counted(len(streams), 'stream')} of {len(report.streams)} of `{report.instance}` "
            f"not done: {'; '.join(reasons)}{more}",
            hint=first.hint if first else "the same sync reads what is missing",
        )
    return Incomplete(
        f"{counted(report.rejected, 'value')} of `{report.instance}` did not fit the column",
        hint="the table `_rejects` has each with its reason",
    )


def of_push(report: PushReport) -> XeroportError | None:
    """The error for a push that left a record unsent; None if it left none."""
    if report.exit_status == 0:
        return None
    if report.stopped is not None:
        return report.stopped
    errors = tuple(problem for problem in report.problems if problem.level == "error")
    if report.sent_nothing and errors:
        lines = "; ".join(error.text(report.source) for error in errors[:SHOWN])
        count = report.errors or len(errors)
        more = f"; and {count - SHOWN} more" if count > SHOWN else ""
        return InvalidRows(
            f"nothing was sent, for {counted(count, 'problem')}: {lines}{more}",
            hint="`error.problems` has all of them; `skip_invalid=True` sends the other rows",
            problems=report.problems,
        )
    parts = [
        f"{number} {name}"
        for name, number in (
            ("rejected", report.counts.get("rejected", 0)),
            ("of unknown outcome", report.counts.get("unknown", 0)),
            ("invalid", report.invalid),
            ("changed since they were sent", report.conflicts),
        )
        if number
    ]
    return Incomplete(
        f"not all of {counted(report.records, 'record')} for `{report.endpoint}` are in Xero: "
        f"{', '.join(parts)}",
        hint="`error.report.results` says why for each record",
    )


def of_flow(report: FlowReport) -> XeroportError | None:
    """The error for a run of a flow that was stopped or left a record undelivered."""
    if report.exit_status == 0:
        return None
    return report.stopped or Incomplete(
        f"flow `{report.flow}`: {report.message}",
        hint=f"`xeroport flow refused {report.flow}` lists the records",
    )


def of_fleet(report: FleetReport) -> XeroportError | None:
    """The error for a fleet sync that left an instance undone."""
    if report.exit_status == 0:
        return None
    undone = {**report.failing, **report.behind}
    lines = [f"`{name}`: {why}" for name, why in list(undone.items())[:SHOWN]]
    lines += [f"`{name}`: another sync has it" for name in report.busy[: SHOWN - len(lines)]]
    count = len(undone) + len(report.busy)
    more = f"; and {count - SHOWN} more" if count > SHOWN else ""
    message = (
        f"{counted(count, 'instance')} of {report.instances} not done: {'; '.join(lines)}{more}"
    )
    kinds: dict[int, type[XeroportError]] = {
        AccessError.exit_status: AccessError,
        DayLimitReached.exit_status: DayLimitReached,
        Unavailable.exit_status: Unavailable,
    }
    kind = kinds.get(report.exit_status, Incomplete)
    return kind(message, hint="`error.report` has all; the same call continues from here")
