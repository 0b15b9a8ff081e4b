"""A URL as the target of a flow: each record is POSTed at least once.

Its Idempotency-Key stays the same for the same record and contents, so that the receiver can tell
a repetition from a change.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping

from xeroport.clock import Clock
from xeroport.errors import InputError, Unavailable
from xeroport.jobs.alerts.alert_targets import host_of
from xeroport.jobs.alerts.http_post import post
from xeroport.jobs.flow.context import FlowContext
from xeroport.jobs.flow.definition import Target
from xeroport.settings import parts_of
from xeroport.store import alert_places, flows
from xeroport.store.flows import FlowRecord

AT_ONCE = 4
SECONDS = 30.0
TRIES = 3
PAUSES = (1.0, 5.0)
PASSING = {408, 409, 425, 429}
"""Answers below 500 that say: not now."""
ENVIRONMENT = "env:"


async def to_http(context: FlowContext, number: int) -> None:
    """POST what is ready, one record a request; Unavailable once the receiver cannot be reached."""
    target = context.flow.steps[number].target
    store, flow, clock = context.store, context.flow, context.store.clock
    headers = header_values(target)
    public = alert_places.is_of_the_console(store, host_of(target.url or ""))
    gate = asyncio.Semaphore(AT_ONCE)
    failures: list[Unavailable] = []

    async def one(record: FlowRecord) -> None:
        async with gate:
            if failures:
                return
            try:
                refusal = await _post(target.url or "", record, headers, clock, public=public)
            except Unavailable as error:
                failures.append(error)
                return
            with store.transaction() as connection:
                flows.settle(
                    connection,
                    record,
                    "refused" if refusal else "sent",
                    clock.now(),
                    messages=[refusal] if refusal else (),
                )

    ready = flows.ready(store, flow.name, number)
    async with asyncio.TaskGroup() as group:
        for record in ready:
            group.create_task(one(record))
    if failures:
        raise failures[0]


def idempotency_key(record: FlowRecord) -> str:
    """The key of a record and a fingerprint of its contents: a change is not a repeat."""
    plain = "".join(each if each.isascii() and each.isprintable() else "_" for each in record.key)
    return f"{record.flow}/{plain}/{record.hash.hex()[:16]}"


def header_values(target: Target) -> dict[str, str]:
    """A target's headers, with `env:NAME` read from the environment; InputError if not there."""
    found = {}
    for name, value in target.headers.items():
        if value.startswith(ENVIRONMENT):
            variable = value.removeprefix(ENVIRONMENT)
            if variable not in os.environ:
                raise InputError(
                    f"the header `{name}` needs the environment variable `{variable}`",
                    hint="set it where the flow runs",
                )
            value = os.environ[variable]
        found[name] = value
    return found


def check_url(target: Target) -> str | None:
    """What is wrong with the URL of a target, or None."""
    parts = parts_of(target.url or "")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"`{target.url}` is not an http(s) URL"
    is_secret = any(value.startswith(ENVIRONMENT) for value in target.headers.values())
    is_local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme == "http" and is_secret and not is_local:
        return f"`{target.url}` would send a secret header unencrypted"
    return None


async def _post(
    url: str, record: FlowRecord, headers: Mapping[str, str], clock: Clock, *, public: bool
) -> str | None:
    """POST one record: None where it was taken, else the reason; Unavailable where none came."""
    said = ""
    for attempt in range(TRIES):
        if attempt:
            await clock.sleep(PAUSES[min(attempt - 1, len(PAUSES) - 1)])
        status, said = await asyncio.to_thread(
            post,
            url,
            (record.body or "").encode(),
            key=idempotency_key(record),
            seconds=SECONDS,
            headers=headers,
            public=public,
        )
        if 200 <= status < 300:
            return None
        if status:
            said = f"the receiver answered {status}{said and f': {said}'}"
        if 300 <= status < 500 and status not in PASSING:
            return said
    raise Unavailable(
        f"`{safe(url)}` did not accept `{record.key}`: {said}",
        hint="the record is kept, and the next run continues with it",
    )


def safe(url: str) -> str:
    """A URL without what may be secret in it."""
    parts = parts_of(url)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"
