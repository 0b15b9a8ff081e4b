"""A sync that kills itself: `python doomed.py HOME URL STEP STREAM …`.

Steps are the calls made by the code that walks, lands and commits, and every call it makes into
DuckDB, psycopg or the file system, numbered as they come. STEP 0 kills nothing; the number of
steps is printed at the end.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from xeroport import sync
from xeroport.jobs.sync import inflow

WATCHED = ("/destinations/", "/jobs/sync/inflow.py", "/jobs/sync/walk.py", "/jobs/sync/landing.py")
EVENTS = ("call", "c_call", "c_return")


class Steps:
    """Counts the watched calls of all threads, and kills the process at one of them."""

    def __init__(self, deadly: int) -> None:
        self.deadly = deadly
        self.count = 0
        self.lock = threading.Lock()

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if event not in EVENTS or not any(e in frame.f_code.co_filename for e in WATCHED):
            return
        with self.lock:
            self.count += 1
            if self.count == self.deadly:
                os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    home, url, step, *streams = sys.argv[1:]
    inflow.BATCH_BYTES = 400_000
    steps = Steps(int(step))
    threading.setprofile(steps)
    sys.setprofile(steps)
    report = sync("acme-uk", streams=streams, to=url, home=Path(home), fresh=True, check=False)
    sys.setprofile(None)
    print(steps.count, report.status)


if __name__ == "__main__":
    main()
