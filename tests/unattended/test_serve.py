"""`serve` as a real process: schedules run, webhooks land, a killed process loses nothing."""

from __future__ import annotations

import asyncio
import json
import os
import random
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

from xeroport.jobs.sync.run import sync_instance
from xeroport.jobs.webhooks.events import parse
from xeroport.jobs.webhooks.updates import reader_of, update_instance
from xeroport.secrets.vault import Secret
from xeroport.store import inbox, instances, runs, schedules
from xeroport.store.database import Store
from xeroport.store.inbox import Event
from xeroport.store.instances import Instance
from xeroport_emulator import Emulator
from xeroport_emulator.webhooks.events import Delivery, Webhooks, send

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


def edit(emulator: Emulator, count: int) -> None:
    """That many times change a contact and an invoice at Xero, each in a millisecond of its own."""
    organisation = emulator.organisation
    for name, field in (("Contact", "FirstName"), ("Invoice", "Reference")):
        table = organisation.tables[name]
        keys = sorted(str(record[table.key]) for record in list(table))
        for number in range(count):
            now = datetime.now(UTC)
            record = table.get(keys[number % len(keys)])
            table.replace({**record, field: f"edited {now}", "UpdatedDateUTC": now})
            time.sleep(0.001)


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


@pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.soak)])
def test_webhooks_with_repeats_disorder_forgeries_and_a_kill_leave_both_equal(
    home: Path, emulator: Emulator, count: int
) -> None:
    """What a killed process had not answered is delivered again, as Xero does."""
    chance = random.Random(11)
    with emulator.serve() as base:
        store = connect(home, emulator, base)
        asyncio.run(sync_instance(store, "acme", streams=STREAMS))
        hooks = Webhooks(
            emulator.organisation, tenant_id=emulator.tenant_id, clock=emulator.clock, key=KEY
        )
        reader = reader_of(f"duckdb:{home}/books.duckdb")
        genuine: set[tuple[str, ...]] = set()
        left: list[Delivery] = []
        for kills in (True, False):
            with serving(home) as (address, process):
                url = f"{address}/webhooks/xero/acme"
                assert list(send(url, hooks.intent())) == [200, 401, 200, 401]
                for _ in range(4):
                    edit(emulator, count // 16)
                    made = hooks.deliveries(size=25, repeats=0.3, shuffled=True)
                    genuine |= {identity(each) for one in made for each in parse(one.body)}
                    assert set(send(url, map(hooks.forged, chance.sample(made, 3)))) == {401}
                    left += made
                    taken = chance.sample(left, len(left) * 3 // 4)
                    assert set(send(url, taken)) == {200}
                    left = [each for each in left if each not in taken]
                if kills:
                    process.kill()
                    continue
                assert set(send(url, left)) == {200}
                wait_for(lambda: not inbox.with_news(store, reader), 60)
        assert same(home, emulator)
        kept = [identity(each.event) for each in inbox.recent(store, limit=100_000)]
        assert len(kept) == len(genuine) > count * 0.9
        assert set(kept) == genuine


def identity(event: Event) -> tuple[str, ...]:
    return (event.resource, event.category, event.type, event.at)


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


def test_a_killed_process_leaves_its_run_to_the_next(home: Path) -> None:
    """Killed in the middle of a due sync; the next `serve` goes on with the same run at once."""
    emulator = Emulator(300, limits="off", faults="slow:300ms")
    with emulator.serve() as base:
        store = connect(home, emulator, base)
        schedules.put(
            store,
            "acme",
            kind="sync",
            target="acme",
            cron="0 0 1 * *",
            time_zone="UTC",
            now=datetime.now(UTC) - timedelta(days=62),
            arguments={"streams": ["contacts", "invoices", "items", "payments"]},
        )
        with serving(home) as (_, process):
            wait_for(lambda: bool(runs.recent(store, 1, job="sync")))
            process.kill()
        assert runs.recent(store, 1, job="sync")[0].status == "lost"
        emulator.faults.clear()
        with serving(home):
            wait_for(lambda: any(f.finished_at for f in schedules.firings(store, "acme")))
    (firing,) = schedules.firings(store, "acme")
    assert (firing.status, firing.attempts) == ("done", 2)
    with duckdb.connect(str(home / "books.duckdb"), read_only=True) as books:
        count = books.execute("SELECT count(*), count(DISTINCT invoice_id) FROM acme.invoice")
        assert count.fetchall() == [(300, 300)]
