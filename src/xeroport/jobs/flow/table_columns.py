"""The rows and names of a flow's table, whichever destination it is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xeroport.destinations.typed import identifier
from xeroport.rows.values import short

KEY = "_key"

Rows = Sequence[Mapping[str, Any]]


def qualified(table: str) -> tuple[str | None, str]:
    """The schema and the name of a table, as identifiers."""
    schema, _, name = table.rpartition(".")
    return (identifier(schema) if schema else None), identifier(name)


def unfit_reason(column: str, value: Any, of: str) -> str:
    """Why a record is refused by a table."""
    return f"`{short(value)}` does not fit the column `{column}` of the table, which is {of}"
