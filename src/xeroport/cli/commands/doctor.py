"""`doctor`: what xeroport takes for true of Xero, tried on an instance."""

from __future__ import annotations

from pathlib import Path

import click

from xeroport.cli.option_values import to_write
from xeroport.cli.session import Session, run_async, to_json
from xeroport.plurals import counted

WORDS = {"held": "yes", "differs": "NO", "unclear": "unclear"}


@click.command()
@click.argument("name")
@click.option(
    "--demo-company",
    is_flag=True,
    help="Also write into Xero's demo company, then undo it all.",
)
@click.option(
    "--output",
    metavar="FILE",
    callback=to_write,
    help="Write the report to this file; it holds no business data.",
)
@click.pass_obj
def command(session: Session, name: str, demo_company: bool, output: Path | None) -> int:
    """Test on instance NAME what xeroport assumes about Xero, with about 45 calls that only read.

    The report names forms, statuses and counts, never a name, an amount or an id, so that it can
    be attached to an issue. Example: xeroport doctor acme --output doctor.json
    """
    from xeroport.catalogue.assumptions import assumptions
    from xeroport.jobs.doctor.report import DoctorReport, Observation
    from xeroport.jobs.doctor.run import examine
    from xeroport.xero.client import open_client

    def tell(observation: Observation) -> None:
        if not session.as_json:
            text = assumptions()[observation.assumption].text
            session.show(f"{WORDS[observation.outcome]:<8} {text}\n         {observation.seen}")

    async def work() -> DoctorReport:
        async with open_client(session.store, name) as client:
            return await examine(client, demo_company=demo_company, tell=tell)

    report: DoctorReport = run_async(work)
    if output is not None:
        output.write_text(to_json(report.as_dict()) + "\n", encoding="utf-8")
        session.say(f"the report is `{output}`")
    if session.as_json:
        session.emit(report.as_dict())
    for row in report.differing:
        session.warn(
            f"`{row.assumption}` does not hold: {row.seen}",
            hint=f"xeroport handles it: {assumptions()[row.assumption].so}",
        )
    if report.left_behind:
        session.warn(f"{counted(len(report.left_behind), 'record')} could not be undone")
    held = sum(row.outcome == "held" for row in report.observations)
    session.say(
        f"{held} of {len(report.observations)} assumptions held, {len(report.differing)} did not; "
        f"{counted(report.calls, 'call')}"
    )
    return 1 if report.differing or report.left_behind else 0
