"""What a person types as the value of a column, as a value of that column's type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

TEXTS = ("VARCHAR", "TEXT", "CHARACTER VARYING")
NUMBERS = ("DECIMAL", "NUMERIC", "BIGINT", "INTEGER", "SMALLINT", "DOUBLE", "REAL", "HUGEINT")
DIGITS = 30
"""More than any amount has, and fewer than an engine would choke on."""
WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True)
class TableColumn:
    """One column and its type, as DuckDB or Postgres name it, in capitals."""

    name: str
    type: str

    @property
    def is_text(self) -> bool:
        """Whether it holds text to search in."""
        return self.type in TEXTS

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers."""
        return self.type.startswith(NUMBERS)


def value_of(column: TableColumn, text: str) -> Any:
    """The value; None for a text that cannot be one. Types not known here are compared as text."""
    if column.is_number:
        return number_of(text)
    try:
        if column.type == "BOOLEAN":
            return WORDS.get(text.lower())
        if column.type == "DATE":
            return date.fromisoformat(text)
        if column.type.startswith("TIMESTAMP"):
            moment = datetime.fromisoformat(text)
            return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
        if column.type == "UUID":
            return UUID(text)
    except (ValueError, OverflowError):
        return None
    return text


def number_of(text: str) -> Decimal | None:
    """The number in a text; None where there is none, or one that no column can hold."""
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    if not number.is_finite() or len(number.as_tuple().digits) > DIGITS:
        return None
    return number if abs(number.adjusted()) < DIGITS else None
