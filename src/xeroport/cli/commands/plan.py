"""`plan`: what a sync every so often costs of the day's calls, before it is scheduled."""

from __future__ import annotations

import click

from xeroport.cli.session import Session
from xeroport.plurals import counted


@click.command()
@click.argument("name")
@click.option("--every", default="1h", show_default=True, metavar="INTERVAL", help="Such as `15m`.")
@click.option(
    "--day-limit", type=click.IntRange(1, 1_000_000), help="Calls a day. Default: Xero's limit."
)
@click.option("--webhooks/--no-webhooks", default=None, help="Whether Xero's webhooks arrive.")
@click.pass_obj
def command(
    session: Session, name: str, every: str, day_limit: int | None, webhooks: bool | None
) -> int:
    """Show how many of the day's calls a regular sync of instance NAME uses; makes no call.

    Exit status 1 if it does not fit.
    """
    from xeroport.jobs.schedule.plan import plan_for
    from xeroport.jobs.schedule.words import about, how_often, interval

    made = plan_for(session.store, name, interval(every), day_limit=day_limit, webhooks=webhooks)
    if session.as_json:
        session.emit(
            {
                "instance": name,
                "every_seconds": made.plan.every.total_seconds(),
                "calls_a_day": made.plan.calls,
                "full_reads_a_day": round(made.plan.full_reads, 1),
                "day_limit": made.day_limit,
                "day_limit_known": made.limit_known,
                "webhooks": made.webhooks,
                "fits": made.fits,
                "nearest_seconds": made.nearest and made.nearest.total_seconds(),
                "streams": [
                    {
                        "stream": row.stream,
                        "how": row.how,
                        "calls_a_day": round(row.calls, 1),
                        "oldest_seconds": row.oldest.total_seconds(),
                    }
                    for row in made.plan.streams
                ],
            }
        )
        return 0 if made.fits else 1
    session.table(
        [
            (row.stream, row.how, f"{row.calls:,.0f}", about(row.oldest))
            for row in sorted(made.plan.streams, key=lambda row: (-row.calls, row.stream))
        ],
        ("stream", "read by", "calls a day", "maximum age"),
    )
    session.say(
        f"{made.plan.calls:,} of {counted(made.day_limit, 'call')} a day "
        f"({made.share:.0%}), including full reads"
    )
    if not made.limit_known:
        session.say(
            "Xero has not said yet whether the day's limit is 1,000 or 5,000; 1,000 is assumed"
        )
    if not made.fits:
        session.warn(
            f"a sync {how_often(made.plan.every)} does not fit",
            hint="no interval fits; sync fewer streams"
            if made.nearest is None
            else f"{how_often(made.nearest)} does",
        )
    return 0 if made.fits else 1
