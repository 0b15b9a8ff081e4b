"""Where flows deliver to besides Xero: HTTP, files, and tables of a destination.

A table takes each record once, by its key. A file is written whole or not at all; what goes into
it is decided before, so that a crash writes the same file again. A POST is made at least once,
with an Idempotency-Key that stays the same for the same record and contents.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from xeroport.clock import Clock
from xeroport.errors import InputError, Unavailable
from xeroport.jobs.flow_file import Flow, Step, Target
from xeroport.store import flows
from xeroport.store.database import Store
from xeroport.store.flows import Carried

AT_ONCE = 4
SECONDS = 30.0
TRIES = 3
PAUSES = (1.0, 5.0)
PASSING = {408, 409, 425, 429}
"""Answers below 500 that say: not now."""
ENVIRONMENT = "env:"


async def to_http(
    store: Store, flow: Flow, number: int, *, clock: Clock, limit: int | None = None
) -> None:
    """POST what is ready, one record a request; Unavailable once the receiver cannot be reached."""
    target = flow.steps[number].target
    headers = header_values(target)
    gate = asyncio.Semaphore(AT_ONCE)
    failures: list[Unavailable] = []

    async def one(record: Carried) -> None:
        async with gate:
            if failures:
                return
            try:
                refusal = await _post(target.url or "", record, headers, clock)
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

    ready = list(flows.in_status(store, flow.name, number, "ready"))
    async with asyncio.TaskGroup() as group:
        for record in ready:
            group.create_task(one(record))
    if failures:
        raise failures[0]


def idempotency_key(record: Carried) -> str:
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
    parts = urlsplit(target.url or "")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"`{target.url}` is not an http(s) URL"
    is_secret = any(value.startswith(ENVIRONMENT) for value in target.headers.values())
    is_local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme == "http" and is_secret and not is_local:
        return f"`{target.url}` would send a secret header unencrypted"
    return None


async def _post(url: str, record: Carried, headers: Mapping[str, str], clock: Clock) -> str | None:
    """POST one record: None where it was taken, else the reason; Unavailable where none came."""
    said = ""
    for attempt in range(TRIES):
        if attempt:
            await clock.sleep(PAUSES[min(attempt - 1, len(PAUSES) - 1)])
        status, said = await asyncio.to_thread(_send, url, record, headers)
        if 200 <= status < 300:
            return None
        if 300 <= status < 500 and status not in PASSING:
            return f"the receiver answered {status}: {said}" if said else f"answered {status}"
    raise Unavailable(
        f"`{safe(url)}` did not take `{record.key}`: {said}",
        hint="the record stays ready, and the next run goes on with it",
    )


def _send(url: str, record: Carried, headers: Mapping[str, str]) -> tuple[int, str]:
    """One request: its status, 0 if there was no answer, and the first line of what was said."""
    request = urllib.request.Request(  # noqa: S310 (http or https only, see `check_url`)
        url,
        data=(record.body or "").encode(),
        headers={
            "Content-Type": "application/json",
            "Idempotency-Key": idempotency_key(record),
            **headers,
        },
        method="POST",
    )
    try:
        with OPENER.open(request, timeout=SECONDS) as reply:
            return reply.status, ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _line(error.read(2_000)) or str(error.code)
    except (OSError, ValueError) as error:
        return 0, str(getattr(error, "reason", error))


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirected POST would become a GET without a body, so none is followed."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


OPENER = urllib.request.build_opener(_NoRedirects)


def _line(body: bytes) -> str:
    lines = body.decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in lines if line.strip()), "")[:200]


def safe(url: str) -> str:
    """A URL without what may be secret in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"


def file_name(flow: Flow, target: Target, *, run: int, due: datetime) -> str:
    """The file that a run writes, with `{run}`, `{due}` and `{date}` filled in."""
    pattern = target.file or ""
    marks = {"run": str(run), "due": f"{due:%Y%m%dT%H%M%SZ}", "date": f"{due:%Y-%m-%d}"}
    for mark, value in marks.items():
        pattern = pattern.replace(f"{{{mark}}}", value)
    return str(flow.folder / pattern)


async def to_file(
    store: Store, flow: Flow, number: int, *, run: int, due: datetime, clock: Clock
) -> None:
    """Write what is ready into the run's file, and first what an earlier run did not finish."""
    step = flow.steps[number]
    flows.place(store, flow.name, number, file_name(flow, step.target, run=run, due=due))
    ready = sorted(
        flows.in_status(store, flow.name, number, "ready"), key=lambda each: each.place or ""
    )
    for path, group in groupby(ready, key=lambda each: each.place or ""):
        records = list(group)
        await asyncio.to_thread(write_whole, Path(path), rendered(Path(path), step, records))
        with store.transaction() as connection:
            for each in records:
                flows.settle(connection, each, "sent", clock.now())


def rendered(path: Path, step: Step, records: Sequence[Carried]) -> bytes:
    """The contents of a file: CSV by its ending, else one JSON record a line."""
    if path.suffix.lower() != ".csv":
        return "".join(f"{each.body}\n" for each in records).encode()
    rows = [json.loads(each.body or "{}", parse_float=Decimal) for each in records]
    columns = list(step.fields) or list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(_at(row, name)) for name in columns])
    return text.getvalue().encode()


def _at(row: Mapping[str, Any], name: str) -> Any:
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, default=str) if isinstance(value, dict | list) else value


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees a part of it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.part")
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise InputError(
            f"`{path}` cannot be written: {(error.strerror or str(error)).lower()}",
            hint="the records stay ready, and the next run goes on with them",
        ) from error
