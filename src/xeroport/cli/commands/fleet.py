"""`fleet`: many instances at once."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from xeroport.cli.session import Session
from xeroport.errors import InputError
from xeroport.plurals import counted

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from xeroport.jobs.fleet.report import FleetReport

NAMED = 5
"""Instances that are named beside what they have in common; `--json` names all."""


@click.group()
def command() -> None:
    """Sync hundreds or thousands of instances, on this machine or on Dask."""


@command.command()
@click.argument("patterns", nargs=-1, metavar="[GLOB …]")
@click.option("--all", "everything", is_flag=True, help="All instances.")
@click.option(
    "--to",
    required=True,
    metavar="URL",
    envvar="XEROPORT_TO",
    help="Destination; `{instance}` stands for the name. Default: XEROPORT_TO.",
)
@click.option("--streams", metavar="A,B", help="Only these streams.")
@click.option("--engine", default="local", show_default=True, metavar="local|dask://HOST:PORT")
@click.option("--workers", type=click.IntRange(1, 10_000), help="How many at the same time.")
@click.option("--full", is_flag=True, help="Read everything again.")
@click.option("--fresh", is_flag=True, help="Read every stream now, whatever the plan says.")
@click.pass_obj
def sync(
    session: Session,
    /,
    *,
    patterns: tuple[str, ...],
    everything: bool,
    to: str,
    streams: str | None,
    engine: str,
    workers: int | None,
    full: bool,
    fresh: bool,
) -> int:
    """Sync the instances that match, such as `client-*`, with many workers.

    A lost worker costs only time: its instances are handed out again. With Dask, driver
    and workers must have the same XEROPORT_KEY.
    """
    from xeroport.jobs.fleet import executors
    from xeroport.jobs.fleet import run as fleet

    if everything == bool(patterns):
        raise InputError(
            "say which instances: names with `*`, or `--all`", hint="such as `fleet sync 'uk-*'`"
        )
    names = fleet.selected(session.store, ("*",) if everything else patterns)
    progress = FleetProgress(shown=sys.stderr.isatty() and not session.as_json)
    try:
        with progress:
            report = fleet.fleet_sync(
                session.store,
                names,
                to=to,
                engine=executors.engine(engine, workers=workers),
                streams=tuple(filter(None, streams.split(","))) if streams else (),
                full=full,
                fresh=fresh,
                tell=progress.tell,
            )
    except KeyboardInterrupt:
        if progress.last is not None:
            _print(session, progress.last)
        return session.interrupted("stopped; all that was committed is kept")
    if session.as_json:
        session.emit(report)
    else:
        _print(session, report)
    return report.exit_status


def _print(session: Session, report: FleetReport) -> None:
    session.say(
        f"{report.done:,} of {report.instances:,} done, {len(report.behind):,} behind, "
        f"{len(report.failing):,} failing, {len(report.busy):,} busy; "
        f"{counted(report.records, 'record')} by {counted(report.calls, 'call')} "
        f"in {report.seconds:.1f} s"
    )
    if report.given_again:
        lost = counted(report.uncounted, "shard")
        unknown = f"; what {lost} called is not known" if report.uncounted else ""
        session.say(
            f"workers were lost: {counted(report.given_again, 'shard')} handed out again; "
            f"{report.lost_calls:,} of the calls were made by them{unknown}"
        )
    for state, found in (("failing", report.failing), ("behind", report.behind)):
        for why, named in _grouped(found).items():
            more = f" and {len(named) - NAMED:,} more" if len(named) > NAMED else ""
            session.say(f"  {state}: {', '.join(named[:NAMED])}{more}: {why}")
    if report.busy:
        session.say(f"  busy: {', '.join(sorted(report.busy)[:NAMED])}: another sync has them")
    if report.ended < report.instances or report.behind or report.busy:
        session.say("hint: run the same command again to continue")
    elif report.failing:
        session.say("hint: `xeroport fleet status` shows each; `--json` lists them all")


def _grouped(found: dict[str, str]) -> dict[str, list[str]]:
    """Why → the instances, by name; what most have first."""
    grouped: dict[str, list[str]] = {}
    for name in sorted(found):
        grouped.setdefault(found[name], []).append(name)
    return dict(sorted(grouped.items(), key=lambda pair: -len(pair[1])))


@command.command()
@click.pass_obj
def status(session: Session) -> None:
    """Show each instance's latest sync: done, behind, failing and why."""
    from xeroport.jobs.fleet.run import fleet_status

    states = fleet_status(session.store)
    if session.as_json:
        session.emit(states)
        return
    rows = [
        (
            state["instance"],
            state["status"],
            f"{state['finished_at']:%Y-%m-%d %H:%M}" if state["finished_at"] else None,
            state["records"],
            state["error"],
        )
        for state in states
    ]
    if not states:
        session.say("there is no instance yet\nhint: `xeroport instance import FILE.csv`")
        return
    session.table(rows, ("instance", "latest sync", "ended (UTC)", "records", "why"))
    counts = Counter(state["status"] for state in states)
    session.say(", ".join(f"{count:,} {status}" for status, count in counts.most_common()))


class FleetProgress:
    """A bar on the terminal, if it is `shown`; `last` is the report as it was last told."""

    def __init__(self, *, shown: bool) -> None:
        self.last: FleetReport | None = None
        self._bar: Bar | None = None
        self._shown = shown

    def __enter__(self) -> FleetProgress:
        if self._shown:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("instances"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[words]}"),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task("", total=None, words="")
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def tell(self, report: FleetReport) -> None:
        """Show how far the fleet is."""
        self.last = report
        if self._bar is not None:
            words = f"{counted(report.records, 'record')}, {counted(report.calls, 'call')}"
            self._bar.update(
                self._task, total=report.instances, completed=report.ended, words=words
            )
