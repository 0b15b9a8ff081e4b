"""A push as a whole: outcomes, changes, guard rails, limits, reports, the command line."""

from __future__ import annotations

import asyncio
import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from push_world import KEY, World, add_instance, invoice

import xeroport
from xeroport.catalogue import load
from xeroport.cli import main
from xeroport.errors import DayLimitReached, InputError
from xeroport.jobs.push.checked import Guard
from xeroport.jobs.push.report import PushReport
from xeroport.jobs.push.resend import resend
from xeroport.records import targets
from xeroport.store import runs
from xeroport.store.database import Store
from xeroport.store.outbox import outbox
from xeroport_emulator import Emulator


def test_bad_records_are_rejected_in_xeros_words_and_the_good_ones_are_in(
    world: World, tmp_path: Path
) -> None:
    assert world.push("invoices.create", [invoice("TAKEN")], key="InvoiceNumber").ok
    rows = [invoice(f"A-{n}") for n in range(4)]
    rows[1]["LineItems"][0]["AccountCode"] = "610"
    rows[2]["InvoiceNumber"] = "TAKEN"
    out = tmp_path / "out.csv"
    report = world.push(
        "invoices.create", [{**row, "no": n} for n, row in enumerate(rows)], key="no", out=out
    )
    assert report.exit_status == 1
    assert report.counts == {"sent": 2, "rejected": 2}
    by_key = {each.key: each for each in report.results}
    assert "610" in by_key["1"].messages[0]
    assert by_key["2"].messages == ("Invoice # must be unique.",)
    assert (by_key["0"].xero_number, by_key["3"].xero_number) == ("A-0", "A-3")
    assert by_key["1"].line == 2
    assert len({each.batch for each in report.results}) == 1
    assert {each["InvoiceNumber"] for each in world.held("Invoice")} == {"TAKEN", "A-0", "A-3"}
    written = list(csv.DictReader(out.open()))
    assert [each["status"] for each in written] == ["sent", "rejected", "rejected", "sent"]
    assert runs.recent(world.store)[0].status == "partial"


def test_lines_are_those_of_the_file_at_hand(world: World) -> None:
    bad = invoice("A-1")
    bad["LineItems"][0]["AccountCode"] = "610"
    assert world.push("invoices.create", [bad], key="InvoiceNumber").results[0].line == 1
    again = world.push("invoices.create", [invoice("A-0"), bad], key="InvoiceNumber")
    assert [(each.line, each.status) for each in again.results] == [(1, "sent"), (2, "rejected")]


def test_a_mended_record_goes_again_and_only_it(world: World) -> None:
    rows = [invoice("A-1"), invoice("A-2")]
    rows[1]["LineItems"][0]["AccountCode"] = "610"
    assert world.push("invoices.create", rows, key="InvoiceNumber").counts["rejected"] == 1
    again = world.push("invoices.create", rows, key="InvoiceNumber")
    assert (again.calls, again.counts) == (0, {"sent": 1, "rejected": 1})
    rows[1]["LineItems"][0]["AccountCode"] = "200"
    mended = world.push("invoices.create", rows, key="InvoiceNumber")
    assert (mended.new, mended.already, mended.counts) == (1, 1, {"sent": 2})
    assert len(world.held("Invoice")) == 2


def test_retry_sends_what_was_rejected_once_its_cause_is_gone(world: World) -> None:
    row = {**invoice("A-1"), "CurrencyCode": "EUR"}
    assert world.push("invoices.create", [row], key="InvoiceNumber").exit_status == 1
    world.push("currencies.create", [{"Code": "EUR", "Description": "Euro"}])
    found = list(outbox.deliveries(world.store, "acme", status=["rejected"]))
    done = asyncio.run(resend(world.store, "acme", found))
    assert [each.status for each in done.results] == ["sent"]


def test_a_changed_record_is_a_conflict_unless_update(world: World) -> None:
    assert world.push("invoices.create", [invoice("A-1")], key="InvoiceNumber").ok
    changed = [invoice("A-1", Reference="new")]
    report = world.push("invoices.create", changed, key="InvoiceNumber")
    assert (report.exit_status, report.conflicts) == (2, 1)
    assert "Reference" not in world.held("Invoice")[0] or not world.held("Invoice")[0]["Reference"]
    first = world.held("Invoice")[0]["InvoiceID"]
    update = world.push("invoices.create", changed, key="InvoiceNumber", update=True)
    assert (update.revised, update.ok) == (1, True)
    (held,) = world.held("Invoice")
    assert (held["InvoiceID"], held["Reference"]) == (first, "new")


def test_a_payment_cannot_be_changed(world: World) -> None:
    assert world.push(
        "accounts.create",
        [{"Code": "1", "Name": "Bank", "Type": "BANK", "BankAccountNumber": "12-3456-7890123-00"}],
    ).ok
    assert world.push(
        "invoices.create", [invoice("A-1", Status="AUTHORISED")], key="InvoiceNumber"
    ).ok
    row = {
        "Invoice": {"InvoiceNumber": "A-1"},
        "Account": {"Code": "1"},
        "Date": "2026-11-02",
        "Amount": "1",
        "no": 1,
    }
    assert world.push("payments.create", [row], key="no").ok
    with pytest.raises(InputError, match="cannot be changed"):
        world.push("payments.create", [{**row, "Amount": "2"}], key="no", update=True)


def test_effects_need_agreement(world: World) -> None:
    rows = [invoice("A-1", Status="AUTHORISED")]
    by_hand = Guard(agreed=False)
    with pytest.raises(InputError, match="approves 1 record"):
        world.push("invoices.create", rows, key="InvoiceNumber", guard=by_hand)
    assert not list(outbox.deliveries(world.store, "acme"))
    asked: list[str] = []
    world.push(
        "invoices.create",
        rows,
        key="InvoiceNumber",
        guard=by_hand,
        agree=lambda question: not asked.append(question),
    )
    assert asked == ["This approves 1 record in Xero. Continue?"]
    again = world.push("invoices.create", rows, key="InvoiceNumber", guard=by_hand)
    assert (again.exit_status, again.already) == (0, 1)
    void = [{"InvoiceID": world.held("Invoice")[0]["InvoiceID"], "Status": "VOIDED"}]
    with pytest.raises(InputError, match="voids 1 record"):
        world.push("invoices.update", void, guard=by_hand)
    assert world.push("invoices.update", void).ok
    assert world.held("Invoice")[0]["Status"] == "VOIDED"


def test_limits_stop_a_runaway_file(world: World) -> None:
    rows = [invoice(f"A-{n}", amount="100") for n in range(3)]
    with pytest.raises(InputError, match="3 records, more than `--max 2`"):
        world.push("invoices.create", rows, key="InvoiceNumber", guard=Guard(most_records=2))
    amount = Guard(most_amount=Decimal(599))
    with pytest.raises(InputError, match="come to 600"):
        world.push("invoices.create", rows, key="InvoiceNumber", guard=amount)
    assert not world.held("Invoice")


def test_the_day_limit_keeps_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XEROPORT_KEY", KEY)
    world = World(tmp_path / "home", limits="day=2", concurrency=1)
    rows = [invoice(f"A-{n}") for n in range(150)]
    report = world.push("invoices.create", rows, key="InvoiceNumber")
    assert isinstance(report.stopped, DayLimitReached)
    assert report.exit_status == 4
    assert report.counts == {"sent": 100, "pending": 50}
    world.clock.advance(86_400 + 3600)
    again = world.push("invoices.create", rows, key="InvoiceNumber")
    assert again.counts == {"sent": 150}
    assert len(world.held("Invoice")) == 150


def test_one_poisonous_record_does_not_hold_up_its_batch(world: World) -> None:
    """Xero refuses a call as a whole: it goes again in halves, until the culprit is alone."""
    rows = [invoice(f"A-{n}") for n in range(8)]
    world.emulator.world.organisation  # noqa: B018
    real = world.transport

    import httpx2

    class Picky(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            if b'"A-5"' in request.content:
                body = b'{"ErrorNumber":14,"Type":"PostDataInvalidException","Message":"no"}'
                return httpx2.Response(400, stream=httpx2.ByteStream(body))
            return await real.handle_async_request(request)

    world.transport = Picky()
    report = world.push("invoices.create", rows, key="InvoiceNumber")
    assert report.counts == {"sent": 7, "rejected": 1}
    assert next(e.key for e in report.results if e.status == "rejected") == "A-5"
    assert len(world.held("Invoice")) == 7


def test_a_dry_run_shows_the_requests_and_changes_nothing(world: World) -> None:
    rows = [invoice(f"A-{n}") for n in range(120)]
    report = world.push("invoices.create", rows, key="InvoiceNumber", dry_run=True)
    assert report.plan is not None
    assert (report.plan.calls, report.plan.records) == (3, 120)
    shown = report.plan.requests[0]
    assert shown.path == "/api.xro/2.0/Invoices?summarizeErrors=false&unitdp=4"
    assert len(json.loads(shown.body)["Invoices"]) == 50
    assert not world.held("Invoice")
    assert not list(outbox.deliveries(world.store, "acme"))


def test_what_the_last_sync_did_not_see_is_a_warning(world: World) -> None:
    from xeroport.jobs.sync.run import sync_instance

    asyncio.run(sync_instance(world.store, "acme", streams=["accounts"]))
    row = invoice("A-1")
    row["LineItems"][0]["AccountCode"] = "201"
    report = world.push("invoices.create", [row], key="InvoiceNumber", dry_run=True)
    assert report.warnings == 1
    assert report.problems[0].message == "the last sync has no account `201`"
    assert any("checked against what was synced into" in note for note in report.notes)
    assert report.ok


async def _pushed_in_a_loop(home: Path, folder: Path) -> PushReport:
    """The same record through a map, where an event loop runs already."""
    fields = {"InvoiceNumber": "no", "Type": "'ACCREC'", "LineAmountTypes": "'NoTax'"}
    fields |= {"Contact.Name": "'Bluebell Ltd'", "Date": "'2026-11-01'", "DueDate": "'2026-12-01'"}
    fields |= {f"LineItems.{name}": f"line.{name}" for name in invoice("x")["LineItems"][0]}
    row = {"no": "A-1", "line": invoice("x")["LineItems"][0]}
    return xeroport.push(
        "acme",
        "invoices.create",
        [row],
        key="InvoiceNumber",
        layout={"fields": fields},
        ignored=["x"],
        out=str(folder / "out.csv"),
        home=home,
    )


def test_python_and_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XEROPORT_KEY", KEY)
    home = tmp_path / "home"
    emulator = Emulator("empty", limits="off")
    with emulator.serve() as url:
        store = Store(home)
        add_instance(store, emulator, url)
        store.close()
        report = xeroport.push(
            "acme", "invoices.create", [invoice("A-1")], key="InvoiceNumber", home=home
        )
        assert report.counts == {"sent": 1}
        in_notebook = asyncio.run(_pushed_in_a_loop(home, tmp_path))
        assert (in_notebook.counts, in_notebook.already) == ({"sent": 1}, 1)
        assert "A-1" in (tmp_path / "out.csv").read_text()
        bad = invoice("A-2")
        bad["LineItems"][0]["AccountCode"] = "610"
        text = json.dumps([invoice("A-1"), bad])
        given = ["push", "acme", "invoices.create", "-", "--key", "InvoiceNumber", "--json"]
        ran = CliRunner().invoke(main, [*given, "--home", str(home)], input=text)
        assert ran.exit_code == 1
        assert json.loads(ran.stdout)["counts"] == {"sent": 1, "rejected": 1}
        assert "standard input:2: rejected: A-2" in ran.stderr  # the second record of its line
        listed = CliRunner().invoke(
            main, ["outbox", "acme", "--status", "rejected", "--json", "--home", str(home)]
        )
        assert [each["key"] for each in json.loads(listed.stdout)] == ["A-2"]
        named = ["discard", "acme", "A-2", "--reason", "test", "--home", str(home)]
        assert CliRunner().invoke(main, ["outbox", *named]).exit_code == 0
        counted = CliRunner().invoke(main, ["outbox", "acme", "--json", "--home", str(home)])
        assert json.loads(counted.stdout)["invoices.create"] == {"discarded": 1, "sent": 1}
        retried = CliRunner().invoke(main, ["outbox", "retry", "acme", "A-2", "--home", str(home)])
        assert retried.exit_code == 1
    assert len(emulator.organisation.tables["Invoice"]) == 1


def test_a_payment_is_deleted_by_its_place_in_xero() -> None:
    """`payments.delete` needs no `--key`: the path names the payment."""
    endpoint = load().endpoint("payments.delete")
    assert targets.default_key(endpoint, None) == ("PaymentID",)


def test_an_endpoint_that_xero_switches_off_is_told_and_then_refused(world: World) -> None:
    row = {"Contact": {"Name": "A"}, "User": {"UserID": "0" * 32}, "Date": "2026-11-01", "no": 1}
    row["LineItems"] = invoice("x")["LineItems"]
    report = world.push("receipts.create", [row], key="no", dry_run=True)
    assert report.notes == ("Xero switches off `receipts.create` on 2027-02-01",)
    world.clock.advance(100 * 86_400)
    with pytest.raises(InputError, match="switched off `receipts"):
        world.push("receipts.create", [row], key="no")
