"""What a rule works with: one element of a write, and the ways to refuse it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xeroport.catalogue import Endpoint
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.refusal import Missing, Refusal
from xeroport_emulator.organisation.table import Record, Table


@dataclass
class Write:
    """One element of one write: the element with Python values, the ids of the path, and a place
    for warnings and for problems that are answered together. `sent` is the body as it came, with
    what is unknown in it; `position` is the line at hand, whose own problems stand within it."""

    organisation: Organisation
    endpoint: Endpoint
    element: Record
    ids: dict[str, str]
    unit_places: int = 4
    warnings: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    sent: Mapping[str, Any] = field(default_factory=dict)
    position: int = 0
    line_problems: dict[int, list[str]] = field(default_factory=dict)

    def table(self, name: str) -> Table:
        """The organisation's table of that record type."""
        return self.organisation.tables[name]

    def problem(self, message: str) -> None:
        """Note a reason to refuse, and go on looking for more."""
        if message not in self.problems:
            self.problems.append(message)

    def line_problem(self, *messages: str) -> None:
        """Note reasons to refuse that stand within the line at hand, too."""
        self.line_problems.setdefault(self.position, []).extend(messages)
        for message in messages:
            self.problem(message)

    def warn(self, message: str) -> None:
        """Tell the caller something, without refusing."""
        if message not in self.warnings:
            self.warnings.append(message)

    def settle(self) -> None:
        """Refuse now if any problem was noted."""
        if self.problems:
            raise Refusal(*self.problems)

    def named(self, table: str, parameter: str, *others: str) -> Record:
        """The record the path names by id, or by one of the `others` fields; Missing if none."""
        value = self.ids[parameter]
        found = self.table(table).get(value)
        for other in others:
            found = found or self.table(table).first(other, value)
        if found is None:
            raise Missing(value)
        return found


Rule = Callable[[Write], "Record | None"]
"""Carries out one element and returns the record as it is afterwards (None: nothing to show)."""


def pick(element: Record, names: Iterable[str]) -> dict[str, Any]:
    """Those of the named fields that the element has."""
    return {name: element[name] for name in names if name in element}
