"""Each record once, whatever is lost, refused or killed on the way."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from push_killing import Field, field
from push_world import KEY, invoice
from xeroport.store import outbox

FAULTS = "drop-before:5%@invoices.create,drop-after:5%@invoices.create,500:2%,503:2%,slow:20ms"


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


def crash(tmp_path: Path, *, count: int, kills: int, batch: int, longest: float) -> Counter[str]:
    dice = random.Random(7)
    file = ndjson(tmp_path / "invoices.ndjson", invoices(count))
    with field(tmp_path, batch=batch) as place:
        for part in FAULTS.split(","):
            place.emulator.faults.plan.extend(_faults(part))
        killed = place.push_and_kill(
            "invoices.create", file, "InvoiceNumber", kills=kills, dice=dice, longest=longest
        )
        struck = Counter({f.kind: f.happened for f in place.emulator.faults.plan})
        assert place.finish("invoices.create", file, "InvoiceNumber") == 0
        check_invoices(place, count)
        struck["killed"] = killed
        return struck


def _faults(text: str) -> list[Any]:
    from xeroport.emulator.faults import parsed_faults

    return parsed_faults(text)


def test_invoices_are_created_once_each(tmp_path: Path) -> None:
    struck = crash(tmp_path, count=400, kills=15, batch=5, longest=0.35)
    assert struck["killed"] >= 10
    print(dict(struck))


@pytest.mark.soak
def test_ten_thousand_invoices_and_two_hundred_kills(tmp_path: Path) -> None:
    struck = crash(tmp_path, count=10_000, kills=220, batch=10, longest=0.8)
    print(dict(struck))
    assert struck["killed"] >= 200
