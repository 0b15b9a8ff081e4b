"""Starting jobs: each is the same `xeroport` command a person would type, in its own process, so
that it continues when the browser or the console closes; its run is followed in the store."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from xeroport.config import ERROR_FILE
from xeroport.errors import InputError, XeroportError
from xeroport.secrets.vault import Secret
from xeroport.store import runs
from xeroport.store.database import Store

PATIENCE = 10.0
"""Seconds within which a started job must have opened its run."""
MOMENT = 3.0
"""Seconds within which a launched command says what is wrong with it."""
KEPT = 20
DID_ITS_WORK = (0, 1)
"""Exit statuses of a command after which the next one makes sense."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """A started process, the words it was started with, the file of what it printed, and the file
    in which it leaves the error that it ends with."""

    process: subprocess.Popen[bytes]
    words: tuple[str, ...]
    printed: Path
    error: Path


class LeftError(msgspec.Struct, frozen=True):
    """What a command leaves of its error."""

    kind: str
    message: str
    hint: str | None = None
    problems: tuple[str, ...] = ()


class Work:
    """The jobs that this console started."""

    def __init__(self, home: Path, store: Store) -> None:
        self._home = home
        self._store = store
        self._folder = home / "console" / "jobs"
        self._jobs: dict[int, Job] = {}
        self._lock = threading.Lock()
        self._launched: dict[str, Job] = {}
        self._closing = False

    def launch(self, *words: str) -> None:
        """Start a command that opens many runs, in processes of its own.

        XeroportError if it ends at once by an error of its own; what became of its runs is theirs.
        """
        job = self._begun(words, None)
        with self._lock:
            self._launched[words[0]] = job
        with suppress(subprocess.TimeoutExpired):
            if job.process.wait(MOMENT) < 0 or job.error.exists():
                raise _error_of(job)
        threading.Thread(target=self._reap, args=(job, None, None), daemon=True).start()

    def is_under_way(self, word: str) -> bool:
        """Whether a launched command, known by its first word, still runs."""
        job = self._launched.get(word)
        return job is not None and job.process.poll() is None

    def start(
        self, *words: str, into: Secret | None = None, then: tuple[str, ...] | None = None
    ) -> int:
        """Start `xeroport WORDS…`; the id of its run once it has one. The destination `into`,
        which may hold a password, goes through the environment, where `ps` does not show it.
        `then` is started once the command has done its work, while this console is open.

        XeroportError as the command says it if it ends without a run.
        """
        job = self._begun(words, into)
        threading.Thread(target=self._reap, args=(job, into, then), daemon=True).start()
        run = self._await_run(job)
        with self._lock:
            self._jobs[run] = job
        return run

    def _begun(self, words: tuple[str, ...], into: Secret | None) -> Job:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for old in sorted(self._folder.glob("*.*"))[: -2 * KEPT]:  # their words are in the store
            old.unlink(missing_ok=True)
        printed = self._folder / f"{time.time_ns()}.log"
        error = printed.with_suffix(".json")
        command = [sys.executable, "-m", "xeroport", "--home", str(self._home), *words]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "160"}
        environment[ERROR_FILE] = str(error)
        if into is not None:
            environment["XEROPORT_TO"] = into.reveal()
        with printed.open("wb") as out:
            process = subprocess.Popen(  # noqa: S603  our own command, words as arguments
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=out,
                env=environment,
                start_new_session=True,
            )
        return Job(process, words, printed, error)

    def _await_run(self, job: Job) -> int:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            ended = job.process.poll() is not None
            run = runs.of_process(self._store, job.process.pid, after=max(self._jobs, default=0))
            if run is not None:
                return run
            if ended:
                raise _error_of(job)
            time.sleep(0.03)
        raise XeroportError(
            f"`xeroport {' '.join(job.words)}` has not started after {PATIENCE:.0f} s",
            hint="look under Runs in a moment",
        )

    def _reap(self, job: Job, into: Secret | None, then: tuple[str, ...] | None) -> None:
        if job.process.wait() in DID_ITS_WORK and then is not None and not self._closing:
            try:
                self.start(*then, into=into)
            except XeroportError as error:
                log.warning("`xeroport %s` did not start: %s", " ".join(then), error.message)

    def close(self) -> None:
        """Start nothing more; running jobs continue."""
        self._closing = True

    def jobs(self) -> tuple[Job, ...]:
        """All of them, those that have ended too."""
        with self._lock:
            return tuple(self._jobs.values())

    def is_ours(self, run: int) -> bool:
        """Whether this console started a run that is still going on."""
        job = self._jobs.get(run)
        return job is not None and job.process.poll() is None

    def stop(self, run: int) -> None:
        """Ask a job to stop, as Ctrl-C does; what it did is kept."""
        job = self._jobs.get(run)
        if job is None or job.process.poll() is not None:
            raise InputError(
                f"run {run} was not started here or has ended",
                hint="stop it where it was started, with Ctrl-C",
            )
        job.process.send_signal(signal.SIGINT)


def _error_of(job: Job) -> XeroportError:
    """The error that a command ended with."""
    try:
        left = msgspec.json.decode(job.error.read_bytes(), type=LeftError)
    except (OSError, msgspec.DecodeError):
        status = job.process.returncode
        return XeroportError(
            f"`xeroport {job.words[0]}` ended with status {status} and said no error",
            hint=f"what it printed is in `{job.printed}`",
        )
    return InputError("; ".join((left.message, *left.problems)), hint=left.hint)
