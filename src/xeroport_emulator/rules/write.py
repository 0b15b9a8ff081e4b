"""What a rule works with: one element of a write, and the ways to refuse it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

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

    def account(self, sent: Record) -> Record | None:
        """The account that is named by its id, else by its code."""
        if sent.get("AccountID"):
            return self.table("Account").get(sent["AccountID"])
        return self.table("Account").first("Code", sent["Code"]) if sent.get("Code") else None

    def problem(self, message: str) -> None:
        """Note a reason to refuse, and continue looking for more."""
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

    def refuse_id(self, kind: str) -> None:
        """Refuse at once an element that brings an id for a new record."""
        key = f"{kind}ID"
        if self.element.get(key):
            article = "An" if key[0] in "AEIOU" else "A"
            words = spaced(kind).lower()
            raise Refusal(f"{article} {key} cannot be given for a new {words}.")

    def existing(
        self, kind: str, element: Record | None = None, *, said: str = ""
    ) -> Record | None:
        """The record whose id the element, or one within it, gives: None if it gives none, refused
        at once if there is none of that id. `said` is what the refusal calls the id."""
        key = f"{kind}ID"
        identity = (self.element if element is None else element).get(key)
        if not identity:
            return None
        return self.table(kind).get(identity) or self._unknown(kind, said or key)

    def to_delete(self, kind: str) -> Record:
        """The record that a write of Status DELETED names, in its path or in its body, and which is
        not deleted yet."""
        key = f"{kind}ID"
        record = self.table(kind).get(self.ids.get(key) or self.element.get(key))
        if record is None:
            if self.ids:
                raise Missing(key)
            self._unknown(kind, "id")
        if self.element.get("Status") != "DELETED":
            raise Refusal("The Status must be DELETED.")
        if record["Status"] == "DELETED":
            raise Refusal(f"The {spaced(kind).lower()} has already been deleted.")
        return record

    def _unknown(self, kind: str, key: str) -> NoReturn:
        words = spaced(kind)
        raise Refusal(f"An existing {words} with the specified {key} could not be found")

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


def spaced(kind: str) -> str:
    """The name of a record type as a sentence has it: `Bank Transaction`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind)
