"""What every sheet shares: formats, heads, print setup, and totals as formulas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xeroport.books.statements.statement_model import Row, Statement
from xeroport.books.workbook.formulas import formulas
from xeroport.errors import InputError

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

PORTRAIT = 4
"""Columns of a statement that fit on an upright page."""

AMOUNT = "#,##0.00;[Red]-#,##0.00;0.00"
DASHED = '#,##0.00;[Red]-#,##0.00;"–"'
"""Amounts of rows: a dash for nothing, so that a page of them can be read."""
DATE = "d mmm yyyy"
FORMATS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "plain": {},
    "note": {"italic": True, "font_color": "#555555"},
    "head": {"bold": True, "bottom": 1, "align": "right", "text_wrap": True},
    "head_left": {"bold": True, "bottom": 1},
    "section": {"bold": True},
    "label": {"indent": 1},
    "amount": {"num_format": DASHED, "align": "right"},
    "check": {"num_format": AMOUNT},
    "total_label": {"bold": True, "top": 1},
    "total": {"bold": True, "top": 1, "num_format": AMOUNT},
    "percent": {"num_format": "0.0%"},
    "date": {"num_format": DATE, "align": "left"},
    "rate": {"num_format": "0.000000"},
}


def open_book(path: Path) -> Workbook:
    """A new Excel file; InputError where the library or the folder is missing."""
    try:
        import xlsxwriter
    except ModuleNotFoundError as error:
        raise InputError(
            "writing Excel files needs `xlsxwriter`, which is not installed",
            hint="`pip install 'xeroport[excel]'`",
        ) from error
    if not path.parent.is_dir():
        raise InputError(
            f"there is no folder `{path.parent}`", hint="create it, or name another file"
        )
    return xlsxwriter.Workbook(
        str(path),
        {"constant_memory": False, "strings_to_formulas": False, "strings_to_urls": False},
    )


def save(book: Workbook, path: Path) -> None:
    """Write the file; InputError where it cannot be."""
    from xlsxwriter.exceptions import FileCreateError

    try:
        book.close()
    except FileCreateError as error:
        raise InputError(
            f"`{path}` cannot be written: {error}", hint="close it in Excel, or name another file"
        ) from error


class Pages:
    """The sheets of one Excel file; each is named once, and has its formats."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self._formats: dict[str, Format] = {}

    def style(self, name: str) -> Format:
        """A named format."""
        if name not in self._formats:
            self._formats[name] = self.book.add_format(FORMATS[name])
        return self._formats[name]

    def add(
        self, name: str, *, title: str, lines: Sequence[str] = (), wide: bool = True
    ) -> Worksheet:
        """A sheet with its title, a line of what it is, and print setup."""
        sheet = self.book.add_worksheet(name[:31])
        sheet.hide_gridlines(2)
        sheet.write(0, 0, title, self.style("title"))
        for at, line in enumerate(lines, start=1):
            sheet.write_string(at, 0, line, self.style("note"))
        if wide:
            sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&F, &A&RPage &P of &N")
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        return sheet

    def statement(self, name: str, built: Statement) -> Worksheet:
        """A sheet of a statement; totals are formulas over the rows above them."""
        sheet = self.add(
            name, title=built.title, lines=heading(built), wide=len(built.columns) > PORTRAIT
        )
        top = 2 + len(heading(built))
        self.heads(sheet, top, built.columns, widths=(50, 15))
        write_rows(self, sheet, built.rows, first=top + 1)
        return sheet

    def heads(
        self, sheet: Worksheet, line: int, columns: Sequence[str], *, widths: tuple[float, float]
    ) -> None:
        """The heads of columns of amounts, beside a column of labels; they stay in view."""
        sheet.write(line, 0, "", self.style("head_left"))
        for at, column in enumerate(columns, start=1):
            sheet.write_string(line, at, column, self.style("head"))
        sheet.set_column(0, 0, widths[0])
        sheet.set_column(1, len(columns), widths[1])
        sheet.freeze_panes(line + 1, 1)
        sheet.repeat_rows(line)


def heading(built: Statement) -> tuple[str, ...]:
    """The lines below a statement's title."""
    as_of = (f"as of {built.as_of:%d %b %Y %H:%M} UTC",) if built.as_of else ()
    return (
        built.organisation,
        f"{built.period} ({built.currency}, {built.basis} basis)",
        *as_of,
        *built.notes,
    )


def write_rows(
    pages: Pages, sheet: Worksheet, rows: Sequence[Row], *, first: int
) -> dict[str, int]:
    """Write a statement's rows and give the line of each total by its label (counted from 0).

    The total of a section is a SUM over its rows; other totals are added up from those before
    them where they are that, else written as they are.
    """
    at_line = {index: first + index for index in range(len(rows))}
    written = formulas(rows, first=first)
    for index, row in enumerate(rows):
        line = at_line[index]
        style = {"section": "section", "row": "label", "total": "total_label"}[row.kind]
        sheet.write_string(line, 0, row.label, pages.style(style))
        for column, value in enumerate(row.values, start=1):
            amounts = pages.style("total" if row.kind == "total" else "amount")
            formula = written.get((index, column))
            if formula is not None and isinstance(value, Decimal):
                sheet.write_formula(line, column, formula, amounts, float(value))
            else:
                write_value(pages, sheet, line, column, value, amounts)
    return {row.label: at_line[index] for index, row in enumerate(rows) if row.kind == "total"}


def write_value(
    pages: Pages, sheet: Worksheet, line: int, column: int, value: Any, amounts: Format
) -> None:
    """A value as what it is: a number, a date, a text."""
    if value is None:
        sheet.write_blank(line, column, None, amounts)
    elif isinstance(value, Decimal):
        sheet.write_number(line, column, float(value), amounts)
    elif isinstance(value, date):
        sheet.write_datetime(line, column, value, pages.style("date"))
    else:
        sheet.write_string(line, column, str(value), pages.style("plain"))
