"""A flow tried on real records: `xeroport flow check` in a process of its own, with a limit of
time, since what a console user wrote into it is run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

SECONDS = 60.0
SHOWN = 5


class TriedRecord(msgspec.Struct, frozen=True):
    """What a flow made of one record; `body` None: it would be refused, for these `problems`."""

    key: str
    step: int
    origin: str
    body: dict[str, Any] | None = None
    problems: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, str]:
        """What would be sent, by dotted names."""
        return dict(_flat("", self.body or {}))


class Trial(msgspec.Struct, frozen=True):
    """How a flow did: what is wrong with it, and what it would send of some records."""

    problems: tuple[str, ...] = ()
    read: int = 0
    preview: tuple[TriedRecord, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def refused(self) -> int:
        """How many of the records that are shown would be refused."""
        return sum(record.body is None for record in self.preview)

    @property
    def is_right(self) -> bool:
        """Whether the flow can be kept."""
        return not self.problems


class CheckError(msgspec.Struct, frozen=True):
    """Why a flow could not be tried."""

    message: str
    hint: str | None = None


class CheckOutput(Trial, frozen=True):
    """What the command said: how the flow did, or why it could not be tried."""

    error: CheckError | None = None


def try_out(home: Path, text: str, *, name: str, folder: Path) -> Trial:
    """Try a flow's text; nothing is sent and nothing is kept."""
    with tempfile.TemporaryDirectory(prefix="xeroport-flow-") as where:
        path = Path(where) / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "xeroport", "--json", "--home", str(home)]
        command += ["flow", "check", str(path), "--folder", str(folder), "--limit", str(SHOWN)]
        try:
            ended = subprocess.run(  # noqa: S603  our own command, words as arguments
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                env={**os.environ, "NO_COLOR": "1"},
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Trial((f"the check took longer than {SECONDS:.0f} s and was ended",))
    try:
        said = msgspec.json.decode(ended.stdout, type=CheckOutput)
    except msgspec.DecodeError:
        return Trial(("the flow could not be checked",))
    if said.error is not None:
        return Trial(("; ".join(filter(None, (said.error.message, said.error.hint))),))
    return Trial(said.problems, said.read, said.preview, said.notes)


def _flat(before: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        pairs = [
            (f"{before}.{name}" if before else str(name), item) for name, item in value.items()
        ]
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        pairs = [(f"{before} {number}", item) for number, item in enumerate(value, start=1)]
    else:
        return [(before, "" if value is None else str(value))]
    return [row for name, item in pairs for row in _flat(name, item)]
