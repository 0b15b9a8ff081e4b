"""Per cents and failed formulas are seen alike in `.xlsx`, `.xls` and `.ods`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import odf.opendocument
import odf.table
import odf.text
import pytest
import xlsxwriter
import xlwt

from xeroport.rows import source
from xeroport.rows.values import UnfitValue

HEADER = ["Number", "Discount", "Sum", "Rate"]


def xlsx(path: Path) -> Path:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Orders")
    percent = book.add_format({"num_format": "0.0%"})
    text = book.add_format({"num_format": '0.00 "%"'})
    sheet.write(0, 0, "Orders of November")
    sheet.write_row(2, 0, HEADER)
    sheet.write_row(3, 0, ["A-1"])
    sheet.write_number(3, 1, 0.175, percent)
    sheet.write_formula(3, 2, "=1/0", None, "#DIV/0!")
    sheet.write_number(3, 3, 15, text)
    sheet.write_row(4, 0, ["A-2"])
    sheet.write_number(4, 1, 0.175, percent)
    sheet.write_formula(4, 2, "=NA()", None, "#N/A")
    sheet.write_number(5, 0, 9)
    sheet.set_row(5, None, None, {"hidden": True})
    book.close()
    return path


def xls(path: Path) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Orders")
    sheet.write(0, 0, "Orders of November")
    for at, name in enumerate(HEADER):
        sheet.write(2, at, name)
    for row, error in ((3, "#DIV/0!"), (4, "#N/A")):
        sheet.write(row, 0, f"A-{row - 2}")
        sheet.write(row, 1, 0.175, xlwt.easyxf(num_format_str="0.0%"))
        sheet.row(row).set_cell_error(2, f"{error.removesuffix('!')}!")
    sheet.write(3, 3, 15, xlwt.easyxf(num_format_str='0.00 "%"'))
    sheet.write(5, 0, 9)
    sheet.row(5).hidden = True
    book.save(str(path))
    return path


def ods(path: Path) -> Path:
    book = odf.opendocument.OpenDocumentSpreadsheet()
    table = odf.table.Table(name="Orders")

    def cell(words: Any = None, **more: Any) -> Any:
        made = odf.table.TableCell(**more)
        if words is not None:
            made.addElement(odf.text.P(text=str(words)))
        return made

    def row(*cells: Any, **more: Any) -> None:
        made = odf.table.TableRow(**more)
        for each in cells:
            made.addElement(each)
        table.addElement(made)

    text = {"valuetype": "string"}
    row(cell("Orders of November", **text))
    row(cell())
    row(*(cell(name, **text) for name in HEADER))
    percent = {"valuetype": "percentage", "value": 0.175}
    failed = {"valuetype": "string", "stringvalue": ""}
    row(
        cell("A-1", **text),
        cell("17.5%", **percent),
        cell("#DIV/0!", formula="of:=1/0", **failed),
        cell("15.00 %", valuetype="float", value=15),
    )
    row(
        cell("A-2", **text),
        cell("17.5%", **percent),
        cell("#N/A", formula="of:=NA()", **failed),
    )
    row(cell("9", valuetype="float", value=9), visibility="collapse")
    book.spreadsheet.addElement(table)
    book.save(str(path))
    return path


MAKERS = {"orders.xlsx": xlsx, "orders.xls": xls, "orders.ods": ods}


def check(path: Path) -> None:
    opened = source.open_file(str(path))
    assert opened.columns == tuple(HEADER)
    first, second = opened.rows
    assert (first.line, first.values["Discount"], first.values["Rate"]) == (4, "17.5%", 15)
    assert second.values["Discount"] == "17.5%"
    for row, error in ((first, "#DIV/0!"), (second, "#N/A")):
        failed = row.values["Sum"]
        assert isinstance(failed, UnfitValue)
        assert error in failed.why
    notes = opened.all_notes()
    assert "the header is in line 3; what is above it was left out" in notes
    assert "1 hidden row was left out at the end of the sheet" in notes


@pytest.mark.parametrize("name", MAKERS)
def test_a_percent_is_one_and_a_failed_formula_is_told(tmp_path: Path, name: str) -> None:
    check(MAKERS[name](tmp_path / name))


@pytest.mark.soak
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("ending", ["xls", "ods", "xlsx"])
def test_so_they_are_in_files_that_libreoffice_writes(tmp_path: Path, ending: str) -> None:
    path = xlsx(tmp_path / "orders.xlsx")
    out = tmp_path / "out"
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile"]
    command += ["--convert-to", ending, "--outdir", str(out), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=200)
    check(out / f"orders.{ending}")
