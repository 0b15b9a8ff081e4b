"""`sync`: an organisation's streams into a destination."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import click

from xeroport.cli.option_values import destination
from xeroport.cli.session import Session
from xeroport.dates import in_utc
from xeroport.jobs.sync.proof import FULL_EVERY
from xeroport.plurals import counted

if TYPE_CHECKING:
    from xeroport.jobs.sync.report import StreamReport, SyncReport


@click.command()
@click.argument("name")
@click.argument("streams", nargs=-1, metavar="[STREAM …]")
@destination("--to", of="Destination.", default="books.duckdb in the home folder")
@click.option("--full", is_flag=True, help="Read everything again, not only what changed.")
@click.option("--fresh", is_flag=True, help="Read every stream now, whatever the plan says.")
@click.option(
    "--full-every",
    type=click.FloatRange(min=0),
    default=FULL_EVERY,
    metavar="DAYS",
    help="Read a stream in full again after this many days.",
)
@click.option("--keep-raw", is_flag=True, help="Also save Xero's records, unchanged, as files.")
@click.option("--ledger", "with_ledger", is_flag=True, help="Then derive the general ledger.")
@click.pass_obj
def command(
    session: Session,
    name: str,
    streams: tuple[str, ...],
    to: str | None,
    full: bool,
    fresh: bool,
    full_every: float,
    keep_raw: bool,
    with_ledger: bool,
) -> int:
    """Sync instance NAME: all streams, or those named (`invoices`, `contacts` …).

    The first sync reads everything, later ones what may have changed. Lists and reports that rarely
    change are read less often, and the table says how old they are (`xeroport plan NAME`).
    Destinations: duckdb:PATH, postgresql://…, parquet:DIR.
    """
    from xeroport.cli.progress import Progress
    from xeroport.jobs.sync.run import sync_instance
    from xeroport.store import instances

    instance = instances.get(session.store, name)
    progress = Progress(quiet=session.as_json, a_minute=instance.rate_limit)
    try:
        with progress:
            report = asyncio.run(
                sync_instance(
                    session.store,
                    name,
                    streams=streams,
                    to=to,
                    full=full,
                    fresh=fresh,
                    full_every=full_every,
                    keep_raw=keep_raw,
                    tell=progress.tell,
                )
            )
    except KeyboardInterrupt:
        return session.interrupted("stopped; all that was committed is kept")
    if with_ledger:
        return _with_ledger(session, report, name=name, to=to)
    if session.as_json:
        session.emit(report.as_dict())
    else:
        _print(session, report)
    _explain(session, report)
    return report.exit_status


def _with_ledger(session: Session, report: SyncReport, *, name: str, to: str | None) -> int:
    """Derive the ledger of what was synced, and print both reports."""
    from xeroport.cli.commands.ledger import explain, show
    from xeroport.jobs.ledger import ledger_instance

    if not session.as_json:
        _print(session, report)
    _explain(session, report)
    derived = asyncio.run(ledger_instance(session.store, name, to=to))
    if session.as_json:
        session.emit(report.as_dict() | {"ledger": derived.as_dict()})
    else:
        session.show("")
        show(session, derived)
    explain(session, derived)
    return report.exit_status or derived.exit_status


def _print(session: Session, report: SyncReport) -> None:
    rows = [
        (
            stream.stream,
            stream.mode if stream.status not in ("not_allowed", "current") else "-",
            stream.calls,
            stream.records,
            sum(stream.rows.values()),
            stream.rejected,
            stream.tombstones,
            _state(stream),
        )
        for stream in report.streams
    ]
    heads = ("stream", "mode", "calls", "records", "rows", "rejected", "gone", "complete")
    session.table(rows, heads)
    left = "" if report.day_remaining is None else f", {report.day_remaining:,} left today"
    session.show(
        f"\n{report.status}: {counted(report.records, 'record')} in {report.seconds:.1f} s, "
        f"{counted(report.calls, 'call')}{left}, into {report.destination}"
    )


def _state(each: StreamReport) -> str:
    from xeroport.jobs.sync.log_lines import left_alone

    if each.status == "done":
        return f"yes: {each.proof}"
    if each.status == "current":
        return f"{'yes, ' if each.complete else ''}{left_alone(each, each.proof)}"
    if each.status == "not_allowed":
        return "not allowed" + (f": needs {each.missing_scope}" if each.missing_scope else "")
    return each.status + (f": {each.proof}" if each.proof else "")


def _explain(session: Session, report: SyncReport) -> None:
    from xeroport.jobs.sync.log_lines import news_of_records
    from xeroport.jobs.sync.report import problems

    unfinished = problems(report.streams)
    said = Counter(problem.error for problem in unfinished if not problem.expected)
    for problem in unfinished:
        if problem.rejected:
            session.warn(
                f"`{problem.stream}`: {counted(problem.rejected, 'value')} did not fit the column",
                hint="see the table `_rejects`",
            )
        if problem.error and not problem.expected:
            count = said.pop(problem.error, 0)
            streams = f"`{problem.stream}`" if count == 1 else f"{counted(count, 'stream')}"
            if count:
                session.warn(f"{streams}: {problem.error}", hint=problem.hint)
        elif problem.status == "incomplete":
            session.warn(f"`{problem.stream}` is not proved complete: {problem.proof}")
    for stream in report.streams:
        for text in news_of_records(stream):
            session.warn(f"`{stream.stream}`: {text}")
        if stream.note and session.as_json:
            session.warn(stream.note)
    if report.status == "stopped":
        when = f" after `{in_utc(report.resets_at)}`" if report.resets_at else ""
        session.say(f"hint: run the same command again to continue{when}")
