"""What programs leave in a file: sums that nobody worked out, days before all days, JSON in cells.

Sources: ClosedXML/ClosedXML#2751 (formulas that are saved without their results), tap-xero#62,
pyxero#154 and Xero-Java#138 (the first day of a calendar, and years that nobody meant),
PipedreamHQ/pipedream#21853 (lists as JSON in one field), xero-node#508 (a name that is put together
from two that may be absent), akaunting#1734 (dates with a time behind them from a spreadsheet),
Xero-NetStandard#74 and #147 (a line that is all discount).
"""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from field_shell import FieldShell
from records_of import records_of

from xeroport.errors import InputError
from xeroport.rows.leftovers import leftover

HEADER = (
    "Type,InvoiceNumber,Contact.Name,Date,DueDate,LineItems.Description,LineItems.Quantity,"
    "LineItems.UnitAmount,LineItems.AccountCode"
)
LINE = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}


def invoice(number: str, **more: Any) -> dict[str, Any]:
    """A sales invoice of one line."""
    fixed = {"Type": "ACCREC", "Contact": {"Name": "Tern & Vale Ltd"}, "Date": "2026-11-01"}
    return {**fixed, "InvoiceNumber": number, "LineItems": [dict(LINE)], **more}


def sheet(path: Path, rows: list[list[Any]], hidden: tuple[int, ...] = ()) -> Path:
    """A spreadsheet as a program writes it: formulas without their results."""
    book = xlsxwriter.Workbook(path)
    table = book.add_worksheet()
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for at, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                table.write_datetime(at, column, datetime.combine(cell, datetime.min.time()), day)
            elif isinstance(cell, str) and cell.startswith("="):
                table.write_formula(at, column, cell, value="")
            else:
                table.write(at, column, cell)
    for at in hidden:
        table.set_row(at, None, None, {"hidden": True})
    book.close()
    return path


def row_of(number: str, price: Any = 10) -> list[Any]:
    """A row of the header above."""
    days = [date(2026, 11, 1), date(2026, 11, 30)]
    return ["ACCREC", number, "Tern & Vale Ltd", *days, "Work", 1, price, "200"]


def test_a_formula_that_was_never_worked_out_is_no_empty_cell(
    shell: FieldShell, tmp_path: Path
) -> None:
    rows = [HEADER.split(","), row_of("F-1", "=2*5"), row_of("F-2")]
    result = shell.push("invoices.create", sheet(tmp_path / "f.xlsx", rows), "--skip-invalid")
    assert result.exit_code == 1
    assert (
        "f.xlsx:H2: error: `LineItems.UnitAmount`: the formula of this cell has no result yet"
        in (result.stderr)
    )
    assert "F-1" not in {each["InvoiceNumber"] for each in shell.held("Invoice")}


def test_rows_that_a_filter_hides_among_others_are_said(shell: FieldShell, tmp_path: Path) -> None:
    rows = [HEADER.split(","), *(row_of(f"H-{number}") for number in (1, 2, 3, 4))]
    report = shell.pushed(
        "invoices.create", sheet(tmp_path / "h.xlsx", rows, hidden=(2, 4)), "--dry-run"
    )
    assert "1 hidden row between others was read too" in report["notes"]
    assert "1 hidden row was left out at the end of the sheet" in report["notes"]


@pytest.mark.parametrize(
    "day", ["0001-01-01", "1/1/0001", "1899-12-30", "1900-01-01", "1970-01-01", "9999-12-31"]
)
def test_the_first_day_of_a_calendar_is_no_date(day: str) -> None:
    ((_, values, messages),) = records_of("invoices.create", [invoice("D-1", DueDate=day)])
    assert "DueDate" not in values
    assert any("writes where there is no date" in message for message in messages)


def test_a_record_of_xeros_keeps_its_odd_day() -> None:
    given = invoice("D-2", DueDate="/Date(0+0000)/", UpdatedDateUTC="/Date(1782864000000+0000)/")
    ((_, values, messages),) = records_of("invoices.create", [given])
    assert values["DueDate"] == date(1970, 1, 1)
    assert not messages


def test_a_year_that_a_slip_made_is_said(shell: FieldShell, tmp_path: Path) -> None:
    path = tmp_path / "y.json"
    path.write_text(json.dumps([invoice("Y-1", DueDate="2206-11-30")]))
    result = shell.push("invoices.create", path, "--dry-run")
    assert "warning: `DueDate` is in the year 2206 (is that right?)" in result.stderr


@pytest.mark.parametrize(
    "day",
    ["30/11/2026 0:00", "30/11/2026 00:00:00", "11/30/2026 12:00:00 AM", "30 Nov 2026 12:00 am"],
)
def test_midnight_behind_a_date_says_nothing(day: str) -> None:
    ((_, values, messages),) = records_of("invoices.create", [invoice("M-1", DueDate=day)])
    assert (values["DueDate"], messages) == (date(2026, 11, 30), [])


@pytest.mark.parametrize("day", ["30/11/2026 13:45", "30 Nov 2026 1:45 PM", "2026-11-30 00:01"])
def test_another_time_of_day_is_a_moment(day: str) -> None:
    ((_, _, messages),) = records_of("invoices.create", [invoice("M-2", DueDate=day)])
    assert messages == [f"`{day}` is a date with a time, not a date"]


def test_a_week_is_no_moment() -> None:
    ((_, _, messages),) = records_of("invoices.create", [invoice("M-3", DueDate="2026-W49-1")])
    assert messages == ["`2026-W49-1` is not a date"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_lists_and_objects_may_be_json_in_one_cell(tmp_path: Path, ending: str) -> None:
    import pandas as pd

    lines, contact = json.dumps([LINE]), json.dumps({"Name": "Tern & Vale Ltd"})
    row = {**invoice("J-1"), "LineItems": lines, "Contact": contact}
    path = tmp_path / f"j.{ending}"
    frame = pd.DataFrame([row])
    frame.to_csv(path, index=False) if ending == "csv" else frame.to_parquet(path)
    ((key, values, messages),) = records_of("invoices.create", path)
    assert (key, messages) == ("J-1", [])
    assert values["Contact"] == {"Name": "Tern & Vale Ltd"}
    assert values["LineItems"] == [LINE]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ('[{"Description": "x",]', "is not valid JSON"),
        ("[{'Description': 'x'}]", "is not valid JSON"),
        ('[{"Description": "x", "Description": "y"}]', "is given twice"),
        ("Work, 100.00", "`LineItems` must be a list"),
        ('{"Description": "x"}', '`LineItems` must be a list, not `{"Description": "x"}`'),
    ],
)
def test_what_is_no_json_in_a_cell_is_told(cell: str, said: str) -> None:
    ((_, _, messages),) = records_of("invoices.create", [invoice("J-2", LineItems=cell)])
    assert any(said in message for message in messages)


@pytest.mark.parametrize(
    "name",
    [
        *("undefined undefined", "None None", "nan nan", "\\N", "(null)", "(blank)", "#ERROR!"),
        *("[object Object]", "{{contact.name}}", "Dear {{1__name}}", "${customer}", "Loading..."),
    ],
)
def test_what_a_program_could_not_fill_in_is_no_name(name: str) -> None:
    ((_, _, messages),) = records_of("contacts.create", [{"Name": name}])
    assert len(messages) == 1


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Smith &amp; Sons", "Smith & Sons"),
        ("O&#39;Neill Ltd", "O'Neill Ltd"),
        ("CafÃ© NoÃ«l", "Café Noël"),
        ("Naturâ€™s Best", "Natur’s Best"),
    ],
)
def test_a_text_that_was_written_or_read_otherwise_says_what_was_meant(
    name: str, meant: str
) -> None:
    assert (leftover(name) or ("", ""))[1] == f"write `{meant}`"
    ((_, _, messages),) = records_of("contacts.create", [{"Name": name}])
    assert len(messages) == 1


@pytest.mark.parametrize(
    "name", ["Café Noël", "AT&T; Sons", "R&D", "Ångström", "Ünal & Söhne", "São Paulo"]
)
def test_accents_and_ampersands_go_through(name: str) -> None:
    ((_, values, messages),) = records_of("contacts.create", [{"Name": name}])
    assert (values["Name"], messages) == (name, [])


@pytest.mark.parametrize("name", ["Null None Ltd", "(NZ) Ltd", "[Brackets]", "{x}", "Invalid Ltd"])
def test_names_with_such_marks_go_through(name: str) -> None:
    ((_, values, messages),) = records_of("contacts.create", [{"Name": name}])
    assert (values["Name"], messages) == (name, [])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (1, "row 2 has a name that is not text: `1` (give dictionaries with Xero's field names)"),
        (None, "row 2 has a name that is not text: `None` (a reader of CSV writes `None` for"),
    ],
)
def test_a_name_that_is_no_text_is_told(name: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        records_of("contacts.create", [{"Name": "A"}, {"Name": "B", name: ["x"]}])
    assert said in f"{caught.value} ({caught.value.hint})"


def test_records_in_one_line_are_counted(shell: FieldShell, tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    records = [invoice("O-1"), invoice("O-2", Date="soon"), invoice("O-3")]
    path.write_text(json.dumps({"Invoices": records}))
    result = shell.push("invoices.create", path, "--dry-run")
    assert "one.json:2: error: `Date`: `soon` is not a date" in result.stderr
    assert "places count records" in result.stderr
    path.write_text(json.dumps(records, indent=1))
    result = shell.push("invoices.create", path, "--dry-run")
    assert "one.json:18: error: `Date`" in result.stderr


def test_a_table_of_text_may_be_called_a_spreadsheet(shell: FieldShell, tmp_path: Path) -> None:
    path = tmp_path / "export.xls"
    row = "ACCREC,T-1,Tern & Vale Ltd,2026-11-01,2026-11-30,Work,1,10,200"
    path.write_text(f"{HEADER}\n{row}\n".replace(",", "\t"))
    (sent,) = shell.bodies("invoices.create", path)
    assert sent["InvoiceNumber"] == "T-1"
    assert (
        "`export.xls` is text, not a spreadsheet"
        in shell.push("invoices.create", path, "--dry-run").stderr
    )


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xls", b"<html><body><table></table></body></html>", "a web page"),
        ("a.csv", b"%PDF-1.7\n%\xe2\xe3", "a PDF"),
        ("a.csv", b"\x1f\x8b\x08\x00junk", "compressed with gzip"),
        ("a.xml", b'\xef\xbb\xbf<?xml version="1.0"?><Invoices/>', "XML"),
        ("a.ofx", b"OFXHEADER:100\n", "a bank statement (OFX)"),
        ("a.csv", b"!Type:Bank\nD01/02/2026\n^\n", "a bank statement (QIF)"),
    ],
)
def test_files_of_other_kinds_are_named(
    shell: FieldShell, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    result = shell.push("invoices.create", tmp_path / name, "--dry-run")
    assert result.exit_code == 2
    assert f"error: `{name}` is {said}" in result.stderr
    assert "hint: " in result.stderr


def test_a_tax_type_is_taken_in_any_case(shell: FieldShell, tmp_path: Path) -> None:
    shell.sync("tax_rates")
    path = tmp_path / "t.json"
    path.write_text(json.dumps([invoice("X-1", LineItems=[{**LINE, "TaxType": "output2"}])]))
    (sent,) = shell.bodies("invoices.create", path)
    assert sent["LineItems"][0]["TaxType"] == "OUTPUT2"


def test_a_line_that_is_all_discount_is_taken_with_its_total(
    shell: FieldShell, tmp_path: Path
) -> None:
    free = {**LINE, "UnitAmount": 795, "DiscountRate": 100, "LineAmount": 0, "TaxAmount": 0}
    path = tmp_path / "free.json"
    path.write_text(json.dumps([invoice("Z-1", LineItems=[free, LINE])]))
    assert shell.pushed("invoices.create", path)["counts"] == {"sent": 1}
