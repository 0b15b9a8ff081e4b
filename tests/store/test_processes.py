"""A process is known by more than its id, which comes again."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from xeroport.store import leases, logins, runs, schedules
from xeroport.store.calls import outages
from xeroport.store.calls.file import Calls
from xeroport.store.calls.saved_tokens import Tokens
from xeroport.store.database import Store
from xeroport.store.logins import Login, SavedTokens, TokenSet
from xeroport.store.outbox import claims
from xeroport.store.outbox.claims import LEASE_SECONDS
from xeroport.store.processes import (
    SILENCE,
    Process,
    has_died,
    is_silent,
    parse,
    process_state,
    this_process,
)

NOW = datetime(2026, 11, 1, tzinfo=UTC)
pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


def test_a_text_comes_back_as_the_same_process() -> None:
    me = this_process()
    assert me.pid == os.getpid()
    assert parse(str(me)) == me
    assert parse(me.owner()) == me
    assert me.owner() != me.owner()
    assert parse("old-host:12") == Process("old-host", 12)
    for text in ("", "x", "host:", "host:abc", ":5"):
        assert parse(text) is None
        assert process_state(text) == "unseen"


def test_a_fork_is_another_process() -> None:
    script = (
        "import os\nfrom xeroport.store.processes import this_process\n"
        "before = this_process()\npid = os.fork()\n"
        "if pid == 0: os._exit(0 if this_process().pid == os.getpid() else 1)\n"
        "raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_an_id_that_came_again_is_another_process() -> None:
    me = this_process()
    assert process_state(str(me)) == "alive"
    assert process_state(str(replace(me, started="17"))) == "dead"
    assert process_state(str(replace(me, boot="another-boot"))) == "dead"
    assert process_state(str(replace(me, boot="another-boot", host="elsewhere"))) == "unseen"
    assert process_state(str(replace(me, host="renamed-since"))) == "alive"
    assert process_state(str(replace(me, space="4026599999"))) == "unseen"
    assert process_state(f"{me.host}:{me.pid}") == "alive"


def test_a_zombie_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    try:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert has_died(str(replace(this_process(), pid=child.pid, started="1")))
    finally:
        child.wait()


def test_what_cannot_be_seen_is_judged_by_its_heartbeat() -> None:
    away = str(replace(this_process(), space="4026599999"))
    assert not is_silent(away, NOW - SILENCE, NOW)
    assert is_silent(away, NOW - SILENCE - timedelta(seconds=1), NOW)
    assert is_silent(away, NOW + timedelta(days=30), NOW)
    assert not is_silent(str(this_process()), NOW - timedelta(days=1), NOW)


def test_the_run_of_a_container_that_is_no_more_is_lost(tmp_path: Path) -> None:
    """Process 1 of the next container has the same id, and often the same host name."""
    store = Store(tmp_path)
    run = runs.start(store, "acme", "sync", {})
    for stranger in (
        replace(this_process(), started="17"),
        replace(this_process(), host="a1b2c3", boot="another-boot"),
        replace(this_process(), space="4026599999"),
    ):
        with store.transaction() as connection:
            connection.execute(
                "UPDATE run SET process = ?, beat_at = ?, started_at = ? WHERE id = ?",
                (str(stranger), NOW.isoformat(), NOW.isoformat(), run),
            )
        assert runs.get(store, run).status == "lost", stranger


def test_the_run_of_a_living_container_beside_is_running(tmp_path: Path) -> None:
    store = Store(tmp_path)
    run = runs.start(store, "acme", "sync", {})
    beside = replace(this_process(), space="4026599999")
    with store.transaction() as connection:
        connection.execute("UPDATE run SET process = ? WHERE id = ?", (str(beside), run))
    runs.beat(store, run)
    assert runs.get(store, run).status == "running"


def test_a_lease_of_an_id_that_came_again_is_free(tmp_path: Path) -> None:
    store = Store(tmp_path)
    taken = leases.take(store, "acme", now=NOW)
    assert taken is not None
    gone = replace(this_process(), started="17").owner()
    with store.transaction() as connection:
        connection.execute("UPDATE lease SET owner = ?", (gone,))
    assert leases.take(store, "acme", now=NOW) is not None


def test_a_lease_from_a_clock_that_was_ahead_is_free(tmp_path: Path) -> None:
    store = Store(tmp_path)
    away = replace(this_process(), space="4026599999").owner()
    assert leases.take(store, "acme", now=NOW + timedelta(days=30)) is not None
    with store.transaction() as connection:
        connection.execute("UPDATE lease SET owner = ?", (away,))
    assert leases.take(store, "acme", now=NOW) is not None


def test_a_schedule_held_by_an_id_that_came_again_is_free(tmp_path: Path) -> None:
    from xeroport.clock import ManualClock

    store, clock = Store(tmp_path), ManualClock(NOW)
    schedules.put(
        store, "acme", kind="sync", target="acme", cron="* * * * *", time_zone="UTC", now=NOW
    )
    clock.advance(61)
    gone = replace(this_process(), started="17").owner()
    first = schedules.claim(store, gone, clock)
    assert first is not None
    again = schedules.claim(store, this_process().owner(), clock)
    assert again is not None
    assert again[1].attempts == 2


def test_a_schedule_that_a_wrong_clock_moved_ahead_does_not_stand_still(tmp_path: Path) -> None:
    from xeroport.clock import ManualClock

    store, clock = Store(tmp_path), ManualClock(NOW)
    schedules.put(
        store, "acme", kind="sync", target="acme", cron="*/5 * * * *", time_zone="UTC", now=NOW
    )

    def runs_now() -> datetime | None:
        owner = this_process().owner()
        claimed = schedules.claim(store, owner, clock)
        if claimed is None:
            return None
        schedules.finish(store, claimed[1], owner=owner, now=clock.now(), status="done")
        return claimed[1].due

    clock.advance(30 * 86_400)
    assert runs_now() is not None
    clock.advance(-30 * 86_400 + 60)
    assert runs_now() is None
    clock.advance(300)
    assert runs_now() == NOW + timedelta(minutes=5)
    clock.advance(30 * 86_400 - 300)
    assert runs_now() is not None, "the moment that was run before comes again"


@dataclass(frozen=True)
class ClaimedAt:
    """The claims of one home, each taken at a Unix time; True for whoever got it."""

    store: Store
    calls: Calls

    def lease(self, at: float) -> bool:
        return leases.take(self.store, "acme", now=datetime.fromtimestamp(at, UTC)) is not None

    def token(self, at: float) -> bool:
        tokens = Tokens(self.calls, self.store.vault, "acme", fingerprint="f")
        return tokens.claim(at) is not None

    def login(self, at: float) -> bool:
        if not logins.all_logins(self.store):
            login = Login("acme", "https://api.xero.com", "https://identity.xero.com", "id")
            logins.put(self.store, login, TokenSet("a", at, "r", at), None, now=at)
        return SavedTokens(self.store, "acme").claim(at) is not None

    def outage(self, at: float) -> bool:
        if outages.current(self.calls, "acme", at) is None:
            outages.failed(self.calls, "acme", at - 30, "no network")
        return outages.take_try(self.calls, "acme", at)

    def batch(self, at: float) -> bool:
        """A batch on its way, claimed a moment after `at` by a container beside."""
        beside = replace(this_process(), space="4026599999").owner()
        with self.store.transaction() as connection:
            is_new = connection.execute(
                "INSERT OR IGNORE INTO batch (id, instance, endpoint, send_by, ids, status, owner, "
                "expires_at, created_at, organisation) VALUES ('b', 'acme', 'contacts.list', "
                "'contacts.create', '{}', 'claimed', ?, ?, ?, 'acme')",
                (beside, at + LEASE_SECONDS, at),
            ).rowcount
        values = {"instance": "acme", "endpoint": "contacts.list", "owner": "us", "now": at}
        return bool(is_new or claims.abandoned(self.store, **values))


@pytest.mark.parametrize("kind", ["lease", "token", "login", "outage", "batch"])
def test_a_claim_holds_against_a_clock_that_was_read_before_it(tmp_path: Path, kind: str) -> None:
    """Two processes read their clocks and wait for their turn to write; the later reader may come
    first. And the clocks of two machines are never the same."""
    store = Store(tmp_path)
    claim = getattr(ClaimedAt(store, Calls(store.home)), kind)
    at = NOW.timestamp()
    assert claim(at)
    assert not claim(at - 0.001)
    assert not claim(at - 30)
    assert claim(at - 30 * 86_400), "of a clock that was a month ahead"
