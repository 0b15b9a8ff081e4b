"""Say where the user wants it that something unattended failed, or works again.

A target is a URL (the notice is POSTed as JSON), an e-mail address, a place declared by name, or a
command (the notice is its standard input).
What is not taken stays in the store and is tried again; it never fails the run it speaks of.
"""

from __future__ import annotations

import asyncio
import logging
import shlex
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from xeroport import logs
from xeroport.dates import in_utc
from xeroport.errors import InputError, UnknownName
from xeroport.jobs.alerts import mail
from xeroport.jobs.alerts.alert_targets import DECLARED, MAIL, host_of
from xeroport.jobs.alerts.http_post import post
from xeroport.jobs.alerts.mail import check_address
from xeroport.settings import parts_of
from xeroport.store import alert_places, notices
from xeroport.store.database import Store
from xeroport.store.notices import WaitingNotice
from xeroport.store.processes import this_process

SECONDS = 15.0
"""How long a receiver may take."""

AT_ONCE = 4

log = logging.getLogger(__name__)


def check_target(target: str) -> str:
    """The target itself; InputError if nothing could be delivered to it."""
    if not target.strip():
        raise InputError("a notify target must not be empty", hint="a URL, or a command to run")
    if target.startswith(MAIL):
        return MAIL + check_address(target.removeprefix(MAIL))
    if target.startswith(DECLARED):
        return target
    if "://" in target.split()[0]:
        parts = parts_of(target)
        if parts.scheme not in ("http", "https") or not parts.hostname or len(target.split()) > 1:
            raise InputError(
                f"`{target}` cannot be notified", hint="give an http(s) URL, or a command to run"
            )
        return target
    try:
        command = shlex.split(target)[0]
    except ValueError as error:
        raise InputError(
            f"`{target}` is not a command: {str(error).lower()}", hint="close its quotation marks"
        ) from error
    if shutil.which(command) is None:
        raise InputError(
            f"there is no command `{command}` to notify",
            hint="give its whole path, or an http(s) URL",
        )
    return target


def as_data(notice: WaitingNotice) -> dict[str, Any]:
    """A notice as its receiver gets it; `id` is the same however often it comes."""
    return {
        "id": f"{notice.schedule}/{notice.since:%Y%m%dT%H%M%SZ}/{notice.event}",
        "event": notice.event,
        "schedule": notice.schedule,
        "target": logs.without_passwords(notice.target),
        "since": notice.since,
        "due": notice.due,
        "message": notice.message,
    }


async def tell(store: Store) -> None:
    """Deliver all notices whose time has come, some side by side; at least once each."""

    async def some() -> None:
        owner = this_process().owner()
        while (notice := notices.claim(store, owner, store.clock)) is not None:
            problem = await asyncio.to_thread(_deliver, store, notice)
            if problem is None:
                notices.done(store, notice, owner)
                continue
            log.warning("the notice for `%s` could not be delivered: %s", notice.schedule, problem)
            if not notices.later(store, notice, owner, now=store.clock.now(), problem=problem):
                log.error("the notice for `%s` was given up: %s", notice.schedule, notice.message)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(some())


def _deliver(store: Store, notice: WaitingNotice) -> str | None:
    """Hand a notice to its target, which may be declared by name or an e-mail address."""
    place = notice.place or ""
    if place.startswith(DECLARED):
        try:
            declared = alert_places.get(store, place.removeprefix(DECLARED))
        except UnknownName as error:
            return error.message
        return deliver(replace(notice, place=declared.place))
    if place.startswith(MAIL):
        data = as_data(notice)
        to = place.removeprefix(MAIL)
        return mail.send(store, to, subject=_subject(data), text=_text(data))
    return deliver(notice, public=alert_places.is_of_the_console(store, host_of(place)))


def deliver(notice: WaitingNotice, *, public: bool = False) -> str | None:
    """Hand a notice to a URL or a command: None if it was taken (or nobody wants it), else why
    not. `public` connects to servers on the internet only."""
    data = as_data(notice)
    body, target = msgspec.json.encode(data), notice.place
    if target is None:
        return None
    if target.startswith(("http://", "https://")):
        status, said = post(target, body, key=data["id"], seconds=SECONDS, public=public)
        if 200 <= status < 300:
            return None
        return said if not status else f"the receiver answered {status}{said and f': {said}'}"
    try:
        subprocess.run(  # noqa: S603 (the user's own command)
            shlex.split(target), input=body, timeout=SECONDS, check=True, capture_output=True
        )
    except subprocess.CalledProcessError as error:
        told = error.stderr.decode("utf-8", "replace").strip().splitlines()
        more = f": {told[-1][:200]}" if told else ""
        return f"the command ended with exit status {error.returncode}{more}"
    except subprocess.TimeoutExpired:
        return f"the command took longer than {SECONDS:.0f} s"
    except (OSError, ValueError) as error:
        return str(error)
    return None


def _subject(data: dict[str, Any]) -> str:
    what = {"opened": "fails", "closed": "works again", "test": "test"}[data["event"]]
    return " ".join(f"xeroport: {data['schedule']} {what}".split())[:200]


def _text(data: dict[str, Any]) -> str:
    lines = [f"{data['message']}", ""]
    lines += [f"Schedule: {data['schedule']}", f"Since: {in_utc(data['since'])}"]
    return "\n".join(lines) + "\n"


def try_out(store: Store, target: str, *, now: datetime) -> str | None:
    """Send a test alert: None if it was taken, else why not."""
    notice = WaitingNotice(
        id=0,
        schedule="test",
        target="",
        place=target,
        event="test",
        since=now,
        due=now,
        message="This is a test alert: nothing failed.",
        made_at=now,
        tries=0,
        try_at=now,
        problem=None,
        owner=None,
    )
    return _deliver(store, notice)
