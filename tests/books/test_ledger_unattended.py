"""The ledger brought up to date by what runs by itself: syncs, schedules, flows, Python."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import synced_demo
from click.testing import CliRunner
from ledger_world import LEDGER, World
from tests.sync.books import NAME, add_instance

import xeroport
from xeroport.cli import main
from xeroport.jobs.flow import registry
from xeroport.jobs.flow.check import CheckedFlow, check
from xeroport.jobs.flow.report import FlowReport
from xeroport.jobs.flow.run import run_flow
from xeroport.jobs.schedule.job_kinds import all_runners
from xeroport.store.database import Store
from xeroport.store.schedules import Schedule
from xeroport_emulator import Emulator

FLOW = f"""
key = ["month", "account_code"]
[source]
instance = "{NAME}"
ledger = true
sql = "select month, account_code, profit from acme_uk_reporting.profit_and_loss"
[target]
file = "profit-{{run}}.csv"
"""


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The demo, synced, without a ledger."""
    world = synced_demo.synced(tmp_path_factory.mktemp("synced"))
    yield world
    world.books.store.close()


def checked(world: World, text: str, folder: Path) -> CheckedFlow:
    return asyncio.run(
        check(
            world.books.store, text, name="profit", folder=folder, preview=False
        )
    )  # fmt: skip


def run(world: World) -> FlowReport:
    return asyncio.run(run_flow(world.books.store, "profit"))


def test_a_flow_brings_the_ledger_up_to_date_and_carries_it_on(
    synced: World, tmp_path: Path
) -> None:
    flow = checked(synced, FLOW, tmp_path)
    assert flow.flow is not None
    assert flow.faults == ()
    store = synced.books.store
    registry.keep(store, FLOW, flow.flow, now=datetime(2026, 11, 29, tzinfo=UTC))
    report = run(synced)
    assert report.ok, report.message
    (path,) = tmp_path.glob("profit-*.csv")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    ((months,),) = synced.rows("SELECT count(*) FROM acme_uk_reporting.profit_and_loss")
    assert len(rows) == months > 300
    journal = {
        "Narration": "Late fees", "Date": "2026-11-05", "Status": "POSTED",
        "JournalLines": [
            {"LineAmount": "77.10", "AccountCode": "404"},
            {"LineAmount": "-77.10", "AccountCode": "200"},
        ],
    }  # fmt: skip
    synced.call("manual_journals.upsert", body=journal)
    synced.sync()
    report = run(synced)
    assert report.steps == {0: {"sent": 2}}, "the two accounts of that month"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('ledger = "yes"', "`ledger` must be `true` or `false`"),
        ('ledger = true\ninstance = "nobody"', "nobody"),
        ("ledger = true", "`instance` is missing"),
    ],
)
def test_a_wrong_ledger_line_is_named(
    synced: World, tmp_path: Path, line: str, message: str
) -> None:
    text = FLOW.replace(f'instance = "{NAME}"\n', "").replace("ledger = true", line)
    faults = checked(synced, text, tmp_path).faults
    assert any(message in fault.text() for fault in faults), [fault.text() for fault in faults]


def test_a_schedule_derives_the_ledger_after_its_sync(synced: World) -> None:
    runners = all_runners(synced.books.store, to=synced.url)
    due = datetime(2026, 11, 29, 6, tzinfo=UTC)
    arguments = {"ledger": True, "to": synced.url}
    schedule = Schedule("daily", "sync", NAME, "0 6 * * *", "UTC", due, arguments)
    before = synced.rows(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = "
        f"'{LEDGER}' AND table_name = 'ledger_run'"
    )
    runs = synced.rows(f"SELECT count(*) FROM {LEDGER}.ledger_run")[0][0] if before[0][0] else 0
    ended = asyncio.run(runners["sync"](schedule, due))
    assert ended.status == "done", ended.message
    assert synced.rows(f"SELECT count(*) FROM {LEDGER}.ledger_run") == [(runs + 1,)]


def test_the_command_and_python_do_it_over_the_wire(tmp_path: Path) -> None:
    emulator = Emulator("demo", limits="off")
    with emulator.serve() as url:
        store = Store(tmp_path)
        add_instance(store, emulator, url)
        store.close()
        result = CliRunner().invoke(
            main, ["sync", NAME, "--ledger", "--json", "--home", str(tmp_path)]
        )
        assert result.exit_code == 0, result.stderr
        ledger = json.loads(result.stdout)["ledger"]
        assert ledger["tied"]
        assert ledger["residual"] == []
        again = xeroport.ledger(NAME, home=tmp_path)
        assert (again.mode, again.records, again.lines) == ("changes", 0, ledger["lines"])
        assert again.calls <= 3, "only the last two month ends are asked about again"
        statement = xeroport.report(NAME, "trial-balance", at="2026-09-30", home=tmp_path)
        assert len(statement.df()) > 20
        assert xeroport.verify(NAME, home=tmp_path).ok
