"""A row, and a source of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from msgspec import Struct

from xeroport.plurals import counted, word_for
from xeroport.rows.values import is_nothing, normal, unfit_in

Unit = Literal["line", "row", "cell", "file"]


class Row(Struct, frozen=True):
    """One row: where it starts in its source (from 1), and its values by column.

    `broken` says why it cannot be used: then `values` are what can be read of it all the same,
    `column` is where the fault is, and `rest_lost` says that nothing after it could be read.
    """

    line: int
    values: Mapping[str, Any]
    broken: str | None = None
    column: int | None = None
    rest_lost: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Rows with a name for messages; `columns` in the file's order, None if rows differ.

    `texts` says that every value is text, as in a CSV, and that an empty one is none; `is_normal`
    that all values are of the few kinds already. `unit` is what a row's number counts,
    `first_column` the number of the first column in its sheet, and `numbers` are those of the
    columns where columns without name and values were left out. `is_split_by_semicolon` hints at a
    place that begins decimals with a comma. `again` opens the source once more, where it can be
    read twice. `counts` grows while the rows are read: `blank`, `hidden` and `total` ones that were
    left out, and those `hidden between` others.
    """

    name: str
    rows: Iterator[Row]
    columns: tuple[str, ...] | None = None
    texts: bool = False
    is_normal: bool = False
    notes: tuple[str, ...] = ()
    unit: Unit = "line"
    first_column: int = 1
    numbers: tuple[int, ...] = ()
    is_split_by_semicolon: bool = False
    again: Callable[[], Source] | None = None
    counts: Counter[str] = field(default_factory=Counter)

    def number_of(self, index: int) -> int:
        """The number of a column from 1, as its file counts."""
        return self.numbers[index] if index < len(self.numbers) else index + 1

    def with_rows(self, rows: Iterator[Row], **more: Any) -> Source:
        """The same source with other rows; counts continue in one place."""
        return replace(self, rows=rows, **more)

    def noting(self, note: str) -> Source:
        """The same source with one more note."""
        return replace(self, notes=(*self.notes, note))

    def all_notes(self) -> tuple[str, ...]:
        """What to say of the source, once it has been read."""
        said = list(self.notes)
        ways = {
            "blank": "skipped",
            "hidden": "left out at the end of the sheet",
            "total": "left out",
        }
        for what, left_out in ways.items():
            number = self.counts[what]
            if number:
                was = word_for(number, "row was", "rows were")
                said.append(f"{number:,} {what} {was} {left_out}")
        if number := self.counts["hidden between"]:
            was = word_for(number, "was", "were")
            said.append(f"{counted(number, 'hidden row')} between others {was} read too")
        return tuple(said)


def nameless_left_out(columns: Iterable[int | str]) -> tuple[str, ...]:
    """A note where columns have neither a name nor a value, as spreadsheets leave them."""
    listed = [str(column) for column in columns]
    if not listed:
        return ()
    if len(listed) == 1:
        return (f"column {listed[0]} has neither a name nor values, and is left out",)
    return (f"columns {', '.join(listed)} have neither names nor values, and are left out",)


def without_unfit(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, those with a value that cannot be used as broken ones: for what handles whole
    rows, such as SQL."""
    for row in rows:
        why = None if row.broken else unfit_in(row.values)
        if why is None:
            yield row
        else:
            name = next(name for name, value in row.values.items() if unfit_in(value))
            yield Row(row.line, {}, f"`{name}`: {why}")


def normalised(source: Source) -> Source:
    """The source with every value as one of the few kinds, and without rows that say nothing."""
    again, is_normal = source.again, source.texts or source.is_normal

    def rows() -> Iterator[Row]:
        for row in source.rows:
            if row.broken is None:
                if not is_normal:
                    values = {name: normal(value) for name, value in row.values.items()}
                    row = Row(row.line, values)
                if all(map(is_nothing, row.values.values())):
                    source.counts["blank"] += 1
                    continue
            yield row

    return source.with_rows(rows(), again=None if again is None else lambda: normalised(again()))
