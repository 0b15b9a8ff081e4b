"""One stream's way into the destination: pages → landing files → batches, one after another.

While a batch is written (in the writer's thread, mostly DuckDB without the GIL) the next pages are
fetched and split. A stream has one batch under way at most, so that its checkpoints keep their
order.
"""

from __future__ import annotations

import asyncio
import gzip
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from msgspec import structs

from xeroport.catalogue import Endpoint, load
from xeroport.destinations import Batch, Checkpoint, Destination, LandedBatch
from xeroport.destinations.failures import BatchFailed, ManyGone, as_our_error
from xeroport.errors import XeroportError
from xeroport.jobs.sync.landing import LandingFile, Page
from xeroport.jobs.sync.position import Position, decode, encode, is_further
from xeroport.jobs.sync.record_shapes import RecordShapes
from xeroport.jobs.sync.report import StreamReport

T = TypeVar("T")

BATCH_BYTES = 48 << 20
"""A batch is cut at this many bytes of records: much more costs memory, much less costs commits."""

BATCH_AGE = timedelta(seconds=20)
"""Or when its first page has waited this long: a sync that is killed reads so much again."""


FEW = 5
"""More records than this are not marked as gone before Xero was asked again."""


class Writer:
    """The destination in a thread of its own; calls wait for one another. `failure` is what made
    the destination as a whole unusable, `standing` are the checkpoints that it holds."""

    def __init__(self, destination: Destination) -> None:
        self.failure: XeroportError | None = None
        self.standing: dict[str, Checkpoint] = {}
        self._marks: list[Batch] = []
        self._destination = destination
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="destination")

    async def checkpoints(self) -> dict[str, Checkpoint]:
        self.standing = await self._run(self._destination.checkpoints)
        return dict(self.standing)

    async def land(self, batch: Batch) -> LandedBatch:
        landed = await self._run(lambda: self._destination.land(batch))
        self._note(batch)
        return landed

    def defer(self, batch: Batch) -> None:
        """Keep a checkpoint that nothing else is written with, for `mark`."""
        self._marks.append(batch)

    async def mark(self) -> None:
        """Write the checkpoints that were deferred, in one transaction."""
        marks, self._marks = self._marks, []
        if marks and self.failure is None:
            await self._run(lambda: self._destination.mark(marks))
            for batch in marks:
                self._note(batch)

    async def held(self, record: str, since: datetime) -> int:
        return await self._run(lambda: self._destination.held(record, since=since))

    def _note(self, batch: Batch) -> None:
        self.standing[batch.stream] = Checkpoint(batch.number, batch.state)

    def close(self) -> None:
        """Wait for what is under way."""
        self._thread.shutdown()

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            inside = copy_context().run  # the thread works for this run
            return await asyncio.get_running_loop().run_in_executor(self._thread, inside, work)
        except Exception as error:
            failure = as_our_error(error)
            if not isinstance(failure, BatchFailed):
                self.failure = self.failure or failure
            raise failure from error


class Inflow:
    """What a stream has brought in: `position` is where it stands, committed or about to be;
    `committed` is where the destination stands, or a position that says no more than that. By our
    clock, `read_at` is when the last read to the end began. While it `is_holding`, pages are kept
    together in one landing file, however large, that can still be dropped."""

    def __init__(
        self,
        writer: Writer,
        endpoint: Endpoint,
        *,
        checkpoint: Checkpoint | None,
        folder: Path,
        raw: Path | None,
        now: Callable[[], datetime],
        report: StreamReport,
        tell: Callable[[StreamReport], None],
        read_at: datetime | None = None,
    ) -> None:
        self.writer = writer
        self.endpoint = endpoint
        self.record = endpoint.table_record
        self.report = report
        self.position = decode(checkpoint.state) if checkpoint else Position()
        self.committed = self.position
        self.number = checkpoint.number if checkpoint else 0
        self.now = now
        self.is_holding = False
        self.began = now()
        self.read_at = read_at
        self._stamped = self.position.stamped or datetime.min.replace(tzinfo=UTC)
        self._folder = folder
        self._raw = raw
        self._tell = tell
        self._file: LandingFile | None = None
        self._file_began = self.began
        self._landing: asyncio.Task[None] | None = None

    async def add(self, page: Page, position: Position) -> None:
        """Take a page's records in; `position` is where the stream stands with them."""
        self.report.pages += 1
        self.report.records += len(page.records)
        for field, count in page.drift.items():
            if field not in self.position.drift:
                self.report.drift[field] = self.report.drift.get(field, 0) + count
        self.report.reshaped = sorted({*self.report.reshaped, *page.reshaped})
        if page.records:
            if self._file is None:
                name = f"{self.report.stream}-{self.number + 1}.ndjson"
                self._file = LandingFile(self._folder / name)
                self._file_began = self.now()
            self._file.add(page.records, form=page.form, said=page.said, met=page.met)
        self.position = position
        self._tell(self.report)
        if self._is_due() and not self.is_holding:
            await self.flush()

    def _is_due(self) -> bool:
        if self._file is None:
            return False
        age = self.now() - self._file_began
        return self._file.size >= BATCH_BYTES or age >= BATCH_AGE

    def stamp(self) -> datetime:
        """The `_synced_at` of what is written next: our clock, but later than all that was written
        before, which is how a full read knows what it has met (clocks are set back)."""
        self._stamped = max(self.now(), self._stamped + timedelta(microseconds=1))
        return self._stamped

    def drop(self) -> None:
        """Forget the pages held: they bring nothing new."""
        if self._file is not None:
            self.report.records -= self._file.records
            self._file.close().unlink()
            self._file = None
        self.is_holding = False

    async def flush(
        self,
        *,
        position: Position | None = None,
        synced_at: datetime | None = None,
        whole_since: datetime | None = None,
        replace_all: bool = False,
        is_read: bool = True,
        is_sure: bool = False,
    ) -> None:
        """Hand what has come since the last batch, and where the stream stands, to the writer. A
        `position` is where a read ends; `is_read` says that it met all there is, `is_sure` that
        Xero was asked again whether what it did not meet is gone."""
        landing, self._file, self.is_holding = self._file, None, False
        path = landing.close() if landing else None
        await self.settle()
        if position is not None:
            self.position = position
            self.read_at = self.began if is_read else self.read_at
        is_bare = landing is None and not replace_all and whole_since is None
        if is_bare and not is_further(self.position, self.committed):
            self.committed = self.position
            return
        self.number += 1
        stamp = synced_at or self.stamp()
        batch = Batch(
            stream=self.report.stream,
            record=self.record,
            number=self.number,
            state=self._state(),
            synced_at=stamp,
            files=(path,) if path else (),
            longest=landing.longest if landing else 0,
            form=landing.form if landing else "any",
            said=landing.said if landing else frozenset(),
            met=landing.met if landing else None,
            most_gone=None if is_sure or replace_all or whole_since is None else FEW,
            whole_since=whole_since,
            replace_all=replace_all,
        )
        self._landing = asyncio.create_task(self._land(batch))

    def _state(self) -> str:
        """The position as it commits: drift that this sync reports is none to the next."""
        reported = tuple(sorted({*self.position.drift, *self.report.drift}))
        return encode(structs.replace(self.position, stamped=self._stamped, drift=reported))

    async def settle(self) -> None:
        """Wait until all that was flushed is committed."""
        if self._landing is not None:
            try:
                await asyncio.shield(self._landing)
            except ManyGone:
                self._landing = None  # nothing of it was written, and it may come again
                raise
            self._landing = None

    async def keep(self) -> None:
        """Commit what has come so far, so that the next sync continues from there."""
        if self._file is not None:
            await self.flush()
        await self.settle()

    async def held(self, since: datetime) -> int:
        """Distinct records committed at or after `since`."""
        if self._file is not None:
            await self.flush()
        await self.settle()
        return await self.writer.held(self.record, since)

    async def _land(self, batch: Batch, *, keep: bool = False) -> None:
        """Raw files are kept before the commit, so that none of a committed batch is missing. A
        checkpoint alone waits for the others: `Writer.mark` writes all of them."""
        if not batch.files and not batch.replace_all and batch.whole_since is None:
            self.writer.defer(batch)
            self.committed = decode(batch.state)
            return
        if self._raw is not None and not keep:
            for path in batch.files:
                await asyncio.to_thread(_keep_raw, path, self._raw, batch.number)
        landed = await self.writer.land(batch)
        self.committed = decode(batch.state)
        for path in () if keep else batch.files:
            path.unlink()
        report = self.report
        report.rejected += landed.rejected - landed.keyless
        report.keyless += landed.keyless
        report.tombstones += landed.tombstones
        for table, count in landed.rows.items():
            report.rows[table] = report.rows.get(table, 0) + count
        self._tell(report)

    def kept_from(self) -> int:
        """The number that the next kept landing file has; 0 if none is kept."""
        return self.number + 1 if self._raw is not None else 0

    async def replay(self, position: Position) -> bool:
        """Land the kept files again; False if they do not hold the whole stream."""
        files = self._kept() if self._raw is not None and position.raw_from else []
        wanted = [path for path in files if _number(path) >= position.raw_from]
        is_keyless = not load().record(self.record).key
        if is_keyless:  # each file is the whole list
            wanted = wanted[:1]
        if not wanted or _number(wanted[0]) != position.raw_from:
            return False
        shapes = RecordShapes(self.record)
        longest = await asyncio.to_thread(_survey, wanted, shapes)
        self.number += 1
        stamp = self.stamp()
        batch = Batch(
            stream=self.report.stream,
            record=self.record,
            number=self.number,
            state=encode(structs.replace(position, stamped=stamp)),
            synced_at=stamp,
            files=tuple(wanted),
            longest=longest,
            said=frozenset(shapes.said),
            replay=True,
            replace_all=is_keyless,
        )
        self.position = position
        await self._land(batch, keep=True)
        return True

    def prune(self, before: int) -> None:
        """Remove kept files that a newer full read has made needless."""
        for path in self._kept() if before else []:
            if _number(path) < before:
                path.unlink()

    def _kept(self) -> list[Path]:
        return sorted(self._raw.glob("*.ndjson.gz")) if self._raw and self._raw.exists() else []


def _keep_raw(path: Path, folder: Path, number: int) -> None:
    """Keep a landing file, compressed, under its batch's number."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{number:08}.ndjson.gz"
    part = kept.with_suffix(".part")
    with path.open("rb") as source, gzip.open(part, "wb", compresslevel=1) as target:
        shutil.copyfileobj(source, target, 1 << 20)
    part.replace(kept)


def _number(path: Path) -> int:
    return int(path.name.split(".")[0])


def _survey(files: list[Path], shapes: RecordShapes) -> int:
    """Learn the shapes of all lines; bytes of the longest."""
    longest = 0
    for path in files:
        with gzip.open(path, "rb") as lines:
            for line in lines:
                longest = max(longest, len(line))
                shapes.survey(line)
    return longest
