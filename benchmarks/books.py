"""The emulator's data sets and books: how soon they are ready, and what a report takes."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass

from benchmarks.cases import PROGRAMS
from benchmarks.harness import table

RUNS = 3
SETS = ("demo", "10000", "100000")


@dataclass(frozen=True)
class Books:
    """What one process said: each figure in seconds of the clock and of the processor."""

    invoices: int
    megabytes: float
    figures: dict[str, tuple[float, float]]


def books(data: str, *, python: str = sys.executable, env: dict[str, str] | None = None) -> Books:
    """Make an organisation in a fresh process, and draw its reports."""
    env = {**(os.environ if env is None else env)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [python, str(PROGRAMS / "books.py"), data]
    done = subprocess.run(command, check=True, capture_output=True, env=env)
    return Books(**json.loads(done.stdout))


def section() -> str:
    runs = {data: [books(data) for _ in range(RUNS)] for data in SETS}
    rows: list[list[object]] = [
        ["invoices and bills", *(f"{of[0].invoices:,}" for of in runs.values())],
        ["peak memory of the process", *(_megabytes(of) for of in runs.values())],
    ]
    rows += [
        [name, *(_shown(name, of) for of in runs.values())] for name in runs[SETS[0]][0].figures
    ]
    return "\n".join(
        [
            "## The emulator's books",
            "",
            "An organisation made in a fresh process, then reports drawn from its ledger. The first"
            f" report posts every document. Medians of {RUNS} processes; what is quick is the mean "
            "of several in each.",
            "",
            table(["", "demo", "10,000", "100,000"], rows),
        ]
    )


def _megabytes(runs: list[Books]) -> str:
    return f"{statistics.median(run.megabytes for run in runs):,.0f} MB"


def _shown(name: str, runs: list[Books]) -> str:
    return brief(statistics.median(run.figures[name][0] for run in runs))


def brief(seconds: float) -> str:
    """`2.61 s`, `34 ms` or `0.4 ms`."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1000:,.0f} ms" if seconds >= 0.0095 else f"{seconds * 1000:.2g} ms"
