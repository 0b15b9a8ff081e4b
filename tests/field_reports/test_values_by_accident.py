"""Kind 2: values became text by accident, and empty ones went without a word."""

from __future__ import annotations

import json
import os
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import xlsxwriter
from field_shell import FieldShell
from records_of import records_of

import xeroport

NAN = float("nan")


def notebook_rows(**more: Any) -> list[dict[str, Any]]:
    row = {
        "order": 1001.0,
        "InvoiceNumber": "N-1",
        "Reference": NAN,
        "Contact.Name": "Moss & Co",
        "DueDate": pd.NaT,
        "LineItems.Description": "Work",
        "LineItems.Quantity": 1.0,
        "LineItems.UnitAmount": 90.5,
        "LineItems.AccountCode": 200.0,
        "LineItems.DiscountRate": Decimal("NaN"),
        "LineItems.ItemCode": pd.NA,
        "Type": "ACCREC",
        **more,
    }
    return [row]


@pytest.mark.parametrize("of", [list, pd.DataFrame, pl.DataFrame, pa.Table.from_pylist])
def test_b06_rows_of_a_notebook(shell: FieldShell, tmp_path: Path, of: Any) -> None:
    """odoo/odoo#21742, Datatamer/tamr-client#194, xero-php-oauth2#66."""
    rows = notebook_rows()
    if of in (pl.DataFrame, pa.Table.from_pylist):
        rows = [{n: v for n, v in rows[0].items() if v is not pd.NA and v == v}]
    report = xeroport.push("acme", "invoices.create", of(rows), key="order", home=shell.home)
    assert report.ok, report.problems
    (made,) = [each for each in shell.held("Invoice") if each["InvoiceNumber"] == "N-1"]
    (line,) = made["LineItems"]
    assert (line["AccountCode"], line["Description"]) == ("200", "Work")
    assert "nan" not in json.dumps(made, default=str).lower().replace("finance", "")
    path = tmp_path / "same.csv"
    path.write_text(
        "order,InvoiceNumber,Contact.Name,LineItems.Description,LineItems.Quantity,"
        "LineItems.UnitAmount,LineItems.AccountCode,Type\n"
        "1001,N-1,Moss & Co,Work,1,90.50,200,ACCREC\n"
    )
    again = shell.pushed("invoices.create", path, "--key", "order")
    assert again["already"] == 1, again
    assert again["new"] == 0
    assert len([each for each in shell.held("Invoice") if each["InvoiceNumber"] == "N-1"]) == 1


def test_flat_names_from_python_make_lines(shell: FieldShell) -> None:
    """Found beside the reports: `LineItems must be a list`, though the guide offers flat names."""
    first, second = notebook_rows()[0], notebook_rows()[0]
    second |= {"LineItems.Description": "More", "LineItems.UnitAmount": 3.118e-05 * 0 + 4}
    report = xeroport.push("acme", "invoices.create", [first, second], key="order", home=shell.home)
    assert report.ok, report.problems
    (made,) = [each for each in shell.held("Invoice") if each["InvoiceNumber"] == "N-1"]
    assert [line["Description"] for line in made["LineItems"]] == ["Work", "More"]


MOBILE = {"PhoneType": "MOBILE", "PhoneNumber": "0211234567"}


def contact(**more: Any) -> dict[str, Any]:
    return {"ContactNumber": "K-7", "Name": "Kite Ltd", **more}


def test_b07_an_empty_value_clears_or_is_named(shell: FieldShell, tmp_path: Path) -> None:
    """xero-php#736, xero-node#560, xero-node#476, Xero-Net#315."""
    path = tmp_path / "c.json"
    person = {"FirstName": "Ann", "LastName": "Ash", "EmailAddress": "ann@kite.example"}
    path.write_text(json.dumps([contact(Phones=[MOBILE], ContactPersons=[person])]))
    assert shell.push("contacts.create", path, "--key", "ContactNumber").exit_code == 0
    path.write_text(
        json.dumps(
            [contact(Phones=[MOBILE | {"PhoneNumber": ""}], EmailAddress="", ContactPersons=[])]
        )
    )
    result = shell.push("contacts.create", path, "--key", "ContactNumber", "--update")
    assert result.exit_code == 0, result.stderr
    assert "`ContactPersons` is empty, and Xero does not clear it by that" in result.stderr
    (made,) = [each for each in shell.held("Contact") if each["Name"] == "Kite Ltd"]
    phones = {each["PhoneType"]: each["PhoneNumber"] for each in made["Phones"]}
    assert not phones.get("MOBILE")


def test_b07_an_empty_cell_is_named_and_clears_where_it_is_asked_for(
    shell: FieldShell, tmp_path: Path
) -> None:
    path = tmp_path / "c.csv"
    head = "ContactNumber,Name,EmailAddress,Phones.0.PhoneType,Phones.0.PhoneNumber\n"
    path.write_text(head + "K-7,Kite Ltd,k@kite.example,MOBILE,0211234567\n")
    assert shell.push("contacts.create", path, "--key", "ContactNumber").exit_code == 0
    path.write_text(head + "K-7,Kite Ltd,k@kite.example,MOBILE,\n")
    words = ("contacts.create", path, "--key", "ContactNumber", "--update")
    result = shell.push(*words)
    assert "`Phones.0.PhoneNumber` is empty and is not sent: what Xero has stays" in result.stderr
    assert "--clear" in result.stderr
    result = shell.push(*words, "--clear")
    assert result.exit_code == 0, result.stderr
    (made,) = [each for each in shell.held("Contact") if each["Name"] == "Kite Ltd"]
    phones = {each["PhoneType"]: each["PhoneNumber"] for each in made["Phones"]}
    assert not phones.get("MOBILE")


def line_of(**more: Any) -> list[dict[str, Any]]:
    line = {"Description": "E-mails", "Quantity": 1, "UnitAmount": 300, "AccountCode": "200"}
    head = {"Type": "ACCREC", "InvoiceNumber": "M-1", "Contact": {"Name": "X"}}
    return [{**head, "LineItems": [line, line | more]}]


def test_b12_a_discount_of_zero_is_not_sent() -> None:
    """Xero-OpenAPI#429, Xero-NetStandard#412, xero-php-oauth2#288."""
    for zero in (0, 0.0, "0", "0.00", Decimal("0.0")):
        rows = line_of(UnitAmount=-80, DiscountAmount=zero, DiscountRate=zero)
        ((_, values, messages),) = records_of("invoices.create", rows)
        assert not messages
        assert not {"DiscountAmount", "DiscountRate"} & set(values["LineItems"][1])
    rows = line_of(UnitAmount="41.276", DiscountAmount="41.28")
    ((_, _, messages),) = records_of("invoices.create", rows)
    assert messages == ["the discount of 41.28 is more than the line's 41.276, which Xero refuses"]


@pytest.mark.parametrize("value", ["0.00003118", 3.118e-05, "3.118e-05"])
def test_b15_micro_prices_are_refused_with_a_way_out(value: Any) -> None:
    """xero-node#702, Xero-Java#353."""
    rows = line_of(Quantity=6_420_000, UnitAmount=value)
    ((_, _, messages),) = records_of("invoices.create", rows)
    assert len(messages) == 1
    assert "has more than 4 decimal places" in messages[0]


def test_b15_a_line_that_rounds_to_nothing_is_told(shell: FieldShell, tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text(json.dumps(line_of(Quantity=2, UnitAmount=0.001)))
    result = shell.push("invoices.create", path, "--dry-run")
    assert "the line comes to 0.00: 2 times 0.001" in result.stderr


BASICS = "InvoiceNumber,Type,Contact.Name,Date,LineItems.Description,LineItems.Quantity,"
BASICS += "LineItems.UnitAmount,LineItems.AccountCode\n"


def test_x5_blank_rows_and_a_byte_order_mark(shell: FieldShell, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("\ufeff" + BASICS + "Z-1,ACCREC,X,2026-11-01,W,1,5,200\n,,,,,,,\n,,,,,,,\n")
    result = shell.push("invoices.create", path, "--dry-run")
    assert result.exit_code == 0, result.stderr
    assert "note: 2 blank rows were skipped" in result.stderr


@pytest.mark.parametrize(
    "day", ["20/11/2026", "20 Nov 2026", "20.11.2026", "/Date(1795132800000+0000)/"]
)
def test_dates_as_people_and_xero_write_them(tmp_path: Path, day: str) -> None:
    path = tmp_path / "x.csv"
    rows = f"Z-1,ACCREC,X,{day},W,1,5,200\nZ-2,ACCREC,X,03/04/2026,W,1,5,200\n"
    path.write_text(BASICS + rows)
    if day[2:3] not in "/.":
        path.write_text(BASICS + rows.replace("03/04/2026", "13/04/2026"))
    (first, second) = records_of("invoices.create", path)
    assert str(first[1]["Date"]) == "2026-11-20"
    assert str(second[1]["Date"])[5:7] == "04"


def test_a_column_of_dates_that_fits_both_ways_is_a_question(
    shell: FieldShell, tmp_path: Path
) -> None:
    path = tmp_path / "x.csv"
    path.write_text(BASICS + "Z-1,ACCREC,X,03/04/2026,W,1,5,200\n")
    result = shell.push("invoices.create", path)
    assert result.exit_code == 2
    assert (
        "x.csv:2:4: error: `Date` fits two ways to write dates: `03/04/2026` is 3 April 2026 or "
        "4 March 2026 (say which with `--dates DD/MM/YYYY` or `--dates MM/DD/YYYY`)"
    ) in result.stderr
    for way, month in (("DD/MM/YYYY", "04"), ("MM/DD/YYYY", "03")):
        (body,) = shell.bodies("invoices.create", path, "--dates", way)
        assert body["Date"][5:7] == month
    path.write_text(
        BASICS + "Z-1,ACCREC,X,13/04/2026,W,1,5,200\nZ-2,ACCREC,X,04/13/2026,W,1,5,200\n"
    )
    assert "mixes two ways to write dates" in shell.push("invoices.create", path).stderr


@pytest.mark.parametrize(
    ("written", "read"),
    [("1,200.00", 1200), ("(1,200.00)", -1200), ("£1,200.50", 1200.5), ("1 200.00", 1200)],
)
def test_numbers_as_people_write_them(tmp_path: Path, written: str, read: float) -> None:
    path = tmp_path / "x.csv"
    path.write_text(BASICS + f'Z-1,ACCREC,X,2026-11-01,W,1,"{written}",200\n')
    ((_, values, messages),) = records_of("invoices.create", path)
    assert not messages
    assert float(values["LineItems"][0]["UnitAmount"]) == read


def test_a_comma_that_may_be_either_mark_is_a_question(shell: FieldShell, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(BASICS + 'Z-1,ACCREC,X,2026-11-01,W,1,"1,200",200\n')
    result = shell.push("invoices.create", path)
    assert result.exit_code == 2
    assert "the comma of `1,200` may mark thousands or decimals" in result.stderr
    for mark, read in ((".", 1200), (",", 1.2)):
        (body,) = shell.bodies("invoices.create", path, "--decimal", mark)
        assert body["LineItems"][0]["UnitAmount"] == read


def sheet(path: Path) -> Path:
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet("Orders")
    page.write_row(0, 0, BASICS.strip().split(","))
    for number, amount in ((1, 1200.5), (2, "x")):
        page.write_row(number, 0, [f"E-{number}", "ACCREC", "X"])
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        page.write_datetime(number, 3, pd.Timestamp("2026-11-20").to_pydatetime(), day)
        page.write_row(number, 4, ["Work", 1, amount, 200])
    book.close()
    return path


def test_a_spreadsheet_is_a_file_like_any_other(shell: FieldShell, tmp_path: Path) -> None:
    result = shell.push("invoices.create", sheet(tmp_path / "o.xlsx"))
    assert "o.xlsx:G3: error: `LineItems.UnitAmount`: `x` is not a number" in result.stderr
    result = shell.push("invoices.create", f"{tmp_path}/o.xlsx#Orders", "--skip-invalid")
    (made,) = [each for each in shell.held("Invoice") if each["InvoiceNumber"] == "E-1"]
    assert str(made["Date"])[:10] == "2026-11-20"
    assert made["LineItems"][0]["AccountCode"] == "200"


def test_a_fifo_is_read(shell: FieldShell, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    text = BASICS + "Z-1,ACCREC,X,2026-11-01,W,1,5,200\n"
    writer = threading.Thread(target=pipe.write_text, args=(text,))
    writer.start()
    result = shell.push("invoices.create", pipe)
    writer.join()
    assert result.exit_code == 0, result.stderr


def test_what_all_rows_share_is_said_once_and_the_rest_is_capped(
    shell: FieldShell, tmp_path: Path
) -> None:
    path = tmp_path / "x.csv"
    head = BASICS.replace("Type,", "")
    path.write_text(head + "".join(f"Z-{n},X,2026-11-01,W,1,x,200\n" for n in range(50)))
    result = shell.push("invoices.create", path)
    lines = [line for line in result.stderr.splitlines() if "error:" in line]
    assert "x.csv: error: `Type` is missing in all 50 rows (`--set Type=ACCREC`)" in lines
    said = "x.csv: error: `LineItems.UnitAmount`: `x` is not a number in all 50 rows"
    assert any(line.startswith(said) for line in lines)
    assert len(lines) == 3
    rows = "".join(f"Z-{n},X,2026-11-01,W,1,x{n},200\n" for n in range(50))
    path.write_text(head + rows + "Z-99,X,2026-11-01,W,1,5,200\n")
    lines = shell.push("invoices.create", path).stderr.splitlines()
    assert "x.csv:2:6: error: `LineItems.UnitAmount`: `x0` is not a number" in lines[1]
    assert any("and 30 more like it" in line for line in lines)
    assert len(lines) < 30


def test_a_dry_run_says_why_nothing_would_be_sent(shell: FieldShell, tmp_path: Path) -> None:
    """Found beside the reports: `records to send 0`, exit 0, and no reason."""
    path = tmp_path / "x.csv"
    path.write_text(BASICS + "Z-1,ACCREC,X,2026-11-01,W,1,5,200\n")
    taken: dict[str, Any] = {"Type": "ACCREC", "InvoiceNumber": "Z-1", "Contact": {"Name": "Y"}}
    taken["LineItems"] = [{"Description": "D", "Quantity": 1, "UnitAmount": 1}]
    shell.put("invoices.create", taken)
    assert shell.push("invoices.create", path).exit_code == 1
    result = shell.push("invoices.create", path, "--dry-run")
    assert result.exit_code == 1
    assert "1 record was rejected before and is not sent again" in result.stderr
    assert "outbox retry" in result.stderr


def test_instances_are_imported_from_a_spreadsheet(shell: FieldShell, tmp_path: Path) -> None:
    path = tmp_path / "clients.xlsx"
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet("Clients")
    page.write_row(0, 0, ["name", "client_id", "client_secret", "base_url", "concurrency"])
    emulator = shell.emulator
    url = shell.ok("instance", "show", "acme", "--json").stdout
    base = json.loads(url)["base_url"]
    page.write_row(1, 0, ["second", emulator.client_id, emulator.client_secret, base, 3])
    book.close()
    result = shell.run("instance", "import", f"{path}#Clients", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(shell.ok("instance", "show", "second", "--json").stdout)["concurrency"] == 3


def test_a_flow_reads_a_spreadsheet(shell: FieldShell, tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "o.xlsx")
    book.add_worksheet("Notes").write_row(0, 0, ["nothing"])
    page = book.add_worksheet("Orders")
    page.write_row(0, 0, ["no", "day", "net"])
    page.write_row(1, 0, [1001, "", 12.5])
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    page.write_datetime(1, 1, pd.Timestamp("2026-11-20").to_pydatetime(), day)
    page.write_formula(2, 2, "=1/0", None, "#DIV/0!")
    page.write(2, 0, 1002)
    book.close()
    (tmp_path / "orders.toml").write_text(
        'key = "no"\n[source]\nfiles = "o.xlsx#Orders"\n[fields]\nno = "no"\n'
        'day = "day"\nnet = "net * 2"\n[target]\nfile = "out.ndjson"\n'
    )
    shell.ok("flow", "add", str(tmp_path / "orders.toml"))
    assert shell.run("flow", "run", "orders").exit_code == 1
    (made,) = [json.loads(line) for line in (tmp_path / "out.ndjson").read_text().splitlines()]
    assert made == {"no": 1001, "day": "2026-11-20", "net": 25}
    refused = shell.ok("flow", "refused", "orders")
    assert "#DIV/0!" in refused.stdout + refused.stderr
