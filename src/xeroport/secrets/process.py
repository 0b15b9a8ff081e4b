"""What a process that holds secrets does for itself, before anything else."""

from __future__ import annotations

import os
from contextlib import suppress


def harden() -> None:
    """Files that this process makes are its user's alone, and a crash leaves no copy of its
    memory behind."""
    os.umask(0o077)
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
