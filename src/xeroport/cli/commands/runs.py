"""`runs`: what ran, and how it went."""

from __future__ import annotations

from typing import Any

import click

from xeroport.cli.session import Session
from xeroport.errors import InputError
from xeroport.store import runs
from xeroport.store.runs import Run, RunLine

SHOWN = (
    *("id", "instance", "job", "status", "started_at", "finished_at"),
    *("arguments", "progress", "report"),
)
"""What `--json` says of a run."""


@click.group(invoke_without_command=True)
@click.option("--instance", metavar="NAME", help="Only runs of this instance.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, help="Show at most N.")
@click.pass_context
def command(context: click.Context, instance: str | None, limit: int) -> None:
    """List the latest runs, newest first."""
    if context.invoked_subcommand is not None:
        return
    session: Session = context.obj
    found = runs.recent(session.store, limit, instance=instance)
    rows = [(r.id, r.instance, r.job, r.status, _moment(r.started_at), _seconds(r)) for r in found]
    heads = ("run", "instance", "job", "status", "started (UTC)", "seconds")
    session.listing([as_data(run) for run in found], rows, heads, none="no runs yet")


@command.command()
@click.argument("run_id", metavar="ID")
@click.pass_obj
def show(session: Session, run_id: str) -> None:
    """Show one run: its arguments, its report and its log."""
    if not run_id.isdigit():
        raise InputError(f"`{run_id}` is not a run's number", hint="see `xeroport runs`")
    run = runs.get(session.store, int(run_id))
    said = runs.lines(session.store, run.id)
    if session.as_json:
        session.emit(as_data(run, said))
        return
    facts: dict[str, object] = {
        "run": run.id,
        "instance": run.instance,
        "job": run.job,
        "status": run.status,
        "started": run.started_at.isoformat(timespec="seconds"),
        "seconds": _seconds(run),
    }
    session.facts(facts | _plain(run.arguments) | _plain(run.report))
    for line in said:
        session.show(f"{_moment(line.at)}  {line.text}")


def as_data(run: Run, said: tuple[RunLine, ...] | None = None) -> dict[str, Any]:
    """A run as plain data; instants are UTC."""
    data = {name: getattr(run, name) for name in SHOWN}
    if said is not None:
        data["lines"] = [{"at": line.at, "text": line.text} for line in said]
    return data


def _plain(values: dict[str, Any]) -> dict[str, object]:
    return {
        name.replace("_", " "): value
        for name, value in values.items()
        if isinstance(value, str | int | float | bool)
    }


def _moment(instant: Any) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S}"


def _seconds(run: Run) -> float | None:
    if run.finished_at is None:
        return None
    return round((run.finished_at - run.started_at).total_seconds(), 1)
