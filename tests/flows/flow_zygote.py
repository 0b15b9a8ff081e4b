"""A process that forks runs of flows: one line of JSON in is one run, its pid and end come out.

The clock is the system's plus what a file says, and short when asked to sleep.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from xeroport.jobs import targets
from xeroport.jobs.flow import intake
from xeroport.jobs.flow.run import run_flow
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

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.02))


def run(given: dict[str, str]) -> int:
    targets.MOST = int(given["batch"])
    intake.AT_ONCE = int(given["lot"])
    store = Store(Path(given["home"]))
    report = asyncio.run(run_flow(store, given["flow"], clock=FileClock(Path(given["clock"]))))
    if os.environ.get("FLOW_TEST_NOISE"):
        print(report.as_dict(), file=sys.stderr)
    return report.exit_status


def main() -> None:
    for line in sys.stdin:
        given = json.loads(line)
        pid = os.fork()
        if pid == 0:
            status = 70
            try:
                status = run(given)
            except Exception as error:
                print(repr(error), file=sys.stderr)
            finally:
                sys.stderr.flush()
                os._exit(status)
        print(json.dumps({"pid": pid}), flush=True)
        _, end = os.waitpid(pid, 0)
        print(json.dumps({"status": os.waitstatus_to_exitcode(end)}), flush=True)


if __name__ == "__main__":
    main()
