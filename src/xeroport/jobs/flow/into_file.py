"""Files as the target of a flow: one a run with what is new, written whole or not at all.

What goes into a file is decided before it is written, so that a crash writes the same file again.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from xeroport.errors import InputError
from xeroport.jobs.flow.context import FlowContext
from xeroport.jobs.flow.definition import Step, Target
from xeroport.jobs.flow.into_table import value_at
from xeroport.store import flows
from xeroport.store.flows import FlowRecord


def file_name(context: FlowContext, target: Target) -> str:
    """The file that a run writes, with `{run}`, `{due}` (UTC) and `{date}` (the day it is in the
    flow's time zone) filled in."""
    pattern = target.file or ""
    day = context.due.astimezone(ZoneInfo(context.time_zone))
    stamp = context.due.astimezone(UTC)
    marks = {"run": str(context.run), "due": f"{stamp:%Y%m%dT%H%M%SZ}", "date": f"{day:%Y-%m-%d}"}
    for mark, value in marks.items():
        pattern = pattern.replace(f"{{{mark}}}", value)
    return str(context.flow.folder / pattern)


async def to_file(context: FlowContext, number: int) -> None:
    """Write what is ready into the run's file, and first what an earlier run did not finish."""
    store, flow = context.store, context.flow
    step = flow.steps[number]
    path = file_name(context, step.target)
    flows.place(store, flow.name, number, path)
    ready = sorted(flows.ready(store, flow.name, number), key=lambda each: each.place or "")
    for path, group in groupby(ready, key=lambda each: each.place or ""):
        records = list(group)
        await asyncio.to_thread(write_whole, Path(path), rendered(Path(path), step, records))
        with store.transaction() as connection:
            for each in records:
                flows.settle(connection, each, "sent", context.store.clock.now())


def rendered(path: Path, step: Step, records: Sequence[FlowRecord]) -> bytes:
    """The contents of a file: CSV by its ending, else one JSON record a line."""
    if path.suffix.lower() != ".csv":
        return "".join(f"{record.body}\n" for record in records).encode()
    rows = [json.loads(record.body or "{}", parse_float=Decimal) for record in records]
    columns = list(step.fields) or list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(value_at(row, name)) for name in columns])
    return text.getvalue().encode()


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
            hint="the records are kept, and the next run continues with them",
        ) from error
