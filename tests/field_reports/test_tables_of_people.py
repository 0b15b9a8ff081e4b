"""Kind 2 and 3 once more: tables as people and their programs keep them, and what they name.

Sources: price notations of Switzerland, Scandinavia, the Netherlands and India; Excel's accounting
format; exports of shops and banks, with totals below and columns that hold nothing.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from field_shell import FieldShell
from records_of import records_of

from xeroport.rows.numbers import number_of

HEADER = "ContactName,InvoiceNumber,InvoiceDate,DueDate,Description,Quantity,UnitAmount,AccountCode"
ROW = "Moss,N-1,2026-11-20,2026-11-30,Work,1,12,200"
SALE = ("--set", "Type=ACCREC")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("CHF 10.-", "10"),
        ("10.--", "10"),
        ("1'234.-", "1234"),
        ("1,23,456.50", "123456.50"),
        ("Rs. 12,34,567", "1234567"),
        ("10 kr", "10"),
        ("kr. 1,234.50", "1234.50"),
        ("RM10.00", "10.00"),
        ("₹10", "10"),
        ("-10.-", "-10"),
        ("10.00-", "-10.00"),
        ("-", "0"),
        ("$ -", "0"),
        (" – ", "0"),
    ],
)
def test_prices_as_they_are_written_around_the_world(written: str, read: str) -> None:
    assert number_of(written) == (Decimal(read), False)


@pytest.mark.parametrize("written", ["10,-", "10,-- €", "1.234,-", "10,- kr"])
def test_a_dash_after_a_decimal_comma_is_no_sign(written: str) -> None:
    number = number_of(written, ",")
    assert number is not None
    assert number[0] in (10, 1234)


@pytest.mark.parametrize("written", ["1,23", "12,3456", "--", "10-5", "10.-5", "kr", "1,2,3"])
def test_what_is_no_number_stays_none(written: str) -> None:
    assert number_of(written) is None


def test_a_dash_is_zero_in_money_only(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"{HEADER}\n{ROW.replace(',1,12,', ',-,-,')}\n")
    ((_, values, problems),) = records_of("invoices.create", path, constants={"Type": "ACCREC"})
    assert values["LineItems"][0]["UnitAmount"] == 0
    assert any(problem.startswith("`-` is not a number") for problem in problems), problems


def test_a_lone_point_is_asked_about_in_a_file_with_semicolons(
    shell: FieldShell, tmp_path: Path
) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"{HEADER}\n{ROW.replace(',12,', ',1.234,')}\n".replace(",", ";"))
    asked = shell.push("invoices.create", path, *SALE)
    assert asked.exit_code == 2
    assert "the point of `1.234` may mark thousands or decimals" in asked.stderr
    (body,) = shell.bodies("invoices.create", path, *SALE, "--decimal", ",")
    assert body["LineItems"][0]["UnitAmount"] == 1234
    (body,) = shell.bodies("invoices.create", path, *SALE, "--decimal", ".")
    assert body["LineItems"][0]["UnitAmount"] == 1.234
    path.write_text(f"{HEADER}\n{ROW.replace(',12,', ',1.234,')}\n")
    (body,) = shell.bodies("invoices.create", path, *SALE)
    assert body["LineItems"][0]["UnitAmount"] == 1.234


@pytest.mark.parametrize("word", ["Total", "TOTAL:", "Grand Total", "Subtotal", "Summe", "Totaux"])
def test_a_total_below_a_table_is_no_record(shell: FieldShell, tmp_path: Path, word: str) -> None:
    contacts = tmp_path / "contacts.csv"
    contacts.write_text(f"Name,EmailAddress,AccountNumber\nMoss,a@x.example,1\n{word},,\n")
    assert [each["Name"] for each in shell.bodies("contacts.create", contacts)] == ["Moss"]
    told = shell.push("contacts.create", contacts, "--dry-run")
    assert "note: 1 total row was left out" in told.stderr
    sheet = tmp_path / "in.csv"
    sheet.write_text(f"{HEADER}\n{ROW}\n,,,,{word},,12.00,\n")
    (body,) = shell.bodies("invoices.create", sheet, *SALE)
    assert (body["InvoiceNumber"], len(body["LineItems"])) == ("N-1", 1)


@pytest.mark.parametrize("name", ["Total Energies", "Totally Ltd", "Sum Up", "Total"])
def test_a_name_that_is_like_a_total_goes_through(
    shell: FieldShell, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"Name,EmailAddress,AccountNumber\n{name},a@x.example,7\n")
    assert [each["Name"] for each in shell.bodies("contacts.create", path)] == [name]


def spread(path: Path, rows: list[list[Any]]) -> Path:
    """The rows as a CSV or a workbook, by the ending."""
    if path.suffix == ".csv":
        path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
        return path
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return path


@pytest.mark.parametrize("name", ["in.csv", "in.xlsx"])
def test_a_column_without_name_and_values_is_left_out(
    shell: FieldShell, tmp_path: Path, name: str
) -> None:
    head, row = HEADER.split(","), ROW.split(",")
    head[2:2], row[2:2] = [""], [""]
    path = spread(tmp_path / name, [head, [*row[:-1], "nan"]])
    told = shell.push("invoices.create", path, *SALE)
    place = "C" if name.endswith("xlsx") else "3"
    assert f"column {place} has neither a name nor values, and is left out" in told.stderr
    where = "I2" if name.endswith("xlsx") else "2:9"
    assert f"{where}: error: `AccountCode`: `nan`" in told.stderr, told.stderr
    row[2] = "stray"
    assert "has no name" in shell.push("invoices.create", spread(path, [head, row]), *SALE).stderr


def test_accounts_outside_lines_are_looked_up_too(shell: FieldShell, tmp_path: Path) -> None:
    shell.sync("accounts")
    path = tmp_path / "in.csv"
    head = "Invoice.InvoiceNumber,Date,Amount,Reference,Account."
    for column, value, said in (
        ("Code", "90", "the last sync has no account `90` (did you mean `090`?)"),
        ("Code", "Business Account", "no account `Business Account` (did you mean `090`?)"),
        ("Name", "Business Account", "by its code, not its name (`Account.Code` is `090`)"),
    ):
        path.write_text(f"{head}{column}\nINV-0009,2026-11-20,1,r1,{value}\n")
        told = shell.push("payments.create", path, "--key", "Reference", "--dry-run")
        assert said in told.stderr, told.stderr
    path.write_text("FromBankAccount.Code,ToBankAccount.Code,Amount,Date\n090,200,1,2026-11-20\n")
    told = shell.push("bank_transfers.create", path, "--key", "Date", "--dry-run")
    assert "`200` (Sales) is not a bank account" in told.stderr
    path.write_text("Code,Name,SalesDetails.AccountCode\nI1,Mug,2OO\n")
    told = shell.push("items.create", path, "--dry-run")
    assert "no account `2OO` (did you mean `200`?)" in told.stderr


def test_tracking_that_is_half_given(shell: FieldShell, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"{HEADER},TrackingName1,TrackingOption1\n{ROW},Region,\n")
    (body,) = shell.bodies("invoices.create", path, *SALE)
    assert "Tracking" not in body["LineItems"][0]
    told = shell.push("invoices.create", path, *SALE, "--dry-run")
    assert "no option of `Region` is given: the line is sent without it" in told.stderr
    path.write_text(f"{HEADER},TrackingName1,TrackingOption1\n{ROW},,North\n")
    told = shell.push("invoices.create", path, *SALE, "--dry-run")
    assert told.exit_code == 2
    assert "`North` does not say which category it belongs to" in told.stderr


def test_words_of_xero_are_taken_in_any_case() -> None:
    row = {"Type": "AccRec", "InvoiceNumber": "N-1", "Contact": {"Name": "Moss"},
           "Status": "authorised", "LineAmountTypes": "NOTAX", "CurrencyCode": "usd",
           "LineItems": [{"Description": "Work"}]}  # fmt: skip
    ((_, values, problems),) = records_of("invoices.create", [row])
    assert problems == []
    assert [values[name] for name in ("Type", "Status", "LineAmountTypes", "CurrencyCode")] == [
        "ACCREC", "AUTHORISED", "NoTax", "USD",
    ]  # fmt: skip
    ((_, _, problems),) = records_of("invoices.create", [{**row, "CurrencyCode": "US$"}])
    assert problems == ["`US$` is not the code of a currency"]


def test_groups_inside_a_contact_are_refused(shell: FieldShell, tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_text('[{"Name": "Gus", "ContactGroups": [{"Name": "VIP"}]}]')
    told = shell.push("contacts.create", path)
    assert told.exit_code == 2
    assert "contact_groups.contacts.add" in told.stderr


def test_a_spreadsheets_number_of_a_day_says_which_day() -> None:
    row = {"Type": "ACCREC", "InvoiceNumber": "N-1", "Contact": {"Name": "Moss"},
           "Date": "46346", "LineItems": [{"Description": "Work"}]}  # fmt: skip
    ((_, _, problems),) = records_of("invoices.create", [row])
    assert problems == ["`46346` is not a date"]


@pytest.mark.parametrize("number", [10**39, "1" * 30, -(10**28), "1e33"])
@pytest.mark.parametrize("field", ["UnitAmount", "LineAmount", "DiscountAmount"])
def test_a_number_beyond_all_amounts_is_a_problem_and_no_crash(number: Any, field: str) -> None:
    line = {"Description": "Work", "Quantity": "1e30", "UnitAmount": 5, "DiscountRate": 5}
    row = {"Type": "ACCREC", "InvoiceNumber": "N-1", "Contact": {"Name": "Moss"},
           "LineItems": [{**line, field: number}]}  # fmt: skip
    ((_, _, problems),) = records_of("invoices.create", [row])
    assert problems
