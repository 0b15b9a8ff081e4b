"""What a page reads synced books through, wherever they are: DuckDB, Parquet or Postgres.

Queries of ours are written in the SQL that both engines speak, with `$1` for a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from xeroport.books.views import Dialect
from xeroport.errors import InputError, XeroportError

Row = tuple[Any, ...]
SECONDS = 20.0
"""How long a query for a page may take."""


class NoBooks(XeroportError):
    """Nothing was synced yet."""


class TooSlow(InputError):
    """A query took longer than it may."""


def nothing_yet() -> NoBooks:
    """There is no such destination, or nothing of the instance in it."""
    return NoBooks("nothing was synced yet", hint="run a sync first")


def too_slow(seconds: float) -> TooSlow:
    """A query was stopped."""
    return TooSlow(
        f"this took longer than {seconds:.0f} s and was stopped",
        hint="narrow it down with `where` or `limit`",
    )


@dataclass(frozen=True)
class Answer:
    """What a query that a person typed gave: at most so many rows, `is_cut` if there were more."""

    columns: list[str]
    rows: list[Row]
    is_cut: bool
    types: tuple[str, ...] = ()


@dataclass(frozen=True)
class MarkedTable:
    """A table as SQL, and the columns that say where a row lies: a DuckDB table's `rowid`, the file
    and the row of a Parquet part."""

    source: str
    marks: tuple[str, ...]


class Reading(Protocol):
    """An open, read-only look at books. `as_of` is set while a copy is read because a job writes;
    `has_row_ids` says whether tables have DuckDB's `rowid`; `warning` is what a person should know
    about the way the books are opened."""

    as_of: datetime | None
    has_row_ids: bool
    language: str
    dialect: Dialect

    @property
    def warning(self) -> str | None: ...

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query of ours."""
        ...

    def marked(self, schema: str, table: str) -> MarkedTable | None:
        """A table with columns that tell its rows apart and find one again at once; None where
        its indexes do."""
        ...

    def lots(self, sql: str, values: Sequence[Any] = (), *, size: int) -> Iterator[list[Row]]:
        """The rows of a query of ours in lots, never all in memory."""
        ...

    def answer(self, schema: str, sql: str, most: int) -> Answer:
        """One statement that a person typed, with bare table names meaning those of `schema`;
        InputError in the engine's words."""
        ...
