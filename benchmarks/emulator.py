"""The emulator over HTTP: what a page of it costs, and how fast a whole walk can be served."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import psutil

from benchmarks.harness import table

INVOICES = 100_000
PAGE = 1000
ROOT = "/api.xro/2.0"
WHERE = 'Type=="ACCREC" AND Date>=DateTime(2026,1,1) AND AmountDue>0'
COMMAND = "from xeroport.cli import main; main()"


class Measured:
    """An emulator in a process of its own, and a client of it."""

    def __init__(self, process: subprocess.Popen[str], facts: dict[str, str]) -> None:
        self.process = process
        self.client = httpx2.Client(base_url=facts["base_url"], timeout=120)
        form = {"grant_type": "client_credentials"}
        auth = (facts["client_id"], facts["client_secret"])
        token = self.client.post("/connect/token", data=form, auth=auth).json()["access_token"]
        self.client.headers["Authorization"] = f"Bearer {token}"
        self.client.headers["Accept"] = "application/json"

    def cpu(self) -> float:
        """The CPU seconds of the process so far."""
        ran = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        nanoseconds = [int(thread.read_text().split()[0]) for thread in ran]
        if nanoseconds:
            return sum(nanoseconds) / 1e9
        return sum(psutil.Process(self.process.pid).cpu_times()[:2])

    def megabytes(self) -> float:
        with open(f"/proc/{self.process.pid}/status") as lines:
            peak = next(line for line in lines if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1024

    def seconds(self, path: str, *, gzip: bool = True, **params: Any) -> float:
        """From request to last byte; the body is not inflated."""
        headers = {"Accept-Encoding": "gzip" if gzip else "identity"}
        began = time.perf_counter()
        with self.client.stream("GET", ROOT + path, params=params, headers=headers) as reply:
            assert reply.status_code == 200
            for _ in reply.iter_raw():
                pass
        return time.perf_counter() - began

    def walk(self) -> float:
        """All pages of invoices."""
        pages = range(1, INVOICES // PAGE + 1)
        return sum(self.seconds("/Invoices", page=page, pageSize=PAGE) for page in pages)

    def small(self, times: int) -> list[float]:
        """Small replies, so many."""
        return [self.seconds("/Organisation") for _ in range(times)]

    def where(self) -> float:
        """A filter that looks at all invoices."""
        return self.seconds("/Invoices", page=1, pageSize=100, where=WHERE)


@contextmanager
def emulator(
    count: int, *, python: str = sys.executable, env: dict[str, str] | None = None
) -> Iterator[tuple[Measured, float]]:
    """An emulator with that many invoices, and the seconds from start to its first reply."""
    with tempfile.TemporaryDirectory() as home:
        began = time.perf_counter()
        arguments = ["--json", "emulator", "--port", "0", "--data", str(count), "--limits", "off"]
        process = subprocess.Popen(
            [python, "-c", COMMAND, *arguments],
            stdout=subprocess.PIPE,
            text=True,
            env={**(os.environ if env is None else env), "XEROPORT_HOME": home},
        )
        try:
            assert process.stdout is not None
            measured = Measured(process, json.loads(process.stdout.readline()))
            measured.seconds("/Organisation")
            yield measured, time.perf_counter() - began
        finally:
            process.terminate()
            process.wait(timeout=30)


def section() -> str:
    with emulator(INVOICES) as (measured, ready):
        pages = INVOICES // PAGE
        first, again = measured.walk(), measured.walk()
        plain = [
            measured.seconds("/Invoices", gzip=False, page=7, pageSize=PAGE) for _ in range(15)
        ]
        packed = [measured.seconds("/Invoices", page=7, pageSize=PAGE) for _ in range(15)]
        small = measured.small(200)
        filtered = measured.where()
        memory = measured.megabytes()
    rows = [
        (f"ready with {INVOICES:,} invoices, first reply", f"{ready:.1f} s"),
        ("peak memory after all of this", f"{memory:,.0f} MB"),
        (f"a page of {PAGE:,} invoices with lines, gzip", f"{_ms(packed)}"),
        ("the same page, not compressed (3.8 MB)", f"{_ms(plain)}"),
        ("a small reply", f"{_ms(small)}"),
        (f"a `where` over {INVOICES:,} invoices, first time", f"{filtered * 1000:.0f} ms"),
        (f"all {pages} pages, first time", f"{first:.1f} s, {INVOICES / first:,.0f} a second"),
        (f"all {pages} pages again", f"{again:.1f} s, {INVOICES / again:,.0f} a second"),
    ]
    return "\n\n".join(
        (
            "## The emulator over HTTP",
            "`xeroport emulator --data 100000 --limits off` in a process of its own, one client on "
            "loopback reading bytes without inflating or parsing them, one call at a time. Times "
            "are medians of 15 calls (200 for the small one) from request to last byte.",
            table(("what", "measured"), rows),
        )
    )


def _ms(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.1f} ms"
