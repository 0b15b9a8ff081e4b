"""A run kept in the store: one context for every job. Its number, its progress, its log and its
end are here, so that no job can leave a run behind that says `running` and is not.

The log holds, line by line, what the job says and whatever else is logged while it works. It is
the same wherever the run was started, and no secret gets into it.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from time import monotonic
from typing import Any, Literal

from xeroport import logs
from xeroport.errors import DayLimitReached, Interrupted, StoreError, XeroportError
from xeroport.store import runs
from xeroport.store.database import Store
from xeroport.store.machine_errors import of_the_machine
from xeroport.store.processes import BEAT_SECONDS, IS_WORTH_A_WAIT

MAX_LINES = 2_000
"""Lines that a run keeps; what comes after them is in `xeroport.log` alone."""
MAX_LENGTH = 2_000
RUNS_WITH_LINES = 1_000
"""Runs whose lines are kept, counted over all instances."""
PROGRESS_SECONDS = 0.25
"""Seconds between two notes of a run's progress."""
ROOT = logging.getLogger("xeroport")
log = logging.getLogger("xeroport.run")

Report = dict[str, Any]
Ending = Literal["failed", "stopped", "interrupted"]


class RunLog:
    """The lines of one run in the store.

    A line that the store does not take just now is left to `xeroport.log`: no job fails for it.
    """

    def __init__(self, store: Store, run: int) -> None:
        self._store = store
        self._run = run
        self._written = 0

    def write(self, record: logging.LogRecord) -> None:
        if self._written > MAX_LINES:
            return
        self._written += 1
        text = _worded(record)
        if self._written > MAX_LINES:
            text = f"more than {MAX_LINES:,} lines: the others are in `{logs.FILE_NAME}`"
        with suppress(sqlite3.Error, StoreError):
            runs.log(self._store, self._run, text)


class ToOpenRun(logging.Handler):
    """Hands what is logged to the run that it is logged in, however many runs there are at once.

    One for the process, and never taken off again: a logger goes through its handlers while other
    threads may change them, and one that is taken off meanwhile hides the next.
    """

    def emit(self, record: logging.LogRecord) -> None:
        if (run_log := _open.get()) is not None:
            run_log.write(record)


class OpenRun:
    """A run that a job is at. `report` is what the run is closed with if the job does not end it
    itself, because an error or an interrupt did."""

    def __init__(self, store: Store, number: int) -> None:
        self.id = number
        self.report: Callable[[], Report] = dict
        self.is_ended = False
        self._store = store
        self._noted = -PROGRESS_SECONDS
        self._values: Callable[[], Report] = dict
        self._later: asyncio.TimerHandle | None = None

    def progress(self, values: Callable[[], Report]) -> None:
        """Keep what `values` gives, for pages to show: now, or a moment later where something was
        kept just now, since nothing may follow for a minute."""
        self._values = values
        left = self._noted + PROGRESS_SECONDS - monotonic()
        if left <= 0:
            self._note()
        elif self._later is None:
            with suppress(RuntimeError):  # a thread without a loop
                self._later = asyncio.get_running_loop().call_later(left, self._note_later)

    def _note(self) -> None:
        self._noted = monotonic()
        runs.progress(self._store, self.id, self._values())

    def _note_later(self) -> None:
        self._later = None
        if not self.is_ended:
            with suppress(sqlite3.Error, StoreError):  # the job itself will meet it
                self._note()

    def end(self, status: runs.Status, report: Report, *, kept: int | None = None) -> None:
        """Close the run with its report; what comes after does not change it."""
        self.is_ended = True
        if self._later is not None:
            self._later.cancel()
        runs.finish(self._store, self.id, status, report, kept=kept)

    def end_with(self, error: BaseException) -> None:
        """Close the run with what ended it, and add that to its log."""
        status, told = end_of(error)
        if told is None:
            say("stopped from outside; what was committed is kept", level=logging.WARNING)
        else:
            tell(told)
        if self.is_ended:
            return
        report = self.report()
        if told is not None:
            report |= {"error": told.message, "hint": told.hint}
        self.end(status, report)


class OtherJobs:
    """The other jobs of a home folder, which a run waits for where they write into its file, and
    says so once, until it is stopped itself. The runs that it is part of are not waited for."""

    def __init__(self, store: Store, run: OpenRun, own: frozenset[int]) -> None:
        self._store = store
        self._run = run
        self._own = own
        self._said: set[int] = set()

    def write(self, pid: int, file: Path) -> bool:
        """Whether a process that has the file is at such a job."""
        if self._run.is_ended:
            return False
        others = [run for run in runs.under_way(self._store, pid) if run.id not in self._own]
        if others and not self._said & {run.id for run in others}:
            self._said |= {run.id for run in others}
            first = others[0]
            say(
                f"waiting for {first.job} of `{first.instance}` (run "
                f"{first.id}), which is using the file `{file}`",
                level=logging.WARNING,
            )
        return bool(others)


_open: ContextVar[RunLog | None] = ContextVar("run_log", default=None)
_inside: ContextVar[frozenset[int]] = ContextVar("runs", default=frozenset())
_to_open_run = ToOpenRun()


@contextmanager
def opened(store: Store, instance: str, job: str, arguments: Report) -> Iterator[OpenRun]:
    """A new run. Left by an error or an interrupt it is closed with that: `failed`, or `stopped`
    by the day limit, or `interrupted`; left otherwise it is `done`, unless the job ended it."""
    run = OpenRun(store, runs.start(store, instance, job, arguments))
    runs.forget_lines(store, up_to=run.id - RUNS_WITH_LINES)
    ROOT.addHandler(_to_open_run)  # once, however often
    outer, name = _open.set(RunLog(store, run.id)), logs.inside.set(f"run {run.id}")
    runs_inside = _inside.set(_inside.get() | {run.id})
    waiting = IS_WORTH_A_WAIT.set(OtherJobs(store, run, _inside.get()).write)
    try:
        with _beating(store, run.id):
            yield run
            if not run.is_ended:
                run.end("done", run.report())
    except BaseException as raised:
        error = first_of(raised)
        with suppress(sqlite3.Error, StoreError):  # a full disk must not hide the error
            run.end_with(error)
        if error is raised:
            raise
        raise error from raised
    finally:
        IS_WORTH_A_WAIT.reset(waiting)
        _inside.reset(runs_inside)
        _open.reset(outer)
        logs.inside.reset(name)


def first_of(error: BaseException) -> BaseException:
    """The error itself; of several at once, of tasks side by side, one of ours or else the first,
    which most often brought the others about."""
    while isinstance(error, BaseExceptionGroup):
        ours = [exception for exception in error.exceptions if isinstance(exception, XeroportError)]
        error = (ours or error.exceptions)[0]
    return error


def end_of(error: BaseException) -> tuple[Ending, XeroportError | None]:
    """How a run ends that an error ended, and what is said of it; nothing of an interrupt."""
    if isinstance(error, asyncio.CancelledError | KeyboardInterrupt | GeneratorExit | SystemExit):
        return "interrupted", None
    if isinstance(error, Interrupted):
        return "interrupted", error
    if isinstance(error, DayLimitReached):
        return "stopped", error
    if isinstance(error, XeroportError):
        return "failed", error
    meant = of_the_machine(error)
    if meant is not None:
        return "failed", meant
    return "failed", XeroportError(
        f"unexpected {type(error).__name__}", hint=f"the details are in `{logs.FILE_NAME}`"
    )


@contextmanager
def _beating(store: Store, run: int) -> Iterator[None]:
    """Show now and then that this process lives, to those that cannot see it."""
    is_over = threading.Event()

    def beat() -> None:
        while not is_over.wait(BEAT_SECONDS):
            with suppress(sqlite3.Error, StoreError):
                runs.beat(store, run)
        store.close()

    heart = threading.Thread(target=beat, name=f"run {run}", daemon=True)
    heart.start()
    try:
        yield
    finally:
        is_over.set()
        heart.join()


def _worded(record: logging.LogRecord) -> str:
    text = record.getMessage()
    if record.levelno >= logging.WARNING and not getattr(record, "is_hint", False):
        text = f"{'error' if record.levelno >= logging.ERROR else 'warning'}: {text}"
    if record.exc_info:
        text += f"; the details are in `{logs.FILE_NAME}`"
    return logs.redact(" ".join(text.splitlines()))[:MAX_LENGTH]


def say(text: str, *, level: int = logging.INFO, hint: str | None = None) -> None:
    """Add a line to the log of the run that this is said in, whatever is logged otherwise; and one
    for the hint, if there is one."""
    _log(text, level, is_hint=False)
    if hint:
        _log(f"hint: {hint}", level, is_hint=True)


def _log(text: str, level: int, *, is_hint: bool) -> None:
    kind = {"is_hint": is_hint}
    if log.isEnabledFor(level):
        log.log(level, "%s", text, extra=kind)
    else:
        record = log.makeRecord(log.name, level, "", 0, "%s", (text,), None, extra=kind)
        _to_open_run.handle(record)


def tell(error: XeroportError) -> None:
    """Add an error and its hint."""
    say(error.message, level=logging.ERROR, hint=error.hint)
