"""The jobs as functions: `sync`, `push`, `flow` and `fleet`, with `…_async` twins.

Each gives its report, whose `ok` says that all is done, and raises where it is not; the error's
`report` is then the same report. `check=False` gives the report whatever it says.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from xeroport.api import outcome
from xeroport.api import text_arguments as arguments
from xeroport.api.query import QueryResult
from xeroport.api.text_arguments import check_named, check_texts
from xeroport.config import home_folder
from xeroport.errors import InputError, XeroportError
from xeroport.jobs import background
from xeroport.store.database import Store

if TYPE_CHECKING:
    from xeroport.jobs.fleet.report import FleetReport
    from xeroport.jobs.flow.report import FlowReport
    from xeroport.jobs.push.checked import Guard
    from xeroport.jobs.push.report import PushReport
    from xeroport.jobs.sync.report import SyncReport
    from xeroport.records.maps import Map

Report = TypeVar("Report", "SyncReport", "PushReport", "FlowReport", "FleetReport")


async def sync_async(
    name: str,
    *,
    streams: Iterable[str] | str | None = None,
    to: str | None = None,
    full: bool = False,
    fresh: bool = False,
    keep_raw: bool = False,
    home: Path | str | None = None,
    check: bool = True,
) -> SyncReport:
    """`sync`, as a coroutine."""
    check_named(name=name)
    check_texts(to=to)
    wanted = None if streams is None else arguments.names("streams", streams)
    if wanted == ():
        raise InputError("`streams` is empty", hint="leave it out for all streams")
    from xeroport.jobs.sync.run import sync_instance

    async with _store(home) as store:
        report = await sync_instance(
            store, name, streams=wanted, to=to, full=full, fresh=fresh, keep_raw=keep_raw
        )
    return _checked(report, outcome.of_sync, check)


def sync(
    name: str,
    *,
    streams: Iterable[str] | str | None = None,
    to: str | None = None,
    full: bool = False,
    fresh: bool = False,
    keep_raw: bool = False,
    home: Path | str | None = None,
    check: bool = True,
) -> SyncReport:
    """Bring an instance's streams (None: all) into a destination and give the report.

    `to` is the destination (default: `books.duckdb` of the home folder); `full` reads everything
    again, `fresh` reads every stream even if the plan of calls has it due later. Raises where a
    stream is not done: DayLimitReached, AccessError, Unavailable, or Incomplete for some of them.
    """
    return background.run(
        lambda: sync_async(
            name,
            streams=streams,
            to=to,
            full=full,
            fresh=fresh,
            keep_raw=keep_raw,
            home=home,
            check=check,
        )
    )


async def push_async(
    instance: str,
    endpoint: str,
    rows: Iterable[Mapping[str, Any]] | str | Path | Any,
    *,
    key: str | Sequence[str] | None = None,
    layout: Map | Mapping[str, Any] | str | Path | None = None,
    constants: Mapping[str, Any] | None = None,
    ignored: Iterable[str] = (),
    update: bool = False,
    skip_invalid: bool = False,
    dry_run: bool = False,
    dates: str | None = None,
    decimal: Literal[".", ","] | None = None,
    clear: bool = False,
    guard: Guard | None = None,
    out: Path | str | None = None,
    files: Path | str | None = None,
    hold: bool = False,
    home: Path | str | None = None,
    check: bool = True,
) -> PushReport:
    """`push`, as a coroutine."""
    key, rows, ignored = _push_arguments(
        instance, endpoint, key=key, rows=rows, ignored=ignored, constants=constants, guard=guard
    )
    from xeroport.jobs.push.run import push_rows

    def work() -> Coroutine[Any, Any, PushReport]:
        return push_rows(
            instance,
            endpoint,
            rows,
            key=key,
            layout=layout,
            constants=constants,
            ignored=ignored,
            update=update,
            skip_invalid=skip_invalid,
            dry_run=dry_run,
            dates=dates,
            decimal=decimal,
            clear=clear,
            guard=guard,
            out=out,
            files=files,
            hold=hold,
            home=home,
        )

    report = await background.in_thread(work)
    return _checked(report, outcome.of_push, check)


def push(
    instance: str,
    endpoint: str,
    rows: Iterable[Mapping[str, Any]] | str | Path | Any,
    *,
    key: str | Sequence[str] | None = None,
    layout: Map | Mapping[str, Any] | str | Path | None = None,
    constants: Mapping[str, Any] | None = None,
    ignored: Iterable[str] = (),
    update: bool = False,
    skip_invalid: bool = False,
    dry_run: bool = False,
    dates: str | None = None,
    decimal: Literal[".", ","] | None = None,
    clear: bool = False,
    guard: Guard | None = None,
    out: Path | str | None = None,
    files: Path | str | None = None,
    hold: bool = False,
    home: Path | str | None = None,
    check: bool = True,
) -> PushReport:
    """Send rows into Xero, each once, and give the report.

    `rows` are mappings, the path of a file, a pandas or polars frame, an Arrow table or the result
    of a query; `key` names the column that identifies a record. `dates` and `decimal` say how a
    file writes them, `clear` that empty values clear a field, `files` is the folder of files to
    attach; `hold` keeps the records in the outbox until a person approves them. Raises InvalidRows,
    with nothing sent, if rows are invalid, and Incomplete if Xero refused some.
    """
    key, rows, ignored = _push_arguments(
        instance, endpoint, key=key, rows=rows, ignored=ignored, constants=constants, guard=guard
    )
    from xeroport.jobs.push.run import push_rows

    report = background.run(
        lambda: push_rows(
            instance,
            endpoint,
            rows,
            key=key,
            layout=layout,
            constants=constants,
            ignored=ignored,
            update=update,
            skip_invalid=skip_invalid,
            dry_run=dry_run,
            dates=dates,
            decimal=decimal,
            clear=clear,
            guard=guard,
            out=out,
            files=files,
            hold=hold,
            home=home,
        )
    )
    return _checked(report, outcome.of_push, check)


def _push_arguments(
    instance: object,
    endpoint: object,
    *,
    key: str | Sequence[str] | None,
    rows: Any,
    ignored: Iterable[str],
    constants: object,
    guard: object,
) -> tuple[str | Sequence[str] | None, Any, Iterable[str]]:
    """Key, rows and ignored columns of a push as the job takes them; InputError for what is of a
    wrong type."""
    check_named(instance=instance, endpoint=endpoint)
    from xeroport.jobs.push.checked import Guard

    if constants is not None and not isinstance(constants, Mapping):
        raise InputError(
            f"`constants` must be a mapping, not {type(constants).__name__}",
            hint='such as `{"Type": "ACCREC"}`',
        )
    if not isinstance(guard, Guard | None):
        raise InputError(f"`guard` must be a `Guard`, not {type(guard).__name__}")
    if isinstance(rows, bytes | bytearray):
        raise InputError("the rows are bytes", hint="write them to a file, and give its path")
    if isinstance(rows, str) and "\n" in rows:
        raise InputError(
            "the rows are text of several lines", hint="write it to a file, and give its path"
        )
    rows = rows.dicts() if isinstance(rows, QueryResult) else rows
    names = key if key is None or isinstance(key, str) else arguments.names("key", key)
    return names, rows, arguments.names("ignored", ignored)


async def flow_async(
    name: str, *, since: str | None = None, home: Path | str | None = None, check: bool = True
) -> FlowReport:
    """`flow`, as a coroutine."""
    check_named(name=name)
    from xeroport.jobs.flow.run import run_flow

    async with _store(home) as store:
        report = await run_flow(store, name, since=since)
    return _checked(report, outcome.of_flow, check)


def flow(
    name: str, *, since: str | None = None, home: Path | str | None = None, check: bool = True
) -> FlowReport:
    """Run a saved flow once and give the report.

    Raises what stopped it, or Incomplete where a target refused some of the records.
    """
    return background.run(lambda: flow_async(name, since=since, home=home, check=check))


def fleet(
    patterns: str | Sequence[str] = "*",
    *,
    to: str,
    workers: int | None = None,
    engine: str = "local",
    streams: Iterable[str] | str | None = None,
    full: bool = False,
    home: Path | str | None = None,
    check: bool = True,
) -> FleetReport:
    """Sync all instances whose names match, in parallel, and give the report.

    `to` is a destination in which `{instance}` stands for the name, such as
    `duckdb:books/{instance}.duckdb`; `engine` is `local` or `dask://HOST:PORT`. Raises Incomplete,
    or what all instances have in common, if one of them is not done.
    """
    check_named(to=to, engine=engine)
    wanted = () if streams is None else arguments.names("streams", streams)
    if streams is not None and not wanted:
        raise InputError("`streams` is empty", hint="leave it out for all streams")
    if workers is not None and (not isinstance(workers, int) or workers < 1):
        raise InputError(f"`workers` must be a whole number from 1, not `{workers!r}`")
    from xeroport.jobs.fleet import executors
    from xeroport.jobs.fleet.run import fleet_sync, selected

    store = Store(home_folder(home))
    try:
        names = selected(store, arguments.names("patterns", patterns))
        report = fleet_sync(
            store,
            names,
            to=to,
            engine=executors.engine(engine, workers=workers),
            streams=wanted,
            full=full,
        )
    finally:
        store.close()
    return _checked(report, outcome.of_fleet, check)


def _checked(
    report: Report, failure: Callable[[Report], XeroportError | None], check: bool
) -> Report:
    """The report; its error is raised instead where `check` says so."""
    error = failure(report)
    if error is not None and check:
        error.report = report
        raise error
    return report


@asynccontextmanager
async def _store(home: Path | str | None) -> AsyncIterator[Store]:
    store = Store(home_folder(home))
    try:
        yield store
    finally:
        store.close()
