"""What depends on accounts and tax, in each country that custom connections exist in.

Sources: the regions of Xero's help pages and `Xero-OpenAPI`; 200 is *Accounts Payable* in the
United States, and *Sales* elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
from field_shell import FieldShell, opened

from xeroport_emulator.data.regions import region

HEADER = (
    "*ContactName,EmailAddress,POAddressLine1,{zip},*InvoiceNumber,*InvoiceDate,*DueDate,"
    "*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType,Currency"
)


class Country(NamedTuple):
    """How one country's files look: accounts and names of tax rates for sales and purchases."""

    code: str
    income: str
    expense: str
    sales_tax: tuple[str, str]
    purchase_tax: tuple[str, str]
    rate: Decimal
    day: str
    currency: str


COUNTRIES = (
    Country("NZ", "200", "429", ("15% GST on Income", "OUTPUT2"),
            ("15% GST on Expenses", "INPUT2"), Decimal(15), "20/11/2026", "NZD"),
    Country("AU", "200", "429", ("GST on Income", "OUTPUT"), ("GST on Expenses", "INPUT"),
            Decimal(10), "20/11/2026", "AUD"),
    Country("UK", "200", "429", ("20% (VAT on Income)", "OUTPUT2"),
            ("20% (VAT on Expenses)", "INPUT2"), Decimal(20), "20/11/2026", "GBP"),
    Country("US", "400", "500", ("Tax on Sales", "OUTPUT"), ("Tax on Purchases", "INPUT"),
            Decimal(0), "11/20/2026", "USD"),
)  # fmt: skip


@pytest.fixture(scope="module", params=COUNTRIES, ids=lambda country: country.code)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Country, FieldShell]]:
    """A country and an organisation of it, its settings synced."""
    country: Country = request.param
    home = tmp_path_factory.mktemp(country.code)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEYRING", "off")
        patch.delenv("XEROPORT_KEY", raising=False)
        with opened(home, "empty", country=country.code) as shell:
            shell.sync("accounts", "tax_rates", "contacts", "organisation", "currencies")
            yield country, shell


def template(country: Country, path: Path, number: str, *, account: str, tax: str) -> Path:
    """The import template of a country, with one document of 2 × 100."""
    header = HEADER.format(zip="POZipCode" if country.code == "US" else "POPostalCode")
    row = (
        f"Tern Ltd,,1 Kiln Row,90210,{number},{country.day},{country.day},Work,2,100.00,"
        f"{account},{tax},{country.currency}"
    )
    path.write_text(f"{header}\n{row}\n", encoding="utf-8")
    return path


def posting(country: Country, kind: str) -> tuple[str, tuple[str, str]]:
    """The account that lines of an invoice or a bill go to, and its tax by name and type."""
    if kind == "ACCREC":
        return country.income, country.sales_tax
    return country.expense, country.purchase_tax


def found(shell: FieldShell, number: str) -> dict[str, Any]:
    (invoice,) = (each for each in shell.held("Invoice") if each["InvoiceNumber"] == number)
    return invoice


@pytest.mark.parametrize("kind", ["ACCREC", "ACCPAY"])
def test_the_template_becomes_an_invoice_with_the_tax_of_its_country(
    place: tuple[Country, FieldShell], tmp_path: Path, kind: str
) -> None:
    country, shell = place
    account, (name, tax_type) = posting(country, kind)
    number = f"T-{kind}"
    path = template(country, tmp_path / "in.csv", number, account=account, tax=name)
    told = shell.push("invoices.create", path, "--set", f"Type={kind}")
    assert told.exit_code == 0, told.stderr
    invoice = found(shell, number)
    assert invoice["Type"] == kind
    (line,) = invoice["LineItems"]
    assert (line["AccountCode"], line["TaxType"]) == (account, tax_type)
    assert invoice["Total"] == 200 + 2 * country.rate
    assert (invoice["TotalTax"], invoice["CurrencyCode"]) == (2 * country.rate, country.currency)
    assert str(invoice["Date"])[:10] == "2026-11-20"


def test_what_was_pushed_is_synced_as_it_is(
    place: tuple[Country, FieldShell], tmp_path: Path
) -> None:
    country, shell = place
    name, tax_type = country.sales_tax
    path = template(country, tmp_path / "in.csv", "S-1", account=country.income, tax=name)
    shell.pushed("invoices.create", path, "--set", "Type=ACCREC")
    shell.sync("invoices", "accounts", "tax_rates")
    with duckdb.connect(str(shell.home / "books.duckdb"), read_only=True) as connection:
        row = connection.execute(
            "SELECT i.total, i.total_tax, i.currency_code, l.account_code, l.tax_type, r.name, "
            "r.effective_rate, a.type FROM acme.invoice AS i "
            "JOIN acme.invoice_line_item AS l USING (invoice_id) "
            "JOIN acme.tax_rate AS r ON r.tax_type = l.tax_type "
            "JOIN acme.account AS a ON a.code = l.account_code WHERE i.invoice_number = 'S-1'"
        ).fetchone()
        rejected = connection.execute("SELECT count(*) FROM acme._rejects").fetchone()
    assert row == (
        200 + 2 * country.rate,
        2 * country.rate,
        country.currency,
        country.income,
        tax_type,
        name,
        country.rate,
        "REVENUE",
    )
    assert rejected == (0,)


def test_200_is_sales_in_most_countries_only(
    place: tuple[Country, FieldShell], tmp_path: Path
) -> None:
    country, shell = place
    name, _ = country.sales_tax
    path = template(country, tmp_path / "in.csv", "A-200", account="200", tax=name)
    told = shell.push("invoices.create", path, "--set", "Type=ACCREC", "--dry-run")
    assert told.exit_code == 0, told.stderr
    is_payable = "`200` (Accounts Payable)" in told.stderr
    assert is_payable == (country.code == "US"), told.stderr
    assert ("a control account" in told.stderr) == is_payable


SHORT = (
    "*ContactName,*InvoiceNumber,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount,"
    "Discount,*AccountCode,*TaxType,Currency,BrandingTheme"
)


def sale(folder: Path, number: str, code: str) -> Path:
    """An invoice of 100 without a tax rate, as JSON."""
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": code}
    head = {"Type": "ACCREC", "InvoiceNumber": number, "Contact": {"Name": "Wattle & Co"}}
    days = {"Date": "2026-11-01", "DueDate": "2026-12-01"}
    path = folder / "rows.json"
    path.write_text(json.dumps([{**head, **days, "LineItems": [line]}]))
    return path


def test_accounts_and_rates_of_the_country_land(place: tuple[Country, FieldShell]) -> None:
    country, shell = place
    with duckdb.connect(str(shell.home / "books.duckdb"), read_only=True) as books:
        names = dict(books.execute("SELECT code, name FROM acme.account").fetchall())
        rates = {row[0] for row in books.execute("SELECT tax_type FROM acme.tax_rate").fetchall()}
    assert names["200"] == ("Accounts Payable" if country.code == "US" else "Sales")
    assert set(region(country.code).tax_types.values()) <= rates


def test_a_line_without_a_rate_has_that_of_its_account(
    place: tuple[Country, FieldShell], tmp_path: Path
) -> None:
    country, shell = place
    path = sale(tmp_path, "C-1", country.income)
    report = shell.pushed("invoices.create", path, "--key", "InvoiceNumber")
    assert report["counts"] == {"sent": 1}, report
    (line,) = found(shell, "C-1")["LineItems"]
    assert (line["TaxType"], line["TaxAmount"]) == (country.sales_tax[1], country.rate)


def test_a_template_with_few_columns_and_dates_that_are_said(
    place: tuple[Country, FieldShell], tmp_path: Path
) -> None:
    """The rate is named with its percentage where the country's pages show one."""
    country, shell = place
    is_us = country.code == "US"
    day, dates = ("11/30/2026", "MM/DD/YYYY") if is_us else ("30/11/2026", "DD/MM/YYYY")
    name = "Tax on Sales (0%)" if is_us else country.sales_tax[0]
    path = tmp_path / "short.csv"
    row = f"Wattle & Co,T-1,{day},{day},Work,1,100,,{country.income},{name},,"
    path.write_text(f"{SHORT}\n{row}\n")
    report = shell.pushed(
        "invoices.create", path, "--set", "Type=ACCREC", "--dates", dates, "--set",
        "LineAmountTypes=Exclusive",
    )  # fmt: skip
    assert report["counts"] == {"sent": 1}, report
    invoice = found(shell, "T-1")
    assert invoice["LineItems"][0]["TaxType"] == country.sales_tax[1]
    assert str(invoice["Date"]) == "2026-11-30"


def test_a_control_account_of_the_country_takes_no_line(
    place: tuple[Country, FieldShell], tmp_path: Path
) -> None:
    """`200` is `Sales` elsewhere."""
    country, shell = place
    code = "200" if country.code == "US" else "610"
    refused = shell.push("invoices.create", sale(tmp_path, "C-2", code), "--key", "InvoiceNumber")
    assert refused.exit_code == 1
    assert code in refused.stderr
    assert not [each for each in shell.held("Invoice") if each["InvoiceNumber"] == "C-2"]


def test_a_journal_with_tax_rates_and_no_basis_is_told(
    place: tuple[Country, FieldShell], tmp_path: Path
) -> None:
    country, shell = place
    path = tmp_path / "in.csv"
    path.write_text(
        "*Narration,*Date,*AccountCode,*TaxRate,*Amount\n"
        f"Loss,{country.day},{country.income},{country.sales_tax[0]},-100\n"
        f"Loss,{country.day},{country.expense},{country.purchase_tax[0]},100\n"
    )
    told = shell.push("manual_journals.create", path)
    assert told.exit_code == 1
    assert "without `LineAmountTypes` a journal has no tax" in told.stderr
    tax_type = country.sales_tax[1]
    assert f"no line has the `TaxType` `{tax_type}` in Xero" in told.stdout + told.stderr


def test_a_tax_type_of_the_other_side_is_told_where_the_country_tells_them_apart(
    place: tuple[Country, FieldShell], tmp_path: Path
) -> None:
    country, shell = place
    name, tax_type = country.purchase_tax
    path = template(country, tmp_path / "in.csv", "X-1", account=country.income, tax=name)
    told = shell.push("invoices.create", path, "--set", "Type=ACCREC", "--dry-run")
    is_told = f"`{tax_type}`" in told.stderr and "cannot be used" in told.stderr
    assert is_told == (country.code != "US"), told.stderr


@pytest.mark.parametrize("endpoint", ["credit_notes.create", "manual_journals.create"])
def test_other_documents_take_the_tax_of_their_country(
    place: tuple[Country, FieldShell], tmp_path: Path, endpoint: str
) -> None:
    country, shell = place
    name, tax_type = country.sales_tax
    path = tmp_path / "in.csv"
    if endpoint == "credit_notes.create":
        path.write_text(
            "Type,CreditNoteNumber,Contact.Name,Date,LineItems.Description,LineItems.Quantity,"
            "LineItems.UnitAmount,LineItems.AccountCode,LineItems.TaxType\n"
            f"ACCRECCREDIT,C-1,Tern Ltd,2026-11-20,Back,1,100,{country.income},{name}\n"
        )
        told = shell.push(endpoint, path)
        record, total = "CreditNote", 100 + country.rate
    else:
        path.write_text(
            "*Narration,*Date,Description,*AccountCode,*TaxRate,*Amount\n"
            f"Accrual,{country.day},a,{country.income},{name},-100\n"
            f"Accrual,{country.day},b,{country.expense},{country.purchase_tax[0]},100\n"
        )
        told = shell.push(endpoint, path, "--set", "LineAmountTypes=Exclusive")
        record, total = "ManualJournal", None
    assert told.exit_code == 0, told.stderr
    made = next(each for each in shell.held(record) if each.get("Narration") != "Loss")
    lines = made["LineItems" if record == "CreditNote" else "JournalLines"]
    assert tax_type in {line["TaxType"] for line in lines}
    if total is not None:
        assert made["Total"] == total


@pytest.mark.parametrize("kind", ["ACCREC", "ACCPAY"])
def test_b02_sales_or_bills_is_what_the_accounts_of_the_country_say(
    place: tuple[Country, FieldShell], tmp_path: Path, kind: str
) -> None:
    country, shell = place
    account, (name, tax_type) = posting(country, kind)
    path = template(country, tmp_path / "in.csv", f"K-{kind}", account=account, tax=name)
    header, row = path.read_text().splitlines()
    named = dict(zip(header.split(","), row.split(","), strict=True))
    short = {n: v for n, v in named.items() if n.startswith("*")}
    path.write_text(f"{','.join(short)}\n{','.join(short.values())}\n")
    (body,) = shell.bodies("invoices.create", path)
    assert (body["Type"], body["LineItems"][0]["TaxType"]) == (kind, tax_type)


def test_b03_amounts_that_only_fit_with_tax_stop_the_push(
    place: tuple[Country, FieldShell], tmp_path: Path
) -> None:
    country, shell = place
    whole = 100 + country.rate
    path = tmp_path / "in.csv"
    path.write_text(
        "*ContactName,*InvoiceNumber,*InvoiceDate,*DueDate,Total,*Description,*Quantity,"
        "*UnitAmount,*AccountCode,*TaxType,TaxAmount\n"
        f"Oake Deli,I-1,{country.day},{country.day},{whole},Hamper,1,{whole},{country.income},"
        f"{country.sales_tax[0]},{country.rate}\n"
    )
    told = shell.push("invoices.create", path, "--set", "Type=ACCREC")
    if country.rate:
        assert told.exit_code == 2
        assert f"`TaxAmount` is {country.rate} of {whole} in line 2" in told.stderr
        more = ("--set", "Type=ACCREC", "--set", "LineAmountTypes=Inclusive")
        assert shell.push("invoices.create", path, *more).exit_code == 0
    else:
        assert told.exit_code == 0, told.stderr
    assert found(shell, "I-1")["Total"] == whole


def test_b08_a_rate_of_that_name_that_was_deleted_is_told(
    place: tuple[Country, FieldShell], tmp_path: Path
) -> None:
    country, shell = place
    name = f"Levy of {country.code}"
    levy = shell.put(
        "tax_rates.create", {"Name": name, "TaxComponents": [{"Name": name, "Rate": 2}]}
    )
    shell.put("tax_rates.upsert", {**levy, "Status": "DELETED"})
    shell.sync("tax_rates")
    path = template(country, tmp_path / "in.csv", "D-1", account=country.income, tax=name)
    told = shell.push("invoices.create", path, "--set", "Type=ACCREC", "--dry-run")
    assert told.exit_code == 2
    assert f"`{name}` is deleted in Xero (`{levy['TaxType']}`)" in told.stderr
