"""The log: one file in the home folder, from which everything that looks secret is struck out."""

from __future__ import annotations

import logging
import logging.handlers
import os
import re
import sys
from contextvars import ContextVar
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

FILE_NAME = "xeroport.log"
MAX_BYTES = 5_000_000
OLD_FILES = 3
STRUCK = "********"
PATTERNS = (
    re.compile(r"(?i)(?<=bearer )[\w.~+/=-]{8,}"),
    re.compile(r"(?i)(?<=basic )[\w+/=-]{8,}"),
    re.compile(r"(?i)(?<=client_secret=)[^&\s\"']+"),
    re.compile(r"(?i)\b(?:refresh_token|code_verifier|code|token)=[^&\s\"']{8,}"),
    re.compile(r"(?i)(?<=\"access_token\":\")[^\"]+"),
    re.compile(r"(?i)(?<=\"refresh_token\":\")[^\"]+"),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"),
)
ADDRESS = re.compile(r"(?i)(duckdb|parquet|postgres(ql)?|https?):")
NAMED_PASSWORD = re.compile(r"(?i)\b(password|passwd|pwd|sslpassword)\s*=\s*('[^']*'|[^&\s]*)")
SHORTEST = 4
"""Letters of a secret that can be struck out without making the log unreadable."""
FEW = 20
_known: dict[int, set[str]] = {}
"""Known secrets by their length: a fleet has ten thousand, which are looked up, not tried."""
inside: ContextVar[str] = ContextVar("inside", default="")
"""What the work at hand belongs to, such as `run 7`; every line of the log says it."""


def hide(text: str) -> None:
    """Strike this text out of all that is logged from now on, in this process; of an address only
    the passwords in it."""
    for secret in passwords(text) if ADDRESS.match(text) else (text, *passwords(text)):
        if len(secret) >= SHORTEST:
            _known.setdefault(len(secret), set()).add(secret)


def passwords(url: str) -> tuple[str, ...]:
    """The passwords in an address, also in one that is written wrongly."""
    named = tuple(match[2] for match in NAMED_PASSWORD.finditer(url))
    rest = NAMED_PASSWORD.sub("", url).partition(":")[2].lstrip("/")
    credentials = rest.rpartition("@")[0]
    return (*named, *filter(None, (credentials.partition(":")[2],)))


def redact(text: str) -> str:
    """The text without known secrets and without what has the form of a credential."""
    for length in sorted(_known, reverse=True):
        secrets = _known[length]
        if len(secrets) <= FEW:
            for secret in secrets:
                text = text.replace(secret, STRUCK)
            continue
        start = 0
        while start <= len(text) - length:
            if text[start : start + length] in secrets:
                text = text[:start] + STRUCK + text[start + length :]
            start += 1
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
