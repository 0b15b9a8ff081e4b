"""`sync`, `push`, `flow` and `fleet` from Python: what failed is raised, not only returned."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from tests.api.conftest import Xero, home_for

import xeroport

CONTACTS = [{"Name": "Alpha Ltd"}, {"Name": "Beta Ltd"}]


def test_a_sync_gives_its_report(own_xero: Xero, tmp_path: Path) -> None:
    home = home_for(tmp_path, own_xero)
    report = xeroport.sync("acme", streams=["organisation"], home=home)
    assert report.ok
    assert report.streams[0].status == "done"
    assert len(repr(report)) < 150, repr(report)


def test_a_sync_with_a_failed_stream_raises_unless_asked_not_to(
    own_xero: Xero, tmp_path: Path
) -> None:
    home = home_for(tmp_path, own_xero)
    names = ["journals", "accounts"]
    with pytest.raises(xeroport.Incomplete, match=r"1 stream of 2 .* `journals`:") as raised:
        xeroport.sync("acme", streams=names, home=home)
    statuses = {stream.stream: stream.status for stream in raised.value.report.streams}
    assert statuses == {"journals": "not_allowed", "accounts": "done"}
    report = xeroport.sync("acme", streams=names, home=home, check=False)
    assert (report.ok, report.exit_status) == (False, 1)
    with pytest.raises(xeroport.NotAuthorised, match="journals") as refused:
        xeroport.sync("acme", streams="journals", home=home)
    assert refused.value.missing_scope == "accounting.journals.read"
    own_xero.emulator.faults.add("429-day")
    with pytest.raises(xeroport.DayLimitReached) as stopped:
        xeroport.sync("acme", streams=names, home=home)
    assert stopped.value.resets_at is not None
    assert stopped.value.report.status == "stopped"


def test_a_push_with_bad_rows_raises_with_the_problems(own_xero: Xero, tmp_path: Path) -> None:
    home = home_for(tmp_path, own_xero)
    rows = [{"Name": "Alpha Ltd"}, {"Name": "Beta Ltd", "EmialAddress": "x"}]
    with pytest.raises(xeroport.InvalidRows, match="nothing was sent") as raised:
        xeroport.push("acme", "contacts.create", rows, key="Name", home=home)
    assert raised.value.problems
    assert raised.value.report.sent_nothing
    assert "EmialAddress" in str(raised.value)
    report = xeroport.push("acme", "contacts.create", rows, key="Name", home=home, check=False)
    assert report.sent_nothing
    assert not report.ok


def test_a_push_of_which_xero_refused_a_part_raises(own_xero: Xero, tmp_path: Path) -> None:
    home = home_for(tmp_path, own_xero)
    assert xeroport.push("acme", "contacts.create", CONTACTS, key="Name", home=home).ok
    invoice = {
        "Type": "ACCREC",
        "InvoiceNumber": "A-1",
        "Contact": {"Name": "Alpha Ltd"},
        "Date": "2026-11-01",
        "DueDate": "2026-12-01",
        "LineItems": [{"Description": "x", "Quantity": 1, "UnitAmount": 1, "AccountCode": "610"}],
    }
    with pytest.raises(xeroport.Incomplete, match="1 rejected") as raised:
        xeroport.push("acme", "invoices.create", [invoice], key="InvoiceNumber", home=home)
    assert raised.value.report.results[0].messages
    assert raised.value.exit_status == 1


def test_wrong_names_raise(own_xero: Xero, tmp_path: Path) -> None:
    home = home_for(tmp_path, own_xero)
    with pytest.raises(xeroport.UnknownName, match="instance"):
        xeroport.sync("acne", home=home)
    with pytest.raises(xeroport.UnknownName, match="stream"):
        xeroport.sync("acme", streams=["invoice"], home=home)
    with pytest.raises(xeroport.UnknownName, match="endpoint"):
        xeroport.push("acme", "contacts.crate", CONTACTS, key="Name", home=home)
    with pytest.raises(xeroport.UnknownName, match="flow"):
        xeroport.flow("nightly", home=home)
    with pytest.raises(xeroport.UnknownName, match="instance"):
        xeroport.fleet("uk-*", to=f"parquet:{tmp_path}/lake", home=home)


def test_the_async_twins(own_xero: Xero, tmp_path: Path) -> None:
    home = home_for(tmp_path, own_xero)

    async def work() -> None:
        pushed = await xeroport.push_async(
            "acme", "contacts.create", CONTACTS, key="Name", home=home
        )
        assert pushed.counts == {"sent": 2}
        synced = await xeroport.sync_async("acme", streams="contacts", home=home)
        assert synced.records == 2
        with pytest.raises(xeroport.InvalidRows):
            await xeroport.push_async("acme", "contacts.create", [{"Nmae": "x"}], home=home)

    asyncio.run(work())


def test_a_fleet_gives_its_report_or_raises(own_xero: Xero, tmp_path: Path) -> None:
    home = home_for(tmp_path / "home", own_xero)
    lake = f"parquet:{tmp_path}/lake"
    report = xeroport.fleet(to=lake, streams=["organisation"], workers=1, home=home)
    assert (report.done, report.ok) == (1, True)
    own_xero.emulator.identity.client_secret = "changed"
    with pytest.raises(xeroport.AccessError, match=r"`acme`: .*client id and secret") as raised:
        xeroport.fleet(to=lake, streams=["organisation"], workers=1, home=home)
    assert list(raised.value.report.failing) == ["acme"]


def test_a_script_that_calls_a_fleet_runs_once(own_xero: Xero, tmp_path: Path) -> None:
    """Its workers are processes, and need nothing of the script: no `if __name__ == …` in it."""
    home = home_for(tmp_path / "home", own_xero)
    script = tmp_path / "nightly.py"
    script.write_text(
        "import xeroport\n"
        "print('begun')\n"
        f"report = xeroport.fleet(to='parquet:{tmp_path}/lake', streams='organisation', workers=1,"
        f" home={str(home)!r})\n"
        "print(report.done, report.ok)\n"
    )
    ran = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=120
    )
    assert (ran.stdout, ran.returncode) == ("begun\n1 True\n", 0), ran.stderr
