"""The demo company: the same at every start, quickly made, with some of everything."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from books_world import built

from xeroport.clock import ManualClock
from xeroport_emulator import Emulator
from xeroport_emulator.accounting.reports import report
from xeroport_emulator.data.datasets import fill
from xeroport_emulator.data.demo import write
from xeroport_emulator.data.demo.story import FIRST_DAY, LAST_DAY
from xeroport_emulator.organisation.organisation import Organisation

LATER = {"Employee", "Journal"}
"""Tables that stay empty: employees are a retired resource, journals are not records."""


def written() -> Organisation:
    """A demo company whose two years were written for it."""
    organisation = Organisation(ManualClock(datetime(2026, 11, 5, 7, tzinfo=UTC)))
    write(organisation)
    return organisation


def held(organisation: Organisation) -> Any:
    return (
        {name: list(table) for name, table in organisation.tables.items()},
        {name: table.changes for name, table in organisation.tables.items()},
        organisation.counters,
        organisation.rates,
    )


def test_the_demo_is_the_same_at_every_start() -> None:
    first = held(written())
    assert held(written()) == first
    assert held(built("demo")) == first
    assert held(built("demo")) == first


def test_what_one_demo_is_told_no_other_knows() -> None:
    first = held(written())
    one, other = Emulator("demo"), Emulator("demo")
    for table in one.organisation.tables.values():
        for record in list(table):
            table.remove(record[table.key])
    one.organisation.counters["id"] += 1
    assert held(other.organisation) == held(Emulator("demo").organisation)
    assert held(built("demo")) == first
    one.reset()
    assert held(one.organisation) == held(other.organisation)


def test_demos_that_begin_otherwise_are_others() -> None:
    seeds = [Emulator("demo", seed=seed).organisation.details for seed in (0, 1)]
    assert seeds[0]["OrganisationID"] != seeds[1]["OrganisationID"]
    countries = [Emulator("demo", country=country).organisation for country in ("NZ", "UK")]
    assert [each.base_currency for each in countries] == ["NZD", "GBP"]


def test_the_demo_is_made_in_a_moment() -> None:
    start = time.process_time()
    written()
    assert time.process_time() - start < 3
    start = time.process_time()
    built("demo")
    assert time.process_time() - start < 0.3


def test_the_demo_has_some_of_everything(demo: Organisation) -> None:
    counts = {name: len(table) for name, table in demo.tables.items()}
    assert {name for name, count in counts.items() if not count} == LATER
    kinds = Counter(each["Type"] for each in demo.tables["Invoice"])
    assert 400 <= kinds["ACCREC"] <= 650
    assert 200 <= kinds["ACCPAY"] <= 350
    statuses = {each["Status"] for each in demo.tables["Invoice"]}
    assert {"AUTHORISED", "PAID", "VOIDED", "SUBMITTED"} <= statuses
    assert 55 <= counts["Contact"] <= 70
    assert {each["CurrencyCode"] for each in demo.tables["Invoice"]} == {"NZD", "AUD"}
    assert any(each["AmountPaid"] and each["AmountDue"] for each in demo.tables["Invoice"])
    assert any(each["Prepayments"] for each in demo.tables["Invoice"])
    assert any(each["Overpayments"] for each in demo.tables["Invoice"])
    assert any(each["CreditNotes"] for each in demo.tables["Invoice"])


def test_the_demo_has_what_real_books_have(demo: Organisation) -> None:
    contacts = list(demo.tables["Contact"])
    numbers = [each["ContactNumber"] for each in contacts]
    assert len(set(numbers)) == len(contacts)
    assert any(each.get("AccountNumber") for each in contacts if each["IsCustomer"])
    assert {each["ContactStatus"] for each in contacts} == {"ACTIVE", "ARCHIVED"}
    assert any("&" in each["Name"] and not each["Name"].isascii() for each in contacts)
    assert {each["Status"] for each in demo.tables["Account"]} == {"ACTIVE", "ARCHIVED"}
    assert any(each["IsTrackedAsInventory"] for each in demo.tables["Item"])
    assert len(demo.tables["TrackingCategory"]) == 2
    assert demo.details["PeriodLockDate"] == date(2024, 12, 31)
    (budget,) = demo.tables["Budget"]
    assert len(budget["BudgetLines"]) == 10
    assert all(each["BudgetBalances"] for each in budget["BudgetLines"])
    foreign = [each for each in demo.tables["Invoice"] if each["CurrencyCode"] == "AUD"]
    assert any(each["AmountPaid"] and each["AmountDue"] for each in foreign)
    assert demo.details["EndOfYearLockDate"] == date(2024, 12, 31)
    assert any(each.get("QuantityOnHand") for each in demo.tables["Item"])
    assert {each["Status"] for each in demo.tables["Payment"]} == {"AUTHORISED", "DELETED"}
    assert any("CreditNote" in each for each in demo.tables["Payment"])
    assert {each.get("Status") for each in demo.tables["TaxRate"]} == {"ACTIVE", "DELETED"}
    assert any(each["RemainingCredit"] for each in demo.tables["Overpayment"])
    lines = [line for each in demo.tables["Invoice"] for line in each["LineItems"]]
    assert any(line.get("DiscountAmount") for line in lines)
    assert max(len(line["Tracking"]) for line in lines) == 2
    assert any("RepeatingInvoiceID" in each for each in demo.tables["Invoice"])
    assert any(len(each["Reference"]) > 255 for each in demo.tables["BankTransaction"])
    assert any(each["FromTracking"] for each in demo.tables["BankTransfer"])
    assert {each["Status"] for each in demo.tables["LinkedTransaction"]} >= {"APPROVED", "BILLED"}
    names = {name for each in contacts for name in each}
    assert {"Website", "Discount", "PaymentTerms", "BatchPayments", "TaxNumber"} <= names


def test_some_records_of_the_demo_have_files() -> None:
    emulator = Emulator("demo")
    files = emulator.world.extras.files
    assert len(files) == 11
    for key, (file,) in files.items():
        tables = emulator.organisation.tables.values()
        (record,) = (found for table in tables if (found := table.get(key)) is not None)
        assert record["HasAttachments"] is True
        assert len(file.content) == file.details["ContentLength"]


def test_everything_happened_in_the_two_years(demo: Organisation) -> None:
    first = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
    last = datetime.combine(date(2026, 11, 1), datetime.min.time(), UTC)
    for name, table in demo.tables.items():
        for record in table:
            stamp = record.get("UpdatedDateUTC") or record.get("CreatedDateUTC")
            assert stamp is None or first <= stamp < last, name
            assert record.get("Date") is None or FIRST_DAY <= record["Date"] <= LAST_DAY


def test_the_clock_of_the_organisation_is_its_own_again(demo: Organisation) -> None:
    assert demo.now() == datetime(2026, 11, 3, 9, tzinfo=UTC)


def test_empty_is_a_chart_without_trade() -> None:
    empty = built("empty")
    filled = {name for name, table in empty.tables.items() if len(table)}
    assert filled == {"Account", "BrandingTheme", "Currency", "Organisation", "TaxRate", "User"}
    systems = [
        each["SystemAccount"] for each in empty.tables["Account"] if each.get("SystemAccount")
    ]
    assert len(systems) == len(set(systems))
    assert {"DEBTORS", "CREDITORS", "GST", "ROUNDING", "RETAINEDEARNINGS"} <= set(systems)


def test_a_second_company_is_not_the_first(demo: Organisation) -> None:
    other = Organisation(demo.clock, seed=1)
    fill(other, "demo")
    mine = {each["InvoiceID"] for each in demo.tables["Invoice"]}
    assert not mine & {each["InvoiceID"] for each in other.tables["Invoice"]}


@pytest.mark.parametrize("seed", [0, 1])
def test_a_kept_company_has_the_books_it_had(tmp_path: Path, seed: int) -> None:
    first = Emulator("demo", state=tmp_path / "kept")
    first.save()
    again = Emulator("empty", state=tmp_path / "kept", seed=seed)
    assert len(again.organisation.tables["Organisation"]) == 1
    drawn = [
        report("TrialBalance", each.organisation, {"date": "2026-10-31"})["Reports"][0]["Rows"]
        for each in (first, again)
    ]
    assert drawn[0] == drawn[1]
