"""Looks at uploaded files: each file is read and checked once, in the background, and its problems
are kept beside it, to be paged through."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import msgspec

from xeroport.catalogue import load
from xeroport.console.jobs import columns_to_fields as fitting
from xeroport.console.jobs.columns_to_fields import FittedColumns
from xeroport.console.jobs.uploads import Upload, Uploads
from xeroport.errors import UnknownName, XeroportError
from xeroport.jobs.push.checked import Guard
from xeroport.jobs.push.order import Order, wish_of
from xeroport.jobs.push.report import PushReport
from xeroport.jobs.push.run import push_async
from xeroport.records import maps
from xeroport.rows.problems import Problem
from xeroport.store.database import Store
from xeroport.store.outbox import outbox

KEPT = 16
MOST_PROBLEMS = 200_000
AT_ONCE = 2
PATIENCE = 2.0
"""Seconds after which a page says that the check still runs, instead of waiting."""


@dataclass(frozen=True)
class ReviewResult:
    """What a look at an upload found out; `wrong` where it cannot even be read. The problems are
    in a file beside it, the `errors` first, then the `warnings`."""

    fitted: FittedColumns | None = None
    report: PushReport | None = None
    wrong: XeroportError | None = None
    errors: int = 0
    warnings: int = 0


class Reviews:
    """The latest looks. One is done again when the file, a choice or the outbox has changed."""

    def __init__(self, store: Store, uploads: Uploads) -> None:
        self._store = store
        self._uploads = uploads
        self._shelf: OrderedDict[str, tuple[bytes, Future[ReviewResult]]] = OrderedDict()
        self._lock = threading.Lock()
        self._slots = threading.Semaphore(AT_ONCE)

    def of(self, upload: Upload, *, patience: float = PATIENCE) -> ReviewResult | None:
        """What is found; None while the file is still being checked."""
        mark = self._mark(upload)
        with self._lock:
            known = self._shelf.get(upload.id)
            if known is None or known[0] != mark:
                known = (mark, self._begun(lambda: self._examine(upload)))
                self._shelf[upload.id] = known
                while len(self._shelf) > KEPT:
                    self._shelf.popitem(last=False)
            self._shelf.move_to_end(upload.id)
        try:
            return known[1].result(patience)
        except TimeoutError:
            return None

    def version(self, upload: Upload) -> str:
        """Which file, with which corrections and choices: a page names what it showed."""
        file = self._file(upload)
        what_counts = msgspec.structs.replace(upload, runs=(), like="")
        mark = msgspec.json.encode((what_counts, file.st_mtime_ns, file.st_size))
        return hashlib.blake2b(mark, digest_size=16).hexdigest()

    def _mark(self, upload: Upload) -> bytes:
        """All that a look depends on."""
        file = self._file(upload)
        counts = outbox.counts(self._store, upload.instance)
        return msgspec.json.encode((upload, file.st_mtime_ns, file.st_size, counts))

    def _file(self, upload: Upload) -> os.stat_result:
        try:
            return self._uploads.path(upload).stat()
        except FileNotFoundError:
            raise UnknownName("upload", upload.id, (), hint="upload the file again") from None

    def _begun(self, work: Callable[[], ReviewResult]) -> Future[ReviewResult]:
        future: Future[ReviewResult] = Future()

        def run() -> None:
            with self._slots:
                try:
                    future.set_result(work())
                except BaseException as error:
                    future.set_exception(error)

        threading.Thread(target=run, name="review", daemon=True).start()
        return future

    def _examine(self, upload: Upload) -> ReviewResult:
        """Read and check the file, as a dry run of the push does."""
        path = str(self._uploads.path(upload))
        catalogue, fitted = load(), None
        try:
            endpoint = catalogue.endpoint(upload.endpoint)
            fitted = fitting.fit(path, catalogue, endpoint, upload.columns)
            report = asyncio.run(push_async(self._store, self._order(upload, fitted)))
        except XeroportError as error:
            return ReviewResult(fitted, wrong=error)
        errors = [problem for problem in report.problems if problem.level == "error"]
        warnings = [problem for problem in report.problems if problem.level != "error"]
        self._keep(upload, [*errors, *warnings])
        report = replace(report, problems=())
        return ReviewResult(fitted, report, None, len(errors), len(warnings))

    def _order(self, upload: Upload, fitted: FittedColumns) -> Order:
        layout = None
        if fitted.is_renamed:
            layout = maps.read(write_map(self._uploads, upload, fitted))
        return Order(
            upload.instance,
            upload.endpoint,
            path=str(self._uploads.path(upload)),
            key=tuple(part.strip() for part in upload.key.split(",") if part.strip()),
            layout=layout,
            ignored=frozenset() if layout else left_out(fitted),
            constants=upload.constants,
            wish=wish_of(upload.dates or None, upload.decimal or None),
            update=upload.update,
            skip_invalid=upload.skip_invalid,
            dry_run=True,
            guard=Guard(agreed=True),
            most_problems=MOST_PROBLEMS,
            most_alike=MOST_PROBLEMS,
        )

    def _keep(self, upload: Upload, problems: list[Problem]) -> None:
        path = self._uploads.beside(upload, "problems.ndjson")
        part = path.with_name("problems.part")
        with part.open("wb") as file:
            file.writelines(msgspec.json.encode(problem) + b"\n" for problem in problems)
        part.replace(path)

    def problems(self, upload: Upload, start: int, most: int) -> list[Problem]:
        """Some of the problems that the last look found."""
        with self._uploads.beside(upload, "problems.ndjson").open("rb") as file:
            some = islice(file, start, start + most)
            return [msgspec.json.decode(line, type=Problem) for line in some]


def write_map(uploads: Uploads, upload: Upload, fitted: FittedColumns) -> Path:
    """The map file for the chosen columns, as the command line takes it."""
    path = uploads.beside(upload, "map.toml")
    path.write_text(fitting.as_map(fitted), encoding="utf-8")
    return path


def left_out(fitted: FittedColumns) -> frozenset[str]:
    """The columns that go into no field."""
    if fitted.template:
        return frozenset()
    return frozenset(column.name for column in fitted.columns if not column.field)
