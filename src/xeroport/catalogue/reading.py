"""How each stream is read again, and how old it may become: the data behind the plan of calls."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

How = Literal["changes", "snapshot", "settings", "report"]


class StreamReading(msgspec.Struct, frozen=True):
    """How one stream is read again; times in hours, see `reading.toml`.

    `posts`: its records move the ledger, and with it the reports.
    """

    how: How
    posts: bool = False
    most_often: float = 0
    at_latest: float | None = None
    quiet: float | None = None
    webhook: float | None = None
    pointed_at_by: tuple[str, ...] = ()


@cache
def readings() -> dict[str, StreamReading]:
    """How each stream is read, by its name."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, StreamReading])
