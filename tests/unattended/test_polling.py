"""The poll beside webhooks: set with the first key, and filling what no webhook told of."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from xeroport.cli import main
from xeroport.clock import ManualClock
from xeroport.jobs.flow import definition, registry
from xeroport.jobs.schedule import polling
from xeroport.jobs.schedule.job_kinds import all_runners
from xeroport.jobs.schedule.scheduler import Scheduler
from xeroport.secrets.vault import Secret
from xeroport.store import instances, schedules
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport_emulator import Emulator

FLOW = """
[source]
instance = "acme"
webhooks = "invoices"
[fields]
number = "InvoiceNumber"
[target]
file = "out-{run}.ndjson"
"""


@pytest.fixture
def emulator() -> Iterator[tuple[Emulator, str]]:
    made = Emulator(5, limits="off")
    with made.serve() as base:
        yield made, base


@pytest.fixture
def home(tmp_path: Path, emulator: tuple[Emulator, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    made, base = emulator
    connect(tmp_path, made, base)
    return tmp_path


def connect(home: Path, emulator: Emulator, base: str, name: str = "acme", **more: object) -> None:
    instance = Instance(name, base, base, emulator.client_id, rate_limit=6000, **more)  # type: ignore[arg-type]
    instances.add(Store(home), instance, Secret(emulator.client_secret))


def run(home: Path, *arguments: str, given: str = "key\n") -> Result:
    return CliRunner().invoke(main, [*arguments, "--home", str(home)], input=given)


def polls(home: Path) -> dict[str, str]:
    listed = json.loads(run(home, "schedule", "list", "--json").stdout)
    return {each["target"]: each["cron"] for each in listed if each["kind"] == "poll"}


def test_the_first_key_brings_an_hourly_poll_and_a_second_changes_nothing(home: Path) -> None:
    told = run(home, "webhook", "key", "acme", "--key-file", "-")
    assert "`xeroport serve` must be running" in told.stderr
    minute, *rest = polls(home)["acme"].split()
    assert (int(minute) in range(60), rest) == (True, ["*"] * 4)
    assert run(home, "webhook", "poll", "acme", "*/15 * * * *").exit_code == 0
    run(home, "webhook", "key", "acme", "--key-file", "-", given="another\n")
    assert polls(home) == {"acme": "*/15 * * * *"}
    assert "are not polled for" in run(home, "webhook", "poll", "acme", "never").stderr
    run(home, "webhook", "key", "acme", "--key-file", "-", given="a third\n")
    assert polls(home) == {}
    run(home, "webhook", "poll", "acme", "0 * * * *")
    assert run(home, "webhook", "remove", "acme").exit_code == 0
    assert polls(home) == {}
    again = run(home, "webhook", "remove", "acme")
    assert (again.exit_code, "has no webhook signing key" in again.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("poll", "acm", "0 * * * *"), "there is no instance `acm`"),
        (("poll", "acme", "0 * * * *"), "`acme` has no webhook signing key"),
        (("remove", "acm"), "there is no instance `acm`"),
    ],
)
def test_wrong_input_is_told(home: Path, arguments: tuple[str, ...], words: str) -> None:
    result = run(home, "webhook", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr.splitlines()[0]


def test_minutes_are_spread_over_the_hour() -> None:
    minutes = {polling.every_hour(f"client-{n}").split()[0] for n in range(1000)}
    assert len(minutes) == 60


def hour(store: Store, clock: ManualClock) -> schedules.Firing:
    """Let an hour pass under a scheduler; what the poll came to."""

    async def due() -> None:
        store.clock = clock
        scheduler = Scheduler(store, all_runners(store))
        clock.advance(3600)
        scheduler.start_due()
        await scheduler.settle()

    asyncio.run(due())
    return schedules.firings(store, "webhook/acme")[0]


def test_what_no_webhook_told_of_comes_by_itself(
    home: Path, emulator: tuple[Emulator, str]
) -> None:
    """An empty destination is filled, an edit without an event arrives, a flow gets it too."""
    store, clock = Store(home), ManualClock(datetime.now(UTC))
    flow, faults = definition.parse(FLOW, name="news", folder=home)
    assert flow is not None
    assert not faults
    registry.keep(store, FLOW, flow, now=datetime.now(UTC) + timedelta(minutes=1))
    polling.listen(store, "acme", Secret("key"), now=clock.now())
    assert hour(store, clock).status == "done"
    table = emulator[0].organisation.tables["Invoice"]
    key = str(next(iter(table))["InvoiceID"])
    wanted = {str(each["InvoiceID"]): each.get("Reference") or None for each in table}
    assert references(home) == wanted

    later = datetime.now(UTC) + timedelta(minutes=2)
    table.replace({**table.get(key), "Reference": "quietly", "UpdatedDateUTC": later})
    assert hour(store, clock).status == "done"
    assert references(home)[key] == "quietly"
    told = [line for out in home.glob("out-*.ndjson") for line in out.read_text().splitlines()]
    assert [json.loads(each)["number"] for each in told] == [table.get(key)["InvoiceNumber"]]


def references(home: Path) -> dict[str, str | None]:
    with duckdb.connect(str(home / "books.duckdb"), read_only=True) as books:
        rows = books.execute("SELECT invoice_id, reference FROM acme.invoice").fetchall()
    return {str(key): reference or None for key, reference in rows}


def test_streams_without_a_scope_are_left_out(
    tmp_path: Path, emulator: tuple[Emulator, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    connect(tmp_path, *emulator, scopes=("accounting.contacts.read",))
    store, clock = Store(tmp_path), ManualClock(datetime.now(UTC))
    polling.listen(store, "acme", Secret("key"), now=clock.now())
    assert hour(store, clock).status == "done"
    with duckdb.connect(str(tmp_path / "books.duckdb"), read_only=True) as books:
        (count,) = books.execute("SELECT count(*) FROM acme.contact").fetchone() or (0,)
    assert count == len(list(emulator[0].organisation.tables["Contact"]))


def test_a_failing_poll_is_an_incident(home: Path, emulator: tuple[Emulator, str]) -> None:
    store, clock = Store(home), ManualClock(datetime.now(UTC))
    polling.listen(store, "acme", Secret("key"), now=clock.now())
    instances.set_secret(store, "acme", Secret("wrong"))
    firing = hour(store, clock)
    assert firing.status == "failed"
    assert schedules.get(store, "webhook/acme").failing_since is not None
