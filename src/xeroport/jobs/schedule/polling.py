"""The poll beside webhooks: it asks Xero automatically for what no webhook reported.

A webhook is a hint, so every instance with a signing key has a schedule of kind `poll`, unless it
was told to have none. It reads what changed in the streams that webhooks speak of, and has the
flows that webhooks feed do the same.
"""

from __future__ import annotations

import zlib
from datetime import datetime

from xeroport.errors import Busy, XeroportError
from xeroport.jobs.flow.due import fed_by
from xeroport.jobs.flow.run import run_flow
from xeroport.jobs.schedule.scheduler import RunEnding
from xeroport.jobs.sync.run import sync_instance
from xeroport.jobs.webhooks.events import RECORDS
from xeroport.secrets.vault import Secret
from xeroport.store import inbox, instances, schedules
from xeroport.store.database import Store
from xeroport.store.schedules import SKIPPED, Schedule

NEVER = "never"


def schedule_name(instance: str) -> str:
    """The name of an instance's poll among the schedules: no instance has one like it."""
    return f"webhook/{instance}"


def every_hour(instance: str) -> str:
    """Once an hour, in a minute that goes by the name, so that a thousand do not come at once."""
    return f"{zlib.crc32(instance.encode()) % 60} * * * *"


def listen(store: Store, name: str, key: Secret, *, now: datetime) -> Schedule | None:
    """Keep the signing key of an instance's webhooks, and poll it every hour from the first key
    on; a further key leaves the poll as it is. The poll, if there is one."""
    if inbox.has_key(store, name):
        inbox.set_key(store, name, key)
        return poll_of(store, name)
    inbox.set_key(store, name, key)
    return set_poll(store, name, every_hour(name), now=now)


def set_poll(
    store: Store, name: str, cron: str, *, now: datetime, notify: str | None = None
) -> Schedule | None:
    """Poll an instance with webhooks as a cron expression says, or `never`."""
    inbox.key(store, name)
    if cron == NEVER:
        _forget(store, name)
        return None
    return schedules.put(
        store,
        schedule_name(name),
        kind="poll",
        target=name,
        cron=cron,
        time_zone=instances.get(store, name).time_zone,
        now=now,
        notify=notify,
    )


def stop_listening(store: Store, name: str) -> None:
    """Forget an instance's signing key and its poll; InputError if there is no key."""
    inbox.key(store, name)
    inbox.forget_key(store, name)
    _forget(store, name)


def poll_of(store: Store, name: str) -> Schedule | None:
    """An instance's poll, or None."""
    return schedules.find(store, schedule_name(name))


def _forget(store: Store, name: str) -> None:
    if poll_of(store, name) is not None:
        schedules.remove(store, schedule_name(name))


async def poll(store: Store, name: str, due: datetime, *, to: str | None) -> RunEnding:
    """Read what changed into the destination, and through the flows that webhooks feed.

    Streams that the app has no scope for are left out; a flow that fails keeps no other from
    running.
    """
    polled: list[int] = []
    wrong: list[str] = []
    status = "done"
    try:
        report = await sync_instance(
            store, name, streams=RECORDS.values(), to=to, started=polled.append
        )
        allowed = [stream for stream in report.streams if stream.status != "not_allowed"]
        wrong += [f"{instance.stream}: {instance.error}" for instance in allowed if instance.error]
        status = report.status if wrong else "done"
    except Busy:
        status = SKIPPED
    except XeroportError as error:
        status = "failed"
        wrong.append(error.message)
    for flow in fed_by(store, name):
        try:
            ended = await run_flow(store, flow, due=due)
        except Busy:
            continue
        except XeroportError as error:
            status = "failed"
            wrong.append(f"the flow `{flow}`: {error.message}")
        else:
            if ended.message:
                status = "partial" if status in schedules.FINE else status
                wrong.append(f"the flow `{flow}`: {ended.message}")
    return RunEnding(status, polled[0] if polled else None, "; ".join(wrong) or None)
