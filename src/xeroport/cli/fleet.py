"""`fleet`: many instances at once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from xeroport.cli.output import Session
from xeroport.errors import InputError

if TYPE_CHECKING:
    from xeroport.jobs.fleet import FleetReport


@click.group()
def command() -> None:
    """Sync hundreds or thousands of instances, on this machine or on Dask."""


@command.command()
@click.argument("patterns", nargs=-1, metavar="[GLOB …]")
@click.option("--all", "everything", is_flag=True, help="All instances.")
@click.option("--to", required=True, metavar="URL", help="`{instance}` in it is the name.")
@click.option("--streams", metavar="A,B", help="Only these streams.")
@click.option("--engine", default="local", show_default=True, metavar="local|dask://HOST:PORT")
@click.option("--workers", type=click.IntRange(1, 10_000), help="How many side by side.")
@click.option("--full", is_flag=True, help="Read everything again.")
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
) -> int:
    """Sync the instances that match, such as `client-*`, by many workers.

    A worker that is lost costs time only: its instances are handed out again. With Dask, driver
    and workers must have the same XEROPORT_KEY.
    """
    from xeroport.jobs import crew, fleet

    if everything == bool(patterns):
        raise InputError(
            "say which instances: names with `*`, or `--all`", hint="such as `fleet sync 'uk-*'`"
        )
    names = fleet.selected(session.store, ("*",) if everything else patterns)
    report = fleet.fleet_sync(
        session.store,
        names,
        to=to,
        engine=crew.engine(engine, workers=workers),
        streams=tuple(streams.split(",")) if streams else (),
        full=full,
        tell=_progress() if sys.stderr.isatty() else (lambda _: None),
    )
    if session.as_json:
        session.emit(report)
        return report.exit_status
    session.say(
        f"{report.done} of {report.instances} done, {len(report.behind)} behind, "
        f"{len(report.failing)} failing, {len(report.busy)} busy; {report.records:,} records by "
        f"{report.calls:,} calls in {report.seconds:.1f} s"
    )
    for name, why in sorted(report.failing.items()):
        session.say(f"  {name}: {why}")
    if report.behind:
        session.say(f"  behind: {', '.join(sorted(report.behind))}; the same command goes on")
    return report.exit_status


@command.command()
@click.pass_obj
def status(session: Session) -> None:
    """Show each instance's latest sync: done, behind, failing and why."""
    from xeroport.jobs.fleet import fleet_status

    found = fleet_status(session.store)
    if session.as_json:
        session.emit(found)
        return
    rows = [
        (
            each["instance"],
            each["status"],
            f"{each['finished_at']:%Y-%m-%d %H:%M}" if each["finished_at"] else None,
            each["records"],
            each["error"],
        )
        for each in found
    ]
    session.table(rows, ("instance", "latest sync", "ended (UTC)", "records", "why"))


def _progress() -> Callable[[FleetReport], None]:
    """A bar on the terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    progress = Progress(
        TextColumn("instances"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[words]}"),
        console=Console(stderr=True),
        transient=True,
    )
    task = progress.add_task("", total=None, words="")
    progress.start()

    def tell(report: FleetReport) -> None:
        ended = report.done + len(report.behind) + len(report.failing) + len(report.busy)
        words = f"{report.records:,} records, {report.calls:,} calls"
        progress.update(task, total=report.instances, completed=ended, words=words)
        if ended == report.instances:
            progress.stop()

    return tell
