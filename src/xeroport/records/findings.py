"""What is wrong with a record, and where in it; what its checks need to know of it."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct

from xeroport.rows.problems import Choice, WrongValue

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with the value at a path of a record; `is_absence` says only that nothing is
    there, which a wrong value may cause; `asks` is the choice that would settle it."""

    path: Path
    message: str
    hint: str | None = None
    level: str = "error"
    is_absence: bool = False
    asks: Choice | None = None


class Cleaning(Struct):
    """What came up while a record was cleaned: findings, and where an empty value was given.

    `names` are those of all its fields, at any depth, those of its lines apart from the others:
    most checks are about fields that a record does not have. `is_open` says that it has values
    whose names the catalogue does not list.
    """

    findings: list[Finding] = []
    emptied: list[Path] = []
    names: set[str] = set()
    names_in_lines: set[str] = set()
    is_open: bool = False

    def add(self, path: Path, message: str, hint: str | None = None, level: str = "error") -> None:
        """Add a finding."""
        self.findings.append(Finding(path, message, hint, level))

    def add_wrong(self, path: Path, wrong: WrongValue) -> None:
        """Add what is wrong with a value."""
        self.findings.append(Finding(path, wrong.message, wrong.hint, asks=wrong.asks))

    def has(self, names: frozenset[str]) -> bool:
        """Whether the record may have one of these fields outside its lines."""
        return self.is_open or not names.isdisjoint(self.names)

    def has_in_lines(self, names: frozenset[str]) -> bool:
        """Whether a line of the record may have one of these fields."""
        return self.is_open or not names.isdisjoint(self.names_in_lines)
