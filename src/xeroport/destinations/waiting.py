"""Which processes a job waits for when its file is in use."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path

IS_WORTH_A_WAIT: ContextVar[Callable[[int, Path], bool]] = ContextVar(
    "is_worth_a_wait", default=lambda _pid, _file: False
)
"""Whether to wait until the process of that id lets go of a file, however long that takes. A job
says so of the other jobs of its home folder; nobody else waits without an end."""
