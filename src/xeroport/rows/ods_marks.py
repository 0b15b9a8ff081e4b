"""What a cell's value alone does not say in an `.ods` file: per cents, errors and hidden rows."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.parsers import expat

from xeroport.rows.leftovers import FORMULA_ERRORS
from xeroport.rows.xlsx_marks import Marks, parse

CELLS = ("table-cell", "covered-table-cell")
OWN_ERROR = re.compile(r"Err:\d{3}")
"""How LibreOffice shows the errors that Excel has no word for."""
MOST_REPEATED = 1_000
"""Cells or rows alike that are marked one by one; more are the empty rest of a sheet."""


def read(path: Path, sheet: str) -> Marks:
    """The marks of a sheet; none where the file is not laid out as expected."""
    scan = _Scan(sheet)
    try:
        with zipfile.ZipFile(path) as archive, archive.open("content.xml") as file:
            parse(file, scan.start, scan.text, scan.end)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, expat.ExpatError):
        return Marks()
    return scan.marks


class _Scan:
    """The marks of one sheet, as its elements come."""

    def __init__(self, sheet: str) -> None:
        self.sheet = sheet
        self.marks = Marks()
        self.is_inside = False
        self.row = self.rows = self.column = self.columns = 0
        self.cell: dict[str, str] | None = None
        self.words = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; `attributes` have their prefixes."""
        if name == "table":
            self.is_inside = attributes.get("table:name") == self.sheet
        elif name == "table-row" and self.is_inside:
            self.row += max(self.rows, 1)
            self.rows = int(attributes.get("table:number-rows-repeated", 1))
            self.column, self.columns = 0, 1
            if attributes.get("table:visibility") in ("collapse", "filter"):
                self.marks.hidden.update(range(self.row, self.row + min(self.rows, MOST_REPEATED)))
        elif name in CELLS and self.is_inside:
            self.column += self.columns
            self.columns = int(attributes.get("table:number-columns-repeated", 1))
            self.cell, self.words = attributes, ""

    def text(self, data: str) -> None:
        """Text of a cell, or between cells."""
        if self.cell is not None:
            self.words += data

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "table":
            self.is_inside = False
        if name not in CELLS or self.cell is None:
            return
        cell, self.cell = self.cell, None
        words = self.words.strip()
        if cell.get("office:value-type") == "percentage":
            self.marks.percents.update(self._places())
        elif cell.get("calcext:value-type") == "error" or (
            "table:formula" in cell and (words in FORMULA_ERRORS or OWN_ERROR.fullmatch(words))
        ):
            self.marks.errors.update(dict.fromkeys(self._places(), words or "an error"))
        elif "table:formula" in cell and "office:value-type" not in cell and not words:
            self.marks.uncalculated.update(self._places())

    def _places(self) -> list[tuple[int, int]]:
        rows, columns = min(self.rows, MOST_REPEATED), min(self.columns, MOST_REPEATED)
        return [
            (row, column)
            for row in range(self.row, self.row + rows)
            for column in range(self.column, self.column + columns)
        ]
