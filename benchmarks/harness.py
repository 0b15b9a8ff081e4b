"""How things are measured: medians of several runs, whole processes where a user would see one,
and a statement of the machine they were made on."""

from __future__ import annotations

import json
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

import psutil


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


@dataclass(frozen=True)
class Cost:
    """One process with all that it started: seconds, CPU seconds, peak megabytes of one of them."""

    wall: float
    cpu: float
    megabytes: float


def median(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.megabytes for cost in costs),
    )


def spent(
    command: Sequence[str],
    *,
    env: dict[str, str] | None = None,
    folder: Path | None = None,
    drive: Callable[[str], None] | None = None,
    says_cpu: bool = False,
) -> Cost:
    """Run a process to its end and say what it cost. Compiled code is kept, as in any installation;
    the first run of several makes it. `drive` gets the address that a server says it listens at,
    and the server is stopped after that; the CPU of its start is left out. `says_cpu` says that the
    process prints the CPU seconds that count."""
    env = {**(os.environ if env is None else env)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    output = subprocess.DEVNULL if drive is None and not says_cpu else subprocess.PIPE
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=output, stderr=subprocess.PIPE, env=env, cwd=folder)
    assert process.stderr is not None
    start = 0.0
    if drive is not None:
        try:
            address = str(_first_document(process)["address"])
            start = sum(psutil.Process(process.pid).cpu_times()[:2])
            drive(address)
        finally:
            process.terminate()
    errors = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode and drive is None:
        raise RuntimeError(f"`{command[-1]}` failed: {errors.decode()[-800:]}")
    cpu = used.ru_utime + used.ru_stime - start
    if says_cpu and process.stdout is not None:
        cpu = float(process.stdout.read())
    return Cost(wall, cpu, used.ru_maxrss / 1024)


def _first_document(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The JSON document that a server says first."""
    assert process.stdout is not None
    text = b""
    while not text.rstrip().endswith(b"}"):
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the server ended before it said where it listens")
        text += line
    document: dict[str, Any] = json.loads(text)
    return document


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
