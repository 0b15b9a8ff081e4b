"""What a cell's value alone does not say in an `.xls` file: per cents, errors and hidden rows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from xeroport.rows.xlsx_marks import Marks, shows_per_cent

if TYPE_CHECKING:
    from xlrd.book import Book


def read(path: Path, sheet: str) -> Marks:
    """The marks of a sheet; none where the file is not laid out as expected."""
    import xlrd

    marks = Marks()
    with Path(os.devnull).open("w") as log:
        try:
            book = xlrd.open_workbook(str(path), logfile=log, formatting_info=True, on_demand=True)
            table = book.sheet_by_name(sheet)
        except (xlrd.XLRDError, xlrd.compdoc.CompDocError, OSError, ValueError, IndexError):
            return marks
    percents = _percent_styles(book)
    for row in range(table.nrows):
        for column, kind in enumerate(table.row_types(row)):
            place = (row + 1, column + 1)
            if kind == xlrd.XL_CELL_ERROR:
                code = table.cell_value(row, column)
                marks.errors[place] = xlrd.error_text_from_code.get(code, "an error")
            elif kind == xlrd.XL_CELL_NUMBER and table.cell_xf_index(row, column) in percents:
                marks.percents.add(place)
    marks.hidden.update(row + 1 for row, info in table.rowinfo_map.items() if info.hidden)
    return marks


def _percent_styles(book: Book) -> frozenset[int]:
    """The numbers of the cell styles that show a per cent."""
    return frozenset(
        number
        for number, style in enumerate(book.xf_list)
        if shows_per_cent(book.format_map[style.format_key].format_str)
    )
