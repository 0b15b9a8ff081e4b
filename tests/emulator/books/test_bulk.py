"""A bulk organisation: as many invoices as asked for, consistent though no rule made it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from books_world import Record, built

from xeroport.catalogue import load
from xeroport.catalogue.model import RecordType
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.rules.apply import apply

CENT = Decimal("0.01")


@pytest.mark.parametrize("count", [0, 1, 7, 250])
def test_there_are_as_many_invoices_as_asked_for(count: int) -> None:
    assert len(built(count).tables["Invoice"]) == count


def test_the_same_number_is_the_same_organisation(bulk: Organisation) -> None:
    again = built(2000)
    for name, table in bulk.tables.items():
        assert list(table) == list(again.tables[name]), name


def test_lines_add_up_to_totals(bulk: Organisation) -> None:
    for kind in ("Invoice", "CreditNote", "BankTransaction", "Quote", "PurchaseOrder"):
        for each in bulk.tables[kind]:
            if each.get("Type", "").endswith("TRANSFER"):
                continue
            net = sum(line["LineAmount"] for line in each["LineItems"])
            tax = sum(line["TaxAmount"] for line in each["LineItems"])
            assert (each["SubTotal"], each["TotalTax"]) == (net, tax)
            assert each["Total"] == net + tax
            for line in each["LineItems"]:
                assert line["LineAmount"] == line["Quantity"] * line["UnitAmount"]
                rate = {"OUTPUT2": 15, "INPUT2": 15, "ZERORATED": 0}[line["TaxType"]]
                expected = (line["LineAmount"] * rate / 100).quantize(CENT, ROUND_HALF_UP)
                assert line["TaxAmount"] == expected


def test_amounts_and_statuses_follow_from_what_was_paid(bulk: Organisation) -> None:
    seen = set()
    for each in bulk.tables["Invoice"]:
        assert each["AmountDue"] + each["AmountPaid"] + each["AmountCredited"] == each["Total"]
        paid = bulk.tables["Payment"].find("Invoice.InvoiceID", each["InvoiceID"])
        assert sum((p["Amount"] for p in paid), Decimal(0)) == each["AmountPaid"]
        assert (each["Status"] == "PAID") == (each["AmountDue"] == 0)
        assert ("FullyPaidOnDate" in each) == (each["Status"] == "PAID")
        seen.add((each["Type"], each["Status"]))
    assert {("ACCREC", s) for s in ("PAID", "AUTHORISED", "VOIDED", "DELETED", "DRAFT")} <= seen


def test_every_reference_leads_somewhere(bulk: Organisation) -> None:
    tables = bulk.tables
    for name in ("Invoice", "CreditNote", "BankTransaction", "Quote", "PurchaseOrder"):
        for each in tables[name]:
            if "Contact" in each:
                assert tables["Contact"].get(each["Contact"]["ContactID"]) is not None
            for line in each["LineItems"]:
                account = tables["Account"].get(line["AccountID"])
                assert account is not None
                assert account["Code"] == line["AccountCode"]
    for payment in tables["Payment"]:
        assert tables["Invoice"].get(payment["Invoice"]["InvoiceID"]) is not None
        assert tables["Account"].get(payment["Account"]["AccountID"]) is not None


def test_keys_and_numbers_are_unique(bulk: Organisation) -> None:
    keys = [each[table.key] for table in bulk.tables.values() for each in table]
    assert len(keys) == len(set(keys))
    lines = [
        line["LineItemID"]
        for name in ("Invoice", "CreditNote", "BankTransaction")
        for each in bulk.tables[name]
        for line in each["LineItems"]
    ]
    assert len(lines) == len(set(lines))
    names = [each["Name"] for each in bulk.tables["Contact"]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("data", ["demo", "bulk"])
def test_records_have_only_fields_of_their_type(request: pytest.FixtureRequest, data: str) -> None:
    organisation: Organisation = request.getfixturevalue(data)
    for name, table in organisation.tables.items():
        for each in list(table)[:200]:
            for problem in _strange(load().record(name), each, name):
                raise AssertionError(problem)


def _strange(kind: RecordType, record: Record, where: str) -> Iterator[str]:
    fields = kind.by_name
    for name, value in record.items():
        if name.startswith("_"):
            continue
        if name not in fields:
            yield f"{where}.{name}"
            continue
        of = fields[name].of
        nested: list[Any] = value if isinstance(value, list) else [value]
        for each in nested:
            if isinstance(each, dict) and of:
                yield from _strange(load().record(of), each, f"{where}.{name}")


def test_a_made_up_write_meets_the_bulk_organisation_as_any_other() -> None:
    organisation = built(50)
    for each in list(organisation.tables["Invoice"]):
        if each["Status"] != "AUTHORISED" or each["Payments"] or each["CurrencyCode"] != "NZD":
            continue
        outcome = apply(
            organisation,
            load().endpoint("payments.create"),
            {
                "Invoice": {"InvoiceID": each["InvoiceID"]},
                "Account": {"Code": "090"},
                "Amount": each["AmountDue"],
            },
            {},
        )
        assert outcome.ok, outcome
        paid = organisation.tables["Invoice"].get(each["InvoiceID"])
        assert paid is not None
        assert paid["Status"] == "PAID"


MEASURED = """
import json, resource, time
from xeroport.clock import ManualClock
from xeroport_emulator.data.datasets import fill
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.accounting.reports import report
organisation = Organisation(ManualClock())
start = time.monotonic()
fill(organisation, 100_000)
filled = time.monotonic() - start
start = time.monotonic()
report("TrialBalance", organisation, {})
first = time.monotonic() - start
start = time.monotonic()
report("ProfitAndLoss", organisation, {"fromDate": "2026-01-01", "toDate": "2026-10-31"})
print(json.dumps({
    "filled": filled, "first": first, "next": time.monotonic() - start,
    "count": len(organisation.tables["Invoice"]),
    "bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
}))
"""


@pytest.mark.soak
def test_a_hundred_thousand_invoices_are_ready_in_time() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURED], capture_output=True, check=True, timeout=200
    )
    found = json.loads(done.stdout)
    assert found["count"] == 100_000
    assert found["filled"] < 15
    assert found["first"] < 15
    assert found["next"] < 1
    assert found["bytes"] < 1.5e9
