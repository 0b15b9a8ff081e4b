"""What is wrong with an input, where, and what to do about it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from xeroport.rows.xlsx_marks import column_letters

ALIKE = 20
"""Problems of one kind in one column that are shown one by one; of the others only the number."""
QUOTED = re.compile(r"`[^`]*`|\d+")


Choice = Literal["dates", "decimal mark"]
"""What only a person can say of a source: how its dates, or its numbers, are written."""
HOW_TO_CHOOSE: dict[Choice, str] = {
    "dates": "say which with `--dates DD/MM/YYYY` or `--dates MM/DD/YYYY`",
    "decimal mark": "say which is the decimal mark, with `--decimal .` or `--decimal ,`",
}
"""The hint of a problem that asks for a choice, on the command line."""


class WrongValue(ValueError):
    """A value that cannot be what its field takes: why, and what to do; or what it `asks`."""

    def __init__(self, message: str, hint: str | None = None, asks: Choice | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = HOW_TO_CHOOSE[asks] if asks else hint
        self.asks = asks

    @classmethod
    def of(cls, error: ValueError) -> WrongValue:
        """The error itself, or Python's own words as one."""
        return error if isinstance(error, cls) else cls(str(error))


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A line (from 1), a column (from 1) and its name, where known; or a cell, such as `C17`."""

    line: int | None = None
    column: int | None = None
    name: str | None = None
    is_cell: bool = False

    @property
    def text(self) -> str:
        """`:17:3`, `:C17`, or nothing where the whole input is meant."""
        if self.line is None:
            return ""
        if self.is_cell and self.column is not None:
            return f":{column_letters(self.column)}{self.line}"
        return f":{self.line}" if self.column is None else f":{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right; a `warning` does not stop a push, and what `stops_checks` has to be
    answered before values can be looked at. `asks` is the choice that would settle it."""

    place: FilePlace
    message: str
    hint: str | None = None
    level: Literal["error", "warning"] = "error"
    stops_checks: bool = False
    asks: Choice | None = None

    def text(self, file: str) -> str:
        """The problem in one line, as compilers say it."""
        name = self.place.name
        about = f"`{name}`: " if name and f"`{name}`" not in self.message else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{file}{self.place.text}: {self.level}: {about}{self.message}{hint}"


Kind = tuple[str | None, str]
"""The column of a problem, and its message without what differs from row to row."""


@dataclass(slots=True)
class Tally:
    """All problems of an input: every one counted, the first `keep` errors and `keep` different
    warnings held, and of one kind in one column the first `alike`. A warning that comes again is
    held once, with its number of lines."""

    keep: int = 1_000
    alike: int = ALIKE
    errors: int = 0
    warnings: int = 0
    _errors: list[Problem] = field(default_factory=list)
    _kinds: Counter[Kind] = field(default_factory=Counter)
    _same: Counter[Kind] = field(default_factory=Counter)
    _last: dict[Kind, Problem] = field(default_factory=dict)
    _warnings: dict[tuple[str | None, str], Problem] = field(default_factory=dict)
    _again: Counter[tuple[str | None, str]] = field(default_factory=Counter)

    def add(self, problems: Iterable[Problem]) -> bool:
        """Take up problems; True if one of them is an error."""
        has_error = False
        for problem in problems:
            if problem.level == "error":
                has_error = True
                self._add_error(problem)
            else:
                self._add_warning(problem)
        return has_error

    def _add_error(self, problem: Problem) -> None:
        self.errors += 1
        kind = (problem.place.name, QUOTED.sub("…", problem.message))
        self._kinds[kind] += 1
        self._same[(problem.place.name, problem.message)] += 1
        self._last[kind] = problem
        if self._kinds[kind] <= self.alike and len(self._errors) < self.keep:
            self._errors.append(problem)

    def _add_warning(self, problem: Problem) -> None:
        self.warnings += 1
        key = (problem.place.name, problem.message)
        if key in self._warnings:
            self._again[key] += 1
        elif len(self._warnings) < self.keep:
            self._warnings[key] = problem

    def gather(self, total: int, what: str) -> None:
        """Say an error that all of `total` records share once: `in all 5 rows`."""
        if total < 2:
            return
        for (name, message), number in self._same.items():
            if number != total:
                continue
            kind = (name, QUOTED.sub("…", message))
            mine = [error for error in self._errors if error.message == message]
            mine = [error for error in mine if error.place.name == name]
            if not mine or self._kinds[kind] != number:
                continue
            first = mine[0]
            place = replace(first.place, line=None, column=None)
            one = replace(first, place=place, message=f"{message} in all {total:,} {what}")
            self._errors = [one, *(error for error in self._errors if error not in mine)]
            del self._kinds[kind]

    @property
    def held(self) -> list[Problem]:
        """What is held, by line."""
        warnings = [self._counted(key, problem) for key, problem in self._warnings.items()]
        more = [
            replace(
                self._last[kind],
                message=f"and {number - self.alike:,} more like it, this being the last",
                hint=None,
                asks=None,
            )
            for kind, number in self._kinds.items()
            if number > self.alike
        ]
        problems = [*self._errors, *warnings, *more]
        return sorted(problems, key=lambda problem: problem.place.line or 0)

    def _counted(self, key: tuple[str | None, str], warning: Problem) -> Problem:
        again = self._again[key]
        if not again:
            return warning
        times = "once more" if again == 1 else f"{again:,} times more"
        return replace(warning, message=f"{warning.message}, {times}")
