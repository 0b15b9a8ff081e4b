"""The log: one file in the home folder, which only its owner can read."""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from xeroport.logs import FILE_NAME, inside, redact, visible

MAX_BYTES = 5_000_000
OLD_FILES = 3
LONGEST = 10_000
"""Characters of a message: what comes from outside may be as long as its sender likes."""


class RedactingFormatter(logging.Formatter):
    """Formats a record, with what it belongs to and its traceback, and redacts the result."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's name
        message = visible(record.message[:LONGEST]).replace("\n", "\\n")
        record.message = f"{inside.get()}: {message}" if inside.get() else message
        return super().formatMessage(record)


class PrivateFiles(logging.handlers.RotatingFileHandler):
    """A log whose files, also those that a rollover begins, only their owner can read."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return TextIOWrapper(open(descriptor, "ab"), encoding=self.encoding, line_buffering=True)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's name
        """A line that cannot be written (a full disk) is left out: the work itself says so."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


_set_up: list[logging.Handler] = []
"""What `set_up` and `echo` added; handlers of others, as of runs under way, stay."""


def echo(stream: TextIO) -> None:
    """Say what is logged on a stream too, until the next `set_up`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(message)s"))
    _add(handler)


def _add(handler: logging.Handler) -> None:
    logging.getLogger("xeroport").addHandler(handler)
    _set_up.append(handler)


def set_up(home: Path, *, verbose: bool = False) -> Path | None:
    """Log to the home folder's file and give its path; None if that cannot be written."""
    path = home / FILE_NAME
    logger = logging.getLogger("xeroport")
    while _set_up:
        logger.removeHandler(handler := _set_up.pop())
        handler.close()
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        for old in (path, *home.glob(f"{FILE_NAME}.*")):
            if old.exists():
                old.chmod(0o600)
        log_file = PrivateFiles(path, maxBytes=MAX_BYTES, backupCount=OLD_FILES, encoding="utf-8")
    except OSError:
        _add(logging.NullHandler())
        return None
    layout = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
    log_file.setFormatter(RedactingFormatter(layout))
    _add(log_file)
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)
    logger.propagate = False
    return path
