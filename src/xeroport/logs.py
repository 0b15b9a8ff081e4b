"""The log: one file in the home folder, from which everything that looks secret is struck out."""

from __future__ import annotations

import logging
import logging.handlers
import re
from contextvars import ContextVar
from pathlib import Path
from typing import TextIO

FILE_NAME = "xeroport.log"
MOST_BYTES = 5_000_000
KEPT_FILES = 3
STRUCK = "********"
PATTERNS = (
    re.compile(r"(?i)(?<=bearer )[\w.~+/=-]{8,}"),
    re.compile(r"(?i)(?<=basic )[\w+/=-]{8,}"),
    re.compile(r"(?i)(?<=client_secret=)[^&\s\"']+"),
    re.compile(r"(?i)(?<=\"access_token\":\")[^\"]+"),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"),
)
_known: set[str] = set()
inside: ContextVar[str] = ContextVar("inside", default="")
"""What the work at hand belongs to, such as `run 7`; every line of the log says it."""


def hide(text: str) -> None:
    """Strike this text out of all that is logged from now on, in this process."""
    if len(text) >= 4:
        _known.add(text)


def redact(text: str) -> str:
    """The text without known secrets and without what has the form of a credential."""
    for known in sorted(_known, key=len, reverse=True):
        text = text.replace(known, STRUCK)
    for pattern in PATTERNS:
        text = pattern.sub(STRUCK, text)
    return text


class RedactingFormatter(logging.Formatter):
    """Formats a record, with what it belongs to and its traceback, and redacts the result."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's name
        if inside.get():
            record.message = f"{inside.get()}: {record.message}"
        return super().formatMessage(record)


def echo(stream: TextIO) -> None:
    """Say what is logged on a stream too, until the next `set_up`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(message)s"))
    logging.getLogger("xeroport").addHandler(handler)


def set_up(home: Path, *, verbose: bool = False) -> Path | None:
    """Log to the home folder's file and give its path; None if that cannot be written."""
    path = home / FILE_NAME
    logger = logging.getLogger("xeroport")
    for old in list(logger.handlers):
        logger.removeHandler(old)
        old.close()
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=MOST_BYTES, backupCount=KEPT_FILES, encoding="utf-8"
        )
        path.chmod(0o600)
    except OSError:
        logger.addHandler(logging.NullHandler())
        return None
    layout = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
    handler.setFormatter(RedactingFormatter(layout))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)
    logger.propagate = False
    return path
