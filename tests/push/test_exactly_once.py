"""Each record once, whatever is lost, refused or killed on the way."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from push_killing import Field, field
from push_world import KEY, invoice

from xeroport.catalogue import load
from xeroport.store.outbox import outbox
from xeroport_emulator.gateway.faults import parsed_faults

FAULTS = "drop-before:5%,drop-after:5%,500:2%,503:2%"
MORE_FAULTS = "drop-before:10%,drop-after:10%,500:5%,503:5%"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XEROPORT_KEY", KEY)


def ndjson(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    return path


def invoices(count: int) -> list[dict[str, Any]]:
    return [invoice(f"P-{n}", amount=f"{n}.25", Reference=f"ref {n}") for n in range(1, count + 1)]


def check_invoices(place: Field, count: int) -> None:
    held = [
        i for i in place.emulator.organisation.tables["Invoice"] if i["InvoiceNumber"][:2] == "P-"
    ]
    numbers = Counter(each["InvoiceNumber"] for each in held)
    assert len(numbers) == count
    assert set(numbers.values()) == {1}
    for each in held:
        n = int(each["InvoiceNumber"][2:])
        assert each["Total"] == 2 * (n + Decimal("0.25"))
    ids = {each["InvoiceNumber"]: each["InvoiceID"] for each in held}
    found = list(outbox.deliveries(place.store, "acme"))
    assert len(found) == count
    for each in found:
        assert each.status == "sent", each
        assert each.xero_id == ids[each.key]


def crash(
    tmp_path: Path, *, count: int, kills: int, batch: int, longest: float, faults: str
) -> Counter[str]:
    dice = random.Random(7)
    file = ndjson(tmp_path / "invoices.ndjson", invoices(count))
    with field(tmp_path, batch=batch) as place:
        place.trouble(faults, "invoices.create")
        killed = place.push_and_kill(
            "invoices.create", file, "InvoiceNumber", kills=kills, dice=dice, longest=longest
        )
        assert place.finish("invoices.create", file, "InvoiceNumber") == 0
        struck = Counter({f.kind: f.happened for f in place.emulator.faults.plan})
        check_invoices(place, count)
        struck["killed"] = killed
        return struck


def test_invoices_are_created_once_each(tmp_path: Path) -> None:
    struck = crash(tmp_path, count=400, kills=15, batch=4, longest=0.5, faults=MORE_FAULTS)
    print(dict(struck))
    assert struck["killed"] >= 10
    assert struck["drop-after"] >= 1


@pytest.mark.soak
def test_ten_thousand_invoices_and_two_hundred_kills(tmp_path: Path) -> None:
    struck = crash(tmp_path, count=10_000, kills=220, batch=5, longest=0.45, faults=FAULTS)
    print(dict(struck))
    assert struck["killed"] >= 200


def crash_with_poison(tmp_path: Path, *, count: int, kills: int, batch: int, bad: int) -> None:
    """Some records are answered 500 for ever, and replies are lost: the others are there once."""
    dice = random.Random(11)
    rows = invoices(count)
    numbers = {rows[at]["InvoiceNumber"] for at in dice.sample(range(count), bad)}
    for row in rows:
        if row["InvoiceNumber"] in numbers:
            row["Reference"] = "POISON"
    file = ndjson(tmp_path / "invoices.ndjson", rows)
    with field(tmp_path, batch=batch, poison=[b"POISON"]) as place:
        place.trouble("drop-before:5%,drop-after:5%,503:1%", "invoices.create")
        killed = place.push_and_kill(
            "invoices.create", file, "InvoiceNumber", kills=kills, dice=dice, longest=0.45
        )
        assert place.finish("invoices.create", file, "InvoiceNumber") == 1
        table = place.emulator.organisation.tables["Invoice"]
        held = Counter(each["InvoiceNumber"] for each in table)
        good = {row["InvoiceNumber"] for row in rows} - numbers
        assert {name: times for name, times in held.items() if name[:2] == "P-"} == dict.fromkeys(
            good, 1
        )
        states = {each.key: each.status for each in outbox.deliveries(place.store, "acme")}
        assert {key for key, status in states.items() if status == "sent"} == good
        assert {states[key] for key in numbers} <= {"rejected", "unknown"}
        print({"killed": killed, "rejected": sum(s == "rejected" for s in states.values())})


@pytest.mark.soak
def test_ten_thousand_with_poisoned_records_and_two_hundred_kills(tmp_path: Path) -> None:
    crash_with_poison(tmp_path, count=10_000, kills=220, batch=5, bad=20)


DOCUMENTS = ("credit_notes.create", "contacts.create", "bank_transactions.create")
OTHERS = (*DOCUMENTS, "manual_journals.create", "payments.create")
MARKS = {"Contact": "ContactNumber", "CreditNote": "CreditNoteNumber", "ManualJournal": "Narration"}


def other_rows(place: Field, endpoint: str, count: int) -> list[dict[str, Any]]:
    """Records of other types, each with a mark of its own in a field that comes back."""
    organisation = place.emulator.organisation
    accounts = list(organisation.tables["Account"])
    bank = next(each for each in accounts if each.get("Type") == "BANK")
    lines = [{"Description": "x", "Quantity": 1, "UnitAmount": "4.20", "AccountCode": "200"}]
    rows: list[dict[str, Any]] = []
    for n in range(count):
        mark = f"M-{n}"
        rows.append(
            {
                "contacts.create": {"Name": f"Contact {n}", "ContactNumber": mark},
                "credit_notes.create": {
                    "Type": "ACCRECCREDIT",
                    "CreditNoteNumber": mark,
                    "Contact": {"Name": "Bluebell Ltd"},
                    "Date": "2026-11-01",
                    "LineItems": lines,
                },
                "bank_transactions.create": {
                    "Type": "SPEND",
                    "Reference": mark,
                    "Contact": {"Name": "Bluebell Ltd"},
                    "BankAccount": {"AccountID": bank["AccountID"]},
                    "Date": "2026-11-01",
                    "LineItems": lines,
                },
                "manual_journals.create": {
                    "Narration": mark,
                    "Date": "2026-11-01",
                    "Status": "POSTED",
                    "JournalLines": [
                        {"LineAmount": "5", "AccountCode": "200"},
                        {"LineAmount": "-5", "AccountCode": "400"},
                    ],
                },
                "payments.create": {
                    "Invoice": {"InvoiceNumber": "PAY-1"},
                    "Account": {"AccountID": bank["AccountID"]},
                    "Date": "2026-11-01",
                    "Amount": "1.00",
                    "Reference": mark,
                },
            }[endpoint]
        )
    return rows


@pytest.mark.parametrize("endpoint", OTHERS)
def test_other_records_are_never_doubled(tmp_path: Path, endpoint: str) -> None:
    """With a natural key all are sent in the end; without one the doubtful stay `unknown`."""
    dice = random.Random(3)
    with field(tmp_path, batch=3, data="demo") as place:
        if endpoint == "payments.create":
            first = [invoice("PAY-1", amount="5000", Status="AUTHORISED")]
            file = ndjson(tmp_path / "first.ndjson", first)
            assert place.finish("invoices.create", file, "InvoiceNumber") == 0
        rows = other_rows(place, endpoint, 60)
        catalogue = load()
        record = catalogue.record(catalogue.endpoint(endpoint).body_record or "")
        mark = MARKS.get(record.name, "Reference")
        file = ndjson(tmp_path / "rows.ndjson", rows)
        place.trouble(MORE_FAULTS, endpoint)
        place.push_and_kill(endpoint, file, mark, kills=5, dice=dice, longest=0.4, pause=0.4)
        place.emulator.faults.clear()
        status = place.finish(endpoint, file, mark)
        held = Counter(
            str(each.get(mark))
            for each in place.emulator.organisation.tables[record.name]
            if str(each.get(mark)).startswith("M-")
        )
        found = {e.key: e for e in outbox.deliveries(place.store, "acme", endpoint=endpoint)}
        assert set(held.values()) == {1}
        assert len(found) == 60
        for key, each in found.items():
            assert each.status in ("sent", "unknown"), each
            if each.status == "sent":
                assert held[key] == 1
        unknown = [key for key, each in found.items() if each.status == "unknown"]
        if record.natural_keys:
            assert not unknown
        assert status == (1 if unknown else 0)


def test_two_processes_push_the_same_file(tmp_path: Path) -> None:
    file = ndjson(tmp_path / "invoices.ndjson", invoices(300))
    with field(tmp_path, batch=5) as place:
        place.trouble("drop-after:5%", "invoices.create")
        other = place.second()
        for pusher in (place.pushers[0], other):
            pusher.start("invoices.create", file, "InvoiceNumber")
        assert [pusher.end() for pusher in (place.pushers[0], other)] == [0, 0]
        check_invoices(place, 300)


def test_an_interrupted_command_goes_on(tmp_path: Path) -> None:
    """Ctrl-C ends with 130 and leaves everything for the same command to finish. Three calls are
    under way; they keep their places, and the others are free."""
    file = ndjson(tmp_path / "invoices.ndjson", invoices(150))
    with field(tmp_path, batch=50) as place:
        place.emulator.faults.plan.extend(parsed_faults("slow:1500ms"))
        command = [sys.executable, "-m", "xeroport", "push", "acme", "invoices.create", str(file)]
        command += ["--key", "InvoiceNumber", "--home", str(place.home)]
        running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        while not place.emulator.app.counts.get("invoices.create"):
            time.sleep(0.02)
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=30)[1]
        assert running.returncode == 130, said
        assert "Traceback" not in said
        place.emulator.faults.clear()
        assert subprocess.run(command, check=False, capture_output=True).returncode == 0
        check_invoices(place, 150)
