"""A process that forks what a test wants to kill, and the clock that all of them read.

Forking spares each of them the imports, so that a test can kill hundreds. One line of JSON in is
one fork, whose pid comes out, or asks for the end of one.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from xeroport.clock import SystemClock, Uptime
from xeroport.store.database import Store


class FileClock:
    """The system's clock, ahead by the seconds that a file holds; naps instead of sleeping."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def _ahead(self) -> float:
        return float(self.path.read_text() or 0)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._ahead())

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead()

    def uptime(self) -> Uptime:
        uptime = SystemClock().uptime()
        return replace(uptime, seconds=uptime.seconds + self._ahead())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.02))


class StandingClock(FileClock):
    """A FileClock whose time stands at the moment in the file beside it, once there is one: only
    the seconds ahead move it, however slow the machine is."""

    def _since(self) -> float | None:
        beside = self.path.with_suffix(".start")
        return float(beside.read_text()) if beside.exists() else None

    def now(self) -> datetime:
        start = self._since()
        if start is None:
            return super().now()
        return datetime.fromtimestamp(start, UTC) + timedelta(seconds=self._ahead())

    def stand(self, at: float) -> None:
        """Let the time stand at this Unix time."""
        self.path.with_suffix(".start").write_text(repr(at))


def set_ahead(path: Path, seconds: float) -> None:
    """Set what a FileClock reads, all at once."""
    draft = path.with_suffix(".new")
    draft.write_text(str(seconds))
    draft.replace(path)


def push(given: Mapping[str, str]) -> Any:
    """One push; its report."""
    from xeroport.jobs.push.run import Order, push_async
    from xeroport.records import targets

    targets.MOST = int(given["batch"])
    order = Order("acme", given["endpoint"], path=given["file"], key=(given["key"],))
    store = Store(Path(given["home"]))
    store.clock = FileClock(Path(given["clock"]))
    report = asyncio.run(push_async(store, order))
    if report.problems:
        print(report.problems[:5], file=sys.stderr)
    return report


def flow(given: Mapping[str, str]) -> Any:
    """One run of a flow; its report."""
    from xeroport.jobs.flow import intake
    from xeroport.jobs.flow.run import run_flow
    from xeroport.records import targets

    targets.MOST = int(given["batch"])
    intake.AT_ONCE = int(given["lot"])
    store = Store(Path(given["home"]))
    store.clock = FileClock(Path(given["clock"]))
    return asyncio.run(run_flow(store, given["flow"]))


def serve(given: Mapping[str, str]) -> Any:
    """`serve` until it is ended; with a `journal`, syncs only write there that they happen."""
    from xeroport.console.serve import serve as serve_console
    from xeroport.jobs.schedule import scheduler
    from xeroport.server import workers

    scheduler.POLL_SECONDS = 0.02
    if "journal" in given:
        workers.all_runners = lambda *_, **__: {"sync": journalling(Path(given["journal"]))}
    home = Path(given["home"])
    with workers.beside(home, clock=FileClock(Path(given["clock"]))) as around:
        serve_console(home, opened=False, around=around)


def journalling(journal: Path) -> Any:
    """A runner that writes a line when it begins and one when it ends."""
    from xeroport.jobs.schedule.scheduler import RunEnding

    def note(*words: object) -> None:
        with journal.open("a") as file:
            file.write(" ".join(map(str, words)) + "\n")

    async def work(schedule: Any, due: datetime) -> RunEnding:
        note(schedule.name, due.isoformat(), "began", os.getpid())
        await asyncio.sleep(0.03)
        note(schedule.name, due.isoformat(), "ended", os.getpid())
        return RunEnding("done")

    return work


KINDS: Mapping[str, Callable[[Mapping[str, str]], Any]] = {
    "push": push,
    "flow": flow,
    "serve": serve,
}


CALLING = (
    "anyio._backends._asyncio",
    "cryptography.hazmat.primitives.ciphers.aead",
    "encodings.idna",
    "encodings.utf_8_sig",
    "httpcore2",
    "httpx2",
    "xeroport.jobs.push.run",
    "xeroport.xero.health",
)
IMPORTS: Mapping[str, tuple[str, ...]] = {
    "push": (
        *CALLING,
        "tomllib",
        "xeroport.catalogue.time_zones",
        "xeroport.jobs.push.sending",
        "xeroport.jobs.push.log_lines",
    ),
    "flow": (*CALLING, "duckdb", "xeroport.jobs.flow.run", "xeroport.destinations.duckdb"),
    "serve": (
        "concurrent.futures.process",
        "uvicorn.lifespan.on",
        "uvicorn.loops.auto",
        "uvicorn.loops.asyncio",
        "uvicorn.protocols.http.h11_impl",
        "uvicorn.protocols.websockets.auto",
        "starlette.middleware.errors",
        "starlette.middleware.exceptions",
        *CALLING,
        "duckdb",
        "xeroport.console.app",
        "xeroport.console.serve",
        "xeroport.destinations.duckdb",
        "xeroport.jobs.schedule.job_kinds",
        "xeroport.jobs.sync.run",
        "xeroport.server.connections",
        "xeroport.server.workers",
    ),
}
"""What each kind's runs need."""


class ForkingProcess:
    """The process, seen from the test; `start` begins one run in a fork of it."""

    def __init__(self, kind: str, *, key: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"XEROPORT_KEY": key},
        )

    def start(self, given: Mapping[str, str]) -> int:
        """Begin a run and give its pid."""
        return self._asked(given)

    def end(self, pid: int) -> int:
        """Wait for a run and give its exit status; negative is the signal that killed it."""
        return self._asked({"pid": pid})

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=30)

    def _asked(self, question: Mapping[str, Any]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def forking_process(kind: str, *, key: str) -> ForkingProcess:
    """The process for runs of a kind: one for all tests that have the same environment."""
    names = sorted(name for name in os.environ if name.startswith("XEROPORT_"))
    return _process_of(kind, key, tuple((name, os.environ[name]) for name in names))


@cache
def _process_of(kind: str, key: str, environment: tuple[tuple[str, str], ...]) -> ForkingProcess:
    begun = ForkingProcess(kind, key=key)
    atexit.register(begun.close)
    return begun


def kill(pid: int) -> None:
    """Kill a run, unless it has ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def main(kind: str) -> None:
    """Import what every fork would, then fork one for each line."""
    for name in IMPORTS[kind]:
        import_module(name)

    signal.signal(signal.SIGINT, signal.default_int_handler)

    for line in sys.stdin:
        given = json.loads(line)
        if "pid" in given:
            _, end = os.waitpid(given["pid"], 0)
            print(os.waitstatus_to_exitcode(end), flush=True)
            continue
        born, alive = os.pipe()
        pid = os.fork()
        if pid == 0:
            status = 70
            try:
                os.write(alive, b".")  # a signal before this would be lost
                report = KINDS[kind](given)
                status = getattr(report, "exit_status", 0)
                if os.environ.get("ZYGOTE_NOISE"):
                    print(report, file=sys.stderr)
            except KeyboardInterrupt:
                status = 0
            except Exception as error:
                print(repr(error), file=sys.stderr)
            finally:
                sys.stderr.flush()
                os._exit(status)
        os.read(born, 1)
        os.close(born)
        os.close(alive)
        print(pid, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
