"""How fast invoices get into DuckDB, typed and committed: xeroport, three other ways, the floor.

All in one run, on the same pages from the same server, which answers from memory and sets no
limits; whole processes from their start to their end. `SYNC_SIZES` and `SYNC_RUNS` shorten it.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import table
from benchmarks.servers.invoices import pages

SIZES = tuple(int(each) for each in os.environ.get("SYNC_SIZES", "1000,10000,100000").split(","))
LARGEST = int(os.environ.get("SYNC_LARGEST", "1000000"))
RUNS = int(os.environ.get("SYNC_RUNS", "5"))
COMPARED = int(os.environ.get("SYNC_COMPARED", "100000"))
SLOW = int(os.environ.get("SYNC_SLOW", "10000"))
"""How many invoices the ways that are slow are compared on."""

FOLDER = Path(os.environ.get("SYNC_FOLDER", tempfile.gettempdir())) / "xeroport-bench"
RIVALS = Path(__file__).with_name("rivals")

TARGETS = (
    ("100,000 invoices, start to end", "≤ 4 s"),
    ("CPU against the floor's", "≤ 2×"),
    ("peak memory at 100,000", "≤ 250 MB"),
    ("peak memory at 1,000,000 against that", "≤ +20 %"),
    ("a delta of 1 % of 100,000", "≤ 3 s"),
)

LIMITS = (
    "What takes the CPU, from one profile of the landing on 4,000 invoices of a loaded "
    "machine: DuckDB reading the JSON 28 %, casts and their plans 19 %, the check of each "
    "page's fields 18 %, commits 8 %, inflating 5 %. The floor checks no field, keeps no "
    "rejects and takes fewer columns."
)


@dataclass(frozen=True)
class Cost:
    """One whole process: seconds, CPU seconds, peak megabytes."""

    wall: float
    cpu: float
    megabytes: float


def spent(command: list[str]) -> Cost:
    """Run a process to its end and say what it cost."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"`{command[-1]}` failed: {said.decode()[-800:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def median(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(each.wall for each in costs),
        statistics.median(each.cpu for each in costs),
        statistics.median(each.megabytes for each in costs),
    )


@contextmanager
def serving(count: int) -> Iterator[str]:
    """The page server in a process of its own."""
    folder = pages(count, FOLDER)
    command = [sys.executable, "-m", "benchmarks.servers.serve", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
    finally:
        server.kill()
        server.wait()


def home(base_url: str) -> Path:
    """A home folder with one instance that the server knows."""
    from xeroport.credentials import Secret
    from xeroport.store import instances
    from xeroport.store.database import Store
    from xeroport.store.instances import Instance

    folder = Path(tempfile.mkdtemp(prefix="xeroport-bench-"))
    store = Store(folder)
    made = Instance(
        name="acme",
        base_url=base_url,
        identity_url=base_url,
        client_id="bench",
        rate_limit=600_000,
    )
    instances.add(store, made, Secret("bench"))
    store.close()
    return folder


def ours(base_url: str, *, runs: int, delta: bool = False) -> Cost:
    """`xeroport sync acme invoices`, full into a new file, or a delta of 1 % into a full one."""
    command = [
        str(Path(sys.executable).with_name("xeroport")),
        "sync",
        "acme",
        "invoices",
        "--json",
        "--full-every",
        "36500",  # the server's clock stands still: without this a delta would be a full read
    ]
    costs: list[Cost] = []
    folder = home(base_url)
    try:
        for number in range(runs + delta):
            if not delta:
                shutil.rmtree(folder)
                folder = home(base_url)
            cost = spent([*command, "--home", str(folder)])
            if number or not delta:
                costs.append(cost)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return median(costs)


def rival(name: str, base_url: str, *, runs: int) -> Cost:
    """Another way to the same end: a script that takes the server's address and a folder."""
    costs = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            script = str(RIVALS / f"{name}.py")
            costs.append(spent([sys.executable, script, base_url, folder]))
    return median(costs)


WAYS = {
    "floor": "floor: download, inflate, split, DuckDB insert of ready columns",
    "executemany": "requests + json + executemany",
    "sdk": "official SDK (`xero-python`) + executemany",
    "dlt_rest": "dlt REST source into DuckDB",
}


def section() -> str:
    """The Markdown section."""
    growth: list[tuple[str, ...]] = []
    compared: list[tuple[str, ...]] = []
    for count in (*SIZES, LARGEST):
        if not count:
            continue
        with serving(count) as url:
            cost = ours(url, runs=RUNS if count <= COMPARED else 1)
            growth.append((f"{count:,}", *_cells(cost), f"{count / cost.wall:,.0f}"))
            if count in (SLOW, COMPARED):
                compared.append((f"{count:,}", "xeroport", *_cells(cost)))
                compared += _others(url, count)
            if count == COMPARED:
                changed = ours(url, runs=RUNS, delta=True)
                compared.append((f"{count:,}", "xeroport, delta of 1 %", *_cells(changed)))
    head = ("seconds", "CPU seconds", "peak MB")
    return "\n\n".join(
        [
            "## Sync into DuckDB",
            "Invoices of three lines as Xero prints them (indented, CR LF, 4 kB each), gzipped "
            "pages of 1000 from a local server that sets no limits. Every field and line typed "
            "and committed; whole processes, start to end. xeroport and the floor: median of "
            f"{RUNS}; the other ways, and what is above {COMPARED:,}: one run.",
            table(("invoices", "way", *head), compared),
            "How it grows:",
            table(("invoices", *head, "invoices/s"), growth),
            "Targets: " + "; ".join(f"{what} {bound}" for what, bound in TARGETS) + ".",
            LIMITS,
            f"Load while it was measured: {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores; "
            "above 2, seconds say more of the other work than of this.",
        ]
    )


def _others(url: str, count: int) -> list[tuple[str, ...]]:
    """The floor everywhere, the slow ways at their own size."""
    found: list[tuple[str, ...]] = []
    for name, title in WAYS.items():
        if name != "floor" and count != SLOW:
            continue
        try:
            cost = rival(name, url, runs=RUNS if name == "floor" else 1)
        except RuntimeError as error:
            found.append((f"{count:,}", title, "not measured here", str(error)[:60], ""))
            continue
        found.append((f"{count:,}", title, *_cells(cost)))
    return found


def _cells(cost: Cost) -> tuple[str, str, str]:
    return f"{cost.wall:.2f}", f"{cost.cpu:.2f}", f"{cost.megabytes:.0f}"


if __name__ == "__main__":
    print(json.dumps({"section": section()}))
