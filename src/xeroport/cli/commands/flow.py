"""`flow`: records moved from one place to another automatically."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xeroport.cli.session import Session, run_async
from xeroport.dates import in_utc
from xeroport.plurals import counted

if TYPE_CHECKING:
    from xeroport.jobs.flow.check import CheckedFlow
    from xeroport.jobs.flow.report import FlowReport
    from xeroport.store.runs import Run

SHOWN = 50
FOLDER = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Where relative paths begin.  [default: the file's own folder]",
)


def _flow_name(_context: click.Context, _parameter: click.Parameter, name: str) -> str:
    """A flow's name, also as its file is called: `cast_int.toml` is the flow `cast-int`."""
    return name.lower().replace("_", "-")


@click.group()
def command() -> None:
    """Move records from Xero, files, webhooks or SQL to Xero, tables, files or HTTP."""


@command.command()
@click.argument("flow", metavar="FILE|NAME")
@click.option("--limit", type=click.IntRange(1, 100), default=5, help="How many records to show.")
@FOLDER
@click.pass_obj
def check(session: Session, flow: str, limit: int, folder: Path | None) -> int:
    """Show what is wrong with a flow, and what it would send; nothing is sent.

    It is tried on up to 100 records of its source.
    """
    text, name, own_folder = _document(session, flow)
    folder = folder.resolve() if folder else own_folder
    checked = _check(session, text, name, folder)
    if session.as_json:
        session.emit(
            {
                "problems": [fault.text() for fault in checked.faults],
                "read": checked.read,
                "preview": [_sample_data(sample) for sample in checked.shown(limit)],
                "notes": checked.notes,
            }
        )
        _tell_faults(session, flow, checked, quiet=True)
        return checked.exit_status
    if checked.faults:
        _tell_faults(session, flow, checked)
        return checked.exit_status
    for sample in checked.shown(limit):
        step = f", step {sample.step + 1}" if sample.step else ""
        session.say(f"{sample.origin} → `{sample.key}`{step}")
        if sample.body is None:
            session.say(f"  would be refused: {'; '.join(sample.problems)}")
        else:
            session.show(sample.body)
    for note in checked.notes:
        session.say(f"note: {note}")
    refused = sum(record_made.body is None for record_made in checked.made)
    tried = f"{counted(checked.read, 'record')} tried"
    would = f", {refused} would be refused" if refused else ""
    session.say(f"`{name}` is right; {tried}{would}, nothing was sent")
    return checked.exit_status


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@FOLDER
@click.pass_obj
def add(session: Session, file: Path, folder: Path | None) -> int:
    """Save the flow in FILE, and its schedule; a flow of the same name is replaced.

    The new version continues where the old one was, unless its source is a different one.
    """
    from xeroport.jobs.alerts.alert_targets import from_command_line
    from xeroport.jobs.flow.registry import keep

    text, name, own_folder = _document(session, str(file), is_file=True)
    folder = folder.resolve() if folder else own_folder
    checked = _check(session, text, name, folder, preview=False)
    if checked.faults or checked.flow is None:
        _tell_faults(session, str(file), checked)
        return 2
    for place in (checked.flow.notify, *(step.target.url for step in checked.flow.steps)):
        from_command_line(session.store, place or "")
    kept = keep(session.store, text, checked.flow, now=datetime.now(UTC))
    if session.as_json:
        session.emit(kept.as_dict())
        return 0
    for note in checked.notes:
        session.say(f"note: {note}")
    what = "replaced" if kept.replaced else "added"
    when = f"; it runs next at {in_utc(kept.next_due)}" if kept.next_due else ""
    session.say(f"`{kept.name}` is {what}{when}")
    if not kept.next_due:
        session.say(f"hint: `xeroport flow run {kept.name}` runs it")
    return 0


@command.command()
@click.argument("name", callback=_flow_name)
@click.option("--since", metavar="WHEN", help="Read again what changed since then, such as -7d.")
@click.pass_obj
def run(session: Session, name: str, since: str | None) -> int:
    """Run flow NAME now. Records that were delivered already are not sent again."""
    from xeroport.jobs.flow.run import run_flow

    report = run_async(lambda: run_flow(session.store, name, since=since))
    return _tell(session, report)


@command.command()
@click.argument("run_id", metavar="RUN", type=int)
@click.option(
    "--all", "everything", is_flag=True, help="Also send again what was delivered; never into Xero."
)
@click.pass_obj
def retry(session: Session, run_id: int, everything: bool) -> int:
    """Send again what the target refused in run RUN, by the flow as it is now."""
    from xeroport.jobs.flow.run import retry_run

    report = run_async(lambda: retry_run(session.store, run_id, everything=everything))
    return _tell(session, report)


@command.command("list")
@click.pass_obj
def list_flows(session: Session) -> None:
    """List the flows and their state."""
    from xeroport.jobs.flow.registry import overview

    overviews = overview(session.store)
    rows = [
        (
            flow["name"] if flow["enabled"] else f"{flow['name']} (disabled)",
            flow["from"],
            ", ".join(flow["to"]),
            *(flow[name] for name in ("schedule", "delivered", "open", "refused", "last")),
        )
        for flow in overviews
    ]
    heads = ("flow", "from", "to", "schedule", "delivered", "open", "refused", "last run")
    session.listing(overviews, rows, heads, none="none yet: `xeroport flow add FILE` adds one")


@command.command()
@click.argument("name", callback=_flow_name)
@click.pass_obj
def show(session: Session, name: str) -> None:
    """Print the file of flow NAME as it was added."""
    from xeroport.store import flows

    kept = flows.get(session.store, name)
    if session.as_json:
        session.emit({"name": kept.name, "document": kept.document, "folder": kept.folder})
    else:
        session.show(kept.document.rstrip("\n"))


@command.command("runs")
@click.argument("name", callback=_flow_name)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, help="Show at most N.")
@click.pass_obj
def list_runs(session: Session, name: str, limit: int) -> None:
    """List the runs of flow NAME, newest first."""
    from xeroport.store import flows, runs

    flows.get(session.store, name)
    listed = [
        runs.get(session.store, number) for number in flows.runs_of(session.store, name, limit)
    ]
    heads = ("run", "at (UTC)", "status", "read", "sent", "refused", "message")
    values = [{"run": e.id, "status": e.status, "at": e.started_at} | e.report for e in listed]
    none = f"no runs yet: `xeroport flow run {name}` runs it"
    session.listing(values, map(_run_row, listed), heads, none=none)


def _run_row(run: Run) -> tuple[object, ...]:
    report, steps = run.report, run.report.get("steps", [])
    return (
        run.id,
        f"{run.started_at:%Y-%m-%d %H:%M}",
        run.status,
        report.get("counts", {}).get("read"),
        sum(step.get("sent", 0) for step in steps),
        sum(step.get("refused", 0) for step in steps),
        report.get("error") or next(iter(report.get("problems", ())), None),
    )


@command.command()
@click.argument("name", callback=_flow_name)
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, help="Show at most N.")
@click.pass_obj
def refused(session: Session, name: str, limit: int) -> None:
    """List the records of flow NAME that a target refused, and why."""
    from xeroport.jobs.flow.registry import refused_of

    refused_records = refused_of(session.store, name, limit, now=datetime.now(UTC))
    values = [
        {
            "key": record.key,
            "step": record.step + 1,
            "status": record.status,
            "origin": record.origin,
            "messages": record.messages,
            "body": json.loads(record.body) if record.body else None,
        }
        for record in refused_records
    ]
    rows = [(e.key, e.step + 1, e.status, e.origin, "; ".join(e.messages)) for e in refused_records]
    heads = ("key", "step", "status", "where", "why")
    session.listing(values, rows, heads, none="nothing is refused")


@command.command()
@click.argument("name", callback=_flow_name)
@click.pass_obj
def enable(session: Session, name: str) -> None:
    """Run flow NAME again from its next time."""
    _set_enabled(session, name, True)


@command.command()
@click.argument("name", callback=_flow_name)
@click.pass_obj
def disable(session: Session, name: str) -> None:
    """Stop running flow NAME until `flow enable`."""
    _set_enabled(session, name, False)


def _set_enabled(session: Session, name: str, is_enabled: bool) -> None:
    from xeroport.jobs.flow.registry import set_enabled

    set_enabled(session.store, name, is_enabled, datetime.now(UTC))
    session.done(f"`{name}` is {'enabled' if is_enabled else 'disabled'}", flow=name)


@command.command()
@click.argument("name", callback=_flow_name)
@click.pass_obj
def remove(session: Session, name: str) -> None:
    """Remove flow NAME, its schedule and its records; what is in the outbox stays there."""
    from xeroport.jobs.flow.registry import forget

    forget(session.store, name)
    session.done(f"`{name}` is removed", flow=name)


def _document(
    session: Session, file_or_name: str, *, is_file: bool = False
) -> tuple[str, str, Path]:
    """The text, name and folder of a flow: from a file, or of a flow that was added."""
    from xeroport.jobs.flow import definition
    from xeroport.store import flows

    path = Path(file_or_name)
    if is_file or path.is_file() or path.suffix == ".toml":
        text, name = definition.read(path)
        return text, name, path.resolve().parent
    saved = flows.get(session.store, file_or_name)
    return saved.document, saved.name, Path(saved.folder)


def _check(
    session: Session, text: str, name: str, folder: Path, *, preview: bool = True
) -> CheckedFlow:
    from xeroport.jobs.flow.check import check as check_flow

    checked: CheckedFlow = run_async(
        lambda: check_flow(session.store, text, name=name, folder=folder, preview=preview)
    )
    return checked


def _tell_faults(session: Session, what: str, checked: CheckedFlow, *, quiet: bool = False) -> None:
    if not checked.faults:
        return
    if session.as_json and not quiet:
        session.emit({"problems": [fault.text() for fault in checked.faults]})
    for fault in checked.faults[:SHOWN]:
        session.say(f"{what}: {fault.text()}")
    session.say(f"error: the flow has {counted(len(checked.faults), 'problem')}")
    session.say("hint: correct the file, then `xeroport flow check` it again; nothing was changed")


def _sample_data(made: Any) -> dict[str, Any]:
    return {
        "key": made.key,
        "step": made.step + 1,
        "origin": made.origin,
        "body": json.loads(made.body) if made.body else None,
        "problems": made.problems,
    }


def _tell(session: Session, report: FlowReport) -> int:
    from xeroport.cli.session import fail

    if session.as_json:
        session.emit(report.as_dict())
    else:
        facts: dict[str, object] = {"run": report.run, "read": report.counts.get("read", 0)}
        facts["new"] = report.counts.get("new", 0)
        if report.counts.get("changed"):
            facts["changed"] = report.counts["changed"]
        many = len(report.steps) > 1
        for number, step in sorted(report.steps.items()):
            for status, count in sorted(step.items()):
                facts[f"step {number + 1} {status}" if many else status] = count
        session.facts(facts)
    for problem in report.problems[:SHOWN]:
        session.say(f"problem: {problem}")
    if report.refused:
        session.say(
            f"hint: `xeroport flow refused {report.flow}` says why; once corrected, "
            f"`xeroport flow retry {report.run}` sends them again"
        )
    if report.stopped is not None:
        return fail(report.stopped)
    return report.exit_status
