"""Spreadsheets of three formats: what a cell is, which rows are rows, and where a fault is."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import odf.opendocument
import odf.table
import odf.text
import pytest
import xlsxwriter
import xlwt

from xeroport.errors import InputError, UnknownName
from xeroport.rows import source
from xeroport.rows.values import UnfitValue

DAY = datetime.datetime(2026, 11, 20)


def xlsx(path: Path) -> Path:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Orders")
    sheet.write_row(2, 1, ["InvoiceNumber", "Date", "Amount", "Discount", "Paid", "Sum"])
    sheet.write_row(3, 1, ["007"])
    sheet.write_datetime(3, 2, DAY, book.add_format({"num_format": "dd/mm/yyyy"}))
    sheet.write_number(3, 3, 1200.5, book.add_format({"num_format": "#,##0.00"}))
    sheet.write_number(3, 4, 0.175, book.add_format({"num_format": "0.0%"}))
    sheet.write_boolean(3, 5, True)
    sheet.write_formula(3, 6, "=1/0", None, "#DIV/0!")
    sheet.write_number(5, 1, 8.0)
    sheet.write_number(5, 3, 0.1 + 0.2)
    sheet.write_blank(6, 1, None, book.add_format({"bold": True}))
    sheet.write_string(9, 1, "total")
    sheet.set_row(9, None, None, {"hidden": True})
    book.add_worksheet("Other").write_row(0, 0, ["a", "b"])
    book.get_worksheet_by_name("Other").write_row(1, 0, ["x", 2])
    book.close()
    return path


def test_cells_are_what_they_are(tmp_path: Path) -> None:
    opened = source.open_file(str(xlsx(tmp_path / "orders.xlsx")))
    assert opened.columns == ("InvoiceNumber", "Date", "Amount", "Discount", "Paid", "Sum")
    first, second = opened.rows
    assert first.line == 4
    assert {name: value for name, value in first.values.items() if name != "Sum"} == {
        "InvoiceNumber": "007",
        "Date": DAY.date(),
        "Amount": Decimal("1200.5"),
        "Discount": "17.5%",
        "Paid": True,
    }
    assert isinstance(first.values["Sum"], UnfitValue)
    assert "#DIV/0!" in first.values["Sum"].why
    assert (second.line, second.values["InvoiceNumber"]) == (6, 8)
    assert second.values["Amount"] == Decimal("0.3")
    assert "1 hidden row was left out at the end of the sheet" in opened.all_notes()
    assert any("of 2 sheets `Orders` is read" in note for note in opened.notes)


def test_a_sheet_is_named_after_a_hash(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "orders.xlsx")
    opened = source.open_file(f"{path}#other")
    assert [dict(row.values) for row in opened.rows] == [{"a": "x", "b": 2}]
    with pytest.raises(UnknownName, match="no sheet `Othr`"):
        source.open_file(f"{path}#Othr")


def test_a_spreadsheet_comes_through_a_pipe_and_under_any_name(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "orders.xlsx")
    with path.open("rb") as stdin:
        assert len(list(source.open_file("-", stdin=stdin).rows)) == 2
    renamed = path.rename(tmp_path / "orders.csv")
    assert len(list(source.open_file(str(renamed)).rows)) == 2


def test_old_excel_files_are_read(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("One")
    for column, value in enumerate(["InvoiceNumber", "Date", "Amount"]):
        sheet.write(0, column, value)
    sheet.write(1, 0, 1001)
    sheet.write(1, 1, DAY, xlwt.easyxf(num_format_str="DD/MM/YYYY"))
    sheet.write(1, 2, 12.5)
    path = tmp_path / "o.xls"
    book.save(str(path))
    (row,) = source.open_file(str(path)).rows
    assert row.values == {"InvoiceNumber": 1001, "Date": DAY.date(), "Amount": Decimal("12.5")}


def test_open_document_sheets_are_read(tmp_path: Path) -> None:
    document = odf.opendocument.OpenDocumentSpreadsheet()
    table = odf.table.Table(name="One")
    rows: list[list[tuple[str, Any]]] = [
        [("string", "InvoiceNumber"), ("string", "Date"), ("string", "Amount")],
        [("string", "A-1"), ("date", "2026-11-20"), ("float", "12.5")],
    ]
    for cells in rows:
        line = odf.table.TableRow()
        for kind, value in cells:
            given = {"string": "stringvalue", "date": "datevalue", "float": "value"}[kind]
            cell = odf.table.TableCell(valuetype=kind, **{given: value})
            cell.addElement(odf.text.P(text=value))
            line.addElement(cell)
        table.addElement(line)
    document.spreadsheet.addElement(table)
    path = tmp_path / "o.ods"
    document.save(str(path))
    (row,) = source.open_file(str(path)).rows
    assert row.values == {"InvoiceNumber": "A-1", "Date": DAY.date(), "Amount": Decimal("12.5")}


def test_a_cell_beside_the_header_and_a_header_without_a_name_are_told(tmp_path: Path) -> None:
    path = tmp_path / "o.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["a", "b"])
    sheet.write_row(1, 0, ["1", "2", "", "stray"])
    book.close()
    (row,) = source.open_file(str(path)).rows
    assert row.broken == "the cell D2 is outside the columns of the header"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["a", "", "b"])
    sheet.write_row(1, 0, ["1", "stray", "2"])
    book.close()
    with pytest.raises(InputError, match="cell B1: the column has no name"):
        source.open_file(str(path))


def test_an_empty_book_and_a_damaged_one_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "o.xlsx"
    xlsxwriter.Workbook(path).close()
    with pytest.raises(InputError, match="has no cells"):
        source.open_file(str(path))
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(InputError, match="cannot be read as a spreadsheet"):
        source.open_file(str(path))
