"""Rows below a table that add up the others: `Total`, `Grand total`. They are no records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from xeroport.rows.row import Row, Source
from xeroport.rows.values import is_nothing, text_of

TOTAL = re.compile(
    r"(?:(?:grand|report|sub|overall)[\s-]?)?totals?|sums?|summe|gesamt(?:summe|betrag)?"
    r"|zwischensumme|total (?:général|general|geral)|totaux|totale|suma|totaal|summa|i alt",
    re.IGNORECASE,
)
DIGITS = "0123456789"
AROUND = ": .-–—*"


def without_totals(source: Source) -> Source:
    """The rows of a file or sheet without those that only add up others, which are counted."""
    columns = source.columns
    if columns is None or not (source.texts or source.unit == "cell"):
        return source
    again = source.again

    def rows() -> Iterator[Row]:
        for row in source.rows:
            if row.broken is None and is_total(row.values, len(columns)):
                source.counts["total"] += 1
            else:
                yield row

    return source.with_rows(
        rows(), again=None if again is None else lambda: without_totals(again())
    )


def is_total(values: Mapping[str, Any], width: int) -> bool:
    """Whether a row begins with the word for a total, and at least half of it is empty."""
    first = None
    for first in values.values():
        if not is_nothing(first):
            break
    if (
        not isinstance(first, str)
        or first[-1] in DIGITS
        or not TOTAL.fullmatch(text_of(first).strip(AROUND))
    ):
        return False
    return 2 * sum(not is_nothing(value) for value in values.values()) <= width
