"""`ledger`: the general ledger, derived from the copy and tied to Xero's trial balance."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from xeroport.cli.option_values import destination
from xeroport.cli.session import Session
from xeroport.plurals import counted, word_for

if TYPE_CHECKING:
    from xeroport.jobs.ledger import LedgerReport

SHOWN = 20
"""Lines of the residual that are printed; `--json` has them all."""


@click.command()
@click.argument("name")
@destination("--to", of="Destination.", default="where NAME was last synced to")
@click.option("--from", "since", metavar="YYYY-MM", help="First month to tie to Xero.")
@click.option("--no-tie", is_flag=True, help="Do not ask Xero for its trial balances.")
@click.option("--cash", is_flag=True, help="Derive the cash basis too.")
@click.option("--full", is_flag=True, help="Derive all records again, not only what changed.")
@click.option("--from-journals", is_flag=True, help="Use Xero's own journals for dbt_xero.")
@click.pass_obj
def command(
    session: Session,
    name: str,
    to: str | None,
    since: str | None,
    no_tie: bool,
    cash: bool,
    full: bool,
    from_journals: bool,
) -> int:
    """Derive the general ledger of instance NAME from what was synced.

    Each month end is tied to Xero's trial balance. What no document explains is kept apart as the
    residual, by account. The ledger is in the schema NAME_ledger.
    """
    from xeroport.books.ledger import DOCUMENTS
    from xeroport.jobs.ledger import first_of_month, ledger_instance
    from xeroport.store import instances, places

    first = first_of_month(since) if since else None
    if first is not None and no_tie:
        raise click.UsageError("`--from` names the first month to tie, and `--no-tie` ties none")
    instances.get(session.store, name)
    try:
        report = asyncio.run(
            ledger_instance(
                session.store,
                name,
                to=places.chosen(session.store, name, to),
                since=first,
                tied=not no_tie,
                cash=cash,
                all_again=full,
                from_journals=from_journals,
            )
        )
    except KeyboardInterrupt:
        return session.interrupted("stopped; the ledger is as it was before")
    if session.as_json:
        session.emit(report.as_dict())
    else:
        show(session, report)
    explain(session, report)
    if from_journals and report.dbt_from == DOCUMENTS:
        session.warn(
            "Xero's journals were never synced: dbt_xero gets those derived from documents",
            hint=f"`xeroport sync {name} journals`, if the connection may read them",
        )
    return report.exit_status


def show(session: Session, report: LedgerReport) -> None:
    """Print what was derived, and the residual by account."""
    changed = "all records" if report.mode == "full" else counted(report.records, "changed record")
    session.show(
        f"{counted(report.lines, 'line')} in {counted(report.journals, 'journal')} "
        f"from {changed}, in {report.seconds:.1f} s, into `{report.schema}`"
        f"{_in_other_place(session, report)}"
    )
    if not report.tied:
        session.show("not tied to Xero's trial balance")
        return
    session.show(
        f"{counted(report.months, 'month end')} tied to Xero's trial balance, "
        f"{report.tied_from} to {report.tied_until}, {counted(report.calls, 'call')}"
    )
    if not report.residual:
        session.show("no residual: the documents explain every balance")
        return
    session.show(f"\nWhat Xero has and no document explains ({report.base_currency}):\n")
    rows = [
        (each.account, each.amount, each.moved, each.months, each.cause)
        for each in report.residual[:SHOWN]
    ]
    session.table(rows, ("account", "amount", "moved", "months", "likely cause"))
    if len(report.residual) > SHOWN:
        session.show(f"and {len(report.residual) - SHOWN} more; `--json` has all")


def _in_other_place(session: Session, report: LedgerReport) -> str:
    """Which destination that is, unless it is the home folder's own file."""
    from xeroport.config import own_books

    is_own = report.destination == f"duckdb:{own_books(session.home).absolute()}"
    return "" if is_own else f" of `{report.destination}`"


def explain(session: Session, report: LedgerReport) -> None:
    """Say what the ledger lacks."""
    if report.missing_streams:
        missing = ", ".join(f"`{stream}`" for stream in report.missing_streams)
        session.warn(
            f"not synced, so not in the ledger: {missing}",
            hint=f"`xeroport sync {report.instance}` reads all streams",
        )
    if report.left_out:
        count, names = len(report.left_out), ", ".join(report.left_out[:SHOWN])
        more = ", …" if count > SHOWN else ""
        session.warn(
            f"{counted(count, 'approved record')} left out, because the lines or the currency rate "
            f"{word_for(count, 'is', 'are')} not in the copy: {names}{more}",
            hint=f"`xeroport sync {report.instance} --full` reads them again",
        )
