"""Which row of a table names its columns: not always the first, since reports have titles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

LOOKED_AT = 20
"""Rows from the top among which the header is looked for."""
SHARE = 0.6
"""A header has at least this share of the cells of the fullest row."""
NUMBER = re.compile(r"[-+(£$€]?\s*\d[\d.,\s%/:-]*\)?")


def header_row(rows: Sequence[Sequence[Any]]) -> int:
    """The index of the header among the first rows of a table: the first with enough cells, if all
    of them are words and no two alike; else the first row with anything in it."""
    filled = [sum(not _is_blank(cell) for cell in row) for row in rows]
    first = next((at for at, count in enumerate(filled) if count), 0)
    fullest = max(filled, default=0)
    if not filled or filled[first] >= SHARE * fullest:
        return first
    at = next((at for at, count in enumerate(filled) if count >= SHARE * fullest), first)
    return at if _are_names(rows[at]) else first


def above(line: int, header_line: int) -> tuple[str, ...]:
    """A note where rows above the header were left out; `line` is the first with anything in it."""
    if header_line <= line:
        return ()
    return (f"the header is in line {header_line}; what is above it was left out",)


def _are_names(cells: Sequence[Any]) -> bool:
    names = [cell.strip() for cell in cells if isinstance(cell, str) and cell.strip()]
    others = [cell for cell in cells if not isinstance(cell, str) and cell is not None]
    return not others and len(set(names)) == len(names) and not any(map(NUMBER.fullmatch, names))


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
