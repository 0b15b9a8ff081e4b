"""`schedule`: what runs automatically, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click

from xeroport import logs, settings
from xeroport.cli.session import Session
from xeroport.cron import next_due
from xeroport.dates import in_utc
from xeroport.errors import InputError
from xeroport.store import instances, notices, schedules
from xeroport.store.schedules import Firing, Schedule


@click.group()
def command() -> None:
    """Set what runs automatically, and when (`xeroport serve` runs it)."""


@command.command("set")
@click.argument("name")
@click.argument("when", nargs=-1, metavar="WHEN [STREAM]...")
@click.option("--every", metavar="INTERVAL", help="Instead of WHEN: such as `15m` or `2h`.")
@click.option("--to", metavar="URL", help="The destination, as for `sync`.")
@click.option("--time-zone", metavar="ZONE", help="Instead of the instance's own.")
@click.option("--notify", metavar="TARGET", help="URL or command to alert on failure.")
@click.option("--anyway", is_flag=True, help="Set it even if the day's calls are not enough.")
@click.option("--ledger", is_flag=True, help="Derive the general ledger after each sync.")
@click.pass_obj
def set_schedule(
    session: Session,
    name: str,
    when: tuple[str, ...],
    every: str | None,
    to: str | None,
    time_zone: str | None,
    notify: str | None,
    anyway: bool,
    ledger: bool,
) -> None:
    """Sync instance NAME whenever WHEN says: `hourly`, `daily at 06:00`, `weekdays at 7`,
    `monday at 06:00` or `cron "0 6 * * *"`, in the instance's time zone.

    The five fields of cron are minute, hour, day, month and weekday. Streams may follow; without
    them, all are synced.
    """
    from xeroport.catalogue import load
    from xeroport.errors import UnknownName
    from xeroport.jobs.schedule import words
    from xeroport.jobs.schedule.job_kinds import sync_arguments
    from xeroport.jobs.schedule.plan import interval_on_busiest_day

    instance = instances.get(session.store, name)
    cron, streams = words.split(when) if every is None else (_cron(every), list(when))
    known = load().streams
    if every is not None and when and when[0] not in known and words.is_time(when):
        raise InputError(
            f"`--every {every}` and `{' '.join(when)}` both say when it runs", hint="leave one out"
        )
    for stream in streams:
        if stream not in known:
            raise UnknownName("stream", stream, known)
    zone = settings.time_zone(time_zone) if time_zone else instance.time_zone
    next_due(cron, time_zone=zone, after=datetime.now(UTC))
    every_so_often = interval_on_busiest_day(cron, zone, datetime.now(UTC))
    share = _checked_share(session, name, every_so_often, streams, anyway=anyway)
    held = {schedule.name: schedule for schedule in schedules.all_schedules(session.store)}
    before = held.get(name)
    made = schedules.put(
        session.store,
        name,
        kind="sync",
        target=name,
        cron=cron,
        time_zone=zone,
        now=datetime.now(UTC),
        arguments=sync_arguments(session.store, name, streams=streams, to=to, ledger=ledger),
        notify=alert_target(session, notify),
    )
    if session.as_json:
        session.emit(as_data(made))
    else:
        session.say(
            f"`{name}` is synced next at {local(made)}, then at {_times(made)}; takes up to "
            f"{share:.0%} of the day's calls; `xeroport serve` must be running"
        )
        if before is not None and (before.cron, before.arguments) != (cron, made.arguments):
            session.say(
                f"this replaces `{before.cron}` {_streams(before)}: an instance has one schedule"
            )


def alert_target(session: Session, typed: str | None) -> str | None:
    """Where to alert somebody, as `--notify` says; InputError for what cannot be one."""
    from xeroport.jobs.alerts.alert_targets import from_command_line
    from xeroport.jobs.alerts.notify import check_target

    return None if typed is None else from_command_line(session.store, check_target(typed))


def _streams(schedule: Schedule) -> str:
    """What a schedule syncs, as said after its time."""
    streams = schedule.arguments.get("streams")
    return f"of {', '.join(f'`{stream}`' for stream in streams)}" if streams else "of all streams"


def _cron(every: str) -> str:
    from xeroport.jobs.schedule import words

    return words.cron_of(words.interval(every))


def _checked_share(
    session: Session, name: str, every: timedelta, streams: Sequence[str], *, anyway: bool
) -> float:
    """The share of the day's calls that a schedule takes.

    InputError if the day's limit is known and does not suffice; a warning if it is not known.
    """
    from xeroport.jobs.schedule.plan import plan_for

    made = plan_for(session.store, name, every, streams=streams)
    if made.fits:
        return made.share
    problem = made.problem
    hint = problem.hint
    if made.nearest is not None:
        hint = f"`--every {_short(made.nearest)}` fits; see `xeroport plan {name}`"
    if made.limit_known and not anyway:
        raise InputError(problem.message, hint=f"{hint}, or set it anyway with `--anyway`")
    session.warn(problem.message, hint=hint)
    return made.share


def _short(every: timedelta) -> str:
    minutes = int(every.total_seconds() // 60)
    return f"{minutes}m" if minutes < 60 else f"{minutes // 60}h"


@command.command("list")
@click.pass_obj
def list_schedules(session: Session) -> None:
    """List what is scheduled."""
    saved = schedules.all_schedules(session.store)
    latest = {schedule.name: _latest(session, schedule) for schedule in saved}
    if session.as_json:
        session.emit(
            [
                as_data(schedule, latest[schedule.name]) | _ahead(session, schedule)
                for schedule in saved
            ]
        )
        return
    session.table(
        [
            (
                schedule.name,
                schedule.kind,
                schedule.cron,
                "paused" if schedule.paused else local(schedule),
                None if (share := _share(session, schedule)) is None else f"{share:.0%}",
                "-" if (last := latest[schedule.name]) is None else last.status,
                schedule.failing_since and f"{schedule.failing_since:%Y-%m-%d %H:%M}",
            )
            for schedule in saved
        ],
        ("schedule", "kind", "cron", "next", "of the day", "last", "failing since (UTC)"),
    )
    if not saved:
        session.say("nothing yet: `xeroport schedule set NAME --every 30m` is every half hour")
    for notice in notices.waiting(session.store):
        if notice.problem is not None:
            what = "began to fail" if notice.event == "opened" else "works again"
            session.warn(
                f"the alert that `{notice.schedule}` {what} could not be sent: {notice.problem}; "
                f"the next try is at {in_utc(notice.try_at)}"
            )


@command.command("runs")
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, help="Show at most N.")
@click.pass_obj
def list_firings(session: Session, name: str, limit: int) -> None:
    """List when schedule NAME was due and what ran, newest first."""
    schedules.get(session.store, name)
    found = schedules.firings(session.store, name, limit)
    heads = ("due (UTC)", "status", "starts", "run", "message")
    rows = [(f"{f.due:%Y-%m-%d %H:%M}", f.status, f.attempts, f.run, f.message) for f in found]
    session.listing(found, rows, heads, none="it has not been due yet")


@command.command()
@click.argument("name")
@click.pass_obj
def pause(session: Session, name: str) -> None:
    """Pause schedule NAME until `schedule resume`."""
    schedules.pause(session.store, name)
    session.done(f"`{name}` is paused", schedule=name)


@command.command()
@click.argument("name")
@click.pass_obj
def resume(session: Session, name: str) -> None:
    """Run schedule NAME again from its next time."""
    schedules.resume(session.store, name, datetime.now(UTC))
    session.done(
        f"`{name}` runs next at {local(schedules.get(session.store, name))}", schedule=name
    )


@command.command()
@click.argument("name")
@click.pass_obj
def remove(session: Session, name: str) -> None:
    """Remove schedule NAME; the instance and its runs stay."""
    schedules.remove(session.store, name)
    session.done(f"the schedule `{name}` is removed", schedule=name)


def as_data(schedule: Schedule, last: Firing | None = None) -> dict[str, Any]:
    """A schedule as plain data; instants are UTC."""
    data = {name: getattr(schedule, name) for name in schedule.__dataclass_fields__}
    data["arguments"] = {k: v for k, v in schedule.arguments.items() if k != "sealed_to"}
    notify = schedule.notify and logs.without_passwords(schedule.notify)
    return data | {"notify": notify, "last": last}


def _latest(session: Session, schedule: Schedule) -> Firing | None:
    found = schedules.firings(session.store, schedule.name, 1)
    return found[0] if found else None


def _times(schedule: Schedule) -> str:
    """The two times after the next one, in its own time zone; with the day if it is another."""
    from xeroport.jobs.schedule.plan import upcoming

    zone = ZoneInfo(schedule.time_zone)
    first, *more = (moment.astimezone(zone) for moment in upcoming(schedule))
    is_today = all(time.date() == first.date() for time in more)
    return " and ".join(f"{time:%H:%M}" if is_today else f"{time:%Y-%m-%d %H:%M}" for time in more)


def _ahead(session: Session, schedule: Schedule) -> dict[str, Any]:
    """The next times of a schedule, and its share of the day's calls."""
    from xeroport.jobs.schedule.plan import upcoming

    return {"next_times": upcoming(schedule), "share_of_day": _share(session, schedule)}


def _share(session: Session, schedule: Schedule) -> float | None:
    """The share of the day's calls that a schedule of a sync takes."""
    from xeroport.jobs.schedule.plan import plan_of

    plan = plan_of(session.store, schedule, datetime.now(UTC))
    return None if plan is None else round(plan.share, 3)


def local(schedule: Schedule) -> str:
    """When a schedule is due next, in its own time zone."""
    local = schedule.next_due.astimezone(ZoneInfo(schedule.time_zone))
    return f"{local:%Y-%m-%d %H:%M} {schedule.time_zone}"
