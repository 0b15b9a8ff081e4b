"""A file that one process has locked at a time; the system frees it when that process dies."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import filelock

from xeroport.errors import InputError
from xeroport.store.processes import this_process

WAIT_SECONDS = 10.0


class FileLock:
    """The lock at a path; `take` waits a little, then names the holder, who is in a file beside
    it: whoever waits for the lock empties the file itself. Any thread may give it back."""

    def __init__(self, path: Path) -> None:
        self._lock = filelock.FileLock(path, mode=0o600, thread_local=False)
        self._holder = path.with_name(f"{path.name}-holder")

    def take(self, *, what: str, wait: float = WAIT_SECONDS) -> None:
        """Have the lock, or raise InputError naming the process that has it."""
        try:
            self._lock.acquire(timeout=wait, poll_interval=0.05)
        except filelock.Timeout:
            raise InputError(
                f"{what} is being written by process {self._named() or 'unknown'}",
                hint="wait for it to end, then run the same command again",
            ) from None
        with suppress(OSError):
            self._holder.write_text(this_process().label)

    def give_back(self) -> None:
        """Let others have it."""
        if self._lock.is_locked:
            with suppress(OSError):
                self._holder.unlink(missing_ok=True)
            self._lock.release()

    def _named(self) -> str:
        with suppress(OSError):
            return self._holder.read_text()
        return ""
