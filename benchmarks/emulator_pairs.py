"""The emulators of two checkouts side by side: served, and their books, in turn, in one run.

`python -m benchmarks emulator_pairs CHECKOUT` takes a folder with another revision of this
repository, as `pairs` does.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.books import SETS, books, brief
from benchmarks.emulator import INVOICES, emulator
from benchmarks.harness import table
from benchmarks.pairs import MOST_MORE, RUNS, THIS, Checkout, compiled

MORE_OFTEN = {"demo": 3, "10000": 2}
"""Data → how many times as often it is measured as what takes long."""

Figures = dict[str, float]
"""What was measured → CPU seconds; megabytes where the name says memory."""


def against(other: Path) -> str:
    """The Markdown section: the emulator of this checkout against that of another one."""
    before, now = Checkout(other.resolve()), Checkout(THIS)
    compiled(before, now)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = _rows("served", _in_turn(partial(_served, folder), before, now))
        for data in SETS:
            runs = RUNS * MORE_OFTEN.get(data, 1)
            drawn = _in_turn(partial(_drawn, folder, data), before, now, runs)
            rows += _rows(f"{int(data):,}" if data.isdigit() else data, drawn)
    return "\n\n".join(
        [
            "## The emulator, before and now",
            f"The emulators of the revision `{before.revision}` and of this one, in turn, {RUNS} "
            f"pairs ({RUNS * MORE_OFTEN['demo']} of the demo's books, {RUNS * MORE_OFTEN['10000']} "
            "of those of 10,000 invoices); medians of CPU. *Served*: `xeroport emulator --data "
            f"{INVOICES} --limits off` in a process of its own, the CPU of that process alone. "
            "*Books*: an organisation made in a fresh process, then reports drawn from its ledger; "
            "the first report posts every document, what is quick is the mean of several. *By "
            "pairs* is the median of now against before, *least* the least of all runs against the "
            "least.",
            table(("data", "what", "before", "now", "by pairs", "least", ""), rows),
        ]
    )


def _in_turn(
    measure: Callable[[Checkout], Figures], before: Checkout, now: Checkout, runs: int = RUNS
) -> list[tuple[Figures, Figures]]:
    """Pairs, before and now; each comes first in half of them."""
    pairs = []
    for number in range(runs):
        order = (before, now) if number % 2 else (now, before)
        measured = {checkout: measure(checkout) for checkout in order}
        pairs.append((measured[before], measured[now]))
    return pairs


def _served(folder: Path, checkout: Checkout) -> Figures:
    with emulator(INVOICES, python=checkout.python, env=checkout.env(folder)) as (served, _):
        figures = {f"ready with {INVOICES:,} invoices, first reply": served.cpu()}

        def spent(work: Callable[[], object]) -> float:
            began = served.cpu()
            work()
            return served.cpu() - began

        figures["all pages, first time"] = spent(served.walk)
        figures["a small reply"] = spent(lambda: served.small(1_000)) / 1_000
        figures["a `where`, first time"] = spent(served.where)
        figures["peak memory"] = served.megabytes()
    return figures


def _drawn(folder: Path, data: str, checkout: Checkout) -> Figures:
    said = books(data, python=checkout.python, env=checkout.env(folder))
    return {
        **{name: cpu for name, (_, cpu) in said.figures.items()},
        "peak memory": said.megabytes,
    }


def _rows(data: str, pairs: list[tuple[Figures, Figures]]) -> list[tuple[str, ...]]:
    rows = [_row(data, what, pairs) for what in pairs[0][0]]
    print(*rows, sep="\n", file=sys.stderr, flush=True)
    return rows


def _row(data: str, what: str, pairs: list[tuple[Figures, Figures]]) -> tuple[str, ...]:
    before, now = ([side[what] for side in sides] for sides in zip(*pairs, strict=True))
    ratio = statistics.median(new / old for old, new in zip(before, now, strict=True))
    least = min(now) / min(before)
    medians = (statistics.median(before), statistics.median(now))
    shown = [f"{amount:,.0f} MB" if "memory" in what else brief(amount) for amount in medians]
    verdict = "met" if min(ratio, least) <= MOST_MORE else "**not met**"
    return data, what, *shown, f"{ratio:.2f} ×", f"{least:.2f} ×", verdict
