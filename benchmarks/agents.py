"""Agents: what `query` and `report` take over the Model Context Protocol, on many invoices."""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.harness import table
from benchmarks.ledger import INVOICES, NAME, filled
from mcp import Client, StdioServerParameters, stdio_client
from xeroport.jobs.ledger import ledger_instance
from xeroport.store.database import Store

ROUNDS = 30
QUERIES = (
    "select count(*) from invoice where type = 'ACCREC' and _deleted_at is null",
    "select contact_name, currency_code, sum(amount_due) from invoice where type = 'ACCREC' and "
    "status = 'AUTHORISED' and amount_due > 0 group by all order by 3 desc limit 20",
    "select invoice_number, total from invoice order by date desc, invoice_number limit 200",
    "select account_code, sum(line_amount) from invoice_line_item join invoice using (invoice_id) "
    "where date >= date '2026-01-01' group by 1 order by 2 desc",
)
STATEMENTS = (
    "trial-balance", "profit-and-loss", "balance-sheet", "aged-receivables", "aged-payables",
    "cash",
)  # fmt: skip


def timed(home: Path) -> dict[str, list[float]]:
    """Milliseconds of each call, as a client over stdio sees them, one call after another."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "xeroport", "mcp", "--home", str(home)],
        env={**os.environ, "XEROPORT_KEYRING": "off"},
    )
    calls: list[tuple[str, dict[str, Any]]] = [
        *(("query", {"instance": NAME, "sql": sql}) for sql in QUERIES),
        *(("report", {"instance": NAME, "statement": name}) for name in STATEMENTS),
    ]
    took: dict[str, list[float]] = {"query": [], "report": []}

    async def work() -> None:
        async with Client(stdio_client(server)) as client:
            for number in range(ROUNDS + 1):
                for tool, arguments in calls:
                    began = time.perf_counter()
                    result = await client.call_tool(tool, arguments)
                    if result.is_error:
                        raise RuntimeError(str(result.content))
                    if number:  # the first round reads the file from the disk
                        took[tool].append((time.perf_counter() - began) * 1000)

    asyncio.run(work())
    return took


def section() -> str:
    folder = Path(tempfile.mkdtemp(prefix="xeroport-bench-"))
    before = os.environ.get("XEROPORT_KEYRING")
    os.environ["XEROPORT_KEYRING"] = "off"
    try:
        url = filled(folder, INVOICES)
        asyncio.run(ledger_instance(Store(folder), NAME, to=url, tied=False))
        took = timed(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if before is None:
            del os.environ["XEROPORT_KEYRING"]
        else:
            os.environ["XEROPORT_KEYRING"] = before
    rows = [
        [name, f"{len(each):,}", f"{statistics.median(each):,.0f} ms", f"{_p95(each):,.0f} ms"]
        for name, each in took.items()
    ]
    return "\n".join(
        [
            "## Agents",
            "",
            f"`xeroport mcp` over stdio on {INVOICES:,} invoices with their ledger in DuckDB: "
            f"{len(QUERIES)} different SELECTs and {len(STATEMENTS)} statements in turn, as the "
            "client sees them.",
            "",
            table(["tool", "calls", "median", "p95"], rows),
        ]
    )


def _p95(figures: list[float]) -> float:
    return statistics.quantiles(figures, n=20)[-1]
