"""What a doctor's visit found: one row an assumption, without any business data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from xeroport.catalogue.assumptions import assumptions

Outcome = Literal["held", "differs", "unclear"]


@dataclass(frozen=True, slots=True)
class Observation:
    """What one probe saw: `seen` names forms, statuses and counts, never a value of a record."""

    assumption: str
    outcome: Outcome
    seen: str

    def as_dict(self) -> dict[str, str]:
        """As plain data, with the text of the assumption."""
        row = assumptions()[self.assumption]
        return {
            "assumption": row.id,
            "text": row.text,
            "evidence": row.evidence,
            "outcome": self.outcome,
            "seen": self.seen,
            "so": row.so,
        }


def observed(assumption: str, held: bool, seen: str) -> Observation:
    """What a probe saw of an assumption that it could answer."""
    return Observation(assumption, "held" if held else "differs", seen)


@dataclass(slots=True)
class DoctorReport:
    """All observations of one visit; `connection` says what kind of organisation it was."""

    version: str
    connection: Mapping[str, Any]
    observations: list[Observation] = field(default_factory=list)
    calls: int = 0
    left_behind: list[str] = field(default_factory=list)

    @property
    def differing(self) -> list[Observation]:
        """Assumptions that did not hold."""
        return [row for row in self.observations if row.outcome == "differs"]

    def as_dict(self) -> dict[str, Any]:
        """As plain data, to print or to attach to an issue."""
        return {
            "xeroport": self.version,
            "connection": dict(self.connection),
            "calls": self.calls,
            "observations": [row.as_dict() for row in self.observations],
            "left_behind": list(self.left_behind),
        }
