"""Pushes and syncs that depend on accounts and tax, in all four countries: an account `200` is
Sales in three of them and Accounts Payable in the United States."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from field_shell import FieldShell, opened

from xeroport_emulator.data.regions import COUNTRIES, region

SALES = {"NZ": "200", "AU": "200", "UK": "200", "US": "400"}
"""The account of sales."""
RATE_NAMES = {
    "NZ": "15% GST on Income",
    "AU": "GST on Income",
    "UK": "20% (VAT on Income)",
    "US": "Tax on Sales (0%)",
}
"""The tax rate of sales as files name it."""
DATES = {"NZ": "30/11/2026", "AU": "30/11/2026", "UK": "30/11/2026", "US": "11/30/2026"}
"""A day as the country writes it."""
HEADER = (
    "*ContactName,*InvoiceNumber,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount,"
    "Discount,*AccountCode,*TaxType,Currency,BrandingTheme"
)


def sale(code: str, **line: Any) -> dict[str, Any]:
    item = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": code, **line}
    head = {"Type": "ACCREC", "InvoiceNumber": "C-1", "Contact": {"Name": "Wattle & Co"}}
    return {**head, "Date": "2026-11-01", "DueDate": "2026-12-01", "LineItems": [item]}


def written(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "rows.json"
    path.write_text(json.dumps(rows))
    return path


@pytest.mark.parametrize("country", COUNTRIES)
def test_accounts_and_tax_go_through_in_every_country(tmp_path: Path, country: str) -> None:
    here = region(country)
    with opened(tmp_path / "home", "empty", country) as shell:
        shell.sync("accounts", "tax_rates", "organisation", "contacts", "currencies")
        _accounts_landed(shell, country)
        _template_by_the_rates_name(shell, tmp_path, country)
        code, tax_type = SALES[country], here.tax_types["sales"]
        report = shell.pushed(
            "invoices.create", written(tmp_path, sale(code)), "--key", "InvoiceNumber"
        )
        assert report["counts"] == {"sent": 1}, report
        (invoice,) = (e for e in shell.held("Invoice") if e["InvoiceNumber"] == "C-1")
        (line,) = invoice["LineItems"]
        assert line["TaxType"] == tax_type
        assert line["TaxAmount"] == Decimal(100) * here.percent(tax_type) / 100
        _another_countrys_account(shell, tmp_path, country)


def _accounts_landed(shell: FieldShell, country: str) -> None:
    (path,) = shell.home.rglob("*.duckdb")
    with duckdb.connect(str(path), read_only=True) as books:
        names = dict(books.execute("SELECT code, name FROM acme.account").fetchall())
        rates = {row[0] for row in books.execute("SELECT tax_type FROM acme.tax_rate").fetchall()}
    assert names["200"] == ("Accounts Payable" if country == "US" else "Sales")
    assert set(region(country).tax_types.values()) <= rates


def _template_by_the_rates_name(shell: FieldShell, folder: Path, country: str) -> None:
    """A file of Xero's own template, with the country's name of a tax rate and its dates."""
    day, code, name = DATES[country], SALES[country], RATE_NAMES[country]
    path = folder / "template.csv"
    path.write_text(f"{HEADER}\nWattle & Co,T-1,{day},{day},Work,1,100,,{code},{name},,\n")
    dates = "MM/DD/YYYY" if country == "US" else "DD/MM/YYYY"
    report = shell.pushed(
        "invoices.create", path, "--set", "Type=ACCREC", "--dates", dates, "--set",
        "LineAmountTypes=Exclusive",
    )  # fmt: skip
    assert report["counts"] == {"sent": 1}, report
    (invoice,) = (each for each in shell.held("Invoice") if each["InvoiceNumber"] == "T-1")
    assert invoice["LineItems"][0]["TaxType"] == region(country).tax_types["sales"]
    assert str(invoice["Date"]) == "2026-11-30"


def _another_countrys_account(shell: FieldShell, folder: Path, country: str) -> None:
    """The account that is `Sales` elsewhere is refused where it is a control account."""
    row = {**sale("200" if country == "US" else "610"), "InvoiceNumber": "C-2"}
    path = written(folder, row)
    refused = shell.push("invoices.create", path, "--key", "InvoiceNumber")
    assert refused.exit_code == 1
    assert row["LineItems"][0]["AccountCode"] in refused.stderr
    assert not [each for each in shell.held("Invoice") if each["InvoiceNumber"] == "C-2"]
