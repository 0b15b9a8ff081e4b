"""An organisation of the emulator, and reports drawn from its ledger: `books.py DATA`.

Prints what each took, in seconds of the clock and of the processor, as JSON; quick ones are the
mean of several. Runs in a checkout of 0.1.0, too, where the emulator was a room of the client.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from xeroport.clock import ManualClock

CONTACTS = 64
AGAIN = 10


def part(name: str, before: str) -> Any:
    """A module of the emulator; that of 0.1.0 first, which this interpreter may have beside it."""
    try:
        return import_module(f"xeroport.emulator.{before}")
    except ModuleNotFoundError:
        return import_module(f"xeroport_emulator.{name}")


fill = part("data.datasets", "datasets").fill
report = part("accounting.reports", "reports").report
data = sys.argv[1]
organisation = part("organisation.organisation", "organisation").Organisation(ManualClock())
figures: dict[str, tuple[float, float]] = {}


def peak() -> float:
    """The most memory this program held: `getrusage` may say what held the process before it."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    said = next((line for line in lines if line.startswith("VmHWM")), None)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (int(said.split()[1]) if said else most) / 1024


def timed(name: str, work: Callable[[], object], times: int = 1) -> None:
    """Note how long one of so many takes."""
    clock, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        work()
    took = time.perf_counter() - clock, time.process_time() - cpu
    figures[name] = took[0] / times, took[1] / times


def aged(contact: Any) -> None:
    """The aged receivables of a contact."""
    report("AgedReceivablesByContact", organisation, {"contactId": contact["ContactID"]})


timed("ready", lambda: fill(organisation, int(data) if data.isdigit() else data))
organisation.derived.clear()  # the tax returns of the demo have posted most of it
year = {"fromDate": "2025-11-01", "toDate": "2026-10-31"}
twelve = {"fromDate": "2026-10-01", "toDate": "2026-10-31", "periods": "11"}
contacts = sorted(organisation.tables["Contact"], key=lambda contact: contact["Name"])[:CONTACTS]
timed("first trial balance", lambda: report("TrialBalance", organisation, {}))
timed("trial balance", lambda: report("TrialBalance", organisation, {}), AGAIN)
timed("profit and loss of a year", lambda: report("ProfitAndLoss", organisation, year), AGAIN)
timed("profit and loss, 12 months", lambda: report("ProfitAndLoss", organisation, twelve), AGAIN)
timed("balance sheet", lambda: report("BalanceSheet", organisation, {}), AGAIN)
timed("first aged report", lambda: aged(contacts[0]))
timed(f"aged reports of {CONTACTS} contacts", lambda: [aged(contact) for contact in contacts])
timed("first cash basis", lambda: report("TrialBalance", organisation, {"paymentsOnly": "true"}))
print(
    json.dumps(
        {
            "invoices": len(organisation.tables["Invoice"]),
            "megabytes": peak(),
            "figures": figures,
        }
    )
)
