"""Jobs that the console starts: live, stoppable, longer than the console, and shown again."""

from __future__ import annotations

import re
import time
from pathlib import Path

import msgspec
import pytest
from console_world import Visitor, add_instance, visiting

from xeroport.errors import InputError, XeroportError
from xeroport.store import instances, runs
from xeroport.store.database import Store
from xeroport.store.outbox.enqueuing import enqueue_all
from xeroport.store.outbox.staging import Draft, Staging
from xeroport_emulator import Emulator


def settled(store: Store, run: int, *, seconds: float = 40.0) -> runs.Run:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = runs.get(store, run)
        if found.status != "running":
            return found
        time.sleep(0.1)
    raise AssertionError(f"run {run} still runs: {runs.get(store, run).progress}")


def test_a_sync_tells_how_far_it_is_and_goes_on_without_the_console(
    tmp_path: Path, xero: tuple[Emulator, str]
) -> None:
    emulator, base_url = xero
    with visiting(tmp_path / "home") as visitor:
        add_instance(visitor, emulator, base_url)
        started = visitor.post("/instances/acme-uk/sync")
        assert started.url.path == "/runs/1"
        again = visitor.post("/instances/acme-uk/sync")
        assert again.url.path == "/runs/1", "a second sync of the same instance was started"
    store = Store(tmp_path / "home")
    run = settled(store, 1)
    assert run.status == "done", run.report
    with visiting(tmp_path / "home") as visitor:
        page = visitor.get("/runs/1").text
        assert ">Done<" in page
        assert "at Xero" in page
        assert "itemCount" in page, "the log keeps the words of the report"
        assert "<code>invoices</code>: full" in page
        assert "invoices" in visitor.get("/instances/acme-uk").text


def test_events_bring_progress_and_end(reader: Visitor) -> None:
    reply = reader.get("/runs/1/events")
    assert reply.headers["content-type"].startswith("text/event-stream")
    lines, first, last = reply.text.strip().split("\n\n")
    assert "event: lines" in lines
    assert first.startswith("event: progress\ndata: ")
    html = msgspec.json.decode(first.split("data: ", 1)[1])["html"]
    assert "invoices" in html
    assert "<script" not in html
    assert last.startswith("event: done")


def test_a_running_job_can_be_stopped_and_gone_on_with(tmp_path: Path) -> None:
    emulator = Emulator("demo", limits="off", seed=5)
    emulator.switches.latency = 0.4
    with emulator.serve() as base_url, visiting(tmp_path / "home") as visitor:
        add_instance(visitor, emulator, base_url)
        visitor.post("/instances/acme-uk/sync")
        assert "Stop</button>" in visitor.get("/runs/1").text
        visitor.post("/runs/1/stop")
        store = Store(tmp_path / "home")
        assert settled(store, 1).status == "interrupted"
        assert "stopped from outside" in visitor.get("/runs/1").text
        emulator.switches.latency = 0.0
        visitor.post("/instances/acme-uk/sync")
        assert settled(store, 2).status == "done"


def test_a_job_that_cannot_begin_says_why(visitor: Visitor) -> None:
    reply = visitor.post("/instances/nobody/sync")
    assert reply.status_code == 404
    assert visitor.app.state.console.work is not None
    work = visitor.app.state.console.work
    with pytest.raises(InputError) as caught:
        work.start("sync", "nobody")
    assert caught.value.message == "there is no instance `nobody`"
    assert caught.value.hint == "see `xeroport instance list`"
    with pytest.raises(InputError) as caught:
        work.launch("fleet", "sync", "--streams", "error: x", "--to")
    assert caught.value.message == "option `--to` requires an argument"


def test_a_command_that_is_killed_before_its_run_says_where_its_words_are(
    visitor: Visitor,
) -> None:
    work = visitor.app.state.console.work
    job = work._begun(("console", "--no-open", "--port", "0"), None)
    job.process.kill()
    with pytest.raises(XeroportError, match="ended with status -9 and said no error") as caught:
        work._await_run(job)
    assert str(job.printed) in (caught.value.hint or "")
    assert job.printed.exists()


def test_a_run_of_a_killed_process_shows_as_lost(visitor: Visitor) -> None:
    store: Store = visitor.app.state.console.store
    run = runs.start(store, "acme-uk", "sync", {})
    with store.transaction() as connection:
        connection.execute(
            "UPDATE run SET process = replace(process, ?, '999999999') WHERE id = ?",
            (str(__import__("os").getpid()), run),
        )
    page = visitor.get(f"/runs/{run}").text
    assert "Lost" in page
    assert "continues from the last commit" in page


def test_the_demo_is_added_in_one_click_and_comes_back(tmp_path: Path) -> None:
    with visiting(tmp_path / "home") as visitor:
        page = visitor.post("/demo").text
        assert "The demo organisation is ready" in page
    store = Store(tmp_path / "home")
    first = instances.get(store, "demo").base_url
    with visiting(tmp_path / "home") as visitor:
        until = time.monotonic() + 20
        while instances.get(store, "demo").base_url == first and time.monotonic() < until:
            time.sleep(0.05)
        assert "Xero gives access to the books" in visitor.post("/instances/demo/check").text
        visitor.post("/instances/demo/remove", confirm="demo")
        assert visitor.app.state.console.demo.emulator is None


def test_a_push_of_a_file_with_xeros_refusals(home: Path, xero: tuple[Emulator, str]) -> None:
    rows = (
        b"Type,InvoiceNumber,Contact.Name,Date,DueDate,LineItems.Description,LineItems.Quantity,"
        b"LineItems.UnitAmount,LineItems.AccountCode\n"
        b"ACCREC,R-1,Someone,2026-11-01,2026-11-30,Advice,1,10.00,200\n"
        b"ACCREC,R-2,Someone,2026-11-01,2026-11-30,Advice,1,10.00,610\n"
    )
    with visiting(home) as visitor:
        page = visitor.upload(
            "/instances/acme-uk/push/upload", "r.csv", rows, endpoint="invoices.create"
        )
        assert "All 2 records are ready" in page.text
        where = page.url.path
        sent = visitor.post(f"{where}/send")
        number = int(sent.url.path.rsplit("/", 1)[1])
        assert settled(Store(home), number).status == "partial"
        results = visitor.get(f"{where}/results").text
        assert "R-1" in results
        assert "Rejected" in results
        assert "610" in results
        outbox = visitor.get("/instances/acme-uk/outbox?status=rejected").text
        assert "R-2" in outbox
        assert "R-1" not in outbox
        delivery = outbox.split('name="delivery" value="')[1].split('"')[0]
        unsaid = visitor.post("/instances/acme-uk/outbox", delivery=delivery, do="discard")
        assert "Say why" in unsaid.text
        done = visitor.post(
            "/instances/acme-uk/outbox", delivery=delivery, do="discard", reason="a mistake"
        )
        assert "1 of 1 are discarded" in done.text
        again = visitor.post("/instances/acme-uk/outbox", delivery=delivery, do="retry")
        assert "Tried again: 1 rejected" in again.text


def test_a_discard_without_a_reason_keeps_the_ticks(home: Path) -> None:
    """What is refused is said beside the ticks, which stay; so does the status that was chosen."""
    store = Store(home)
    staging = Staging(store, file="rows.csv")
    for key in ("A-1", "A-2"):
        staging.add(Draft(key, b"{}", "{}", 1))
    enqueue_all(store, staging, instance="acme-uk", endpoint="contacts.upsert", now=time.time())
    where = "/instances/acme-uk/outbox?status=pending"
    with visiting(home) as visitor:
        first, second = re.findall(r'name="delivery" value="([^"]+)"', visitor.get(where).text)
        refused = visitor.post(where, do="discard", delivery=second, reason=" ")
        assert refused.status_code == 422
        assert "A discarded record needs a reason" in refused.text
        assert f'value="{second}" checked' in refused.text
        assert f'value="{first}" checked' not in refused.text
        assert '<option value="pending" selected>' in refused.text
        assert "Nothing was ticked" in visitor.post(where, do="retry").text
        done = visitor.post(where, do="discard", delivery=second, reason="twice")
        assert "1 of 1 are discarded" in done.text
