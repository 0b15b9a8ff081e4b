"""What is taken for true of Xero without having been tried: one table for client and emulator."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Evidence = Literal["probed", "documented", "reported", "assumed"]


@dataclass(frozen=True, slots=True)
class Assumption:
    """One assumption: `evidence` is how sure it is, `so` what xeroport does to be right anyway."""

    id: str
    text: str
    evidence: Evidence
    so: str


@cache
def assumptions() -> dict[str, Assumption]:
    """All assumptions by id, in the order of the file."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return {name: Assumption(name, **row) for name, row in tomllib.loads(text).items()}
