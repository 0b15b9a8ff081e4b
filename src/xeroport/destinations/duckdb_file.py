"""A DuckDB file that several processes share: open for the moment it is read or written.

DuckDB lets one process write a file *or* many read it. So nobody keeps it open: it is attached to
a database in memory for one block, always under `ALIAS`. A name taken from the path would be
ambiguous wherever the file is called like a schema in it (`books/acme.duckdb`).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from xeroport.destinations.typed import text
from xeroport.errors import InputError
from xeroport.store.processes import IS_WORTH_A_WAIT

ALIAS = "_books"
"""The name of an attached file; no schema has one like it, since instances begin otherwise."""

ROW_GROUP = 20_480
"""Rows of a row group in what is written. A batch of records fills one, and it is never written
again; DuckDB's own 122,880 rows come about by merging what several batches left, for a tenth of the
CPU of a first sync. A file does not keep this: whoever writes it without would merge them all."""

WRITING = f"ROW_GROUP_SIZE {ROW_GROUP}"
"""Options of a file that is attached to be written."""

WAIT_SECONDS = 10.0
"""How long to wait for a file before anything was read from Xero."""

WAIT_TO_WRITE = 60.0
"""How long to wait in the middle of a sync, where giving up costs what was read meanwhile."""

LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
}
"""Neither files nor network nor extensions, for SQL that a person wrote."""

EVERY = 0.02
ASKED_AFTER = 0.5
"""Seconds of waiting after which `IS_WORTH_A_WAIT` is asked, and asked again."""
_HOLDER = re.compile(r"held in (.+?) \(PID (\d+)\)")
_IN_THIS_PROCESS = "Unique file handle conflict"


@dataclass(slots=True)
class SharedFile:
    """One DuckDB file, attached to `connection` for the length of a block. `wait` is the longest
    wait for other processes; None: by what is at stake."""

    connection: duckdb.DuckDBPyConnection
    path: Path
    storage: str | None = None
    wait: float | None = None
    _identity: tuple[int, int] | None = None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Have the file attached for reading; it must exist."""
        self._attach("READ_ONLY", WAIT_SECONDS if self.wait is None else self.wait)
        try:
            yield
        finally:
            self._detach()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Have the file attached for writing; it is made where there is none."""
        options = WRITING
        if not self.path.exists():
            if self._identity is not None:
                raise self._replaced()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            options += f", STORAGE_VERSION {text(self.storage)}" if self.storage else ""
        self._attach(options, WAIT_TO_WRITE if self.wait is None else self.wait)
        try:
            yield
        except BaseException:
            with suppress(duckdb.Error):
                self._detach()
            raise
        self._detach()

    def _attach(self, options: str, wait: float) -> None:
        statement = f"ATTACH {text(str(self.path))} AS {ALIAS} ({options})"
        try:
            patiently(lambda: self.connection.execute(statement), self.path, wait)
        except duckdb.InvalidInputException as error:
            if self.storage is None or "version string" not in str(error):
                raise
            raise InputError(
                f"DuckDB {duckdb.__version__} has no storage version `{self.storage}`",
                hint="name a version of DuckDB such as `?storage=v1.4.0`, or leave it out",
            ) from error
        status = self.path.stat()
        identity = (status.st_dev, status.st_ino)
        if self._identity not in (None, identity):
            self._detach()
            raise self._replaced()
        self._identity = identity

    def _detach(self) -> None:
        """Let others have the file; what was committed moves from its log into it."""
        self.connection.execute(f"DETACH {ALIAS}")

    def _replaced(self) -> InputError:
        return InputError(
            f"the DuckDB file `{self.path}` was removed or replaced while it was in use",
            hint="run the same command again; it starts from what the file holds now",
        )


def connect_reading(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection to a file of synced books for reading alone; InputError where there is none."""
    if not path.exists():
        raise InputError(
            f"nothing was synced into `{path}` yet", hint="run `xeroport sync NAME` first"
        )
    return _connected(path, "READ_ONLY")


def lock(connection: duckdb.DuckDBPyConnection, *, folders: Sequence[str] = ()) -> None:
    """Let a connection reach what is open in it, what lies in `folders`, and nothing else."""
    if folders:
        connection.execute(f"SET allowed_directories = [{', '.join(map(text, folders))}]")
    for name, value in LOCKED.items():
        connection.execute(f"SET {name} = {value}")


def connect_writing(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection to a file for writing; it is made where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return _connected(path, WRITING)


def _connected(path: Path, options: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    try:
        statement = f"ATTACH {text(str(path))} AS {ALIAS} ({options})"
        patiently(lambda: connection.execute(statement), path, WAIT_SECONDS)
        connection.execute(f"USE {ALIAS}")
    except BaseException:
        connection.close()
        raise
    return connection


def check_writable(path: Path) -> None:
    """InputError, before anything is read from Xero, for a file that cannot be written."""
    if path.is_dir():
        raise InputError(
            f"`{path}` is a folder, not a DuckDB file",
            hint=f"name a file in it, such as `--to duckdb:{path / 'books.duckdb'}`",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InputError(
            f"the DuckDB file `{path}` cannot be written: permission denied",
            hint="name a place that can be written, with `--to duckdb:PATH`",
        )


def patiently(open_file: Callable[[], object], path: Path, wait: float) -> None:
    """Open a file; while another process holds it, or this one uses it otherwise, wait, then say
    so. It waits without a limit for processes that `IS_WORTH_A_WAIT` names."""
    until = time.monotonic() + wait
    ask_at = time.monotonic() + ASKED_AFTER
    while True:
        try:
            open_file()
            return
        except duckdb.Error as error:
            words = str(error)
            holder = _HOLDER.search(words)
            if isinstance(error, duckdb.ConnectionException) or _IN_THIS_PROCESS in words:
                pid = os.getpid()
                busy = f"the DuckDB file `{path}` is in use elsewhere in this process"
                hint = "wait for the other work to end, then try again"
            elif holder is not None:
                pid = int(holder[2])
                busy = f"the DuckDB file `{path}` is held by process {pid} (`{holder[1]}`)"
                hint = "close it there, then run the same command again"
            elif (
                isinstance(error, duckdb.IOException | duckdb.SerializationException)
                or "Corrupt" in words
            ):
                raise InputError(
                    f"the DuckDB file `{path}` cannot be opened: {words.splitlines()[0]}",
                    hint=_way_out(path, words),
                ) from error
            else:
                raise
            now = time.monotonic()
            if now > ask_at and IS_WORTH_A_WAIT.get()(pid, path):
                ask_at = time.monotonic() + ASKED_AFTER
                until = max(until, ask_at)
            if now > until:
                raise InputError(busy, hint=hint) from error
            time.sleep(EVERY)


def _way_out(path: Path, words: str) -> str:
    if "permission" in words.lower():
        return "allow this user to read and write it, or name another with `--to duckdb:PATH`"
    if "space left" in words.lower():
        return "make room on the disk, then run the same command again"
    return (
        f"move `{path}` away or restore a copy of it, then sync again: a sync without a file "
        "reads everything"
    )
