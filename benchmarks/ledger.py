"""The ledger: how soon it is derived from many documents, after a change, and put into Excel."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.harness import table
from xeroport.jobs.sync.run import sync_instance
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport_emulator import Emulator

INVOICES = 100_000
NAME = "acme"
MEASURED = """
import asyncio, json, os, re, sys, time
from datetime import date
from pathlib import Path
home, what, url = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
began = time.perf_counter()
figures = {}
if what == "ledger":
    from xeroport.jobs.ledger import ledger_instance
    from xeroport.store.database import Store
    report = asyncio.run(ledger_instance(Store(home), "acme", to=url, tied=False))
    figures = {"records": report.records, "lines": report.lines, "mode": report.mode}
else:
    from xeroport.jobs.workbook import write_pack_of
    write_pack_of("acme", home / "pack.xlsx", url=url, since=date(2024, 1, 1),
                  until=date(2026, 11, 30), today=date(2026, 11, 30))
times = os.times()
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(json.dumps(figures | {
    "seconds": time.perf_counter() - began,
    "cpu": times.user + times.system,
    "megabytes": int(peak[1]) / 1024,
}))
"""


def measured(home: Path, what: str, url: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(home), what, url], check=True, capture_output=True
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def filled(home: Path, data: int | str) -> str:
    """A copy of an emulated organisation; its destination."""
    emulator = Emulator(data, limits="off")
    url = f"duckdb:{home / 'books.duckdb'}"
    with emulator.serve() as base_url:
        store = Store(home)
        instance = Instance(
            name=NAME, base_url=base_url, identity_url=base_url, client_id=emulator.client_id,
            rate_limit=60_000,
        )  # fmt: skip
        instances.add(store, instance, Secret(emulator.client_secret))
        asyncio.run(sync_instance(store, NAME, to=url))
        store.close()
    return url


def section() -> str:
    folder = Path(tempfile.mkdtemp(prefix="xeroport-bench-"))
    try:
        (folder / "many").mkdir()
        (folder / "demo").mkdir()
        url = filled(folder / "many", INVOICES)
        full = measured(folder / "many", "ledger", url)
        with duckdb.connect(url.removeprefix("duckdb:")) as connection:
            connection.execute(
                f"UPDATE {NAME}.invoice SET _synced_at = _synced_at + INTERVAL 1 DAY "
                "WHERE hash(invoice_id) % 100 = 0"
            )
        changed = measured(folder / "many", "ledger", url)
        small = filled(folder / "demo", "demo")
        measured(folder / "demo", "ledger", small)
        pack = measured(folder / "demo", "workbook", small)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    rows = [
        [f"{INVOICES:,} invoices, all derived: {full['lines']:,} lines", *_shown(full)],
        [f"1 % changed: {changed['records']:,} records derived again", *_shown(changed)],
        ["workbook of the demo, three years", *_shown(pack)],
    ]
    return "\n".join(
        [
            "## The ledger",
            "",
            f"`ledger --no-tie` into DuckDB from a copy of {INVOICES:,} emulated invoices, with "
            "the journals for dbt_xero written too, each in a fresh process; then after every "
            "hundredth invoice was marked as changed. CPU is that of both threads.",
            "",
            table(["", "wall clock", "CPU", "peak memory"], rows),
        ]
    )


def _shown(figures: dict[str, Any]) -> tuple[str, str, str]:
    return (
        f"{figures['seconds']:.1f} s",
        f"{figures['cpu']:.1f} s",
        f"{figures['megabytes']:,.0f} MB",
    )
