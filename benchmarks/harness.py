"""How things are measured: medians of several runs, whole processes where a user would see one,
and a statement of the machine they were made on."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of several runs."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def spread(self) -> str:
        return f"{min(self.seconds) * 1000:,.0f}–{max(self.seconds) * 1000:,.0f} ms"


def processes(
    command: Sequence[str], *, runs: int = 11, env: dict[str, str] | None = None
) -> Timing:
    """Wall-clock seconds of whole processes, after one run that warms the caches."""
    times = []
    for number in range(runs + 1):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=os.environ | (env or {}))
        if number:
            times.append(time.perf_counter() - began)
    return Timing(tuple(times))


def repeated(work: Callable[[], Any], *, runs: int = 5) -> Timing:
    """Wall-clock seconds of a function, after one run that warms the caches."""
    work()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return Timing(tuple(times))


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """An ASGI application on a port of the system's choice, in a thread; gives its URL."""
    import uvicorn

    config = uvicorn.Config(app, port=0, log_level="error", lifespan="off", access_log=False)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join(10)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def machine() -> str:
    """The machine, the versions and how busy it was (load of the last minute), on one line."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [x.split(":", 1)[1] for x in info.read_text().splitlines() if "model name" in x]
        model = names[0].strip() if names else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
        memory = f", {size:.0f} GB"
    python = ".".join(str(part) for part in sys.version_info[:3])
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{model}, {cores} cores{memory}, {platform.system()} {platform.release()}, "
        f"Python {python}, {datetime.now(UTC):%Y-%m-%d}{load}"
    )
