"""Kind 3: what the last sync knows has a status, an age, and is looked up before sending."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from field_shell import FieldShell

from xeroport.records.last_sync import Known, KnownTaxRate
from xeroport.records.last_sync_checks import translate_tax_names


def rate(name: str, tax_type: str, status: str = "ACTIVE") -> KnownTaxRate:
    return KnownTaxRate(name, tax_type, status)


@pytest.mark.parametrize("order", [1, -1])
def test_b08_only_active_rates_have_names(order: int) -> None:
    """xeroizer#52, Xero-NetStandard#98, xero-php-oauth2#7."""
    rates = [rate("GST on Sales", "OUTPUT"), rate("GST on Sales", "TAX003", "DELETED")][::order]
    values: dict[str, Any] = {"JournalLines": [{"TaxType": "gst on sales"}]}
    assert translate_tax_names(values, Known(tax_rates=tuple(rates)), "acme") == []
    assert values["JournalLines"][0]["TaxType"] == "OUTPUT"


@pytest.mark.parametrize(
    ("rates", "says"),
    [
        ([rate("GST on Sales", "A1"), rate("gst on sales", "A2")], "is the name of 2 tax rates"),
        ([rate("GST on Sales", "TAX003", "DELETED")], "is deleted in Xero (`TAX003`)"),
        ([rate("Other", "A1")], "the last sync has no tax rate"),
    ],
)
def test_b08_a_name_that_is_not_one_active_rate_is_told(
    rates: list[KnownTaxRate], says: str
) -> None:
    values: dict[str, Any] = {"LineItems": [{"TaxType": "GST on Sales"}]}
    (finding,) = translate_tax_names(values, Known(tax_rates=tuple(rates)), "acme")
    assert says in finding.message
    assert values["LineItems"][0]["TaxType"] == "GST on Sales"


def test_names_may_stand_with_the_per_cent_that_some_regions_write_after_them() -> None:
    values: dict[str, Any] = {"LineItems": [{"TaxType": "Tax on Sales (8.25%)"}]}
    known = Known(tax_rates=(rate("Tax on Sales", "OUTPUT"),))
    assert translate_tax_names(values, known, "acme") == []
    assert values["LineItems"][0]["TaxType"] == "OUTPUT"


def invoice(**line: Any) -> dict[str, Any]:
    head = {"Type": "ACCREC", "InvoiceNumber": "K-1", "Contact": {"Name": "New one"}}
    rest = {"Date": "2026-11-01", "DueDate": "2026-12-01", "Status": "DRAFT"}
    item = {"Description": "W", "Quantity": 1, "UnitAmount": 5, "AccountCode": "200", **line}
    return {**head, **rest, "LineItems": [item]}


def said_of(shell: FieldShell, tmp_path: Path, row: dict[str, Any]) -> str:
    path = tmp_path / "x.json"
    path.write_text(json.dumps([row]))
    result = shell.push("invoices.create", path, "--dry-run")
    assert result.exit_code == 0, result.stderr
    return result.stderr


def test_b17_b19_b22_what_xero_would_refuse_is_said_before_sending(
    shell: FieldShell, tmp_path: Path
) -> None:
    """support.workguru.io 43000570879, Wise Owl, Re-Leased 8000029722 and 19798712166932."""
    contact = shell.put("contacts.create", {"Name": "Gone Ltd"})
    shell.put("contacts.upsert", {"ContactID": contact["ContactID"], "ContactStatus": "ARCHIVED"})
    old = shell.put("accounts.create", {"Code": "298", "Name": "Old", "Type": "REVENUE"})
    change = {"AccountID": old["AccountID"], "Status": "ARCHIVED"}
    shell.put("accounts.update", change, AccountID=old["AccountID"])
    shell.emulator.organisation.tables["Organisation"]
    shell.sync("accounts", "contacts", "tax_rates", "organisation", "currencies", "items")
    said = said_of(shell, tmp_path, invoice(AccountCode="310", TaxType="OUTPUT2"))
    assert "the tax type `OUTPUT2` cannot be used with account `310`" in said
    assert "checked against what was synced into" in said
    assert "ago" in said
    said = said_of(shell, tmp_path, invoice(AccountCode="090"))
    assert "is a bank account, which no line can be posted to" in said
    assert "the account `298` (Old) is archived" in said_of(
        shell, tmp_path, invoice(AccountCode="298")
    )
    said = said_of(
        shell, tmp_path, invoice() | {"Contact": {"Name": "gone  ltd".replace("  ", " ")}}
    )
    assert (
        "the contact `gone ltd` is archived; Xero refuses it (un-archive it in Xero first)" in said
    )
    row = invoice() | {"Contact": {"ContactID": contact["ContactID"]}}
    assert "the contact `Gone Ltd` is archived" in said_of(shell, tmp_path, row)
    row = invoice() | {"CurrencyCode": "USD", "CurrencyRate": 1}
    assert "the rate of USD against NZD is exactly 1" in said_of(shell, tmp_path, row)
    assert "has no item `NOPE`" in said_of(shell, tmp_path, invoice(ItemCode="NOPE"))


def test_negative_quantities_and_totals_are_told(shell: FieldShell, tmp_path: Path) -> None:
    said = said_of(shell, tmp_path, invoice(Quantity=-1))
    assert "the quantity -1 is below zero, which Xero refuses" in said
    assert "the lines come to -5" in said


@pytest.mark.parametrize("kind", ["duckdb", "parquet", "postgres"])
def test_the_destination_of_the_last_sync_is_read(
    shell: FieldShell, tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    """All lists that are there, also those after one that was never synced."""
    elsewhere = f"{kind}:{tmp_path / 'books'}"
    if kind == "postgres":
        elsewhere = request.getfixturevalue("postgres_url")
    shell.ok("sync", "acme", "accounts", "tax_rates", "--to", elsewhere)
    said = said_of(shell, tmp_path, invoice(AccountCode="2OO", TaxType="No such rate"))
    assert "the last sync has no account `2OO` (did you mean `200`?)" in said
    assert "the last sync has no tax rate" in said
    if kind != "postgres":
        assert str(tmp_path / "books") in said


def test_a_tax_name_without_a_sync_says_what_to_do(shell: FieldShell, tmp_path: Path) -> None:
    said = said_of(shell, tmp_path, invoice(TaxType="15% GST on Income"))
    assert "`15% GST on Income` is the name of a tax rate, not a code" in said
    assert "xeroport sync acme tax_rates" in said
