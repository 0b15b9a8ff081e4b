"""How the dates and numbers of a source are read, decided column by column over the whole of it.

`20/11/2026` somewhere in a column says that `03/04/2026` in it is the 3rd of April. Where nothing
says it, the person is asked; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from xeroport.catalogue import RecordType
from xeroport.records.column_paths import Plan, field_at
from xeroport.rows.numbers import NumberColumn
from xeroport.rows.problems import HOW_TO_CHOOSE, Problem
from xeroport.rows.row import Row
from xeroport.rows.written_dates import FORMATS, DateColumn, DateOrder, date_of, order_of
from xeroport.settings import Mark

NUMBERS = {"money", "number", "integer"}
MOST_SEEN = 5_000
"""Texts of a column that are remembered, so that each is looked at once."""


@dataclass(frozen=True, slots=True)
class Readings:
    """The order of dates and the decimal mark, by dotted field; `own_format` is the instance's."""

    own_format: str = "YYYY-MM-DD"
    orders: Mapping[str, DateOrder] = field(default_factory=dict)
    marks: Mapping[str, Mark] = field(default_factory=dict)

    @property
    def by_column(self) -> bool:
        """Whether any column is read in a way of its own."""
        return bool(self.orders or self.marks)

    def order(self, name: str) -> DateOrder | None:
        """How three numbers are read as a date; None where nobody has said."""
        return self.orders.get(name) or order_of(self.own_format)

    def mark(self, name: str) -> Mark:
        """The decimal mark of a field's numbers."""
        return self.marks.get(name, ".")


@dataclass(frozen=True, slots=True)
class FormatWish:
    """What a person said of a source's dates and numbers, with `--dates` and `--decimal`."""

    date_format: str | None = None
    mark: Mark | None = None


@dataclass(slots=True)
class SurveyedPlace:
    """A place in records that have names of their own: its dotted field and whether that is a date
    where it takes a date or a number, the texts of it that were taken in, and what is below it."""

    names: tuple[str, ...] = ()
    dotted: str | None = None
    is_date: bool = False
    seen: set[str] = field(default_factory=set)
    below: dict[str, SurveyedPlace] = field(default_factory=dict)


@dataclass(slots=True)
class ColumnSurvey:
    """All texts that stand where a date or a number is meant, taken in row after row: one that
    comes again says nothing more.

    `problems` are what is to be asked of the person, and `notes` what was decided and why.
    """

    plan: Plan
    wish: FormatWish = field(default_factory=FormatWish)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    dates: dict[str, DateColumn] = field(default_factory=dict)
    numbers: dict[str, NumberColumn] = field(default_factory=dict)
    names: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    _columns: list[tuple[str, str, bool, set[str]]] | None = None
    _top: SurveyedPlace = field(default_factory=SurveyedPlace)
    _places: int = 0

    def add(self, row: Row) -> None:
        """Take in one row."""
        if row.broken:
            return
        if self.plan.columns:
            for name, path, is_date, seen in self._wanted():
                value = row.values.get(name)
                if isinstance(value, str) and value and value not in seen:
                    self._add(path, value, row.line, is_date, seen)
        elif self.plan.record is not None:
            if self._places > MOST_SEEN:
                self._top, self._places = SurveyedPlace(), 0
            self._walk(self.plan.record, self._top, row.values, row.line)

    def _wanted(self) -> list[tuple[str, str, bool, set[str]]]:
        """The columns that lead to dates and numbers: name, dotted field, whether a date, and the
        texts that were taken in."""
        if self._columns is None:
            self._columns = []
            for column in self.plan.columns:
                path = [part for part in column.path if isinstance(part, str)]
                kind = kind_of(self.plan.record, path)
                if kind == "date" or kind in NUMBERS:
                    dotted = ".".join(path)
                    self._columns.append((column.name, dotted, kind == "date", set()))
                    self.names.setdefault(dotted, (column.name, column.number))
        return self._columns

    def _walk(
        self, record: RecordType, place: SurveyedPlace, values: Mapping[str, Any], line: int
    ) -> None:
        """The dates and numbers in the normal values of a record, or of one inside it."""
        below = place.below
        for name, value in values.items():
            kind = type(value)
            if kind is not str and kind is not dict and kind is not list:
                continue
            inner = below.get(name) or self._below(record, place, name)
            if kind is dict:
                self._walk(record, inner, value, line)
            elif kind is list:
                self._walk_list(record, inner, value, line)
            elif inner.dotted is not None and value and value not in inner.seen:
                self.names.setdefault(inner.dotted, (inner.dotted, None))
                self._add(inner.dotted, value, line, inner.is_date, inner.seen)

    def _walk_list(
        self, record: RecordType, place: SurveyedPlace, values: list[Any], line: int
    ) -> None:
        for value in values:
            if isinstance(value, dict):
                self._walk(record, place, value, line)
            elif isinstance(value, list):
                self._walk_list(record, place, value, line)
            elif isinstance(value, str) and value and place.dotted is not None:
                self.names.setdefault(place.dotted, (place.dotted, None))
                self._add(place.dotted, value, line, place.is_date, place.seen)

    def _below(self, record: RecordType, place: SurveyedPlace, name: str) -> SurveyedPlace:
        """The place of a name; the names of a row itself may be dotted."""
        names = (*place.names, *([name] if place.names else name.split(".")))
        path = [part for part in names if not part.isdecimal()]
        kind = kind_of(record, path)
        is_meant = kind == "date" or kind in NUMBERS
        inner = SurveyedPlace(names, ".".join(path) if is_meant else None, kind == "date")
        place.below[name] = inner
        self._places += 1
        return inner

    def _add(self, dotted: str, text: str, line: int, is_date: bool, seen: set[str]) -> None:
        if len(seen) >= MOST_SEEN:
            seen.clear()
        seen.add(text)
        if is_date:
            dates = self.dates.get(dotted) or self.dates.setdefault(dotted, DateColumn())
            dates.add(text, line)
        else:
            numbers = self.numbers.get(dotted) or self.numbers.setdefault(dotted, NumberColumn())
            numbers.add(text, line)

    def decide(
        self,
        own_format: str,
        *,
        is_one_hand: bool = False,
        of_xero: DateOrder | None = None,
        own_mark: Mark | None = None,
        doubts_points: bool = False,
    ) -> Readings:
        """How each column is read.

        `is_one_hand` says that all columns are written alike, as in Xero's own files: what one
        column of dates says then holds for the others. `of_xero` is how Xero writes dates for the
        organisation, in a file that came out of it. `own_mark` is the instance's decimal mark.
        `doubts_points` says that the file is of a kind that people write with decimal commas.
        """
        orders: dict[str, DateOrder] = {}
        sure_orders = {o for d in self.dates.values() if len(d.orders) == 1 for o in d.orders}
        why = "the instance's date format"
        if is_one_hand and len(sure_orders) == 1:
            own_format = FORMATS[next(iter(sure_orders))]
            why = "as the other dates of the file"
        elif of_xero is not None:
            own_format, why = FORMATS[of_xero], "as Xero writes dates for this organisation"
        for dotted, dates in self.dates.items():
            order = self._order(dotted, dates, own_format, why=why)
            if order is not None:
                orders[dotted] = order
        sure = {mark for n in self.numbers.values() if len(n.marks) == 1 for mark in n.marks}
        marks: dict[str, Mark] = {}
        for dotted, numbers in self.numbers.items():
            if len(numbers.marks) != 1 and len(sure) != 1 and self.plan.columns:
                mark = self._own_mark(dotted, numbers, own_mark)
            else:
                mark = None
            open_at = numbers.open_at(doubts_points=doubts_points)
            mark = mark or self._mark(dotted, numbers, open_at, sure)
            if mark == ",":
                marks[dotted] = mark
        return Readings(self.wish.date_format or own_format, orders, marks)

    def _order(
        self, dotted: str, dates: DateColumn, own_format: str, *, why: str
    ) -> DateOrder | None:
        name, number = self.names[dotted]
        said = order_of(self.wish.date_format) if self.wish.date_format else None
        if said is not None or dates.first is None:
            return said
        if dates.clash is not None and dates.proof is not None:
            (line, text), (other, later) = dates.proof, dates.clash
            self.problems.append(
                Problem(
                    self.plan.at(other, number, name),
                    f"`{name}` mixes two ways to write dates: `{text}` in {self.plan.unit_word} "
                    f"{line} and `{later}`",
                    "write all of them in one way, preferably as `YYYY-MM-DD`",
                    stops_checks=True,
                )
            )
            return None
        if not dates.is_open:
            order = next(iter(dates.orders))
            line, text = dates.proof or dates.first
            where = f"{self.plan.unit_word} {line}"
            self.notes.append(f"`{name}` is read as {FORMATS[order]}, as `{text}` in {where} says")
            return order
        own = order_of(own_format)
        if own is not None:
            self.notes.append(f"`{name}` is read as {own_format}, {why}")
            return own
        line, text = dates.first
        self.problems.append(
            Problem(
                self.plan.at(line, number, name),
                f"`{name}` fits two ways to write dates: `{text}` is {_both(text)}",
                HOW_TO_CHOOSE["dates"],
                stops_checks=True,
                asks="dates",
            )
        )
        return None

    def _own_mark(self, dotted: str, numbers: NumberColumn, own_mark: Mark | None) -> Mark | None:
        """The instance's mark, for a column of a file that can be read with either."""
        example = numbers.open_one or numbers.open_point
        if own_mark is None or self.wish.mark is not None or example is None:
            return None
        name, _ = self.names[dotted]
        self.notes.append(
            f"`{name}` is read with `{own_mark}` as the decimal mark, the instance's setting, such "
            f"as `{example[1]}`"
        )
        return own_mark

    def _mark(
        self, dotted: str, numbers: NumberColumn, open_at: tuple[int, str] | None, sure: set[Mark]
    ) -> Mark | None:
        name, number = self.names[dotted]
        if self.wish.mark is not None:
            return self.wish.mark
        if numbers.clash is not None:
            line, text = numbers.clash
            self.problems.append(
                Problem(
                    self.plan.at(line, number, name),
                    f"`{name}` mixes two decimal marks: `{text}` fits no other value of it",
                    "write all of them in one way",
                )
            )
            return None
        marks = numbers.marks if len(numbers.marks) == 1 else sure
        if open_at is not None and len(marks) != 1:
            line, text = open_at
            named = "comma" if "," in text else "point"
            self.problems.append(
                Problem(
                    self.plan.at(line, number, name),
                    f"`{name}` fits two ways to write numbers: the {named} of `{text}` may mark "
                    "thousands or decimals",
                    HOW_TO_CHOOSE["decimal mark"],
                    stops_checks=True,
                    asks="decimal mark",
                )
            )
            return None
        mark = next(iter(marks)) if len(marks) == 1 else "."
        if numbers.dressed is not None or mark == ",":
            line, text = numbers.dressed or numbers.open_one or (0, "")
            shown = f", such as `{text}`" if text else ""
            self.notes.append(f"`{name}` is read with `{mark}` as the decimal mark{shown}")
        return mark


def kind_of(record: RecordType | None, path: list[str]) -> str | None:
    """The type of the field at a path without numbers; None where there is none."""
    spec = field_at(record, path)
    return None if spec is None else spec.type


def survey_of(plan: Plan, rows: Iterator[Row], wish: FormatWish) -> ColumnSurvey:
    """What all rows of a source say of its dates and numbers."""
    survey = ColumnSurvey(plan, wish)
    for row in rows:
        survey.add(row)
    return survey


def _both(text: str) -> str:
    """The two days that a date may mean, in words."""
    days = [date_of(text, order) for order in FORMATS]
    return " or ".join(f"{day.day} {day:%B %Y}" for day in days if day is not None)
