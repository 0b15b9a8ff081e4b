"""`push`: rows of a file or a query → Xero, each once."""

from __future__ import annotations

import json
import secrets
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xeroport.cli.option_values import to_write
from xeroport.cli.session import Session, fail, run_async
from xeroport.errors import InputError
from xeroport.plurals import counted

if TYPE_CHECKING:
    from xeroport.jobs.push.report import PushPlan, PushReport, SampleRequest

SHOWN = 1_000
"""Records that were not taken, each with its line and Xero's words."""
ON_SCREEN = 20
"""Calls of a dry run that a terminal is shown; a pipe or a file gets all."""


@click.command()
@click.argument("instance", metavar="NAME")
@click.argument("endpoint")
@click.argument("file", required=False)
@click.option(
    "--key", metavar="FIELD", help="Column that identifies a record; join several with `,`."
)
@click.option(
    "--map", "map_file", metavar="FILE", help="TOML: field = SQL expression over the row."
)
@click.option("--query", metavar="SQL", help="Push the rows of a query …")
@click.option("--from", "origin", metavar="URL", help="… on `duckdb:PATH` or `postgresql://…`.")
@click.option(
    "--set", "constants", metavar="FIELD=VALUE", multiple=True, help="Set a field in every record."
)
@click.option("--ignore", metavar="COLUMN", multiple=True, help="Leave a column out.")
@click.option("--dates", metavar="FORMAT", help="How dates are written, such as DD/MM/YYYY.")
@click.option("--decimal", type=click.Choice([".", ","]), help="The decimal mark of numbers.")
@click.option("--clear", is_flag=True, help="Send empty cells too, to clear what Xero has.")
@click.option("--dry-run", is_flag=True, help="Show the exact calls, send nothing.")
@click.option("--update", is_flag=True, help="Send records that changed since they were sent.")
@click.option("--skip-invalid", is_flag=True, help="Send the valid records anyway.")
@click.option(
    "--files",
    metavar="DIR",
    help="Folder of the attachments that the table names. Default: the table's folder.",
)
@click.option("--hold", is_flag=True, help="Send nothing until a person approves it.")
@click.option("--yes", is_flag=True, help="Delete, void, approve and e-mail without asking.")
@click.option(
    "--max",
    "most",
    metavar="N",
    type=click.IntRange(0),
    help="Refuse to send more records than this.",
)
@click.option(
    "--max-amount", metavar="AMOUNT", help="Refuse to send more money than this in total."
)
@click.option(
    "--out",
    metavar="FILE",
    callback=to_write,
    help="Write a CSV: the outcome of each record, or the calls of a dry run.",
)
@click.pass_obj
def command(
    session: Session,
    instance: str,
    endpoint: str,
    file: str | None,
    key: str | None,
    map_file: str | None,
    query: str | None,
    origin: str | None,
    constants: tuple[str, ...],
    ignore: tuple[str, ...],
    dates: str | None,
    decimal: str | None,
    clear: bool,
    dry_run: bool,
    update: bool,
    skip_invalid: bool,
    files: str | None,
    hold: bool,
    yes: bool,
    most: int | None,
    max_amount: str | None,
    out: Path | None,
) -> int:
    """Push the records of FILE (CSV, Excel, JSON, NDJSON, Parquet; `-` is stdin) to an endpoint.

    All problems in the input are listed before anything is sent. Records are recognised by their
    key: the same command again sends only what is not in Xero yet.
    """
    from xeroport.jobs.push.checked import Guard
    from xeroport.jobs.push.order import Order, key_of, wish_of
    from xeroport.jobs.push.run import push_async
    from xeroport.rows import source

    if (query is None) != (origin is None):
        raise InputError("`--query` and `--from` belong together")
    if (query is None) == (file is None):
        raise InputError("give either a file or `--query … --from URL`")
    layout = None
    if map_file:
        from xeroport.records import maps

        layout = maps.read(Path(map_file))
    order = Order(
        instance=instance,
        endpoint=endpoint,
        rows=source.from_query(query, origin) if query and origin else None,
        path=file,
        key=key_of(key),
        layout=layout,
        constants=dict(_assignment(constant) for constant in constants),
        ignored=frozenset(ignore),
        update=update,
        skip_invalid=skip_invalid,
        dry_run=dry_run,
        clears=clear,
        wish=wish_of(dates, decimal),
        guard=Guard(agreed=yes, most_records=most, most_amount=_amount(max_amount)),
        out=out,
        files=Path(files) if files else Path() if query else None,
        held=hold,
    )
    with _Calls() as calls:
        with _progress(session) as progress:
            report: PushReport = run_async(
                lambda: push_async(
                    session.store, order, progress=progress, agree=_agree, show=calls.add
                )
            )
        _show(session, report, calls)
    return report.exit_status


def _show(session: Session, report: PushReport, calls: _Calls) -> None:
    for problem in report.problems:
        session.say(problem.text(report.source))
    hidden = report.errors - sum(each.level == "error" for each in report.problems)
    if hidden > 0:
        session.say(
            f"… and {hidden:,} more errors; `--out FILE` writes the outcome of every record"
        )
    for note in report.notes:
        session.say(f"note: {note}")
    _show_results(session, report)
    if session.as_json:
        _emit(session, report, calls)
    elif report.plan is not None:
        _show_plan(session, report.plan, calls)
    else:
        _show_counts(session, report)
    if report.stopped is not None:
        fail(report.stopped)


def _show_results(session: Session, report: PushReport) -> None:
    """The records that are not simply sent, and those that Xero took with a warning."""
    from xeroport.jobs.push.report import DIFFERENT

    told = ("rejected", "unknown", "conflict", DIFFERENT)
    number = sum(report.counts.get(status, 0) for status in told) + report.warned
    shown = 0
    for result in report.results:
        if shown == SHOWN or not (result.status in told or result.warned):
            continue
        shown += 1
        status = "warning" if result.status == "sent" else result.status
        words = "; ".join(result.messages)
        session.say(f"{report.source}:{result.line}: {status}: {result.key}: {words}")
    for hint in dict.fromkeys(result.hint for result in report.results if result.hint):
        session.say(f"hint: {hint}")
    if number > shown > 0:
        session.say(
            f"… and {number - shown:,} more; `--out FILE` writes the outcome of every record"
        )


def _show_counts(session: Session, report: PushReport) -> None:
    from xeroport.jobs.push.report import DIFFERENT

    if report.sent_nothing:
        if report.invalid or report.conflicts:
            session.say(
                f"error: {report.invalid + report.conflicts:,} of "
                f"{counted(report.records, 'record')} "
                "cannot be sent as they are; nothing was sent"
            )
            session.say("hint: correct them, or send the others with `--skip-invalid`")
        elif report.problems:
            session.say("error: the input does not fit; nothing was sent")
        else:
            session.say("nothing to send")
        return
    facts: dict[str, object] = {"records": report.records}
    facts |= dict(sorted(report.counts.items()))
    if report.already:
        facts["already in the outbox"] = report.already
    if report.warned:
        facts["with a warning from Xero"] = report.warned
    if report.invalid:
        facts["left out as invalid"] = report.invalid
    session.facts(facts | {"calls": report.calls, "seconds": round(report.seconds, 1)})
    if report.counts.get("rejected"):
        session.say(
            "hint: correct the rejected records and push again, or `xeroport outbox retry "
            f"{report.instance}` once the cause is gone in Xero"
        )
    if report.counts.get(DIFFERENT):
        session.say("hint: these are in Xero, but not as they were sent; correct them there")
    if report.counts.get("unknown"):
        session.say(f"hint: look at `xeroport outbox {report.instance} --status unknown`")


def _emit(session: Session, report: PushReport, calls: _Calls) -> None:
    """The report as one JSON document, with every call of a dry run, read from disk."""
    document = report.as_dict()
    if report.plan is None:
        session.emit(document)
        return
    mark = secrets.token_hex()
    document["plan"]["requests"] = mark
    session.emit_around(document, mark, calls)


def _show_plan(session: Session, plan: PushPlan, calls: _Calls) -> None:
    most = ON_SCREEN if _is_terminal() else plan.calls
    for line in islice(calls, most):
        request = json.loads(line)
        records = counted(request["records"], "record")
        session.show(f"{request['method']} {request['path']}  ({records})")
        session.show(request["body"])
    if plan.calls > most:
        session.show(f"… and {plan.calls - most:,} more calls: `--out FILE` writes all of them")
    left = "not known yet" if plan.day_remaining is None else f"{plan.day_remaining:,}"
    session.facts(
        {
            "records to send": f"{plan.records:,}",
            "calls": f"{plan.calls:,}",
            "calls left today": left,
            "calls a minute": plan.minute_limit,
            "minutes at least": plan.minutes,
        }
    )
    if not plan.fits_today:
        session.warn(
            "that is more calls than Xero allows today", hint="the rest continues tomorrow"
        )


def _is_terminal() -> bool:
    return sys.stdout.isatty()


class _Calls:
    """The calls of a dry run as lines of JSON, on disk so that any number of them fits."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `__exit__`)

    def __enter__(self) -> _Calls:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def add(self, request: SampleRequest) -> None:
        self.file.write(json.dumps(asdict(request)).encode() + b"\n")

    def __iter__(self) -> Iterator[str]:
        self.file.seek(0)
        for line in self.file:
            yield line.decode().rstrip("\n")


def _agree(question: str) -> bool:
    if not sys.stdin.isatty():
        return False
    return click.confirm(question, err=True)


def _assignment(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise InputError(f"`{text}` is not `FIELD=VALUE`")
    return name.strip(), value


def _amount(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        raise InputError(f"`{text}` is not an amount") from None


class _progress:  # noqa: N801 (used as a function)
    """Counts settled records on stderr, where a person watches."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.watched = sys.stderr.isatty() and not session.as_json
        self.settled = 0

    def __enter__(self) -> _progress:
        return self

    def __call__(self, settled: int) -> None:
        self.settled += settled
        if self.watched:
            click.echo(f"\r{counted(self.settled, 'record')} settled", nl=False, err=True)

    def __exit__(self, *_: object) -> None:
        if self.watched and self.settled:
            click.echo(err=True)
