"""SQL that a person typed, answered by a process of its own: with a limit of memory, killed at its
limit of time, and gone after its answer. One is kept waiting, since a start takes a moment."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextvars import ContextVar
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from msgspec import Struct

from xeroport.console.reading.books_protocol import Answer, Row, too_slow
from xeroport.errors import InputError, Unavailable

KEPT_VARIABLES = (
    "PATH", "PYTHONPATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH",
)  # fmt: skip
MARGIN = 1.0
"""Seconds beyond a query's limit after which the process is killed."""


class FileTarget(Struct, frozen=True, tag="file"):
    """A DuckDB file."""

    path: str


class LakeFolder(Struct, frozen=True):
    """Parquet parts below a folder, by table; in `alike` tables all parts have the same columns."""

    folder: str
    parts: dict[str, list[str]]
    alike: frozenset[str] = frozenset()


class LakeTarget(Struct, frozen=True, tag="lake"):
    """Folders of Parquet, by schema: the copy, and what was derived from it."""

    schemas: dict[str, LakeFolder]


class PostgresTarget(Struct, frozen=True, tag="postgres"):
    """A Postgres database; the URL may hold a password, so it goes through a pipe."""

    url: str


class Question(Struct, frozen=True):
    """One statement over the tables of a schema: at most `most` rows within `seconds`."""

    target: FileTarget | LakeTarget | PostgresTarget
    schema: str
    sql: str
    most: int
    seconds: float


class SqlReply(Struct, frozen=True):
    """The result: columns and rows as text, or what went wrong, by kind."""

    columns: list[str] = []
    numeric: list[bool] = []
    rows: list[list[str | bool | None]] = []
    is_cut: bool = False
    types: list[str] = []
    wrong: str = ""
    hint: str | None = None
    kind: str = ""


standing: ContextVar[StandingWorkers | None] = ContextVar("standing", default=None)
"""Set by those who ask many questions: theirs go to standing workers then."""
_spare: list[subprocess.Popen[bytes]] = []
_lock = threading.Lock()


def _start() -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "xeroport.console.reading.sql_worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )


def warm_up() -> None:
    """Have a process ready, for a question that is likely to come; standing workers are that."""
    if standing.get() is not None:
        return
    with _lock:
        if not _spare:
            _spare.append(_start())


def close() -> None:
    """End the process that waits."""
    with _lock:
        while _spare:
            _end(_spare.pop())


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


class StandingWorkers:
    """Processes that answer one question after another, for those who ask many; one that takes
    too long, or too much memory, is ended. `most` questions are answered side by side."""

    def __init__(self, most: int) -> None:
        self._idle: list[subprocess.Popen[bytes]] = []
        self._slots = threading.BoundedSemaphore(most)

    def warm_up(self) -> None:
        """Have a process ready."""
        self._idle.append(_start())

    def ask(self, question: Question) -> Answer:
        """The answer; TooSlow at the limit of time, InputError in the engine's words."""
        with self._slots:
            process = self._taken()
            timer = threading.Timer(question.seconds + MARGIN, process.kill)
            timer.daemon = True
            timer.start()
            try:
                body = _exchanged(process, msgspec.json.encode(question))
            finally:
                is_late = not timer.is_alive()
                timer.cancel()
            if not body:
                _end(process)
                raise too_slow(question.seconds) if is_late else _too_large()
            reply = msgspec.json.decode(body, type=SqlReply)
            if reply.kind == "memory":
                _end(process)
            else:
                self._idle.append(process)
        return _answer(reply, question)

    def _taken(self) -> subprocess.Popen[bytes]:
        while True:
            try:
                process = self._idle.pop()
            except IndexError:
                return _start()
            if process.poll() is None:
                return process
            _end(process)

    def close(self) -> None:
        """End the processes that wait."""
        while self._idle:
            _end(self._idle.pop())


def _exchanged(process: subprocess.Popen[bytes], line: bytes) -> bytes:
    """The line that a process answers one with; empty where it has ended."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(line + b"\n")
        process.stdin.flush()
        return process.stdout.readline()
    except OSError:
        return b""


def ask(question: Question) -> Answer:
    """The answer; TooSlow at the limit of time, InputError in the engine's words."""
    workers = standing.get()
    if workers is not None:
        return workers.ask(question)
    with _lock:
        process = _spare.pop() if _spare else None
    if process is None or process.poll() is not None:
        process = _start()
    try:
        body, _ = process.communicate(
            msgspec.json.encode(question) + b"\n", timeout=question.seconds + MARGIN
        )
    except subprocess.TimeoutExpired:
        raise too_slow(question.seconds) from None
    finally:
        if process.poll() is None:
            _end(process)
    try:
        reply = msgspec.json.decode(body, type=SqlReply)
    except msgspec.DecodeError:
        raise _too_large() from None
    return _answer(reply, question)


def _answer(reply: SqlReply, question: Question) -> Answer:
    if reply.kind == "slow":
        raise too_slow(question.seconds)
    if reply.kind == "memory":
        raise _too_large()
    if reply.kind == "unavailable":
        raise Unavailable(reply.wrong, hint=reply.hint)
    if reply.wrong:
        raise InputError(reply.wrong, hint=reply.hint)
    rows = [_row(row, reply.numeric) for row in reply.rows]
    return Answer(reply.columns, rows, reply.is_cut, tuple(reply.types))


def _too_large() -> InputError:
    return InputError(
        "this query needs more memory than is allowed here",
        hint="narrow it down with `where` or `limit`",
    )


def _row(row: list[str | bool | None], numeric: list[bool]) -> Row:
    return tuple(
        _number(value) if is_number else value
        for value, is_number in zip(row, numeric, strict=True)
    )


def _number(value: str | bool | None) -> Any:
    if not isinstance(value, str):
        return value
    if value.lstrip("-").isdigit() and len(value) < 40:
        return int(value)
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    return number if number.is_finite() else value
