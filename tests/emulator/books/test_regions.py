"""Organisations of the four countries: their charts, tax rates, settings and words of reports."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from xeroport.catalogue import load
from xeroport.clock import ManualClock
from xeroport_emulator import Emulator
from xeroport_emulator.accounting.books import books_of
from xeroport_emulator.accounting.reports import published, report
from xeroport_emulator.data.regions import COUNTRIES, region
from xeroport_emulator.organisation import scheme
from xeroport_emulator.rules.apply import apply

Record = dict[str, Any]


def emulated(country: str, data: Any = "empty") -> Emulator:
    return Emulator(data, country=country, clock=ManualClock(), limits="off")


@pytest.mark.parametrize(
    ("country", "code", "currency", "year_end", "basis", "zone"),
    [
        ("NZ", "NZ", "NZD", (31, 3), "PAYMENTS", "NEWZEALANDSTANDARDTIME"),
        ("AU", "AU", "AUD", (30, 6), "ACCRUALS", "AUSEASTERNSTANDARDTIME"),
        ("UK", "GB", "GBP", (31, 3), "ACCRUAL", "GMTSTANDARDTIME"),
        ("US", "US", "USD", (31, 12), "ACCRUALS", "EASTERNSTANDARDTIME"),
    ],
)
def test_the_organisation_of_a_country(
    country: str, code: str, currency: str, year_end: tuple[int, int], basis: str, zone: str
) -> None:
    details = emulated(country).organisation.details
    assert (details["Version"], details["CountryCode"]) == (country, code)
    assert details["BaseCurrency"] == currency
    assert (details["FinancialYearEndDay"], details["FinancialYearEndMonth"]) == year_end
    assert (details["SalesTaxBasis"], details["Timezone"]) == (basis, zone)
    assert details["TaxNumberName"]


@pytest.mark.parametrize("country", COUNTRIES)
def test_charts_and_rates_hang_together(country: str) -> None:
    organisation = emulated(country).organisation
    rates = {each["TaxType"] for each in organisation.tables["TaxRate"]}
    accounts = list(organisation.tables["Account"])
    for key in ("Code", "Name"):
        repeated = [name for name, count in Counter(a[key] for a in accounts).items() if count > 1]
        assert repeated == []
    assert {each["TaxType"] for each in accounts} <= rates
    systems = {each.get("SystemAccount") for each in accounts}
    assert {"DEBTORS", "CREDITORS", "GST", "ROUNDING", "RETAINEDEARNINGS"} <= systems
    assert all(each["ReportingCode"] and each["ReportingCodeName"] for each in accounts)
    here = region(country)
    codes = {each["Code"] for each in accounts}
    assert set(here.account_codes.values()) - codes <= {"101", "102", "103"}
    assert {here.tax_types[use] for use in ("sales", "purchases", "none", "exports")} <= rates


def test_the_same_code_is_another_account_elsewhere() -> None:
    names = {}
    for country in COUNTRIES:
        table = emulated(country).organisation.tables["Account"]
        found = {code: table.first("Code", code) or {} for code in ("200", "820")}
        names[country] = {code: account["Name"] for code, account in found.items()}
    assert names["NZ"] == {"200": "Sales", "820": "GST"}
    assert names["AU"] == {"200": "Sales", "820": "GST"}
    assert names["UK"] == {"200": "Sales", "820": "VAT"}
    assert names["US"] == {"200": "Accounts Payable", "820": "Realized Currency Gains"}


@pytest.mark.parametrize(
    ("country", "tax_type", "name", "percent"),
    [
        ("NZ", "OUTPUT2", "15% GST on Income", "15"),
        ("AU", "OUTPUT", "GST on Income", "10"),
        ("UK", "OUTPUT2", "20% (VAT on Income)", "20"),
        ("UK", "RRINPUT", "5% (VAT on Expenses)", "5"),
        ("US", "OUTPUT", "Tax on Sales", "0"),
    ],
)
def test_tax_rates(country: str, tax_type: str, name: str, percent: str) -> None:
    rate = emulated(country).organisation.tables["TaxRate"].get(tax_type) or {}
    assert (rate["Name"], rate["EffectiveRate"]) == (name, Decimal(percent))


def test_new_zealands_flags_are_xeros() -> None:
    rates = emulated("NZ").organisation.tables["TaxRate"]

    def flags(tax_type: str) -> str:
        rate = rates.get(tax_type) or {}
        sides = ("Assets", "Equity", "Expenses", "Liabilities", "Revenue")
        return "".join("t" if rate[f"CanApplyTo{side}"] else "f" for side in sides)

    assert flags("INPUT2") == "ttttf"
    assert flags("OUTPUT2") == "ttftt"
    assert flags("ZERORATED") == "ffftt"
    assert flags("GSTONIMPORTS") == "ffftf"
    assert (rates.get("ZERORATED") or {})["ReportTaxType"] == "OUTPUT"


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("data", ["demo", 60])
def test_the_data_sets_balance_in_every_country(country: str, data: Any) -> None:
    organisation = emulated(country, data).organisation
    assert len(organisation.tables["Invoice"]) >= 60
    movements = books_of(organisation).movements(organisation.today())
    assert sum(movements.values(), Decimal(0)) == 0
    currencies = {each["CurrencyCode"] for each in organisation.tables["Invoice"]}
    assert region(country).currency in currencies
    if data == "demo":
        assert currencies == {region(country).currency, region(country).foreign_currency}


def test_lines_without_tax_in_australia_are_bas_excluded() -> None:
    organisation = emulated("AU").organisation
    sent: Record = {
        "Type": "ACCREC",
        "Contact": {"Name": "Wattle"},
        "LineAmountTypes": "NoTax",
        "LineItems": [{"Description": "x", "UnitAmount": Decimal(5), "AccountCode": "200"}],
    }
    made = apply(organisation, load().endpoint("invoices.create"), sent, {}).record or {}
    assert made["LineItems"][0]["TaxType"] == "BASEXCLUDED"


@pytest.mark.parametrize(
    ("country", "title", "income", "net"),
    [
        ("NZ", "Profit & Loss", "Income", "Net Profit"),
        ("AU", "Profit & Loss", " Income", "NET PROFIT"),
        ("UK", "Profit and Loss", "Turnover", "Net Profit"),
        ("US", "Income Statement", "Revenue", "Net Profit"),
    ],
)
def test_the_words_of_the_profit_and_loss(country: str, title: str, income: str, net: str) -> None:
    organisation = emulated(country, "demo").organisation
    params = {"fromDate": "2026-10-01", "toDate": "2026-10-31"}
    drawn = report("ProfitAndLoss", organisation, params)["Reports"][0]
    assert drawn["ReportName"] == "Profit and Loss"
    assert drawn["ReportTitles"][0] == title
    head, first, *_, last = drawn["Rows"]
    assert head["Cells"][1]["Value"] == "31 Oct 26"
    assert first["Title"] == income
    assert last["Rows"][0]["Cells"][0]["Value"] == net


def test_a_country_without_data_is_refused() -> None:
    with pytest.raises(ValueError, match="`FR`"):
        Emulator("empty", country="FR")


def figures(country: str) -> dict[str, str]:
    (drawn,) = published(emulated(country, "demo").organisation)
    assert drawn["ReportDate"].endswith("30 September 2026")
    return {each["FieldID"]: each["Value"] for each in drawn["Fields"]}


def test_new_zealand_publishes_gst_returns() -> None:
    shown = figures("NZ")
    sales, zero, rest = (Decimal(shown[each]) for each in ("5", "6", "7"))
    assert sales == zero + rest
    assert abs(Decimal(shown["8"]) - rest * 3 / 23) < 1
    assert shown["GSTBasis"] == "Invoice Basis"


def test_australia_publishes_activity_statements() -> None:
    shown = figures("AU")
    assert abs(Decimal(shown["1A"]) * 11 - (Decimal(shown["G1"]) - Decimal(shown["G3"]))) < 1
    assert shown["ABN"] == "53003086616"
    (drawn,) = published(emulated("AU", "demo").organisation)
    assert [each["Name"] for each in drawn["Attributes"]] == ["fromDate", "dateTo"]


@pytest.mark.parametrize("country", ["UK", "US"])
def test_others_publish_none(country: str) -> None:
    assert published(emulated(country, "empty").organisation) == []


def test_the_construction_industry_scheme_holds_back_from_labour() -> None:
    organisation = emulated("UK", "demo").organisation
    assert scheme.settings(organisation)["Rate"] == 20
    held = [each for each in organisation.tables["Invoice"] if "CISDeduction" in each]
    assert {each["Type"] for each in held} == {"ACCREC", "ACCPAY"}
    for invoice in held:
        assert invoice["AmountDue"] == invoice["Total"] - invoice["CISDeduction"]
    bill = next(each for each in held if each["Type"] == "ACCPAY")
    assert (bill["CISDeduction"], bill["SubTotal"]) == (Decimal(80), Decimal(490))
    books = books_of(organisation)
    movements = books.movements(organisation.today())
    assert movements[books.chart.system("CISLIABILITY")] == -80
    assert movements[books.chart.system("CISASSETS")] == 180
    assert scheme.settings(emulated("UK").organisation) == {
        "CISContractorEnabled": False,
        "CISSubContractorEnabled": False,
    }


@pytest.mark.parametrize(
    ("year", "boxes"),
    [
        (2019, {"1099-MISC report": 11}),
        (2021, {"1099-NEC report": 3, "1099-MISC report": 12}),
        (2025, {"1099-NEC report": 4, "1099-MISC report": 11}),
    ],
)
def test_the_1099_reports_of_a_year(american: Any, year: int, boxes: dict[str, int]) -> None:
    drawn = report("TenNinetyNine", american, {"reportYear": str(year)})["Reports"]
    assert [each["ReportName"] for each in drawn] == list(boxes)
    for each in drawn:
        for contact in each["Contacts"]:
            count = sum(name.startswith("Box") for name in contact)
            assert count == boxes[each["ReportName"]]


def test_rent_is_in_the_first_box_of_the_1099_misc(american: Any) -> None:
    nec, misc = report("TenNinetyNine", american, {"reportYear": "2025"})["Reports"]
    (landlord,) = misc["Contacts"]
    assert landlord["Box1"] > 10_000
    assert landlord["Box2"] == 0
    assert len(nec["Contacts"]) > 5


@pytest.fixture(scope="module")
def american() -> Any:
    return emulated("US", "demo").organisation
