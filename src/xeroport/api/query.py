"""SQL over what was synced, with its result as rows, a frame or an Arrow table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from xeroport.api.text_arguments import check_named, check_texts
from xeroport.config import home_folder
from xeroport.destinations import shown
from xeroport.errors import InputError
from xeroport.plurals import counted
from xeroport.store import instances as saved
from xeroport.store import places
from xeroport.store.database import Store
from xeroport.store.instances import Instance, schema_name

if TYPE_CHECKING:
    import duckdb
    import pandas
    import polars
    import pyarrow


SHOWN = 8
"""Columns that a result names when it is printed."""


class QueryResult(Struct, frozen=True):
    """The columns and rows of a query, held in memory; iterating gives the rows as tuples.

    Where two columns have one name, the later one is numbered in dictionaries, frames and tables.
    Amounts are `Decimal`, dates `date`, instants `datetime`, in the rows as in every frame.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def ok(self) -> bool:
        """True, as of a report: a query that fails raises."""
        return True

    def __repr__(self) -> str:
        names = ", ".join(self.columns[:SHOWN])
        more = f" and {len(self.columns) - SHOWN} more" if len(self.columns) > SHOWN else ""
        return f"<{type(self).__name__}: {counted(len(self.rows), 'row')} of {names}{more}>"

    def dicts(self) -> list[dict[str, Any]]:
        """The rows as dictionaries."""
        names = self._names()
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    def scalar(self) -> Any:
        """The only value of a result of one row and one column; InputError for any other."""
        if len(self.rows) != 1 or len(self.columns) != 1:
            raise InputError(
                f"the result has {counted(len(self.rows), 'row')} and "
                f"{counted(len(self.columns), 'column')}, not one value",
                hint="select one column of one row, such as `select count(*) from invoice`",
            )
        return self.rows[0][0]

    def df(self) -> pandas.DataFrame:
        """A pandas frame; amounts stay exact, as `Decimal` objects."""
        library = _library("pandas", "a pandas frame")
        frame: pandas.DataFrame = library.DataFrame(self._values())
        return frame

    def pl(self) -> polars.DataFrame:
        """A polars frame; amounts stay exact."""
        library = _library("polars", "a polars frame")
        columns = [
            library.Series(name, values, strict=False) for name, values in self._values().items()
        ]
        frame: polars.DataFrame = library.DataFrame(columns)
        return frame

    def arrow(self) -> pyarrow.Table:
        """An Arrow table; amounts stay exact."""
        library = _library("pyarrow", "an Arrow table")
        table: pyarrow.Table = library.table(self._values())
        return table

    def _names(self) -> list[str]:
        """The names of the columns, each once."""
        names: list[str] = []
        for position, name in enumerate(self.columns):
            while name in names or (name != self.columns[position] and name in self.columns):
                name = f"{name}_{position}"
            names.append(name)
        return names

    def _values(self) -> dict[str, list[Any]]:
        """Column name → its values."""
        return {
            name: [row[position] for row in self.rows]
            for position, name in enumerate(self._names())
        }


class Books(Struct, frozen=True):
    """Where an instance was synced to: its destination and the schema that holds its tables."""

    instance: str
    url: str
    schema: str

    def __repr__(self) -> str:
        return f"<Books of `{self.instance}`: schema {self.schema} in {shown(self.url)}>"

    def query(self, sql: str) -> QueryResult:
        """SQL over this instance's tables, named without their schema."""
        return query(sql, to=self.url, instance=self.instance)

    def tables(self) -> tuple[str, ...]:
        """The names of this instance's tables."""
        sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = "
        found = self.query(f"{sql}'{self.schema}' ORDER BY 1")
        return tuple(name for (name,) in found if not name.startswith("_"))

    def connection(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A read-only DuckDB connection, for use in `with`: while it is open, no sync can
        write to a DuckDB file. InputError for Postgres, which has drivers of its own."""
        from xeroport.jobs.query import reading

        return reading(self.url, self.instance)


def query(
    sql: str,
    *,
    to: str | None = None,
    instance: str | None = None,
    home: Path | str | None = None,
) -> QueryResult:
    """The result of SQL over what was synced; it cannot change anything.

    `instance` is the one whose tables need no schema. `to` is the destination (default:
    where that instance was synced to last, or `books.duckdb` of the home folder where none is
    named). InputError says what is wrong with the SQL.
    """
    check_named(sql=sql)
    check_texts(to=to, instance=instance)
    from xeroport.jobs.query import answering

    url = to or _synced_to(instance, home)
    with answering(sql, url=url, instance=instance) as answer:
        return QueryResult(answer.columns, list(answer.rows()))


def _synced_to(instance: str | None, home: Path | str | None) -> str:
    store = Store(home_folder(home))
    try:
        return places.chosen(store, instance, None)
    finally:
        store.close()


def books(instance: str, *, to: str | None = None, home: Path | str | None = None) -> Books:
    """The books of an instance: where it was synced to last, or the destination `to`."""
    check_named(instance=instance)
    check_texts(to=to)
    store = Store(home_folder(home))
    try:
        saved.get(store, instance)
        return Books(instance, places.chosen(store, instance, to), schema_name(instance))
    finally:
        store.close()


def instances(*, home: Path | str | None = None) -> tuple[Instance, ...]:
    """Every saved instance, by name, without its secret."""
    store = Store(home_folder(home))
    try:
        return saved.all_instances(store)
    finally:
        store.close()


def _library(name: str, what: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise InputError(
            f"{what} needs `{name}`, which is not installed", hint=f"`pip install {name}`"
        ) from error
