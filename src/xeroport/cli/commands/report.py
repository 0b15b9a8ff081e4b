"""`report`: a statement on the ledger, in Xero's layout."""

from __future__ import annotations

import csv
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xeroport.cli.option_values import day, destination, to_write
from xeroport.cli.session import Session
from xeroport.dates import in_utc
from xeroport.errors import InputError

if TYPE_CHECKING:
    from xeroport.books.statements.statement_model import Statement

STATEMENTS = (
    "trial-balance", "profit-and-loss", "balance-sheet", "general-ledger", "aged-receivables",
    "aged-payables", "budget-vs-actual", "cash", "sales-tax",
)  # fmt: skip


@click.command()
@click.argument("name")
@click.argument("statement_name", metavar="STATEMENT", type=click.Choice(STATEMENTS))
@day("--at", text="The day of a balance. Default: today.")
@day("--from", "since", text="First day. Default: of the month, or of the year with `--by`.")
@day("--to", "until", text="Last day. Default: the month's end, or today with `--by`.")
@click.option("--by", type=click.Choice(["month", "quarter", "year"]), help="One column for each.")
@click.option("--tracking", metavar="CATEGORY[=OPTION]", help="One column for each option.")
@click.option("--compare", is_flag=True, help="Add the same days a year earlier.")
@click.option("--cash-basis", is_flag=True, help="Count documents when they are paid.")
@click.option(
    "--drill",
    metavar="ACCOUNT",
    help="Show the documents behind the figure of an account or contact.",
)
@click.option("--csv", "as_csv", is_flag=True, help="CSV on stdout.")
@click.option("--xlsx", metavar="FILE", callback=to_write, help="Write an Excel file.")
@destination("--in", "place")
@click.pass_obj
def command(
    session: Session,
    name: str,
    statement_name: str,
    at: date | None,
    since: date | None,
    until: date | None,
    by: str | None,
    tracking: str | None,
    compare: bool,
    cash_basis: bool,
    drill: str | None,
    as_csv: bool,
    xlsx: Path | None,
    place: str | None,
) -> None:
    """Print a statement of instance NAME.

    It has Xero's own layout, and its figures come from the ledger that `xeroport ledger NAME`
    derived.
    """
    from xeroport.jobs.statement import statement
    from xeroport.jobs.statement_rows import flat
    from xeroport.jobs.statement_wish import Wish
    from xeroport.store import places
    from xeroport.store.instances import get

    get(session.store, name)
    if as_csv and session.as_json:
        raise InputError("`--csv` and `--json` cannot be used together", hint="leave one out")
    wish = Wish(
        at=at, since=since, until=until, by=by, tracking=tracking,
        compare=compare, cash=cash_basis, drill=drill,
    )  # fmt: skip
    url = places.chosen(session.store, name, place)
    built = statement(name, statement_name, wish, url=url, today=date.today())
    if xlsx is not None:
        from xeroport.jobs.workbook import write_statement

        write_statement(built, xlsx)
        session.say(f"written to `{xlsx}`")
    if session.as_json:
        session.emit(built.as_dict())
    elif as_csv:
        columns, rows = flat(built)
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    elif xlsx is None:
        show(session, built)


def show(session: Session, built: Statement) -> None:
    """Print a statement as a table, with what to know about it below."""
    session.show(f"{built.title}\n{built.organisation}\n{built.period} ({built.currency})\n")
    width = len(built.columns)
    lines = [
        (f"  {row.label}" if row.kind == "row" else row.label,
         *(_text(value) for value in row.values), *("",) * (width - len(row.values)))
        for row in built.rows
    ]  # fmt: skip
    heads = ("", *built.columns)
    right = [
        any(isinstance(row.values[i], Decimal) for row in built.rows if len(row.values) > i)
        for i in range(width)
    ]
    measured = [heads, *(line for line, row in zip(lines, built.rows, strict=True) if row.values)]
    widths = [max(len(line[i]) for line in measured) for i in range(width + 1)]
    before = "section"
    for line, kind in zip((heads, *lines), ("section", *(row.kind for row in built.rows)),
                          strict=True):  # fmt: skip
        if kind == "section" and before == "total":
            session.show("")
        before = kind
        cells = [line[0].ljust(widths[0])]
        cells += [
            line[i + 1].rjust(widths[i + 1]) if right[i] else line[i + 1].ljust(widths[i + 1])
            for i in range(width)
        ]
        session.show("  ".join(cells).rstrip())
    session.show("")
    if built.as_of is not None:
        session.show(f"as of {in_utc(built.as_of)}")
    for note in built.notes:
        session.show(note)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, Decimal) else str(value).replace("\n", " ")
