"""`verify`: do the books equal Xero's own reports?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from xeroport.cli.option_values import destination
from xeroport.cli.session import Session
from xeroport.dates import in_utc

if TYPE_CHECKING:
    from xeroport.jobs.verify import Verification

SHOWN = 5


@click.command()
@click.argument("name")
@destination("--to")
@click.pass_obj
def command(session: Session, name: str, to: str | None) -> int:
    """Compare the books of instance NAME with Xero's current reports.

    Compares the trial balance, balance sheet, profit and loss, bank summary, what contacts owe, and
    the number of records. Exit status 1 if a figure differs.
    """
    from xeroport.jobs.verify import verify_instance
    from xeroport.store import instances, places

    instances.get(session.store, name)
    url = places.chosen(session.store, name, to)
    result = asyncio.run(verify_instance(session.store, name, to=url))
    if session.as_json:
        session.emit(result.as_dict())
    else:
        show(session, result)
    return result.exit_status


def show(session: Session, result: Verification) -> None:
    """Print one line for each check, and what differs."""
    rows = [
        (
            check.name,
            check.compared,
            "skipped" if check.skipped else "differs" if check.differences else "equal",
            check.difference if check.differences else None,
        )
        for check in result.checks
    ]
    session.table(rows, ("check", "figures", "result", "difference"))
    for check in result.checks:
        for difference in check.differences[:SHOWN]:
            ours, xero = difference.ours or 0, difference.xero or 0
            session.show(f"  {check.name}: {difference.what}: {ours:,} here, {xero:,} in Xero")
        if len(check.differences) > SHOWN:
            session.show(f"  and {len(check.differences) - SHOWN} more; `--json` has all")
        if check.explanation:
            session.say(f"hint: {check.explanation.replace('NAME', result.instance)}")
        if check.skipped:
            session.warn(f"{check.name} was not compared: {check.skipped}")
    as_of = in_utc(result.as_of) if result.as_of else "an unknown time"
    session.show(f"\nthe copy is as of {as_of}, compared at {in_utc(result.checked_at)}")
