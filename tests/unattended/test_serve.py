"""`serve` as a real process: schedules run, webhooks land, a killed process loses nothing."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from xeroport.credentials import Secret
from xeroport.emulator import Emulator
from xeroport.emulator.webhooks import Webhooks, send
from xeroport.jobs.sync import sync_instance
from xeroport.jobs.updates import reader_of, update_instance
from xeroport.jobs.webhook import parse
from xeroport.store import inbox, instances, schedules
from xeroport.store.database import Store
from xeroport.store.instances import Instance

KEY = "signing-key"
STREAMS = ("contacts", "invoices", "credit_notes", "payments")


@pytest.fixture
def emulator() -> Emulator:
    return Emulator("demo", limits="off")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    return tmp_path


def connect(home: Path, emulator: Emulator, base: str) -> Store:
    store = Store(home)
    made = Instance(
        name="acme",
        base_url=base,
        identity_url=base,
        client_id=emulator.client_id,
        rate_limit=6000,
    )
    instances.add(store, made, Secret(emulator.client_secret))
    inbox.set_key(store, "acme", Secret(KEY))
    return store


@contextmanager
def serving(home: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "xeroport", "serve", "--port", "0", "--json"]
    process = subprocess.Popen(
        [*command, "--home", str(home)], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    try:
        assert process.stdout is not None
        said = ""
        while not said.rstrip().endswith("}"):
            said += process.stdout.readline()
        yield json.loads(said)["address"], process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def wait_for(done: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.1)


def edit(emulator: Emulator, count: int) -> set[str]:
    """Change that many contacts and invoices at Xero; the ids of what changed."""
    organisation = emulator.organisation
    changed = set()
    for name, field in (("Contact", "FirstName"), ("Invoice", "Reference")):
        table = organisation.tables[name]
        for record in sorted(table, key=lambda each: str(each[table.key]))[:count]:
            now = datetime.now(UTC)
            table.replace({**record, field: f"edited {now}", "UpdatedDateUTC": now})
            changed.add(record[table.key])
    return changed


def same(home: Path, emulator: Emulator) -> bool:
    """Whether the destination holds what the organisation holds, in the fields edited here."""
    with duckdb.connect(str(home / "books.duckdb"), read_only=True) as books:
        for name, column, field in (
            ("contact", "first_name", "FirstName"),
            ("invoice", "reference", "Reference"),
        ):
            table = emulator.organisation.tables[name.title()]
            rows = books.execute(f"SELECT {name}_id, {column} FROM acme.{name}").fetchall()
            held = {str(key): value or None for key, value in rows}
            if held != {each[table.key]: each.get(field) or None for each in table}:
                return False
    return True


def test_webhooks_with_repeats_disorder_and_forgeries_leave_both_equal(
    home: Path, emulator: Emulator
) -> None:
    """Signed deliveries, some twice, shuffled, some forged, and a kill in the middle."""
    with emulator.serve() as base:
        store = connect(home, emulator, base)
        asyncio.run(sync_instance(store, "acme", streams=STREAMS))
        hooks = Webhooks(
            emulator.organisation, tenant_id=emulator.tenant_id, clock=emulator.clock, key=KEY
        )
        with serving(home) as (address, process):
            url = f"{address}/webhooks/xero/acme"
            assert list(send(url, hooks.intent())) == [200, 401, 200, 401]
            edit(emulator, 30)
            made = hooks.deliveries(size=5, repeats=0.4, shuffled=True)
            forged = [hooks.forged(each) for each in made[:3]]
            assert set(send(url, [*made[:6]])) == {200}
            assert set(send(url, forged)) == {401}
            process.kill()
        with serving(home) as (address, _):
            url = f"{address}/webhooks/xero/acme"
            assert set(send(url, made[4:])) == {200}
            assert set(send(url, forged)) == {401}
            wait_for(
                lambda: not inbox.unread(store, "acme", reader_of(f"duckdb:{home}/books.duckdb"))
            )
        assert same(home, emulator)
        assert len(inbox.recent(store, limit=1000)) == 60


def test_many_events_make_few_calls(home: Path, emulator: Emulator) -> None:
    with emulator.serve() as base:
        store = connect(home, emulator, base)
        asyncio.run(sync_instance(store, "acme", streams=STREAMS))
        hooks = Webhooks(
            emulator.organisation, tenant_id=emulator.tenant_id, clock=emulator.clock, key=KEY
        )
        for _ in range(5):
            edit(emulator, 20)
        for each in hooks.deliveries():
            inbox.receive(store, "acme", parse(each.body), datetime.now(UTC))
        report = asyncio.run(update_instance(store, "acme"))
        assert report.events > 40  # events of one record in one millisecond are one event
        assert report.calls == 2
        assert report.records == 40
        assert same(home, emulator)
        assert asyncio.run(update_instance(store, "acme")).events == 0


def test_two_processes_run_what_is_due_once(home: Path, emulator: Emulator) -> None:
    with emulator.serve() as base:
        store = connect(home, emulator, base)
        past = datetime.now(UTC) - timedelta(hours=3)
        schedules.put(
            store,
            "acme",
            kind="sync",
            target="acme",
            cron="0 * * * *",
            time_zone="UTC",
            now=past,
            arguments={"streams": ["contacts"]},
        )
        with serving(home), serving(home):
            wait_for(lambda: any(f.finished_at for f in schedules.firings(store, "acme")))
            time.sleep(1)
        (firing,) = schedules.firings(store, "acme")
        assert (firing.status, firing.attempts) == ("done", 1)
        assert (home / "books.duckdb").exists()
