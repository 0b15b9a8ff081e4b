"""SQL that lives in `.sql` files beside this module: `-- name: NAME` starts a statement."""

from __future__ import annotations

from functools import cache
from pathlib import Path

MARK = "-- name: "


@cache
def sql(file: str) -> dict[str, str]:
    """Statement name → statement."""
    statements: dict[str, str] = {}
    for part in Path(__file__).with_name(file).read_text().split(MARK)[1:]:
        name, _, statement = part.partition("\n")
        statements[name.strip()] = statement.strip()
    return statements
