"""`push --hold`, `outbox approve`, `outbox decline` and `outbox undo`, as a person meets them."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from cli_shell import Shell, Xero

ROW = {
    "Type": "ACCREC",
    "Status": "AUTHORISED",
    "Contact": {"Name": "Bluebell Ltd"},
    "Date": "2026-11-01",
    "DueDate": "2026-12-01",
    "CurrencyCode": "NZD",
    "LineItems": [{"Description": "Work", "Quantity": 2, "UnitAmount": 50, "AccountCode": "200"}],
}


def table(folder: Path, *numbers: str) -> str:
    path = folder / "rows.json"
    path.write_text(json.dumps([{**ROW, "InvoiceNumber": number} for number in numbers]))
    return str(path)


def test_a_person_approves_and_undoes(shell: Shell, own_xero: Xero, tmp_path: Path) -> None:
    assert shell.add(own_xero).exit_code == 0
    held = shell.ok("push", "acme", "invoices.create", table(tmp_path, "H-1", "H-2"), "--hold")
    assert (
        "note: nothing was sent: `xeroport outbox approve acme` sends what is held" in held.stderr
    )
    invoices = own_xero.emulator.organisation.tables["Invoice"]
    assert len(list(invoices)) == 0

    refused = shell.run("outbox", "approve", "acme")
    assert refused.exit_code == 2
    assert "approves 2 and creates 2 records, 200.00 NZD" in refused.stderr
    assert "hint: confirm it with `--yes`" in refused.stderr
    assert len(list(invoices)) == 0

    shell.ok("outbox", "decline", "acme", "H-2", "--as", "Ida Roe", "--reason", "twice")
    done = shell.ok("outbox", "approve", "acme", "--as", "Ida Roe", "--yes")
    assert "H-1" in done.stdout
    (kept,) = list(invoices)
    assert kept["InvoiceNumber"] == "H-1"
    notes = own_xero.emulator.world.extras.notes[str(kept["InvoiceID"])]
    assert any("Approved by Ida Roe" in str(note.get("Details")) for note in notes)

    run = next(each for each in shell.data("runs") if "approved" in each["arguments"]["source"])
    shown = shell.ok("outbox", "undo", str(run["id"]), "--dry-run")
    assert "void" in shown.stdout
    assert shell.run("outbox", "undo", str(run["id"])).exit_code == 2
    shell.ok("outbox", "undo", str(run["id"]), "--yes")
    assert next(iter(invoices))["Status"] == "VOIDED"


def test_what_a_killed_approval_was_sending_is_sent_by_a_retry(
    shell: Shell, own_xero: Xero, tmp_path: Path
) -> None:
    assert shell.add(own_xero).exit_code == 0
    shell.ok("push", "acme", "invoices.create", table(tmp_path, "K-1"), "--hold")
    own_xero.emulator.faults.add("slow", seconds=4, times=1, endpoint="invoices.create")
    words = ("outbox", "approve", "acme", "--as", "Ida Roe", "--yes", "--home", str(shell.home))
    with subprocess.Popen([sys.executable, "-m", "xeroport", *words], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as approval:  # fmt: skip
        while statuses(shell) != ["claimed"]:
            assert approval.poll() is None
            time.sleep(0.02)
        approval.kill()
    assert statuses(shell) == ["claimed"]
    done = shell.ok("outbox", "retry", "acme")
    assert "K-1" in done.stdout
    assert statuses(shell) == ["sent"]
    assert len(list(own_xero.emulator.organisation.tables["Invoice"])) == 1


def statuses(shell: Shell) -> list[str]:
    with closing(sqlite3.connect(shell.home / "xeroport.sqlite")) as store:
        return [status for (status,) in store.execute("SELECT status FROM delivery")]


def test_words_for_what_is_not_there(shell: Shell, own_xero: Xero) -> None:
    assert shell.add(own_xero).exit_code == 0
    assert "no proposal is waiting" in shell.ok("outbox", "approve", "acme").stderr
    missing = shell.run("outbox", "undo", "99")
    assert (missing.exit_code, "there is no run `99`" in missing.stderr) == (2, True)
    unknown = shell.run("outbox", "approve", "acme", "X-1")
    assert unknown.exit_code == 2
    assert "the outbox has no delivery `X-1`" in unknown.stderr


def test_removing_says_what_stays(shell: Shell, own_xero: Xero, tmp_path: Path) -> None:
    assert shell.add(own_xero).exit_code == 0
    path = table(tmp_path, "R-1")
    shell.ok("push", "acme", "invoices.create", path, "--yes")
    gone = shell.ok("instance", "remove", "acme", "--confirm", "acme")
    assert "kept: the keys of 1 record sent to its organisation" in gone.stderr
    assert shell.add(own_xero, "again").exit_code == 0
    data = shell.data("push", "again", "invoices.create", path, "--yes")
    assert (data["counts"], data["calls"]) == ({"sent": 1}, 0)
    assert len(list(own_xero.emulator.organisation.tables["Invoice"])) == 1
