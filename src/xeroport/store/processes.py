"""Which process is meant: one value for runs, leases, claims, schedules and token fetches.

A process id comes again: in the next container, after a reboot, after a few days. So a process is
named by its host, its id, when it started, the boot of the machine and the space that its id is
counted in (a container has one of its own). What cannot be seen from here has no known state; there
a heartbeat decides."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, TypeVar

from xeroport.clock import CLOCKS_APART

Instant = TypeVar("Instant", float, datetime)
"""Unix times, or aware instants."""
ProcessState = Literal["alive", "dead", "unseen"]
"""`unseen`: on another machine, in another container, or where the system does not say."""

BEAT_SECONDS = 15.0
SILENCE = timedelta(minutes=2)
"""A process that cannot be seen and was silent for so long counts as dead."""

PARTS = 5
IS_WORTH_A_WAIT: ContextVar[Callable[[int, Path], bool]] = ContextVar(
    "is_worth_a_wait", default=lambda _pid, _file: False
)
"""Whether to wait until the process of that id lets go of a file, however long that takes. A job
says so of the other jobs of its home folder; nobody else waits without an end."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process; its text is `host:pid:started:boot:space`, the last three empty if unknown.

    `started` is in clock ticks since boot.
    """

    host: str
    pid: int
    started: str = ""
    boot: str = ""
    space: str = ""

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}:{self.started}:{self.boot}:{self.space}"

    @property
    def label(self) -> str:
        """What a person can look for: `host:pid`."""
        return f"{self.host}:{self.pid}"

    def owner(self) -> str:
        """A name for one piece of this process's work, unlike all others."""
        return f"{self}/{uuid.uuid4().hex[:8]}"


def parse(text: str) -> Process | None:
    """The process that a text or an owner names (also `host:pid`); None if it names none."""
    host, _, rest = text.split("/", 1)[0].partition(":")
    pid, *more = rest.split(":")
    if not (host and pid.isascii() and pid.isdigit()):
        return None
    return Process(host, int(pid), *(more + [""] * PARTS)[: PARTS - 2])


_this: Process | None = None


def this_process() -> Process:
    """The process that asks; a fork is another one."""
    global _this
    pid = os.getpid()
    if _this is None or _this.pid != pid:
        _this = Process(socket.gethostname(), pid, _started(pid) or "", _boot(), _space())
    return _this


def file_name(process: Process) -> str:
    """A process as the name of a file or folder of its own."""
    return str(process).replace(":", "~")


def named_by(file_name: str) -> str:
    """The text of the process that a file was named by."""
    return file_name.replace("~", ":")


def process_state(text: str) -> ProcessState:
    """What can be seen of a process that is named by its text, or by an owner that it made."""
    process = parse(text)
    here = this_process()
    if process is None:
        return "unseen"
    if process.boot and here.boot:
        if process.boot != here.boot:
            return "dead" if process.host == here.host else "unseen"
    elif process.host != here.host:
        return "unseen"
    if process.space and here.space and process.space != here.space:
        return "unseen"
    if process.started:
        return "alive" if _started(process.pid) == process.started else "dead"
    return _answers(process.pid)


def has_died(text: str) -> bool:
    """Whether a process is known to be gone; False where that cannot be seen."""
    return process_state(text) == "dead"


def has_not_expired(until: Instant, now: Instant, *, latest: Instant) -> bool:
    """Whether what was given until a time has not run out. What ends far after the `latest` that
    would be given now is of a clock that was wrong."""
    if isinstance(until, datetime):
        return now < until <= latest + timedelta(seconds=CLOCKS_APART)
    return now < until <= latest + CLOCKS_APART


def holds(owner: str | None, until: Instant, now: Instant, *, latest: Instant) -> bool:
    """Whether a claim is its owner's still: it has not ended, and the process may live."""
    return owner is not None and has_not_expired(until, now, latest=latest) and not has_died(owner)


def is_silent(text: str, last_beat: datetime, now: datetime) -> bool:
    """Whether a process is gone, as far as can be seen, or else by its last heartbeat. A beat far
    ahead of now is of a clock that was wrong, and counts for nothing."""
    state = process_state(text)
    if state == "unseen":
        return abs(now - last_beat) > SILENCE
    return state == "dead"


def _answers(pid: int) -> ProcessState:
    """Whether anything has that process id; on Windows that cannot be asked harmlessly."""
    if os.name != "posix":
        return "unseen"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return "dead"
    except OSError:
        return "unseen"
    return "alive"


def _started(pid: int) -> str | None:
    """When a process of this machine started; None if it is gone or the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def _boot() -> str:
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


def _space() -> str:
    with suppress(OSError):
        return os.readlink("/proc/self/ns/pid").strip("pid:[]")
    return ""
