"""Cells of an uploaded spreadsheet that a person corrected on the page: its sheet, written again
with them. Rows keep their numbers, columns their letters, other values their kinds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from xeroport.errors import InputError
from xeroport.rows.source import open_file
from xeroport.rows.values import UnfitValue, text_of

ENDING = ".xlsx"
MOST_BYTES = 10_000_000
"""Larger workbooks are corrected where they were made."""
DAY, MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
DIGITS = 15
"""Significant digits that a cell's number holds."""


def cells(path: Path, lines: set[int]) -> dict[int, dict[str, str]]:
    """The cells of some rows, by column."""
    return {
        row.line: {name: _typed(value) for name, value in row.values.items()}
        for row in open_file(str(path)).rows
        if row.line in lines
    }


def _typed(value: Any) -> str:
    """A value as somebody would type it."""
    if value is None or isinstance(value, UnfitValue):
        return ""
    return format(value, "f") if isinstance(value, Decimal) else text_of(value)


def apply(path: Path, corrections: Mapping[str, Mapping[str, str]], into: Path) -> None:
    """Write the sheet with its corrections."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise InputError(
            "spreadsheets are corrected where they were made: `xlsxwriter` is not installed",
            hint="pip install 'xeroport[excel]'",
        ) from error
    source = open_file(str(path))
    rows = list(source.rows)
    names = source.columns or ()
    first = source.first_column - 1
    into.parent.mkdir(exist_ok=True, mode=0o700)
    part = into.with_name(f"{into.name}.part")
    with xlsxwriter.Workbook(str(part)) as book:
        sheet = book.add_worksheet("Corrected")
        formats = {form: book.add_format({"num_format": form}) for form in (DAY, MOMENT)}
        head = min((row.line for row in rows), default=2) - 2
        for column, name in enumerate(names):
            sheet.write_string(max(head, 0), first + column, name)
        for row in rows:
            own = corrections.get(str(row.line), {})
            for column, name in enumerate(names):
                place = (row.line - 1, first + column)
                if name in own:
                    sheet.write_string(*place, own[name])
                else:
                    _write(sheet, place, row.values.get(name), formats)
    part.replace(into)


def _write(sheet: Any, place: tuple[int, int], value: Any, formats: Mapping[str, Any]) -> None:
    if value is None:
        return
    if isinstance(value, UnfitValue):
        sheet.write_formula(*place, "=NA()", None, "#N/A")
    elif isinstance(value, bool):
        sheet.write_boolean(*place, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(*place, value.replace(tzinfo=None), formats[MOMENT])
    elif isinstance(value, date):
        sheet.write_datetime(*place, value, formats[DAY])
    elif isinstance(value, int | Decimal) and len(Decimal(value).as_tuple().digits) <= DIGITS:
        sheet.write_number(*place, float(value))
    else:
        sheet.write_string(*place, _typed(value))
