"""A dry run shows exactly the calls that the push then makes."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner
from push_world import KEY, World, add_instance, invoice

from xeroport.cli import main
from xeroport.errors import InputError
from xeroport.jobs.push.dry_run import plan_of, requests
from xeroport.jobs.push.report import SampleRequest
from xeroport.store.database import Store
from xeroport.store.outbox import outbox
from xeroport.store.outbox.enqueuing import DueRecord
from xeroport_emulator import Emulator


class Recorder(httpx2.AsyncBaseTransport):
    """Notes the writes that go through, or breaks them off."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, *, cut_after: int | None = None) -> None:
        self.inner = inner
        self.cut_after = cut_after
        self.seen: list[tuple[str, str, bytes]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method in ("PUT", "POST") and "/connect/" not in request.url.path:
            if self.cut_after is not None and len(self.seen) >= self.cut_after:
                raise httpx2.ConnectError("down", request=request)
            self.seen.append((request.method, str(request.url.raw_path, "ascii"), request.content))
        return await self.inner.handle_async_request(request)


def dry(world: World, rows: list[dict[str, Any]], out: Path, **more: Any) -> list[tuple[Any, ...]]:
    """The calls that a dry run writes down: method, path, body."""
    report = world.push("invoices.create", rows, key="InvoiceNumber", dry_run=True, out=out, **more)
    assert report.plan is not None
    found = [(c["method"], c["path"], c["body"].encode()) for c in csv.DictReader(out.open())]
    assert len(found) == report.plan.calls
    return found


def test_what_is_shown_is_what_is_sent(world: World, tmp_path: Path) -> None:
    """New records, some left from before, and changes of some that Xero has."""
    out = tmp_path / "calls.csv"
    old = [invoice(f"O-{n}") for n in range(3)]
    assert world.push("invoices.create", old, key="InvoiceNumber").ok
    through, world.transport = world.transport, Recorder(world.transport, cut_after=0)
    left = [invoice(f"L-{n}") for n in range(70)]
    assert world.push("invoices.create", left, key="InvoiceNumber").counts == {"pending": 70}
    world.transport = recorder = Recorder(through)
    changed = [{**row, "Reference": "new"} for row in old]
    rows = [changed[0], *(invoice(f"N-{n}") for n in range(45)), *changed[1:], *left]
    shown = dry(world, rows, out, update=True)
    assert not recorder.seen
    report = world.push("invoices.create", rows, key="InvoiceNumber", update=True)
    assert report.ok, report.results
    assert sorted(recorder.seen) == sorted(shown)
    assert [method for method, _, _ in shown] == ["PUT", "PUT", "PUT", "POST"]


def test_a_terminal_sees_some_a_pipe_and_json_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XEROPORT_KEY", KEY)
    home, file, out = tmp_path / "home", tmp_path / "in.json", tmp_path / "calls.csv"
    store = Store(home)
    add_instance(store, Emulator("empty"), "http://localhost:9", rate_limit=10)
    store.close()
    file.write_text(
        json.dumps(
            [{"Code": f"{n}", "Name": f"{{calls}} {n}", "Type": "EXPENSE"} for n in range(25)]
        )
    )
    words = ["push", "acme", "accounts.create", str(file), "--dry-run", "--home", str(home)]
    text = CliRunner().invoke(main, words)
    assert text.exit_code == 0
    assert text.stdout.count("PUT /api.xro/2.0/Accounts") == 25
    assert re.search(r"^calls +25$", text.stdout, re.MULTILINE)
    assert "minutes at least  2" in text.stdout
    found = json.loads(CliRunner().invoke(main, [*words, "--json"]).stdout)
    assert [json.loads(c["body"])["Code"] for c in found["plan"]["requests"]] == [
        str(n) for n in range(25)
    ]
    assert (found["plan"]["calls"], found["plan"]["minutes"]) == (25, 2)
    monkeypatch.setattr("xeroport.cli.commands.push._is_terminal", lambda: True)
    seen = CliRunner().invoke(main, [*words, "--out", str(out)]).stdout
    assert seen.count("PUT ") == 20
    assert "… and 5 more calls" in seen
    assert len(list(csv.DictReader(out.open()))) == 25


def test_a_dry_run_holds_few_calls_in_memory() -> None:
    due = (
        DueRecord("invoices.create", "{}", b'{"Reference":"%s"}' % (b"x" * 2_000), 50)
        for _ in range(100_000)
    )
    from xeroport.catalogue import load

    load()
    tracemalloc.start()
    plan = plan_of(requests(due), day_remaining=10, minute_limit=60, out=None, show=lambda _: None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (plan.calls, plan.records, plan.fits_today) == (2_000, 100_000, False)
    assert len(plan.requests) == 20
    assert peak < 10_000_000


def test_a_change_that_xero_has_no_way_for_shows_in_the_dry_run(world: World) -> None:
    """A note has no id, so that a change of it would be a second note."""
    assert world.push("contacts.create", [{"Name": "A"}]).ok
    note = {"ContactID": world.held("Contact")[0]["ContactID"], "Details": "one", "no": 1}
    assert world.push("contacts.history.add", [note], key="no").ok
    for is_dry in (True, False):
        with pytest.raises(InputError, match="cannot be changed there"):
            world.push(
                "contacts.history.add",
                [{**note, "Details": "two"}],
                key="no",
                update=True,
                dry_run=is_dry,
            )


def test_a_file_that_changed_is_attached_again(world: World, tmp_path: Path) -> None:
    assert world.push("contacts.create", [{"Name": "A"}]).ok
    owner = world.held("Contact")[0]["ContactID"]
    file = tmp_path / "files" / owner / "a.txt"
    file.parent.mkdir(parents=True)
    for text in ("one", "two"):
        file.write_text(text)
        report = world.push("contacts.attachments.add", tmp_path / "files", update=text == "two")
        assert report.counts == {"sent": 1}
    (delivery,) = outbox.deliveries(world.store, "acme", endpoint="contacts.attachments.add")
    assert json.loads(delivery.body)["size"] == 3
    assert report.revised == 1


def test_requests_of_one_record_stand_alone() -> None:

    due = [
        DueRecord("payments.delete", f'{{"PaymentID":"{n}"}}', b'{"Status":"DELETED"}', 50)
        for n in ("0" * 8 + "-0000-0000-0000-" + "0" * 12, "1" * 8 + "-1111-1111-1111-" + "1" * 12)
    ]
    found = list(requests(due))
    assert [type(each) for each in found] == [SampleRequest, SampleRequest]
    assert [each.path[-13:] for each in found] == ["-000000000000", "-111111111111"]


def test_the_preview_is_of_what_would_be_sent(world: World) -> None:
    """Twice the same record is one, and what Xero has already is none."""
    draft = invoice("A-1") | {"Status": "DRAFT", "CurrencyCode": "NZD"}
    approved = invoice("A-2") | {"Status": "AUTHORISED", "CurrencyCode": "NZD"}
    rows = [draft, approved, draft]
    seen = []
    for _ in range(2):
        report = world.push("invoices.create", rows, key="InvoiceNumber", dry_run=True)
        assert report.plan is not None
        seen.append(report.plan.preview)
        assert world.push("invoices.create", [draft], key="InvoiceNumber").ok
    before, after = seen
    assert before is not None
    assert after is not None
    assert (before.statuses, before.effects) == ({"DRAFT": 1, "AUTHORISED": 1}, {"approve": 1})
    assert (after.statuses, after.effects) == ({"AUTHORISED": 1}, {"approve": 1})
    assert before.amounts["NZD"] == 2 * after.amounts["NZD"]


def test_checking_a_file_loads_nothing_that_sends_or_queries(world: World, tmp_path: Path) -> None:
    """HTTP and DuckDB take a fifth of a second and twenty megabytes."""
    file = tmp_path / "invoices.csv"
    file.write_text("InvoiceNumber,Type,Contact.Name,LineItems.Description\nA-1,ACCREC,Ann,Work\n")
    code = (
        "import sys\n"
        "import xeroport\n"
        "report = xeroport.push(*sys.argv[1:4], dry_run=True, home=sys.argv[4])\n"
        "print(report.plan.records, sorted({'httpx2', 'duckdb', 'cryptography'} & {*sys.modules}))"
    )
    arguments = ("acme", "invoices.create", str(file), str(world.store.home))
    said = subprocess.check_output([sys.executable, "-c", code, *arguments], text=True)
    assert said.strip() == "1 []"
