"""Patterns that find words in columns, in any case of the letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xeroport.destinations.typed import identifier as quoted


def escaped(words: str) -> str:
    """Words as a part of a pattern that means them and nothing else."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def like(columns: Sequence[str], pattern: str, mark: int = 1) -> tuple[str, list[Any]]:
    """A condition with one parameter, and its value. ESCAPE is left out where nothing is escaped:
    with it DuckDB looks through a column several times as slowly."""
    escape = " ESCAPE '\\'" if "\\" in pattern else ""
    some = [f"{quoted(name)} ILIKE ${mark}{escape}" for name in columns]
    return " OR ".join(some), [pattern]
