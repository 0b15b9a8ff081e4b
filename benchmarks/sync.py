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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.harness import Cost, median, spent, table
from benchmarks.servers.invoices import SHAPES, pages

SIZES = tuple(int(each) for each in os.environ.get("SYNC_SIZES", "1000,10000,100000").split(","))
LARGEST = int(os.environ.get("SYNC_LARGEST", "1000000"))
RUNS = int(os.environ.get("SYNC_RUNS", "5"))
COMPARED = int(os.environ.get("SYNC_COMPARED", "100000"))
SLOW = int(os.environ.get("SYNC_SLOW", "10000"))
"""How many invoices the ways that are slow are compared on."""

FOLDER = Path(os.environ.get("SYNC_FOLDER", tempfile.gettempdir())) / "xeroport-bench"
RIVALS = Path(__file__).with_name("rivals")

TARGETS = (
    ("100,000 invoices, start to end", 4.0, "s"),
    ("CPU against the floor's, pair by pair", 1.5, "×"),
    ("peak memory at 100,000", 250.0, "MB"),
    ("peak memory at 1,000,000 against that", 1.2, "×"),
    ("a delta of 1 % of 100,000", 3.0, "s"),
    ("CPU of the recorded shape against the description's", 1.1, "×"),
    ("CPU with one further unknown field against without", 1.1, "×"),
)
"""What is aimed at: what, the most it may be, the unit."""

LIMITS = (
    "What takes the CPU: DuckDB half of it (reading the JSON into columns half of that, casts and "
    "inserts, which write full row groups, a third, commits a sixth), the check and the split of "
    "pages a fifth, the rest is HTTP, inflating, landing files and the start. DuckDB works in one "
    "thread beside the one that fetches; its time is the time of the whole. The floor has half of "
    "the columns, checks no field and keeps no rejects."
)


@contextmanager
def serving(count: int, *, shape: str = "recorded") -> Iterator[str]:
    """The page server in a process of its own."""
    folder = pages(count, FOLDER, shape=shape)
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
    from xeroport.secrets.vault import Secret
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


def ours(base_url: str, *, delta: bool = False) -> Cost:
    """`xeroport sync acme invoices`: full into a new file, or a delta of 1 % into a full one."""
    command = [
        str(Path(sys.executable).with_name("xeroport")),
        "sync",
        "acme",
        "invoices",
        "--json",
        "--full-every",
        "36500",  # the server's clock stands still: without this a delta would be a full read
    ]
    folder = home(base_url)
    try:
        cost = spent([*command, "--home", str(folder)])
        return spent([*command, "--home", str(folder)]) if delta else cost
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def rival(name: str, base_url: str) -> Cost:
    """Another way to the same end: a script that takes the server's address and a folder."""
    with tempfile.TemporaryDirectory() as folder:
        return spent([sys.executable, str(RIVALS / f"{name}.py"), base_url, folder])


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
    measured: dict[str, float] = {}
    for count in sorted({*SIZES, COMPARED, LARGEST} - {0}):
        with serving(count) as url:
            runs = RUNS if count <= COMPARED else 1
            pairs = [(ours(url), rival("floor", url)) for _ in range(runs)]
            cost = median([each for each, _ in pairs])
            growth.append((f"{count:,}", *_cells(cost), f"{count / cost.wall:,.0f}"))
            if count in (SLOW, COMPARED):
                floor = median([each for _, each in pairs])
                compared.append((f"{count:,}", "xeroport", *_cells(cost)))
                compared.append((f"{count:,}", WAYS["floor"], *_cells(floor)))
            if count == SLOW:
                compared += _slow_ways(url, count)
            if count == COMPARED:
                changed = median([ours(url, delta=True) for _ in range(RUNS)])
                compared.append((f"{count:,}", "xeroport, delta of 1 %", *_cells(changed)))
                ratio = statistics.median(each.cpu / floor.cpu for each, floor in pairs)
                measured |= {TARGETS[0][0]: cost.wall, TARGETS[1][0]: ratio}
                measured |= {TARGETS[2][0]: cost.megabytes, TARGETS[4][0]: changed.wall}
            if count == LARGEST and TARGETS[2][0] in measured:
                measured[TARGETS[3][0]] = cost.megabytes / measured[TARGETS[2][0]]
    shapes, ratios = _shapes()
    measured |= ratios
    head = ("seconds", "CPU seconds", "peak MB")
    return "\n\n".join(
        [
            "## Sync into DuckDB",
            "Invoices of three lines as Xero prints them (indented, CR LF, 4 kB each), gzipped "
            "pages of 1000 from a local server that sets no limits. Every field and line typed "
            "and committed; whole processes, start to end. xeroport and the floor in turn: median "
            f"of {RUNS} pairs; the other ways, and what is above {COMPARED:,}: one run.",
            table(("invoices", "way", *head), compared),
            f"{COMPARED:,} invoices in the shape of recorded replies (with the fields that the "
            "description lacks), in the description's own, and recorded with one further field "
            f"that nobody knows; in turn, medians of {RUNS}:",
            table(("shape", *head), shapes),
            "How it grows:",
            table(("invoices", *head, "invoices/s"), growth),
            table(("target", "at most", "measured", ""), _verdicts(measured)),
            LIMITS,
            f"Load while it was measured: {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores; "
            "above 2, seconds say more of the other work than of this.",
        ]
    )


def _shapes() -> tuple[list[tuple[str, ...]], dict[str, float]]:
    """The same invoices in three shapes, in turn: the rows, and what is aimed at."""
    costs: dict[str, list[Cost]] = {shape: [] for shape in SHAPES}
    for _ in range(RUNS):
        for shape, found in costs.items():
            with serving(COMPARED, shape=shape) as url:
                found.append(ours(url))
    rows = [(shape, *_cells(median(found))) for shape, found in costs.items()]
    recorded = median(costs["recorded"]).cpu
    ratios = {
        TARGETS[5][0]: recorded / median(costs["clean"]).cpu,
        TARGETS[6][0]: median(costs["news"]).cpu / recorded,
    }
    return rows, ratios


def _verdicts(measured: dict[str, float]) -> list[tuple[str, ...]]:
    """Each target with what was measured, and whether it is met."""
    return [
        (what, f"{most:g} {unit}", f"{found:.3g} {unit}", "met" if found <= most else "**not met**")
        for what, most, unit in TARGETS
        if (found := measured.get(what)) is not None
    ]


def _slow_ways(url: str, count: int) -> list[tuple[str, ...]]:
    """The ways that are slow, once each."""
    found: list[tuple[str, ...]] = []
    for name, title in WAYS.items():
        if name == "floor":
            continue
        try:
            found.append((f"{count:,}", title, *_cells(rival(name, url))))
        except RuntimeError as error:
            found.append((f"{count:,}", title, "not measured here", str(error)[:60], ""))
    return found


def _cells(cost: Cost) -> tuple[str, str, str]:
    return f"{cost.wall:.2f}", f"{cost.cpu:.2f}", f"{cost.megabytes:.0f}"


if __name__ == "__main__":
    print(json.dumps({"section": section()}))
