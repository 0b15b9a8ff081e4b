"""Rows of what Python programs hold tables in: pandas and polars frames, Arrow, DuckDB.

They are known by what they offer, so that none of those libraries has to be there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from xeroport.errors import InputError
from xeroport.rows.row import Row, Source

FETCH = 5_000


def is_frame(rows: Any) -> bool:
    """Whether an object is a table of one of the kinds above."""
    return _is_lazy(rows) or _columns(rows) is not None


def open_frame(frame: Any) -> Source:
    """The rows of a table, in its order; a pandas index that has a name is a column too."""
    frame = _plain(frame)
    columns = _columns(frame)
    if columns is None:
        raise InputError("this is not a table", hint="give a frame, a table or dictionaries")
    names = tuple(str(column) for column in columns)
    for number, name in enumerate(names):
        if name in names[:number]:
            raise InputError(f"two columns are called `{name}`", hint="rename one of them")

    def rows() -> Iterator[Row]:
        for number, values in enumerate(_tuples(frame), start=1):
            yield Row(number, dict(zip(names, values, strict=True)))

    return Source("rows", rows(), names, unit="row", again=lambda: open_frame(frame))


def open_rows(rows: Iterable[Mapping[str, Any]]) -> Source:
    """The rows of a Python iterable of mappings."""

    def numbered() -> Iterator[Row]:
        for number, values in enumerate(rows, start=1):
            if not isinstance(values, Mapping):
                raise InputError(
                    f"row {number} is a `{type(values).__name__}`, not a mapping",
                    hint="give dictionaries with Xero's field names",
                )
            if {*map(type, values)} - {str}:
                _refuse_names(number, values)
            yield Row(number, values)

    is_held = isinstance(rows, Sequence)
    again = (lambda: open_rows(rows)) if is_held else None
    return Source("rows", numbered(), unit="row", again=again)


def _refuse_names(number: int, values: Mapping[Any, Any]) -> None:
    """Raise an InputError for a row with a name that is not text."""
    for name in values:
        if not isinstance(name, str):
            raise InputError(
                f"row {number} has a name that is not text: `{name}`",
                hint="a reader of CSV writes `None` for values beyond the header"
                if name is None
                else "give dictionaries with Xero's field names",
            )


def _plain(frame: Any) -> Any:
    if _is_lazy(frame):
        return frame.collect()
    if hasattr(frame, "itertuples"):
        if any(name is not None for name in frame.index.names):
            return frame.reset_index()
        return frame
    if hasattr(frame, "read_all"):
        return frame.read_all()
    if hasattr(frame, "fetch_arrow_table") and hasattr(frame, "columns"):
        return frame.fetch_arrow_table()
    return frame


def _is_lazy(frame: Any) -> bool:
    return type(frame).__name__ == "LazyFrame" and hasattr(frame, "collect")


def _columns(frame: Any) -> Sequence[Any] | None:
    """The names of a table's columns; None for anything else."""
    if isinstance(frame, Mapping | Sequence):
        return None
    if hasattr(frame, "column_names"):
        return list(frame.column_names)
    schema: Any = getattr(frame, "schema", None)
    if hasattr(schema, "names") and (hasattr(frame, "to_pylist") or hasattr(frame, "read_all")):
        return list(schema.names)
    columns = getattr(frame, "columns", None)
    if columns is None or not hasattr(frame, "__arrow_c_stream__"):
        return None if columns is None or not hasattr(frame, "itertuples") else list(columns)
    return list(columns)


def _tuples(frame: Any) -> Iterable[Sequence[Any]]:
    if hasattr(frame, "itertuples"):
        yield from frame.itertuples(index=False, name=None)
    elif hasattr(frame, "iter_rows"):
        yield from frame.iter_rows()
    elif hasattr(frame, "to_batches"):
        for batch in frame.to_batches(max_chunksize=FETCH):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
    else:
        yield from zip(*(column.to_pylist() for column in frame.columns), strict=True)
