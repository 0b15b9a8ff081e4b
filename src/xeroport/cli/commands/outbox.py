"""`outbox`: what is on its way into Xero, what is stuck, and what a person decides about it."""

from __future__ import annotations

import getpass
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xeroport.cli.option_values import to_write
from xeroport.cli.session import Session, fail, lower_first, run_async
from xeroport.errors import InputError
from xeroport.plurals import counted

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from xeroport.jobs.push.resend import ResendResult
    from xeroport.store.outbox.outbox import Delivery, Status

STATUSES: tuple[Status, ...] = (
    "held", "pending", "claimed", "sent", "rejected", "unknown", "discarded",
)  # fmt: skip
SHOWN = (
    *("endpoint", "key", "status", "file", "line", "batch", "xero_id", "xero_number"),
    *("messages", "differences", "run", "person"),
)
"""What `--json` says of a delivery."""


class _NameFirst(click.Group):
    """A group in which an instance's name stands for `list` of that instance."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        if found is not None or cmd_name.startswith("-"):
            return found
        assert listing.callback is not None
        return click.Command(
            cmd_name,
            params=[param for param in listing.params if param.name != "instance"],
            callback=partial(listing.callback, instance=cmd_name),
            help=listing.help,
        )

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from xeroport.cli.completion import instance_names

        return [*super().shell_complete(ctx, incomplete), *instance_names(ctx, incomplete)]


def _known_endpoint(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    """The endpoint's own name; UnknownName if Xero has none of that name."""
    from xeroport.catalogue import load

    return None if name is None else load().endpoint(name).name


_of_endpoint = click.option("--endpoint", callback=_known_endpoint, help="Only for this endpoint.")


@click.group(cls=_NameFirst, invoke_without_command=False)
def command() -> None:
    """Show the outbox of an instance: `xeroport outbox NAME [--status STATUS]`."""


@command.command("list")
@click.argument("instance", metavar="NAME")
@click.option("--status", type=click.Choice(STATUSES), multiple=True, help="Only these.")
@_of_endpoint
@click.option("--limit", type=click.IntRange(1), default=100, help="Show at most N.")
@click.option("--out", metavar="FILE", callback=to_write, help="Write all that match to a CSV.")
@click.pass_obj
def listing(
    session: Session,
    instance: str,
    status: tuple[Status, ...],
    endpoint: str | None,
    limit: int,
    out: Path | None,
) -> None:
    """Show counts by endpoint, or the deliveries of a status."""
    from xeroport.jobs.push.report import result_of, write_csv
    from xeroport.store import instances
    from xeroport.store.outbox import outbox

    instances.get(session.store, instance)
    if out:
        listed = outbox.deliveries(session.store, instance, status=status, endpoint=endpoint)
        number = write_csv(out, (result_of(delivery) for delivery in listed))
        session.done(
            f"{counted(number, 'delivery', 'deliveries')} written to `{out}`",
            file=str(out),
            deliveries=number,
        )
        return
    if not status:
        counts = outbox.counts(session.store, instance)
        rows = [
            (name, *(states.get(known_status, 0) for known_status in STATUSES))
            for name, states in counts.items()
        ]
        none = "the outbox is empty: `xeroport push` puts records into it"
        session.listing(counts, rows, ("endpoint", *STATUSES), none=none)
        return
    shown = list(
        outbox.deliveries(session.store, instance, status=status, endpoint=endpoint, limit=limit)
    )
    session.listing(
        [{name: getattr(delivery, name) for name in SHOWN} for delivery in shown],
        [
            (r.endpoint, r.key, r.status, r.file, r.line, r.xero_id, "; ".join(r.messages))
            for r in map(result_of, shown)
        ],
        ("endpoint", "key", "status", "file", "line", "xero id", "messages"),
        none="none of these",
    )


@command.command()
@click.argument("instance", metavar="NAME")
@click.argument("keys", metavar="[KEY …]", nargs=-1)
@_of_endpoint
@click.option("--yes", is_flag=True, help="Send unknown ones again, though they may be in Xero.")
@click.pass_obj
def retry(
    session: Session, instance: str, keys: tuple[str, ...], endpoint: str | None, yes: bool
) -> int:
    """Send rejected and pending deliveries again, and look up unknown ones in Xero.

    Without keys: all rejected, pending and unknown ones, and those that a killed process was
    sending. An unknown delivery that cannot be looked up in Xero is sent again only if you name it
    and say `--yes`: look in Xero first, or it may be there twice.
    """
    from xeroport.jobs.push.resend import resend
    from xeroport.store import instances
    from xeroport.store.outbox import outbox

    instances.get(session.store, instance)
    wanted: tuple[Status, ...] = ("pending", "claimed", "rejected", "unknown")
    if keys:
        wanted = (*wanted, "discarded")
    chosen = list(
        outbox.deliveries(session.store, instance, status=wanted, endpoint=endpoint, keys=keys)
    )
    _all_found(keys, chosen)
    if not chosen and not session.as_json:
        session.say("nothing is waiting, rejected or unknown")
        return 0
    if keys and yes:
        for delivery in chosen:
            if delivery.status == "unknown":
                outbox.retry(session.store, delivery)
    done = run_async(lambda: resend(session.store, instance, chosen))
    return _tell(session, done)


def _tell(session: Session, resent: ResendResult) -> int:
    """Show what became of deliveries; gives the exit status."""
    if session.as_json:
        session.emit(
            {
                "exit_status": resent.exit_status,
                "results": [
                    {"key": r.key, "status": r.status, "xero_id": r.xero_id, "messages": r.messages}
                    for r in resent.results
                ],
            }
        )
    else:
        session.table(
            [(r.endpoint, r.key, r.status, "; ".join(r.messages)) for r in resent.results],
            ("endpoint", "key", "status", "messages"),
        )
    if resent.stopped is not None:
        fail(resent.stopped)
    status: int = resent.exit_status
    return status


@command.command()
@click.argument("instance", metavar="NAME")
@click.argument("keys", metavar="[KEY …]", nargs=-1)
@_of_endpoint
@click.option(
    "--as", "person", metavar="PERSON", help="Who approves. Default: the system's user name."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def approve(
    session: Session,
    instance: str,
    keys: tuple[str, ...],
    endpoint: str | None,
    person: str | None,
    yes: bool,
) -> int:
    """Send proposals: what `push --hold`, or an agent, put into the outbox for a person to see.

    Each is listed with what it does, and the total by currency, before you confirm. The history of
    each record in Xero then says who approved it. Example: `xeroport outbox approve acme-uk`
    """
    from xeroport.jobs.push import proposals
    from xeroport.store import instances

    kept = instances.get(session.store, instance)
    held = proposals.held(session.store, instance, endpoint=endpoint, keys=keys)
    _all_found(keys, [proposal.delivery for proposal in held])
    if held and not session.as_json:
        session.table(
            [
                (
                    proposal.delivery.endpoint,
                    proposal.delivery.key,
                    " and ".join(proposal.verbs),
                    proposal.number,
                    proposal.contact,
                    proposal.amount or None,
                    proposal.currency or kept.base_currency,
                )
                for proposal in held
            ],
            ("endpoint", "key", "does", "number", "contact", "amount", "currency"),
        )
    elif not held and not session.as_json:
        session.say("no proposal is waiting")
    if held:
        _agree(f"This {proposals.described(held, kept.base_currency)} in Xero. Continue?", yes=yes)
    name = person or getpass.getuser()
    return _tell(
        session,
        run_async(lambda: proposals.approve(session.store, instance, held, person=name)),
    )


@command.command()
@click.argument("instance", metavar="NAME")
@click.argument("keys", metavar="KEY …", nargs=-1, required=True)
@_of_endpoint
@click.option(
    "--as", "person", metavar="PERSON", help="Who declines. Default: the system's user name."
)
@click.option("--reason", default="", help="The reason, which is kept.")
@click.pass_obj
def decline(
    session: Session,
    instance: str,
    keys: tuple[str, ...],
    endpoint: str | None,
    person: str | None,
    reason: str,
) -> None:
    """Never send these proposals."""
    from xeroport.jobs.push import proposals
    from xeroport.store import instances
    from xeroport.store.outbox import decisions

    instances.get(session.store, instance)
    held = proposals.held(session.store, instance, endpoint=endpoint, keys=keys)
    deliveries = [proposal.delivery for proposal in held]
    _all_found(keys, deliveries)
    name = person or getpass.getuser()
    declined = decisions.decline(session.store, deliveries, name, reason, time.time())
    text = f"{counted(len(declined), 'proposal')} declined"
    session.answer({"declined": [delivery.key for delivery in declined]}, text)


@command.command()
@click.argument("run", type=int)
@click.option("--dry-run", is_flag=True, help="Show what would be done; change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def undo(session: Session, run: int, dry_run: bool, yes: bool) -> int:
    """Void, delete or archive in Xero what a push run made there.

    What the run changed stays as it is, and so does what Xero does not allow to be undone. A record
    that was undone can be sent again with `outbox retry`. Example: `xeroport outbox undo 17
    --dry-run`
    """
    from xeroport.jobs.push import undo_run as undoing

    planned = run_async(lambda: undoing.plan(session.store, run))
    for delivery, reason in planned.kept:
        session.say(f"stays: {delivery.key}: {reason}")
    if dry_run or not planned.undoings:
        if session.as_json:
            session.emit(
                {
                    "run": run,
                    "undo": [
                        {"key": step.delivery.key, "does": step.effect, "endpoint": step.endpoint}
                        for step in planned.undoings
                    ],
                    "stays": [
                        {"key": delivery.key, "reason": reason} for delivery, reason in planned.kept
                    ],
                }
            )
        elif planned.undoings:
            session.table(
                [
                    (step.delivery.key, step.effect, step.delivery.xero_number, step.endpoint)
                    for step in planned.undoings
                ],
                ("key", "does", "number", "by"),
            )
        else:
            session.say("nothing can be undone")
        return 1 if planned.kept and not planned.undoings else 0
    _agree(f"This {planned.words} in Xero. Continue?", yes=yes)
    status = _tell(session, run_async(lambda: undoing.undo(session.store, planned)))
    return status or (1 if planned.kept else 0)


def _agree(question: str, *, yes: bool) -> None:
    """Ask a person; InputError where nobody says yes."""
    if yes or (sys.stdin.isatty() and click.confirm(question, err=True)):
        return
    words = question.removesuffix(" Continue?").removesuffix(".")
    raise InputError(
        f"{lower_first(words)}, which was not confirmed", hint="confirm it with `--yes`"
    )


@command.command()
@click.argument("instance", metavar="NAME")
@click.argument("keys", metavar="KEY …", nargs=-1, required=True)
@click.option("--reason", required=True, help="The reason, which is kept.")
@_of_endpoint
@click.pass_obj
def discard(
    session: Session, instance: str, keys: tuple[str, ...], reason: str, endpoint: str | None
) -> None:
    """Never send these deliveries."""
    from xeroport.store import instances
    from xeroport.store.outbox import outbox

    instances.get(session.store, instance)
    chosen = list(outbox.deliveries(session.store, instance, endpoint=endpoint, keys=keys))
    _all_found(keys, chosen)
    for delivery in chosen:
        outbox.discard(session.store, delivery, reason, time.time())
    text = f"{counted(len(chosen), 'delivery', 'deliveries')} discarded"
    session.answer({"discarded": [delivery.key for delivery in chosen]}, text)


def _all_found(keys: tuple[str, ...], deliveries: list[Delivery]) -> None:
    missing = set(keys) - {delivery.key for delivery in deliveries}
    if missing:
        raise InputError(
            f"the outbox has no delivery `{sorted(missing)[0]}` that this applies to",
            hint="see `xeroport outbox NAME --status …`",
        )
