"""The log of a run, line by line in the store: what its job says of itself, and whatever else is
logged while it works. It is the same wherever the run was started, and no secret gets into it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from xeroport import logs
from xeroport.errors import XeroportError
from xeroport.store import runs
from xeroport.store.database import Store

MOST = 2_000
"""Lines that a run keeps; what comes after them is in `xeroport.log` alone."""
LONGEST = 2_000
KEPT_RUNS = 1_000
"""Runs whose lines are kept, counted over all instances."""
ROOT = logging.getLogger("xeroport")
log = logging.getLogger("xeroport.run")


class Logbook(logging.Handler):
    """Writes what is logged inside its run, however many runs the process has at once.

    A line that the store does not take just now is left to `xeroport.log`: no job fails for it.
    """

    def __init__(self, store: Store, run: int) -> None:
        super().__init__()
        self._store = store
        self._run = run
        self._written = 0

    def emit(self, record: logging.LogRecord) -> None:
        if _open.get() is not self or self._written > MOST:
            return
        self._written += 1
        text = _worded(record)
        if self._written > MOST:
            text = f"more than {MOST:,} lines: the others are in `{logs.FILE_NAME}`"
        with suppress(sqlite3.Error):
            runs.log(self._store, self._run, text)


_open: ContextVar[Logbook | None] = ContextVar("logbook", default=None)


def _worded(record: logging.LogRecord) -> str:
    text = record.getMessage()
    if record.levelno >= logging.WARNING and not text.startswith("hint: "):
        text = f"{'error' if record.levelno >= logging.ERROR else 'warning'}: {text}"
    if record.exc_info:
        text += f"; the details are in `{logs.FILE_NAME}`"
    return logs.redact(" ".join(text.splitlines()))[:LONGEST]


@contextmanager
def opened(store: Store, instance: str, job: str, arguments: dict[str, Any]) -> Iterator[int]:
    """A new run, whose number is given, and its log, which ends with what ended the block."""
    run = runs.start(store, instance, job, arguments)
    runs.forget_lines(store, up_to=run - KEPT_RUNS)
    book = Logbook(store, run)
    ROOT.addHandler(book)
    was, named = _open.set(book), logs.inside.set(f"run {run}")
    try:
        yield run
    except XeroportError as error:
        tell(error)
        raise
    except (asyncio.CancelledError, KeyboardInterrupt):
        say("stopped from outside; what was committed is kept", level=logging.WARNING)
        raise
    except Exception as error:
        said = f"unexpected {type(error).__name__}; the details are in `{logs.FILE_NAME}`"
        say(said, level=logging.ERROR)
        raise
    finally:
        _open.reset(was)
        logs.inside.reset(named)
        ROOT.removeHandler(book)


def say(text: str, *, level: int = logging.INFO) -> None:
    """Add a line to the log of the run that this is said in, whatever is logged otherwise."""
    if log.isEnabledFor(level):
        log.log(level, "%s", text)
    elif (book := _open.get()) is not None:
        book.handle(log.makeRecord(log.name, level, "", 0, "%s", (text,), None))


def tell(error: XeroportError) -> None:
    """Add an error and its hint."""
    say(error.message, level=logging.ERROR)
    if error.hint:
        say(f"hint: {error.hint}", level=logging.ERROR)
