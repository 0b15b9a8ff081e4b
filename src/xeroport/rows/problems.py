"""What is wrong with an input, where, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class Place:
    """A line (from 1), a column (from 1) and its name, where known."""

    line: int | None = None
    column: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend; a `warning` does not stop a push."""

    place: Place
    message: str
    hint: str | None = None
    level: Literal["error", "warning"] = "error"

    def text(self, file: str) -> str:
        """The problem in one line, as compilers say it."""
        where = file
        if self.place.line is not None:
            where += f":{self.place.line}"
            if self.place.column is not None:
                where += f":{self.place.column}"
        hint = f" ({self.hint})" if self.hint else ""
        return f"{where}: {self.level}: {self.message}{hint}"


@dataclass(slots=True)
class Tally:
    """All problems of an input: every one counted, the first `keep` errors and `keep` different
    warnings held. A warning that comes again is held once, with its number of lines."""

    keep: int = 1_000
    errors: int = 0
    warnings: int = 0
    _errors: list[Problem] = field(default_factory=list)
    _warnings: dict[str, Problem] = field(default_factory=dict)
    _again: Counter[str] = field(default_factory=Counter)

    def add(self, problems: Iterable[Problem]) -> bool:
        """Take up problems; True if one of them is an error."""
        bad = False
        for problem in problems:
            if problem.level == "error":
                self.errors += 1
                bad = True
                if len(self._errors) < self.keep:
                    self._errors.append(problem)
                continue
            self.warnings += 1
            if problem.message in self._warnings:
                self._again[problem.message] += 1
            elif len(self._warnings) < self.keep:
                self._warnings[problem.message] = problem
        return bad

    @property
    def held(self) -> list[Problem]:
        """What is held, by line."""
        told = [self._told(each) for each in self._warnings.values()]
        return sorted([*self._errors, *told], key=lambda each: each.place.line or 0)

    def _told(self, warning: Problem) -> Problem:
        again = self._again[warning.message]
        if not again:
            return warning
        times = "once more" if again == 1 else f"{again:,} times more"
        return replace(warning, message=f"{warning.message}, {times}")
