"""A home folder in which things work by themselves, some of them badly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from console_world import NASTY

from xeroport.clock import SystemClock
from xeroport.jobs.flow import definition, registry
from xeroport.secrets.vault import Secret
from xeroport.store import flows, inbox, runs, schedules
from xeroport.store.database import Store
from xeroport.store.inbox import Event

FLOW = """
key = "n"
where = "n <> 'none'"
[source]
files = "orders/*.csv"
[fields]
n = "n"
[target]
url = "http://127.0.0.1:1/orders"
"""


def fail_once(store: Store) -> None:
    """A schedule whose last run failed."""
    past = datetime.now(UTC) - timedelta(hours=2)
    schedules.put(
        store, "acme-uk", kind="sync", target="acme-uk", cron="0 * * * *", time_zone="UTC", now=past
    )
    claimed = schedules.claim(store, "one", SystemClock())
    assert claimed is not None
    run = runs.start(store, "acme-uk", "sync", {})
    runs.finish(store, run, "failed", {"error": NASTY[0]})
    schedules.finish(
        store, claimed[1], owner="one", now=past, status="failed", run=run, message=NASTY[0]
    )


def keep_flow(store: Store, folder: Path) -> None:
    """The flow `orders`, with a run in which a record was refused."""
    flow, faults = definition.parse(FLOW, name="orders", folder=folder)
    assert flow is not None, faults
    registry.keep(store, FLOW, flow, now=datetime.now(UTC))
    run = runs.start(store, "orders", "flow", {"flow": "orders"})
    runs.finish(store, run, "partial", {})
    made = [flows.StepRecord(0, "W-7", "orders/a.csv:3", "{}", None, b"x", problems=(NASTY[0],))]
    with store.transaction() as connection:
        flows.take_in(connection, "orders", run, made, datetime.now(UTC))


def receive(store: Store, count: int) -> None:
    """That many events in the inbox of `acme-uk`."""
    inbox.set_key(store, "acme-uk", Secret("planted-key"))
    news = [Event("t", f"id-{n}", "INVOICE", NASTY[0], "2026-11-01T00:00") for n in range(count)]
    inbox.receive(store, "acme-uk", news, datetime.now(UTC))
