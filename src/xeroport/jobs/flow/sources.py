"""What a flow's source has that the flow has not read yet, in portions.

A portion's records commit together with the checkpoint that it brings. Reading a portion again is
harmless: a record that came before, with the same key and contents, is nothing new.
"""

from __future__ import annotations

import glob
import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xeroport.catalogue import Endpoint, load
from xeroport.destinations import default_url, duckdb_location, shown
from xeroport.destinations.interruptible import in_thread
from xeroport.errors import InputError, UnknownName
from xeroport.jobs.flow.changes import changed
from xeroport.jobs.flow.context import FlowContext
from xeroport.jobs.flow.definition import FlowSource as From
from xeroport.jobs.query import answering
from xeroport.jobs.sync.requests import DECIMALS, EVERYTHING
from xeroport.jobs.webhooks.events import RECORDS, fold
from xeroport.rows import excel, source
from xeroport.rows.row import without_unfit
from xeroport.sql import layouts
from xeroport.sql.layouts import Layout
from xeroport.store import flows, inbox
from xeroport.xero.client import XeroClient, open_client

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a source and where it was; `broken` says why it has no values."""

    origin: str
    values: Mapping[str, Any]
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class Portion:
    """Records, and what to commit with the last of them: the flow's new `state`, a file that is
    `read` (digest, name), or the position in the inbox. `layout` None: it shows in the records. A
    file (`name`) that cannot be opened is a `failure`."""

    records: Iterable[Record]
    layout: Mapping[str, Layout] | None = None
    state: Mapping[str, Any] | None = None
    read: tuple[str, str] | None = None
    position: int | None = None
    name: str = ""
    failure: InputError | None = None


@dataclass(frozen=True, slots=True)
class SourceRead:
    """How a run reads its source: `since` overrides the checkpoint and leaves it; `gaps` says to
    ask also for what webhooks did not report, `sample` for so many records only."""

    context: FlowContext
    state: Mapping[str, Any]
    since: datetime | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    gaps: bool = True
    sample: int | None = None


def endpoint_of(source: From) -> Endpoint:
    """The list endpoint behind a source of Xero's, or behind the webhooks of a stream."""
    catalogue = load()
    if source.kind == "webhooks":
        stream = source.webhooks or ""
        if stream not in RECORDS.values():
            raise UnknownName("stream with webhooks", stream, RECORDS.values())
        return catalogue.streams[stream]
    endpoint = catalogue.endpoint(source.endpoint or "")
    if endpoint.is_write or endpoint.record is None or endpoint.verb != "list":
        name = f"{endpoint.name.split('.')[0]}.list"
        lists = [listed.name for listed in catalogue.endpoints if listed.verb == "list"]
        raise InputError(
            f"`{endpoint.name}` is not a list to read from",
            hint=f"did you mean `{name}`?" if name in lists else "see `xeroport endpoints`",
        )
    return endpoint


def reader_of(flow: str) -> str:
    """The name by which a flow of that name reads an inbox."""
    return f"flow {flow}"


async def portions(read: SourceRead) -> AsyncIterator[Portion]:
    """The portions of a flow's source, in order."""
    kind = read.context.flow.source.kind
    if kind == "files":
        for portion in _files(read):
            yield portion
    elif kind == "sql":
        async for portion in _rows(read):
            yield portion
    else:
        given = read.context.flow.source
        endpoint = endpoint_of(given)
        client = open_client(read.context.store, given.instance or "")
        async with client:
            is_whole = read.since is not None or read.sample is not None
            if kind == "webhooks" and not is_whole:
                async for portion in _told(read, client, endpoint):
                    yield portion
            if kind == "xero" or is_whole or read.gaps:
                async for portion in _listed(read, client, endpoint):
                    yield portion


async def _listed(
    read: SourceRead, client: XeroClient, endpoint: Endpoint
) -> AsyncIterator[Portion]:
    asked = {**_fixed(endpoint), **read.params}
    if read.sample is not None:
        few = {"page": 1, "pageSize": read.sample}
        asked |= {name: value for name, value in few.items() if name in endpoint.by_name}
        reply = await client.call(endpoint, asked, modified_since=read.since)
        yield _portion(endpoint, reply.records[: read.sample])
        return
    walk = changed(client, endpoint, asked, held=read.state.get("xero", {}), since=read.since)
    async for records, state in walk:
        yield _portion(endpoint, records, None if state is None else {**read.state, "xero": state})


async def _told(read: SourceRead, client: XeroClient, endpoint: Endpoint) -> AsyncIterator[Portion]:
    """The records that webhooks named, as they are in Xero now."""
    flow = read.context.flow
    name, stream = flow.source.instance or "", flow.source.webhooks or ""
    while events := inbox.unread(read.context.store, name, reader_of(flow.name)):
        ids = fold(kept.event for kept in events).get(stream, ())
        async for reply in client.by_ids(endpoint, ids, _fixed(endpoint)):
            yield _portion(endpoint, reply.records)
        yield replace(_portion(endpoint, ()), position=events[-1].id)


def _portion(
    endpoint: Endpoint,
    records: Iterable[Mapping[str, Any]],
    state: Mapping[str, Any] | None = None,
) -> Portion:
    """Records of a list of Xero's, with the checkpoint that goes with them."""
    record = load().record(endpoint.record or "")
    return Portion(
        [_record(values, record.key) for values in records], layouts.of_record(record.name), state
    )


def _fixed(endpoint: Endpoint) -> dict[str, Any]:
    """Parameters without which Xero leaves records or decimals out."""
    pairs = (DECIMALS, EVERYTHING.get(endpoint.name.rsplit(".", 1)[0], DECIMALS))
    return {name: value for name, value in pairs if name in endpoint.by_name}


def _record(values: Mapping[str, Any], key: tuple[str, ...]) -> Record:
    return Record(" / ".join(str(values.get(name)) for name in key) or "record", values)


def _files(read: SourceRead) -> Iterator[Portion]:
    folder, pattern = read.context.flow.folder, read.context.flow.source.files or ""
    pattern, sheet = excel.split(pattern)
    paths = sorted(glob.glob(pattern, root_dir=folder, recursive=True))
    for name in paths:
        path = folder / name
        if not path.is_file():
            continue
        digest = _digest(path)
        is_wanted = read.since is not None and _touched(path) >= read.since
        if read.since is not None and not is_wanted:
            continue
        if not (is_wanted or read.sample) and flows.is_read(
            read.context.store, read.context.flow.name, digest
        ):
            continue
        try:
            opened = source.open_file(f"{path}#{sheet}" if sheet else str(path))
        except InputError as error:
            yield Portion((), name=name, failure=error)
            continue
        layout = layouts.of_texts(opened.columns) if opened.texts and opened.columns else None
        yield Portion(_in_file(name, opened), layout, read=(digest, name), name=name)


def _in_file(name: str, opened: source.Source) -> Iterator[Record]:
    for row in without_unfit(opened.rows):
        if row.rest_lost:
            raise InputError(f"`{name}` line {row.line}: {row.broken}")
        values = row.values
        if opened.texts:
            values = {column: value or None for column, value in values.items()}
        yield Record(f"{name}:{row.line}", values, row.broken)


def _digest(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _touched(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def place_of(context: FlowContext) -> str:
    """The destination that a query is asked of."""
    flow = context.flow
    return located(flow.source.url, flow.folder) or default_url(context.store.home)


async def _rows(read: SourceRead) -> AsyncIterator[Portion]:
    """All rows of a query; those that came before fall out by their key and contents."""
    given = read.context.flow.source
    if read.since is not None:
        raise InputError(
            "`--since` has no effect on a query: it gives all its rows every time",
            hint="put the condition into the SQL; rows that came before are left out anyway",
        )
    url = place_of(read.context)
    scheme, _, path = url.partition(":")
    if scheme in ("duckdb", "parquet") and not duckdb_location(path).path.exists():
        raise InputError(
            f"the destination `{shown(url)}` is not there",
            hint="`xeroport sync NAME` makes it; once it is back, the next run continues",
        )
    with ExitStack() as stack:
        context = answering(given.sql or "", url=url, instance=given.instance)
        answer = await in_thread(stack.enter_context, context)
        number = 0
        while True:
            lot = await in_thread(next, answer.lots, None)
            if lot is None:
                break
            records = []
            for values in lot[: read.sample]:
                number += 1
                row = dict(zip(answer.columns, values, strict=True))
                records.append(Record(f"row {number}", row))
            yield Portion(records)
            if read.sample is not None:
                break


def located(url: str | None, folder: Path) -> str | None:
    """A destination's URL with its path seen from a folder."""
    scheme, _, path = (url or "").partition(":")
    if scheme in ("duckdb", "parquet") and path:
        return f"{scheme}:{folder / Path(path).expanduser()}"
    return url
