"""What is wrong with an input, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
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
    """All problems of an input: every one counted, the first `keep` held."""

    keep: int = 1_000
    errors: int = 0
    warnings: int = 0
    held: list[Problem] = field(default_factory=list)

    def add(self, problems: Iterable[Problem]) -> bool:
        """Take up problems; True if one of them is an error."""
        bad = False
        for problem in problems:
            if problem.level == "error":
                self.errors += 1
                bad = True
            else:
                self.warnings += 1
            if len(self.held) < self.keep:
                self.held.append(problem)
        return bad
