"""Two checkouts side by side: the same commands as whole processes, in turn, in one run.

`python -m benchmarks pairs CHECKOUT` takes a folder with another revision of this repository. Its
code runs in its own `.venv`, or in this one's interpreter. The servers are those of this checkout.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import push, sync
from benchmarks.harness import table

RUNS = int(os.environ.get("PAIRS_RUNS", "7"))
THIS = Path(__file__).resolve().parent.parent
KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
MOST_MORE = 1.05
"""What is aimed at: nothing takes more than 5 % more CPU than before."""

MAKE_HOME = """
import sys
from pathlib import Path
try:
    from xeroport.secrets.vault import Secret
except ImportError:
    from xeroport.credentials import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance
folder, url, client, secret = sys.argv[1:]
store = Store(Path(folder))
instances.add(store, Instance("acme", url, url, client, rate_limit=600_000), Secret(secret))
store.close()
"""
CALL = """
from xeroport import connect
with connect("acme") as xero:
    assert xero.call("invoices.list").records
"""


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
        return env | {"XEROPORT_HOME": str(home)}


@dataclass(frozen=True)
class Case:
    """What is measured: arguments of the interpreter, and the server that they need."""

    what: str
    arguments: tuple[str, ...]
    server: Callable[[Path], Iterator[tuple[str, str, str]]] | None = None


def cases(folder: Path) -> list[Case]:
    """All that is measured; `folder` is for files of rows."""
    checked = push.csv_of(folder / "checked.csv", 20_000)
    sent = push.csv_of(folder / "sent.csv", 10_000)
    command = ("-m", "xeroport")
    rows = ("--key", "InvoiceNumber", "--json")
    return [
        Case("`xeroport --help`", (*command, "--help")),
        Case("`from xeroport import connect`", ("-c", "from xeroport import connect")),
        Case("connect, and one call", ("-c", CALL), _pages(10)),
        Case("10,000 invoices synced", (*command, "sync", "acme", "invoices"), _pages(10_000)),
        Case(
            "20,000 rows checked",
            (*command, "push", "acme", "invoices.create", str(checked), *rows, "--dry-run"),
            _nobody,
        ),
        Case(
            "10,000 invoices delivered",
            (*command, "push", "acme", "invoices.create", str(sent), *rows, "--yes"),
            _emulator,
        ),
    ]


def against(other: Path) -> str:
    """The Markdown section: this checkout against another one."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for case in cases(folder):
            old: list[sync.Cost] = []
            new: list[sync.Cost] = []
            for number in range(RUNS + 1):
                pair = [_measured(case, Checkout(root.resolve()), folder) for root in (other, THIS)]
                if number:  # the first pair fills caches
                    old.append(pair[0])
                    new.append(pair[1])
            rows.append(_row(case, old, new))
    head = ("process", "before: s, CPU s, MB", "now: s, CPU s, MB", "CPU by pairs", "least CPU", "")
    return "\n\n".join(
        [
            "## Before and now",
            f"Whole processes of the revision `{_revision(other)}` and of this one in turn, "
            f"{RUNS} pairs; medians. Least CPU is the least of all runs against the least.",
            table(head, rows),
        ]
    )


def _row(case: Case, old: list[sync.Cost], new: list[sync.Cost]) -> tuple[str, ...]:
    ratio = statistics.median(n.cpu / o.cpu for o, n in zip(old, new, strict=True))
    least = min(cost.cpu for cost in new) / min(cost.cpu for cost in old)
    verdict = "met" if min(ratio, least) <= MOST_MORE else "**not met**"
    costs = [
        f"{cost.wall:.2f}, {cost.cpu:.2f}, {cost.megabytes:.0f}"
        for cost in map(sync.median, (old, new))
    ]
    return (case.what, *costs, f"{ratio:.2f} ×", f"{least:.2f} ×", verdict)


def _measured(case: Case, checkout: Checkout, folder: Path) -> sync.Cost:
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=folder)))
        env = checkout.env(home)
        if case.server is not None:
            facts = stack.enter_context(contextmanager(case.server)(home / "server"))
            made = [checkout.python, "-c", MAKE_HOME, str(home), *facts]
            subprocess.run(made, env=env, check=True, capture_output=True)
        return sync.spent([checkout.python, *case.arguments], env=env)


def _pages(count: int) -> Callable[[Path], Iterator[tuple[str, str, str]]]:
    def served(_: Path) -> Iterator[tuple[str, str, str]]:
        with sync.serving(count) as url:
            yield url, "bench", "bench"

    return served


def _nobody(_: Path) -> Iterator[tuple[str, str, str]]:
    yield "http://127.0.0.1:9", "bench", "bench"


def _emulator(folder: Path) -> Iterator[tuple[str, str, str]]:
    with push.emulated(folder) as server:
        yield server.url, *server.client


def _revision(root: Path) -> str:
    command = ["git", "-C", str(root), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
