"""Two checkouts side by side: the same commands as whole processes, in turn, in one run.

`python -m benchmarks pairs CHECKOUT` takes a folder with another revision of this repository. Its
code runs in its own `.venv`, or in this one's interpreter. The servers are those of this checkout.
`PAIRS_ONLY` chooses cases by a part of their names.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import webhooks
from benchmarks.cases import PROGRAMS, Case, Step, cases
from benchmarks.harness import Cost, median, spent, table
from benchmarks.peers import Peer

RUNS = int(os.environ.get("PAIRS_RUNS", "3"))
ONLY = os.environ.get("PAIRS_ONLY", "")
THIS = Path(__file__).resolve().parent.parent
KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
MOST_MORE = 1.05
"""What is aimed at: nothing takes more than 5 % more CPU than before."""

SHORT, CLEAR = 0.4, 0.8
"""What takes less CPU seconds than the first is measured thrice as often; what takes less of what
it took before than the second is measured once."""


@dataclass(frozen=True)
class Checkout:
    """A revision of the repository, and the interpreter that runs it."""

    root: Path

    @property
    def python(self) -> str:
        own = self.root / ".venv" / "bin" / "python"
        return str(own) if own.exists() else sys.executable

    def env(self, home: Path) -> dict[str, str]:
        env = {**os.environ, "PYTHONPATH": str(self.root / "src"), "XEROPORT_KEY": KEY}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        return env | {"XEROPORT_HOME": str(home), "PYTHONWARNINGS": "ignore"}

    @property
    def revision(self) -> str:
        command = ["git", "-C", str(self.root), "rev-parse", "--short", "HEAD"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


@dataclass(frozen=True)
class Measured:
    """What one step cost, and the calls that it made if its server counts them."""

    cost: Cost
    calls: int | None


Pair = tuple[Measured, Measured]
"""Before and now."""


def against(other: Path) -> str:
    """The Markdown section: this checkout against another one."""
    before, now = Checkout(other.resolve()), Checkout(THIS)
    rows: list[tuple[str, ...]] = []
    compiled(before, now)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for case in cases(folder):
            if any(ONLY in step.what for step in case.steps):
                rows += _rows(case, _pairs(case, before, now, folder))
                print(rows[-len(case.steps) :], file=sys.stderr, flush=True)
    head = ("process", "before: s, CPU s, MB", "now: s, CPU s, MB", "by pairs", "least", "calls")
    return "\n\n".join(
        [
            "## Before and now",
            "Whole processes with all that they start (calls and deliveries: without the start), "
            f"of the revision `{before.revision}` and of this one in turn on the same data, {RUNS} "
            f"pairs (thrice as many of what is short, one of what takes less than {CLEAR:.0%} of "
            "before); medians. *By pairs* is the median of CPU now against CPU before, *least* the "
            "least of all runs against the least; where Xero's limits set the pace, it is the "
            "seconds. Into Postgres, the server's CPU is counted, too.",
            table((*head, ""), rows),
        ]
    )


def compiled(*checkouts: Checkout) -> None:
    """Compile the code of the checkouts, as an installation does."""
    for checkout in checkouts:
        command = [checkout.python, "-m", "compileall", "-q", str(checkout.root / "src")]
        subprocess.run(command, check=False)


def _pairs(case: Case, before: Checkout, now: Checkout, folder: Path) -> list[list[Pair]]:
    """Pairs of each step."""
    if case.is_paced:
        with ThreadPoolExecutor(2) as both:
            old, new = both.map(lambda checkout: _run(case, checkout, folder), (before, now))
        return [[pair] for pair in zip(old, new, strict=True)]

    def in_turn(number: int) -> list[Pair]:
        order = (before, now) if number % 2 else (now, before)
        measured = {checkout: _run(case, checkout, folder) for checkout in order}
        return list(zip(measured[before], measured[now], strict=True))

    first = in_turn(0)
    if all(old.cost.cpu < SHORT for old, _ in first):
        runs = [in_turn(number) for number in range(3 * RUNS)]  # the first one filled caches
    elif all(new.cost.cpu < CLEAR * old.cost.cpu for old, new in first):
        runs = [first]
    else:
        runs = [first, *(in_turn(number) for number in range(1, RUNS))]
    return [list(pairs) for pairs in zip(*runs, strict=True)]


def _run(case: Case, checkout: Checkout, folder: Path) -> list[Measured]:
    """All steps of a case, once, in a home folder of their own."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=folder)))
        peer = stack.enter_context(case.serving(home / "server"))
        facts = {"instances": peer.instances, "webhook_key": webhooks.KEY.reveal()}
        subprocess.run(
            [checkout.python, str(PROGRAMS / "home.py"), str(home)],
            input=json.dumps(facts).encode(),
            env=checkout.env(home),
            check=True,
        )
        return [_step(step, peer, checkout, home) for step in case.steps]


def _step(step: Step, peer: Peer, checkout: Checkout, home: Path) -> Measured:
    if step.before is not None:
        step.before(peer)
    arguments = [peer.to if argument == "@to" else argument for argument in step.arguments]
    calls, cpu = peer.calls() if peer.calls else 0, peer.cpu()
    command = [checkout.python, *arguments]
    cost = spent(
        command,
        env=checkout.env(home),
        folder=home,
        drive=step.drive,
        says_cpu=step.says_cpu,
    )
    cost = replace(cost, cpu=cost.cpu + peer.cpu() - cpu)
    return Measured(cost, peer.calls() - calls if peer.calls else None)


def _rows(case: Case, pairs: list[list[Pair]]) -> list[tuple[str, ...]]:
    return [_row(step, case, found) for step, found in zip(case.steps, pairs, strict=True)]


def _row(step: Step, case: Case, pairs: list[Pair]) -> tuple[str, ...]:
    def amount(measured: Measured) -> float:
        return measured.cost.wall if case.is_paced else measured.cost.cpu

    ratio = statistics.median(amount(new) / amount(old) for old, new in pairs)
    least = min(amount(new) for _, new in pairs) / min(amount(old) for old, _ in pairs)
    verdict = "met" if min(ratio, least) <= MOST_MORE else "**not met**"
    costs = [median([measured.cost for measured in side]) for side in zip(*pairs, strict=True)]
    calls = [
        f"{statistics.median(measured.calls for measured in side):,.0f}"
        for side in zip(*pairs, strict=True)
        if side[0].calls is not None
    ]
    return (
        step.what,
        *(f"{cost.wall:.2f}, {cost.cpu:.2f}, {cost.megabytes:.0f}" for cost in costs),
        f"{ratio:.2f} ×",
        f"{least:.2f} ×",
        " → ".join(calls),
        verdict,
    )
