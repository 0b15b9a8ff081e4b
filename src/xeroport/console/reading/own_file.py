"""Reading the synced books without ever standing in a job's way.

DuckDB lets one process write *or* many read. A page opens the file read-only for the moment of
its query; while a job holds it, the page reads a copy of the last commit instead. The copy is
sound: between two checkpoints DuckDB only appends (to the WAL, and to free blocks), and a
checkpoint changes the file's first three blocks, so an unchanged head means an unchanged copy.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

import duckdb

from xeroport.console.reading.books_protocol import SECONDS, NoBooks, nothing_yet
from xeroport.console.reading.duckdb import DuckReading, LockedFile, connect_locked, stopping
from xeroport.console.reading.sql_process import FileTarget

HEAD_BYTES = 3 * 4096
BUSY = (
    duckdb.BinderException,
    duckdb.ConnectionException,
    duckdb.IOException,
    duckdb.ResourceInUseException,
)
"""How DuckDB says that a file is written elsewhere, or in this very process."""


class DuckFile:
    """A DuckDB file of books; `copies` is a folder for copies taken while it is busy."""

    def __init__(self, path: Path, copies: Path) -> None:
        self.path = path
        self._copies = copies
        self._file = LockedFile(str(path))
        self._copy: tuple[bytes, Path, datetime] | None = None
        self._lock = Lock()

    @contextmanager
    def read(self, *, seconds: float = SECONDS, copy: bool = False) -> Iterator[DuckReading]:
        """A read-only, locked-down connection; queries beyond `seconds` are interrupted. A long
        reader takes a `copy`, so that no job waits for it.

        NoBooks if nothing was synced yet, InputError for a query that takes too long.
        """
        if not self.path.exists():
            raise nothing_yet()
        with ExitStack() as until_read:
            connection, path, as_of = self._open(until_read, copy=copy)
            until_read.enter_context(stopping(connection, seconds))
            yield DuckReading(connection, FileTarget(str(path)), seconds=seconds, as_of=as_of)

    def _open(
        self, until_read: ExitStack, *, copy: bool
    ) -> tuple[duckdb.DuckDBPyConnection, Path, datetime | None]:
        if not copy:
            try:
                return until_read.enter_context(self._file.connection()), self.path, None
            except BUSY:
                pass
        try:
            path, taken = self._copied()
        except FileNotFoundError as error:
            raise nothing_yet() from error
        return until_read.enter_context(closing(connect_locked(str(path)))), path, taken

    def _copied(self) -> tuple[Path, datetime]:
        """The copy of the last commit, taken again when the file has moved on."""
        with self._lock:
            for _ in range(5):
                mark = _mark(self.path)
                if self._copy is not None and self._copy[0] == mark:
                    return self._copy[1], self._copy[2]
                taken = datetime.now(UTC)
                copy = self._take(taken)
                if _mark(self.path)[:HEAD_BYTES] == mark[:HEAD_BYTES]:
                    self._forget()
                    self._copy = (mark, copy, taken)
                    return copy, taken
                _remove(copy)
        raise NoBooks("the books are being written", hint="reload the page in a moment")

    def _take(self, taken: datetime) -> Path:
        self._copies.mkdir(parents=True, exist_ok=True, mode=0o700)
        copy = self._copies / f"{self.path.stem}-{taken.timestamp():.6f}.duckdb"
        shutil.copyfile(self.path, copy)
        for log in self.path.parent.glob(f"{self.path.name}.wal*"):
            with suppress(FileNotFoundError):  # a checkpoint took it; the head tells
                shutil.copyfile(log, copy.with_name(log.name.replace(self.path.name, copy.name, 1)))
        return copy

    def _forget(self) -> None:
        """Drop the previous copy; a page that still reads it keeps its open file."""
        if self._copy is not None:
            _remove(self._copy[1])
            self._copy = None

    def close(self) -> None:
        """Remove the copies, and what serves the readers of the file."""
        self._file.close()
        with self._lock:
            self._forget()


def _mark(path: Path) -> bytes:
    """The file's head, which a checkpoint changes, and the size of its WAL, which commits grow."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    for log in sorted(path.parent.glob(f"{path.name}.wal*")):
        with suppress(FileNotFoundError):
            head += f"{log.name} {log.stat().st_size},".encode()
    return head


def _remove(copy: Path) -> None:
    for each in (copy, *copy.parent.glob(f"{copy.name}.wal*")):
        each.unlink(missing_ok=True)
