"""Reports in Xero's shape: titles, attributes, periods, tracking, refusals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from books_world import Books, Record, drawn, labelled, line, number, rows

from xeroport_emulator.accounting.reports import REPORTS, ReportRefused, published, report
from xeroport_emulator.organisation.organisation import Organisation

RANGE = {"fromDate": "2026-07-01", "toDate": "2026-09-30"}


def _some_contact(organisation: Organisation) -> str:
    return str(next(iter(organisation.tables["Contact"]))["ContactID"])


def _check(spec: Record, schema: Record, value: Any, where: str) -> None:
    """No field but those of Xero's description, of its types and enums."""
    if "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if "enum" in schema:
        assert value in schema["enum"], where
    if "properties" in schema:
        for name, inner in value.items():
            assert name in schema["properties"], f"{where}.{name}"
            _check(spec, schema["properties"][name], inner, f"{where}.{name}")
    elif schema.get("type") == "array":
        assert isinstance(value, list), where
        for each in value:
            _check(spec, schema["items"], each, where)
    elif schema.get("type") == "string" and "Date" not in where:
        assert isinstance(value, str), where


@pytest.mark.parametrize("name", REPORTS)
def test_reports_have_the_shape_of_the_description(
    demo: Organisation, spec_document: dict[str, Any], name: str
) -> None:
    sheets = report(name, demo, {"contactId": _some_contact(demo), **RANGE})
    kind = "Reports" if name == "TenNinetyNine" else "ReportWithRows"
    schema = dict(spec_document["components"]["schemas"][kind])
    if name == "TenNinetyNine":
        for each in sheets["Reports"]:
            assert each.pop("Fields") == []
    _check(spec_document, schema, sheets, name)


def test_titles_name_the_organisation_and_the_period(demo: Organisation) -> None:
    sheet = drawn(demo, "ProfitAndLoss", **RANGE)
    assert sheet["ReportTitles"] == [
        "Profit and Loss",
        "Brightwater Systems",
        "1 July 2026 to 30 September 2026",
    ]
    assert sheet["ReportID"] == sheet["ReportType"] == "ProfitAndLoss"
    assert sheet["ReportDate"] == "3 November 2026"


def test_rows_carry_the_id_of_their_account(demo: Organisation) -> None:
    accounts = demo.tables["Account"]
    for name in ("TrialBalance", "ProfitAndLoss", "BalanceSheet", "BudgetSummary"):
        found = 0
        for section in drawn(demo, name, **RANGE)["Rows"]:
            for row in section.get("Rows", ()):
                for cell in row["Cells"]:
                    for attribute in cell.get("Attributes", ()):
                        if attribute["Id"] in ("fromDate", "toDate"):
                            continue
                        assert attribute["Id"] == "account"
                        account = accounts.get(attribute["Value"])
                        current = attribute["Value"].startswith("abababab")
                        assert current or account is not None
                        found += 1
        assert found, name


def test_without_dates_the_month_is_shown(demo: Organisation) -> None:
    titles = drawn(demo, "ProfitAndLoss")["ReportTitles"]
    assert titles[-1] == "1 November 2026 to 30 November 2026"


def test_more_than_a_year_is_refused(demo: Organisation) -> None:
    with pytest.raises(ReportRefused, match="within 365 days of each other"):
        report("ProfitAndLoss", demo, {"fromDate": "2025-01-01", "toDate": "2026-01-02"})
    report("ProfitAndLoss", demo, {"fromDate": "2025-01-01", "toDate": "2026-01-01"})


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("ProfitAndLoss", {"periods": "12"}),
        ("BalanceSheet", {"periods": "13"}),
        ("ProfitAndLoss", {"periods": "x"}),
        ("ProfitAndLoss", {"timeframe": "WEEK"}),
        ("ProfitAndLoss", {"fromDate": "yesterday"}),
        ("TrialBalance", {"date": "0001-01-01"}),
        ("BalanceSheet", {"date": "9999-12-31"}),
        ("ProfitAndLoss", {"trackingCategoryID": "nothing"}),
        ("BalanceSheet", {"timeframe": "3"}),
        ("BudgetSummary", {"timeframe": "MONTH"}),
        ("BudgetSummary", {"timeframe": "2"}),
        ("AgedReceivablesByContact", {}),
        ("AgedPayablesByContact", {"contactId": "nobody"}),
        ("TenNinetyNine", {"reportYear": "12"}),
    ],
)
def test_parameters_that_make_no_sense_are_refused(
    demo: Organisation, name: str, params: dict[str, str]
) -> None:
    with pytest.raises(ReportRefused):
        report(name, demo, params)


def test_an_unknown_report_is_unknown(demo: Organisation) -> None:
    with pytest.raises(KeyError):
        report("BankStatement", demo, {})
    assert published(demo) == []


def test_a_balance_sheet_stands_beside_that_of_a_year_before(demo: Organisation) -> None:
    def columns(**params: str) -> list[str]:
        head = drawn(demo, "BalanceSheet", date="2026-10-31", **params)["Rows"][0]
        return [each["Value"] for each in head["Cells"]]

    assert columns() == ["", "31 Oct 2026", "31 Oct 2025"]
    assert columns(periods="1") == ["", "31 Oct 2026", "30 Sep 2026"]
    both = drawn(demo, "BalanceSheet", date="2026-10-31")
    alone = drawn(demo, "BalanceSheet", date="2025-10-31")
    assert _second(both) == _first(alone)


def _nets(sheet: Record, at: int) -> list[str]:
    return [
        row["Cells"][at]["Value"]
        for part in sheet["Rows"][1:]
        for row in part["Rows"]
        if row["Cells"][0]["Value"] in ("Net Assets", "Total Equity", "Total Assets")
    ]


def _first(sheet: Record) -> list[str]:
    return _nets(sheet, 1)


def _second(sheet: Record) -> list[str]:
    return _nets(sheet, 2)


def test_comparison_columns_repeat_the_same_days(demo: Organisation) -> None:
    side = drawn(demo, "ProfitAndLoss", **RANGE, periods="2", timeframe="MONTH")
    alone = [
        drawn(demo, "ProfitAndLoss", fromDate=since, toDate=until)
        for since, until in (
            ("2026-07-01", "2026-09-30"),
            ("2026-06-01", "2026-08-31"),
            ("2026-05-01", "2026-07-31"),
        )
    ]
    assert [cell["Value"] for cell in side["Rows"][0]["Cells"]] == [
        "",
        "30 Sep 26",
        "31 Aug 26",
        "31 Jul 26",
    ]
    assert labelled(side)["Net Profit"] == [labelled(each)["Net Profit"][0] for each in alone]


def test_options_side_by_side_add_up_to_the_total(demo: Organisation) -> None:
    category = demo.tables["TrackingCategory"].first("Name", "Region")
    assert category is not None
    key = category["TrackingCategoryID"]
    sheet = drawn(demo, "ProfitAndLoss", **RANGE, trackingCategoryID=key)
    heads = [cell["Value"] for cell in sheet["Rows"][0]["Cells"]]
    assert heads == ["", "North", "South", "East", "West", "Unassigned", "Total"]
    whole = labelled(drawn(demo, "ProfitAndLoss", **RANGE))
    for name, values in labelled(sheet).items():
        amounts = [number(each) for each in values]
        assert sum(amounts[:-1], Decimal(0)) == amounts[-1] == number(whole[name][0])
    option = category["Options"][0]["TrackingOptionID"]
    one = drawn(demo, "ProfitAndLoss", **RANGE, trackingCategoryID=key, trackingOptionID=option)
    assert labelled(one)["Sales"] == labelled(sheet)["Sales"][:1]


def test_pairs_of_options_add_up_to_each_option(demo: Organisation) -> None:
    region = demo.tables["TrackingCategory"].first("Name", "Region")
    team = demo.tables["TrackingCategory"].first("Name", "Team")
    assert region is not None
    assert team is not None
    ids = {
        "trackingCategoryID": team["TrackingCategoryID"],
        "trackingCategoryID2": region["TrackingCategoryID"],
    }
    pairs = drawn(demo, "ProfitAndLoss", **RANGE, **ids)
    alone = drawn(demo, "ProfitAndLoss", **RANGE, trackingCategoryID=ids["trackingCategoryID"])
    teams, regions = len(team["Options"]) + 1, len(region["Options"]) + 1
    assert len(pairs["Rows"][0]["Cells"]) == 1 + teams * regions + 1
    amounts = [number(each) for each in labelled(pairs)["Sales"]]
    by_team = [sum(amounts[at * regions : (at + 1) * regions], Decimal(0)) for at in range(teams)]
    assert by_team == [number(each) for each in labelled(alone)["Sales"][:-1]]
    option = region["Options"][1]["TrackingOptionID"]
    one = drawn(demo, "ProfitAndLoss", **RANGE, **ids, trackingOptionID2=option)
    assert [number(each) for each in labelled(one)["Sales"][:teams]] == amounts[1::regions][:teams]


def test_the_trial_balance_ignores_a_range(demo: Organisation) -> None:
    assert drawn(demo, "TrialBalance", date="2026-09-30") == drawn(
        demo, "TrialBalance", date="2026-09-30", fromDate="2020-01-01", toDate="2020-02-01"
    )


def test_cash_basis_counts_an_invoice_when_it_is_paid(books: Books) -> None:
    made = books.invoice(line("100", "200", "OUTPUT2"))
    books.pay("Invoice", made["InvoiceID"], "46", Date="2026-06-02")
    params = {"fromDate": "2026-05-01", "toDate": "2026-05-31", "paymentsOnly": "true"}
    assert labelled(drawn(books.organisation, "ProfitAndLoss", **params))["Net Profit"] == ["0.00"]
    params = {"fromDate": "2026-06-01", "toDate": "2026-06-30", "paymentsOnly": "true"}
    profit = labelled(drawn(books.organisation, "ProfitAndLoss", **params))
    assert profit["Sales"] == profit["Net Profit"] == ["40.00"]
    assert books.balances(cash=True) == {
        "090": Decimal(46),
        "200": Decimal(-40),
        "820": Decimal(-6),
    }


def test_an_aged_report_looks_back(books: Books) -> None:
    made = books.invoice(line("100", "200"))
    books.pay("Invoice", made["InvoiceID"], "30", Date="2026-05-25")
    early = drawn(
        books.organisation, "AgedReceivablesByContact", contactId=books.customer, date="2026-05-22"
    )
    late = drawn(
        books.organisation, "AgedReceivablesByContact", contactId=books.customer, date="2026-05-31"
    )
    shown = [cells for title, cells in rows(early) if cells[1] == made["InvoiceNumber"]]
    assert shown == [
        [
            "2026-05-01 00:00:00",
            made["InvoiceNumber"],
            "2026-05-20 00:00:00",
            "2 days overdue",
            "100.00",
            "0.00",
            "0.00",
            "100.00",
        ]
    ]
    assert len(late["Rows"]) == 2
    assert late["ReportTitles"][2].startswith("To ")
    assert labelled(late, "SummaryRow")["Total"][3:] == [
        "100.00",
        "30.00",
        "0.00",
        "70.00",
    ]
    attribute = early["Rows"][1]["Rows"][0]["Cells"][0]["Attributes"]
    assert attribute == [{"Value": made["InvoiceID"], "Id": "invoiceID"}]


def test_the_executive_summary_is_the_month_of_the_other_reports(demo: Organisation) -> None:
    summary = labelled(drawn(demo, "ExecutiveSummary", date="2026-09-10"))
    month = {"fromDate": "2026-09-01", "toDate": "2026-09-30"}
    profit = drawn(demo, "ProfitAndLoss", **month)
    totals = labelled(profit, "SummaryRow")
    assert summary["Income"][0] == totals["Total Income"][0]
    assert summary["Expenses"][0] == totals["Total Operating Expenses"][0]
    assert summary["Profit (loss)"][0] == labelled(profit)["Net Profit"][0]
    bank = labelled(drawn(demo, "BankSummary", **month), "SummaryRow")["Total"]
    assert summary["Cash received"][0] == bank[1]
    assert summary["Closing bank balance"][0] == bank[3]
    sheet = drawn(demo, "BalanceSheet", date="2026-09-30")
    assert summary["Net assets"][0] == labelled(sheet)["Net Assets"][0]
    issued = [
        each
        for each in demo.tables["Invoice"]
        if each["Type"] == "ACCREC"
        and each["Status"] in ("AUTHORISED", "PAID")
        and str(each["Date"]).startswith("2026-09")
    ]
    assert summary["Number of invoices issued"][0] == str(len(issued))


def test_the_budget_by_quarter_is_the_sum_of_its_months(demo: Organisation) -> None:
    monthly = drawn(demo, "BudgetSummary", date="2026-04-01", periods="6", timeframe="1")
    quarterly = drawn(demo, "BudgetSummary", date="2026-04-01", periods="2", timeframe="3")
    heads = [cell["Value"] for cell in quarterly["Rows"][0]["Cells"]]
    assert heads == ["Account", "Jun-26", "Sep-26"]
    for name, months in labelled(monthly).items():
        amounts = [number(each) for each in months]
        assert [number(each) for each in labelled(quarterly)[name]] == [
            sum(amounts[:3]),
            sum(amounts[3:]),
        ]
    assert number(labelled(monthly)["Sales"][0]) == 62_000
    assert quarterly["ReportTitles"][0] == "Overall Budget"


def test_the_1099_counts_suppliers_with_a_tax_number(books: Books) -> None:
    books.organisation.amend(CountryCode="US")
    contact = {"ContactID": books.supplier, "TaxNumber": "12-3456789", "TaxNumberType": "EIN"}
    books.ok("contacts.upsert", {**contact, "Name": "Supplier"})
    bill = books.invoice(line("700", "400"), bill=True)
    books.pay("Invoice", bill["InvoiceID"], "700")
    sheets = report("TenNinetyNine", books.organisation, {"reportYear": "2026"})["Reports"]
    assert [each["ReportName"] for each in sheets] == ["1099-NEC report", "1099-MISC report"]
    assert [(e["Name"], e["Box1"]) for e in sheets[0]["Contacts"]] == [("Supplier", Decimal(700))]
    none = report("TenNinetyNine", books.organisation, {"reportYear": "2025"})["Reports"]
    assert none[0]["Contacts"] == []


def test_an_aged_report_from_a_day_carries_what_was_before(demo: Organisation) -> None:
    contact = next(each for each in demo.tables["Contact"] if each["IsCustomer"])["ContactID"]
    sheet = drawn(
        demo,
        "AgedReceivablesByContact",
        contactId=contact,
        fromDate="2026-06-01",
        date="2026-10-31",
    )
    assert sheet["ReportTitles"][2] == "From 1 June 2026 to 31 October 2026"
    assert "Opening Balance" in [cell["Value"] for cell in sheet["Rows"][1]["Rows"][0]["Cells"]]
    assert "Closing Balance" in labelled(sheet, "SummaryRow")


def test_the_budget_has_overheads_by_themselves_and_ids_on_names_only(demo: Organisation) -> None:
    sheet = drawn(demo, "BudgetSummary", date="2026-05-01")
    titles = [section.get("Title") for section in sheet["Rows"] if section["RowType"] == "Section"]
    assert "Less Overheads" in titles
    assert {"Total Income", "Total Cost of Sales"} <= labelled(sheet, "SummaryRow").keys()
    for section in sheet["Rows"]:
        for row in section.get("Rows", ()):
            assert not any("Attributes" in cell for cell in row["Cells"][1:])


def test_earnings_say_from_when_to_when_they_run(demo: Organisation) -> None:
    rows = drawn(demo, "BalanceSheet", date="2026-05-31")["Rows"][-1]["Rows"]
    attributes = {
        row["Cells"][0]["Value"]: {
            each["Id"]: each["Value"] for each in row["Cells"][1]["Attributes"]
        }
        for row in rows
        if row["RowType"] == "Row"
    }
    current, retained = attributes["Current Year Earnings"], attributes["Retained Earnings"]
    assert (current["fromDate"], current["toDate"]) == ("4/1/2026", "5/31/2026")
    assert (retained["fromDate"], retained["toDate"]) == ("", "3/31/2026")
