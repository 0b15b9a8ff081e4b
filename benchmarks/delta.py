"""A sync that finds nothing new, as whole processes: by the plan, and asking for everything."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.harness import table

PAIRS = 9
TARGET_CALLS, TARGET_SECONDS = 16, 0.4


@dataclass
class Way:
    """One way to sync: what each process took."""

    name: str
    options: tuple[str, ...] = ()
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)

    def run(self, environment: dict[str, str]) -> None:
        """One process, from its start to its end."""
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        ended = subprocess.run(
            [*xeroport(), "--json", "sync", "acme", *self.options],
            env=environment,
            check=True,
            capture_output=True,
        )
        took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        self.seconds.append(took)
        self.cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        self.calls.append(json.loads(ended.stdout)["calls"])

    def row(self) -> tuple[str, ...]:
        return (
            self.name,
            f"{statistics.median(self.calls):.0f}",
            f"{statistics.median(self.seconds):.2f} s",
            f"{min(self.seconds):.2f} s",
            f"{statistics.median(self.cpu):.2f} s",
            f"{min(self.cpu):.2f} s",
        )


def xeroport() -> list[str]:
    """The command as a user starts it."""
    return [sys.executable, "-m", "xeroport"]


@contextmanager
def emulated() -> Iterator[dict[str, str]]:
    """The environment of commands that have an instance `acme`, whose emulator without limits runs
    in a process of its own. Compiled code is kept, as in any installation."""
    with tempfile.TemporaryDirectory(prefix="xeroport-") as folder:
        environment = os.environ | {
            "XEROPORT_HOME": str(Path(folder, "home")),
            "XEROPORT_KEYRING": "off",
            "PYTHONPYCACHEPREFIX": str(Path(folder, "compiled")),
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        command = [*xeroport(), "--json", "emulator", "--port", "0", "--limits", "off"]
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, text=True
        ) as emulator:
            assert emulator.stdout is not None
            facts = json.loads(emulator.stdout.readline())
            try:
                add(facts, environment)
                yield environment
            finally:
                emulator.terminate()


def add(facts: dict[str, str], environment: dict[str, str]) -> None:
    """Add the instance, and sync it for the first time."""
    base = facts["base_url"]
    added = [*xeroport(), "instance", "add", "acme", "--base-url", base, "--identity-url", base]
    added += ["--client-id", facts["client_id"], "--client-secret-file", "-"]
    added += ["--rate-limit", "6000/minute"]
    subprocess.run(
        added,
        env=environment,
        input=facts["client_secret"],
        text=True,
        check=True,
        capture_output=True,
    )
    for _ in range(2):
        subprocess.run(
            [*xeroport(), "sync", "acme"], env=environment, check=True, capture_output=True
        )


def measured() -> tuple[Way, Way]:
    """Both ways in turn, `PAIRS` times. What is quiet for a while is asked for less often, so the
    calls are counted right after the first read, where most streams are asked for."""
    planned, fresh = Way("by the plan"), Way("everything (`--fresh`)", ("--fresh",))
    with emulated() as environment:
        for _ in range(PAIRS):
            planned.run(environment)
            fresh.run(environment)
    return planned, fresh


def section() -> str:
    """The table of both ways, and whether the targets are met."""
    planned, fresh = measured()
    calls, seconds = max(planned.calls), statistics.median(planned.seconds)
    cpu = statistics.median(planned.cpu)
    targets = [
        ("calls, at most", TARGET_CALLS, calls, calls <= TARGET_CALLS),
        ("seconds of a whole process", TARGET_SECONDS, f"{seconds:.2f}", seconds <= TARGET_SECONDS),
        ("CPU seconds of it", TARGET_SECONDS, f"{cpu:.2f}", cpu <= TARGET_SECONDS),
    ]
    return "\n\n".join(
        (
            "## A sync that finds nothing new",
            "`xeroport sync acme` as whole processes, start to end, into DuckDB, against the demo "
            "organisation of an emulator in another process, without limits and without a "
            f"network: {PAIRS} pairs in turn. `--fresh` asks for every stream, as 0.1.0 did.",
            table(("way", "calls", "seconds", "least", "CPU", "least CPU"), _rows(planned, fresh)),
            table(
                ("target", "at most", "measured", ""),
                [
                    (what, most, found, "met" if is_met else "**not met**")
                    for what, most, found, is_met in targets
                ],
            ),
        )
    )


def _rows(*ways: Way) -> list[tuple[str, ...]]:
    return [way.row() for way in ways]


if __name__ == "__main__":
    print(section())
