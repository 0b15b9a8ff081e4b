"""`query`: SQL over what was synced."""

from __future__ import annotations

import csv
import sys
from itertools import islice

import click

from xeroport.cli.option_values import destination
from xeroport.cli.session import Session, as_table
from xeroport.plurals import counted

SHOWN = 200


@click.command()
@click.argument("sql")
@destination("--to", default="the last one of `--instance`, or books.duckdb")
@click.option(
    "--instance", metavar="NAME", help="Whose tables are meant where the schema is left out."
)
@click.option("--csv", "as_csv", is_flag=True, help="CSV on stdout, all rows.")
@click.option("--limit", type=click.IntRange(1), default=SHOWN, help="Show at most N rows.")
@click.pass_obj
def command(
    session: Session, sql: str, to: str | None, instance: str | None, as_csv: bool, limit: int
) -> None:
    """Run SQL on the synced data, such as "select count(*) from invoice".

    Tables are in a schema named as the instance (`acme_uk.invoice`); where the destination holds
    one instance, the schema can be left out. `--json` and `--csv` give all rows.
    """
    from xeroport.jobs.query import answering
    from xeroport.store import places

    url = to or places.chosen(session.store, instance, None)
    with answering(sql, url=url, instance=instance) as answer:
        if session.as_json:
            session.emit([dict(zip(answer.columns, row, strict=True)) for row in answer.rows()])
        elif as_csv:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(answer.columns)
            for lot in answer.lots:
                writer.writerows(lot)
        else:
            rows = answer.rows()
            session.show(as_table(islice(rows, limit), answer.columns))
            if next(rows, None) is not None:
                session.say(
                    f"the first {counted(limit, 'row')}; `--limit`, `--json` or `--csv` give more"
                )
