"""Say where the user wants it that something unattended failed, or works again.

A target is a URL (the notice is POSTed as JSON) or a command (the notice is its standard input).
A POST that fails is tried again; a notice that cannot be delivered is logged, and never fails the
run it speaks of.
"""

from __future__ import annotations

import logging
import shlex
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from xeroport.errors import InputError

SECONDS = 15.0
PAUSES = (0.0, 2.0, 10.0)
"""Seconds before each try of a POST."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Notice:
    """One thing to say: an incident was `opened` or `closed`."""

    event: Literal["opened", "closed"]
    schedule: str
    target: str
    since: datetime
    due: datetime
    message: str

    def as_json(self) -> bytes:
        """The notice as one JSON object."""
        return msgspec.json.encode(asdict(self))


def check_target(target: str) -> str:
    """The target itself; InputError if nothing could be delivered to it."""
    if "://" in target and urlsplit(target).scheme not in ("http", "https"):
        raise InputError(
            f"`{target}` cannot be notified", hint="give an http(s) URL, or a command to run"
        )
    if not target.strip():
        raise InputError("a notify target must not be empty", hint="a URL, or a command to run")
    return target


def deliver(target: str, notice: Notice) -> bool:
    """Hand one notice to a target; False if that failed (and was logged)."""
    try:
        if target.startswith(("http://", "https://")):
            _post(target, notice)
        else:
            subprocess.run(  # noqa: S603 (the user's own command)
                shlex.split(target),
                input=notice.as_json(),
                timeout=SECONDS,
                check=True,
                capture_output=True,
            )
    except (OSError, ValueError, subprocess.SubprocessError, urllib.error.URLError) as error:
        log.warning("the notice for `%s` could not be delivered: %s", notice.schedule, error)
        return False
    return True


def _post(url: str, notice: Notice) -> None:
    request = urllib.request.Request(  # noqa: S310 (http or https only, see `deliver`)
        url, data=notice.as_json(), headers={"Content-Type": "application/json"}, method="POST"
    )
    for number, pause in enumerate(PAUSES, start=1):
        time.sleep(pause)
        try:
            with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310
                return
        except OSError:
            if number == len(PAUSES):
                raise
