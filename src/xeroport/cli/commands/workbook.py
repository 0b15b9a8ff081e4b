"""`workbook`: the monthly pack as one Excel file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from xeroport.cli.option_values import day, destination, file_to_write
from xeroport.cli.session import Session
from xeroport.errors import InputError


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="NAME… FILE.xlsx")
@day("--from", "since", text="First month. Default: the financial year's.")
@day("--to", "until", text="Last day. Default: the last month end tied to Xero.")
@destination("--in", "place")
@click.option(
    "--accounts", metavar="FILE|TABLE",
    help="Maps accounts of several instances: instance,account,group,eliminate.",
)  # fmt: skip
@click.option(
    "--rates", metavar="FILE|TABLE",
    help="Exchange rates to the group's currency: currency,average,closing; also month, if they "
    "differ by month.",
)  # fmt: skip
@click.option("--currency", metavar="CODE", help="The group's currency. Default: the first NAME's.")
@click.pass_obj
def command(
    session: Session,
    words: tuple[str, ...],
    since: date | None,
    until: date | None,
    place: str | None,
    accounts: str | None,
    rates: str | None,
    currency: str | None,
) -> None:
    """Write the monthly pack of instance NAME into an Excel file.

    It has a cover with the proof, profit and loss by month with the year before and the budget,
    balance sheet, trial balance, ageing, tracking, and the general ledger with filters. Several
    instances are consolidated.
    """
    from xeroport.jobs.workbook import write_pack_of
    from xeroport.store import places
    from xeroport.store.instances import get

    *names, file = words
    path = Path(file)
    if not names or path.suffix.lower() != ".xlsx":
        raise InputError(
            "name one or more instances, then the file",
            hint="such as `xeroport workbook acme pack.xlsx`",
        )
    file_to_write(file)
    for name in names:
        get(session.store, name)
    url, today = places.chosen(session.store, names[0], place), date.today()
    wished = {"--accounts": accounts, "--rates": rates, "--currency": currency}
    if len(names) == 1:
        unused = [option for option, value in wished.items() if value]
        if unused:
            raise InputError(
                f"`{unused[0]}` is for a group, and `{names[0]}` is one instance",
                hint="name the other instances before the file",
            )
        write_pack_of(names[0], path, url=url, since=since, until=until, today=today)
    else:
        from xeroport.jobs.consolidation import GroupOrder, write_group

        order = GroupOrder(
            tuple(names), url, today, since=since, until=until, accounts=accounts, rates=rates,
            currency=currency,
        )  # fmt: skip
        write_group(order, path)
    session.say(f"written to `{path}`")
    if session.as_json:
        session.emit({"file": str(path), "instances": names})
