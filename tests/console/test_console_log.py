"""One run's log: the same whether the console, a terminal, a schedule, a flow or a fleet ran it."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from console_world import Visitor, visiting

from xeroport import log_file, logs
from xeroport.errors import InputError
from xeroport.jobs import run_log
from xeroport.jobs.schedule.job_kinds import all_runners
from xeroport.jobs.schedule.scheduler import RunEnding
from xeroport.secrets.vault import Secret
from xeroport.store import instances, runs, schedules
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport_emulator import Emulator

ROWS = """Type,InvoiceNumber,Contact.Name,Date,DueDate,LineItems.Description,LineItems.Quantity,LineItems.UnitAmount,LineItems.AccountCode
ACCREC,L-1,Someone,2026-11-01,2026-11-30,Advice,1,10.00,200
ACCREC,L-2,Someone,2026-11-01,2026-11-30,Advice,1,10.00,610
"""  # noqa: E501


def xeroport(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command as a person types it."""
    return subprocess.run(
        [sys.executable, "-m", "xeroport", "--home", str(home), *words],
        capture_output=True, text=True, check=False,
        env={**os.environ, "XEROPORT_KEYRING": "off"},
    )  # fmt: skip


def texts(store: Store, run: int) -> list[str]:
    return [each.text for each in runs.lines(store, run)]


@contextmanager
def small(home: Path) -> Iterator[tuple[Store, Emulator]]:
    """A home with one instance of an organisation of a few records."""
    emulator = Emulator(20, limits="off", seed=3)
    with emulator.serve() as base_url:
        store = Store(home)
        instance = Instance(
            name="acme",
            base_url=base_url,
            identity_url=base_url,
            client_id=emulator.client_id,
            rate_limit=6000,
        )
        instances.add(store, instance, Secret(emulator.client_secret))
        yield store, emulator


def test_what_a_terminal_started_has_its_log_in_the_console(tmp_path: Path) -> None:
    with small(tmp_path / "home") as (store, emulator):
        (tmp_path / "rows.csv").write_text(ROWS)
        assert xeroport(store.home, "sync", "acme", "contacts", "journals").returncode == 1
        pushed = xeroport(store.home, "push", "acme", "invoices.create", str(tmp_path / "rows.csv"))
        assert pushed.returncode == 1, pushed.stderr
        with visiting(store.home) as visitor:
            synced, sent = visitor.get("/runs/1").text, visitor.get("/runs/2").text
        planted = emulator.client_secret
    for page in (synced, sent):
        assert "<h2>Log <" in page
        assert planted not in page
    assert "<code>contacts</code>: full, " in synced
    assert "not allowed: needs <code>accounting.journals.read</code>" in synced
    assert "partial: " in synced
    assert "line 3: <code>L-2</code> is rejected: " in sent
    assert "1 rejected, 1 sent" in sent
    file = (store.home / logs.FILE_NAME).read_text()
    assert "run 1: `contacts`: full" in file
    assert "1 rejected, 1 sent; " in file
    shown = xeroport(store.home, "--json", "runs", "show", "2")
    assert "L-2" in msgspec.json.decode(shown.stdout)["lines"][-2]["text"]


def test_schedules_and_flows_have_their_logs_too(tmp_path: Path) -> None:
    with small(tmp_path / "home") as (store, _):
        now = datetime.now(UTC)
        schedule = schedules.put(
            store, "acme", kind="sync", target="acme", cron="0 2 * * *", time_zone="UTC",
            now=now, arguments={"streams": ["accounts"]},
        )  # fmt: skip
        ended = asyncio.run(_due(store, schedule, now))
        assert texts(store, ended.run or 0)[-1].startswith("done: ")
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "a.csv").write_text("name\nRiver Ltd\n")
        flow = tmp_path / "people.toml"
        flow.write_text(
            'key = "name"\n[source]\nfiles = "in/*.csv"\n[fields]\nName = "name"\n'
            '[target]\ninstance = "acme"\nendpoint = "contacts.upsert"\n'
        )
        assert xeroport(store.home, "flow", "add", str(flow)).returncode == 0
        ran = xeroport(store.home, "flow", "run", "people")
        assert ran.returncode == 0, ran.stderr
        said = texts(store, 2)
    assert "step 1: 1 sent" in said
    assert said[-1] == "done: 1 matched, 1 new, 1 read"


async def _due(store: Store, schedule: schedules.Schedule, due: datetime) -> RunEnding:
    return await all_runners(store)["sync"](schedule, due)


def test_a_run_that_fails_says_why_and_how_to_mend_it(tmp_path: Path) -> None:
    with small(tmp_path / "home") as (store, _):
        wrong = replace(instances.get(store, "acme"), name="wrong")
        instances.add(store, wrong, Secret("planted-Wrong-4711"))
        assert xeroport(store.home, "sync", "wrong").returncode == 3
        said = texts(store, 1)
    assert any(each.startswith("error: ") for each in said)
    assert any(each.startswith("hint: ") for each in said)
    assert not any("planted" in each for each in said)


def test_lines_of_runs_side_by_side_are_kept_apart(tmp_path: Path) -> None:
    store = Store(tmp_path)

    async def one(number: int) -> int:
        with run_log.opened(store, "acme", "sync", {}) as run:
            for each in range(5):
                run_log.say(f"{number}.{each}")
                logging.getLogger("xeroport.xero").warning("from within %d", number)
                await asyncio.sleep(0)
            await asyncio.to_thread(run_log.say, f"{number} in a thread")
        return run.id

    async def both() -> list[int]:
        return await asyncio.gather(one(1), one(2), one(3))

    for number, run in enumerate(asyncio.run(both()), start=1):
        wanted = [x for e in range(5) for x in (f"{number}.{e}", f"warning: from within {number}")]
        assert texts(store, run) == [*wanted, f"{number} in a thread"]
    run_log.say("outside of any run")
    assert len(texts(store, 3)) == 11
    assert len([h for h in run_log.ROOT.handlers if isinstance(h, run_log.ToOpenRun)]) == 1


def test_no_line_is_lost_while_runs_begin_and_end_beside_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    is_over = threading.Event()

    def begin_and_end() -> None:
        while not is_over.is_set():
            with run_log.opened(store, "other", "sync", {}):
                pass

    beside = threading.Thread(target=begin_and_end)
    beside.start()
    try:
        with run_log.opened(store, "acme", "sync", {}) as run:
            for number in range(300):
                run_log.say(f"line {number}")
    finally:
        is_over.set()
        beside.join()
    assert texts(store, run.id) == [f"line {number}" for number in range(300)]


def test_a_log_file_set_up_anew_takes_nothing_from_a_run_under_way(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with run_log.opened(store, "acme", "sync", {}) as run:
        log_file.set_up(tmp_path / "elsewhere")
        run_log.say("still here")
    assert texts(store, run.id) == ["still here"]


def test_a_log_is_bounded_in_length_and_in_age(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_log, "MAX_LINES", 3)
    monkeypatch.setattr(run_log, "RUNS_WITH_LINES", 2)
    store = Store(tmp_path)
    for _ in range(4):
        with run_log.opened(store, "acme", "push", {}):
            for number in range(9):
                run_log.say(f"{number}" * 5_000)
    kept = [len(texts(store, run)) for run in (1, 2, 3, 4)]
    assert kept == [0, 0, 4, 4]
    assert [each[:2] for each in texts(store, 4)] == ["00", "11", "22", "mo"]
    assert max(map(len, texts(store, 4))) == run_log.MAX_LENGTH
    assert runs.get(store, 1).job == "push"


def test_no_secret_gets_into_a_log(tmp_path: Path) -> None:
    store = Store(tmp_path)
    logs.hide("planted-Hidden-1")

    def fail() -> None:
        with run_log.opened(store, "acme", "sync", {}):
            run_log.say("client_secret=planted-Form-2 and Bearer planted.Token-3333")
            logging.getLogger("xeroport.xero").warning("sent planted-Hidden-1\nnext line")
            raise InputError("planted-Hidden-1 is wrong", hint="not planted-Hidden-1")

    with pytest.raises(InputError):
        fail()
    said = " ".join(texts(store, 1))
    assert said.count("hint: ") == 1
    assert "planted" not in said
    assert "********" in said
    assert "\n" not in said


def test_a_store_that_is_busy_fails_no_job(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with run_log.opened(store, "acme", "sync", {}) as run:
        with store.transaction():
            run_log.say("inside a transaction of the job's own")
        run_log.say("after it")
    assert "after it" in texts(store, run.id)


def test_live_lines_follow_and_a_browser_that_comes_back_gets_the_rest(visitor: Visitor) -> None:
    store: Store = visitor.app.state.console.store
    with run_log.opened(store, "acme", "sync", {}) as run:
        for word in ("first", "second", "<b>third</b>"):
            run_log.say(word)
        run.end("done", {})

    def lines(reply: str) -> list[str]:
        events = [each for each in reply.strip().split("\n\n") if "event: lines" in each]
        assert len(events) < 2
        return events

    (whole,) = lines(visitor.get(f"/runs/{run.id}/events").text)
    assert whole.startswith("id: 3\nevent: lines\n")
    assert all(word in whole for word in ("first", "second", "&lt;b&gt;third"))
    (rest,) = lines(visitor.get(f"/runs/{run.id}/events?after=2").text)
    assert "first" not in rest
    assert "third" in rest
    again = visitor.get(f"/runs/{run.id}/events?after=1", headers={"last-event-id": "3"}).text
    assert lines(again) == []
