"""The emulator's data sets and books: how soon they are ready, and what a report takes."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

from benchmarks.harness import table

RUNS = 3
MEASURED = """
import json, resource, sys, time
from xeroport.clock import ManualClock
from xeroport_emulator.data.datasets import fill
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.accounting.reports import report
data = sys.argv[1]
organisation = Organisation(ManualClock())
def timed(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
year = {"fromDate": "2025-11-01", "toDate": "2026-10-31"}
twelve = {"fromDate": "2026-10-01", "toDate": "2026-10-31", "periods": "11"}
contact = lambda: {"contactId": next(iter(organisation.tables["Contact"]))["ContactID"]}
figures = {
    "ready": timed(lambda: fill(organisation, int(data) if data.isdigit() else data)),
    "first trial balance": timed(lambda: report("TrialBalance", organisation, {})),
    "trial balance": timed(lambda: report("TrialBalance", organisation, {})),
    "profit and loss of a year": timed(lambda: report("ProfitAndLoss", organisation, year)),
    "profit and loss, 12 months": timed(lambda: report("ProfitAndLoss", organisation, twelve)),
    "balance sheet": timed(lambda: report("BalanceSheet", organisation, {})),
    "first aged report": timed(
        lambda: report("AgedReceivablesByContact", organisation, contact())),
    "aged report": timed(lambda: report("AgedReceivablesByContact", organisation, contact())),
    "first cash basis": timed(
        lambda: report("TrialBalance", organisation, {"paymentsOnly": "true"})),
}
print(json.dumps({
    "invoices": len(organisation.tables["Invoice"]),
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    **figures,
}))
"""


def measured(data: str) -> dict[str, float]:
    """The median of each figure over fresh processes."""
    runs: list[dict[str, Any]] = []
    for _ in range(RUNS):
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, data], check=True, capture_output=True
        )
        runs.append(json.loads(done.stdout))
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def section() -> str:
    sets = {data: measured(data) for data in ("demo", "10000", "100000")}
    names = [name for name in sets["demo"] if name not in ("invoices", "megabytes")]
    rows: list[list[object]] = [
        ["invoices and bills", *(f"{each['invoices']:,}" for each in sets.values())],
        ["peak memory of the process", *(f"{each['megabytes']:,.0f} MB" for each in sets.values())],
    ]
    rows += [[name, *(_shown(each[name]) for each in sets.values())] for name in names]
    return "\n".join(
        [
            "## The emulator's books",
            "",
            "An organisation made in a fresh process, then reports drawn from its ledger. The first"
            f" report posts every document. Medians of {RUNS} processes.",
            "",
            table(["", "demo", "10,000", "100,000"], rows),
        ]
    )


def _shown(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:,.0f} ms"
