"""A statement as plain rows, for CSV and frames."""

from __future__ import annotations

from typing import Any

from xeroport.books.statements.statement_model import Row, Statement


def flat(built: Statement) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """A statement as columns and rows, for CSV and frames: section, kind, label, then figures."""
    return (
        ("section", "kind", "label", *built.columns),
        [
            (row.section, row.kind, row.label, *_padded(row, len(built.columns)))
            for row in built.rows
            if row.kind != "section"
        ],
    )


def _padded(row: Row, width: int) -> tuple[Any, ...]:
    return (*row.values, *(None,) * (width - len(row.values)))
