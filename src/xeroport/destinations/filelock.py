"""A file that one process has locked at a time; the system frees it when that process dies."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from xeroport.errors import InputError
from xeroport.store.processes import this_process

WAIT_SECONDS = 10.0


class FileLock:
    """The lock at a path; `take` waits a little, then names the holder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: int | None = None

    def take(self, *, what: str, wait: float = WAIT_SECONDS) -> None:
        """Have the lock, or raise InputError naming the process that has it."""
        until = time.monotonic() + wait
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        while not _lock(handle):
            if time.monotonic() > until:
                os.close(handle)
                raise InputError(
                    f"{what} is being written by process {self.path.read_text() or 'unknown'}",
                    hint="wait for it to end, then run the same command again",
                )
            time.sleep(0.05)
        os.ftruncate(handle, 0)
        os.write(handle, this_process().label.encode())
        self._handle = handle

    def give_back(self) -> None:
        """Let others have it."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


if sys.platform == "win32":
    import msvcrt

    FAR = 1 << 30
    """Locked bytes cannot be read on Windows, so the lock is far behind the owner's name."""

    def _lock(handle: int) -> bool:
        os.lseek(handle, FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(handle, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
