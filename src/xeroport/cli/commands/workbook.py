"""`workbook`: the monthly pack as one Excel file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from xeroport.cli.session import Session
from xeroport.errors import InputError

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="NAME… FILE.xlsx")
@click.option("--from", "since", type=DAY, help="First month; else the financial year's.")
@click.option("--to", "until", type=DAY, help="Last day; else the last month end that is tied.")
@click.option(
    "--in", "place", metavar="URL", envvar="XEROPORT_TO",
    help="The destination that was synced to; else XEROPORT_TO, else books.duckdb.",
)  # fmt: skip
@click.option(
    "--accounts", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV that maps accounts of several instances: instance,account,group,eliminate.",
)  # fmt: skip
@click.option(
    "--rates", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV of rates into the group's currency: currency,average,closing.",
)  # fmt: skip
@click.option("--currency", metavar="CODE", help="The group's currency; else the first NAME's.")
@click.pass_obj
def command(
    session: Session,
    words: tuple[str, ...],
    since: Any,
    until: Any,
    place: str | None,
    accounts: Path | None,
    rates: Path | None,
    currency: str | None,
) -> None:
    """Write the monthly pack of instance NAME into an Excel file.

    Cover with the proof, profit and loss by month with the year before and the budget, balance
    sheet, trial balance, ageing, tracking, and the general ledger with filters. Several instances
    are consolidated.
    """
    from xeroport.destinations import default_url
    from xeroport.jobs.workbook import write_pack_of
    from xeroport.store.instances import get

    *names, file = words
    path = Path(file)
    if not names or path.suffix.lower() != ".xlsx":
        raise InputError(
            "name one or more instances, then the file",
            hint="such as `xeroport workbook acme pack.xlsx`",
        )
    for name in names:
        get(session.store, name)
    url, today = place or default_url(session.home), date.today()
    first = since.date() if since else None
    last = until.date() if until else None
    if len(names) == 1:
        write_pack_of(names[0], path, url=url, since=first, until=last, today=today)
    else:
        from xeroport.jobs.consolidation import write_group

        write_group(
            tuple(names), path, url=url, since=first, until=last, today=today,
            accounts=accounts, rates=rates, currency=currency,
        )  # fmt: skip
    session.say(f"written to `{path}`")
    if session.as_json:
        session.emit({"file": str(path), "instances": names})
