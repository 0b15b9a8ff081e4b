"""`outbox`: what is on its way into Xero, what is stuck, and what a person decides about it."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xeroport.cli.session import Session, run_async
from xeroport.errors import InputError

if TYPE_CHECKING:
    from xeroport.store.outbox.outbox import Delivery, Status

STATUSES: tuple[Status, ...] = ("pending", "claimed", "sent", "rejected", "unknown", "discarded")


class _NameFirst(click.Group):
    """A group in which an instance's name stands for `list` of that instance."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        if found is not None or cmd_name.startswith("-"):
            return found
        assert listing.callback is not None
        return click.Command(
            cmd_name,
            params=[each for each in listing.params if each.name != "instance"],
            callback=partial(listing.callback, instance=cmd_name),
            help=listing.help,
        )


@click.group(cls=_NameFirst, invoke_without_command=False)
def command() -> None:
    """Show the outbox of an instance: `xeroport outbox NAME [--status STATUS]`."""


@command.command("list")
@click.argument("instance", metavar="NAME")
@click.option("--status", type=click.Choice(STATUSES), multiple=True, help="Only these.")
@click.option("--endpoint", help="Only deliveries to this endpoint.")
@click.option("--limit", type=click.IntRange(1), default=100, help="How many at most.")
@click.option("--out", metavar="FILE", help="Write all that match to a CSV.")
@click.pass_obj
def listing(
    session: Session,
    instance: str,
    status: tuple[Status, ...],
    endpoint: str | None,
    limit: int,
    out: str | None,
) -> None:
    """Show counts by endpoint, or the deliveries of a status."""
    from xeroport.jobs.push.report import result_of, write_csv
    from xeroport.store import instances
    from xeroport.store.outbox import outbox

    instances.get(session.store, instance)
    if out:
        found = outbox.deliveries(session.store, instance, status=status, endpoint=endpoint)
        number = write_csv(Path(out), (result_of(each) for each in found))
        session.say(f"{number:,} deliveries written to `{out}`")
        return
    if not status:
        counts = outbox.counts(session.store, instance)
        if session.as_json:
            session.emit(counts)
            return
        rows = [
            (name, *(states.get(each, 0) for each in STATUSES)) for name, states in counts.items()
        ]
        session.table(rows, ("endpoint", *STATUSES))
        return
    shown = list(
        outbox.deliveries(session.store, instance, status=status, endpoint=endpoint, limit=limit)
    )
    if session.as_json:
        session.emit([_plain(each) for each in shown])
        return
    session.table(
        [
            (e.endpoint, e.key, e.status, e.file, e.line, e.xero_id, "; ".join(e.messages))
            for e in shown
        ],
        ("endpoint", "key", "status", "file", "line", "xero id", "messages"),
    )


@command.command()
@click.argument("instance", metavar="NAME")
@click.argument("keys", metavar="KEY", nargs=-1)
@click.option("--endpoint", help="Only deliveries to this endpoint.")
@click.option("--yes", is_flag=True, help="Send unknown ones again, though they may be in Xero.")
@click.pass_obj
def retry(
    session: Session, instance: str, keys: tuple[str, ...], endpoint: str | None, yes: bool
) -> int:
    """Send rejected and pending deliveries again, and look unknown ones up in Xero.

    Without keys: all rejected, pending and unknown ones. A named unknown delivery that Xero
    cannot be asked about goes again only with `--yes`: look first, or it may be there twice.
    """
    from xeroport.jobs.push.resend import resend
    from xeroport.store import instances
    from xeroport.store.outbox import outbox

    instances.get(session.store, instance)
    wanted: tuple[Status, ...] = ("pending", "rejected", "unknown")
    if keys:
        wanted = (*wanted, "discarded")
    found = list(
        outbox.deliveries(session.store, instance, status=wanted, endpoint=endpoint, keys=keys)
    )
    _all_found(keys, found)
    if not found and not session.as_json:
        session.say("nothing is waiting, rejected or unknown")
        return 0
    if keys and yes:
        for each in found:
            if each.status == "unknown":
                outbox.retry(session.store, each)
    done = run_async(lambda: resend(session.store, instance, found))
    if session.as_json:
        session.emit(
            {
                "exit_status": done.exit_status,
                "results": [
                    {"key": r.key, "status": r.status, "xero_id": r.xero_id, "messages": r.messages}
                    for r in done.results
                ],
            }
        )
    else:
        session.table(
            [(r.endpoint, r.key, r.status, "; ".join(r.messages)) for r in done.results],
            ("endpoint", "key", "status", "messages"),
        )
    if done.stopped is not None:
        session.say(f"error: {done.stopped.message}")
        if done.stopped.hint:
            session.say(f"hint: {done.stopped.hint}")
    status: int = done.exit_status
    return status


@command.command()
@click.argument("instance", metavar="NAME")
@click.argument("keys", metavar="KEY", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why; it is kept.")
@click.option("--endpoint", help="Only deliveries to this endpoint.")
@click.pass_obj
def discard(
    session: Session, instance: str, keys: tuple[str, ...], reason: str, endpoint: str | None
) -> None:
    """Never send these deliveries."""
    from xeroport.store import instances
    from xeroport.store.outbox import outbox

    instances.get(session.store, instance)
    found = list(outbox.deliveries(session.store, instance, endpoint=endpoint, keys=keys))
    _all_found(keys, found)
    for each in found:
        outbox.discard(session.store, each, reason, time.time())
    if session.as_json:
        session.emit({"discarded": [each.key for each in found]})
    else:
        session.say(f"{len(found):,} deliveries discarded")


def _all_found(keys: tuple[str, ...], found: list[Delivery]) -> None:
    missing = set(keys) - {each.key for each in found}
    if missing:
        raise InputError(
            f"the outbox has no delivery `{sorted(missing)[0]}` that could be meant",
            hint="see `xeroport outbox NAME --status …`",
        )


def _plain(each: Delivery) -> dict[str, object]:
    return {
        "endpoint": each.endpoint,
        "key": each.key,
        "status": each.status,
        "file": each.file,
        "line": each.line,
        "batch": each.batch,
        "xero_id": each.xero_id,
        "xero_number": each.xero_number,
        "messages": list(each.messages),
    }
