"""Which cells of a statement are formulas: totals, worked out from the rows above them.

A formula is only used where it gives the statement's own amount, so that a sheet never shows
another figure than the statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import product
from typing import Any

from xeroport.books.statements.statement_model import Row

MOST_PARTS = 6
"""Totals that a further total is tried to be put together from."""


def formulas(rows: Sequence[Row], *, first: int) -> dict[tuple[int, int], str]:
    """(index of the row, column) → formula; `first` is the line of the first row, from 0."""
    written: dict[tuple[int, int], str] = {}
    totals: list[int] = []
    start = 0
    for index, row in enumerate(rows):
        if row.kind == "section":
            start = index + 1
        if row.kind != "total":
            continue
        parts = _parts(rows, start, index)
        if not _adds_up(rows, parts, row):
            parts = _parts(rows, totals[-1] + 1 if totals else 0, index)
        is_sum = _adds_up(rows, parts, row)
        signs = None if is_sum else _signs(rows, totals[-MOST_PARTS:], index)
        for column in range(1, len(row.values) + 1):
            if is_sum:
                begin, end = cell(first + parts[0], column), cell(first + parts[-1], column)
                written[index, column] = f"=SUM({begin}:{end})"
            elif signs:
                pieces = "".join(
                    f"{'+' if sign > 0 else '-'}{cell(first + at, column)}" for at, sign in signs
                )
                written[index, column] = f"={pieces.removeprefix('+')}"
        totals.append(index)
        start = index + 1
    return written


def _parts(rows: Sequence[Row], start: int, index: int) -> list[int]:
    """The rows of figures between two lines, with no total among them."""
    return [at for at in range(start, index) if rows[at].kind == "row"]


def _adds_up(rows: Sequence[Row], parts: Sequence[int], row: Row) -> bool:
    """Whether a total is the sum of those rows in every column of amounts."""
    return bool(parts) and all(
        isinstance(value, Decimal) and _sum(rows, parts, column) == value
        for column, value in enumerate(row.values, start=1)
    )


def _sum(rows: Sequence[Row], parts: Sequence[int], column: int) -> Decimal:
    return sum(
        (_value(rows[at], column) for at in parts),
        Decimal(0),
    )


def _value(row: Row, column: int) -> Decimal:
    value: Any = row.values[column - 1] if column <= len(row.values) else None
    return value if isinstance(value, Decimal) else Decimal(0)


def _signs(rows: Sequence[Row], totals: Sequence[int], index: int) -> list[tuple[int, int]] | None:
    """Totals with signs that add up to this one in every column, the fewest there are."""
    row = rows[index]
    if not all(isinstance(value, Decimal) for value in row.values):
        return None
    fewest: list[tuple[int, int]] | None = None
    for signs in product((0, 1, -1), repeat=len(totals)):
        chosen = [(at, sign) for at, sign in zip(totals, signs, strict=True) if sign]
        if not chosen or (fewest is not None and len(chosen) >= len(fewest)):
            continue
        if len(chosen) < 2:
            continue
        if all(
            sum((sign * _value(rows[at], column) for at, sign in chosen), Decimal(0)) == value
            for column, value in enumerate(row.values, start=1)
        ):
            fewest = chosen
    return fewest


def cell(line: int, column: int, *, is_fixed: bool = False) -> str:
    """The name of a cell, `B7`, or `$B$7` for one that stays when it is copied; line and column
    count from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"${letters}${line + 1}" if is_fixed else f"{letters}{line + 1}"
