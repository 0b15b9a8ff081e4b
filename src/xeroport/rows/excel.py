"""Rows of spreadsheets: `.xlsx`, `.xls`, `.ods`, a sheet by name as in `orders.xlsx#Sheet2`.

The first row with anything in it names the columns. Dates, numbers and truth values come as what
they are; a cell shown as `20%` is the text `20%`, as it would be in a CSV.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xeroport.errors import InputError, UnknownName
from xeroport.rows import ods_marks, xls_marks, xlsx_marks
from xeroport.rows.header_row import LOOKED_AT, above, header_row
from xeroport.rows.row import Row, Source, nameless_left_out
from xeroport.rows.values import UnfitValue, normal, shown
from xeroport.rows.xlsx_marks import Marks

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

ENDINGS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
NEVER_CALCULATED = (
    "the formula of this cell has no result yet: open the file in a spreadsheet program and save it"
)
"""What a program that writes spreadsheets leaves to the one that shows them."""
LARGEST = 2 << 30
"""Bytes that the parts of a workbook may have unpacked."""


def split(path: str) -> tuple[str, str | None]:
    """The file and the sheet of `orders.xlsx#Sheet2`; a `#` of other files is part of the name."""
    file, mark, sheet = path.rpartition("#")
    if mark and sheet and Path(file).suffix.lower() in ENDINGS and not Path(path).exists():
        return file, sheet
    return path, None


def is_spreadsheet(head: bytes) -> bool:
    """Whether a file begins as a spreadsheet of any kind does."""
    return head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))


def open_sheet(path: Path, name: str, sheet: str | None = None, *, owned: object = None) -> Source:
    """The rows of one sheet; `owned` lives as long as they do."""
    workbook = _workbook(path, name)
    chosen, notes = _choose(workbook, name, sheet)
    table = workbook.get_sheet_by_name(chosen)
    marks = _marks(path, chosen)
    start = table.start
    if start is None:
        raise InputError(f"the sheet `{chosen}` of `{name}` is empty", hint="name another sheet")
    offset = start[1]
    rows = _filled(table)
    head = list(islice(rows, LOOKED_AT))
    at = header_row([cells for _, cells in head])
    (first, _), (header_line, header) = head[0], head[at]
    notes = (*notes, *above(first, header_line))
    rows = chain(head[at + 1 :], rows)
    places = _places(table, header_line, header)
    columns = _columns(f"{name}#{chosen}", header_line, header, places, offset)
    nameless = sorted({*range(max(places, default=0))} - {*places})
    letters = [xlsx_marks.column_letters(offset + at + 1) for at in nameless]
    notes = (*notes, *nameless_left_out(letters))
    last = _last_visible(table, marks)
    source = Source(
        name=name,
        rows=iter(()),
        columns=columns,
        notes=notes,
        unit="cell",
        first_column=offset + 1,
        numbers=tuple(at + 1 for at in places) if nameless else (),
        again=lambda: open_sheet(path, name, sheet, owned=owned),
    )
    return source.with_rows(_rows(source, places, rows, last, marks))


def _workbook(path: Path, name: str) -> CalamineWorkbook:
    try:
        import python_calamine
        import xlrd  # noqa: F401  (for the marks of `.xls`)
    except ImportError as error:
        raise InputError(
            f"`{name}` is a spreadsheet, and the extra `excel` is not installed",
            hint="pip install 'xeroport[excel]', or save the sheet as CSV",
        ) from error
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > LARGEST:
                raise InputError(
                    f"`{name}` unpacks to more than {LARGEST >> 30} GB", hint="save it as CSV"
                )
    try:
        return python_calamine.CalamineWorkbook.from_filelike(path.open("rb"))
    except python_calamine.PasswordError as error:
        raise InputError(
            f"`{name}` is protected by a password", hint="save it without one"
        ) from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise InputError(
            f"`{name}` cannot be read as a spreadsheet: {error}", hint="save it again, or as CSV"
        ) from error


def _marks(path: Path, sheet: str) -> Marks:
    """Which cells are per cents and errors, and which rows are hidden, for each kind of file."""
    if not zipfile.is_zipfile(path):
        return xls_marks.read(path, sheet)
    with zipfile.ZipFile(path) as archive:
        is_ods = "content.xml" in archive.namelist()
    return ods_marks.read(path, sheet) if is_ods else xlsx_marks.read(path, sheet)


def _choose(
    workbook: CalamineWorkbook, name: str, sheet: str | None
) -> tuple[str, tuple[str, ...]]:
    """The sheet that was named, or the first visible one that has cells."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    names = list(workbook.sheet_names)
    if sheet is not None:
        same = [each for each in names if each.casefold() == sheet.casefold()]
        if sheet not in names and len(same) != 1:
            raise UnknownName("sheet", sheet, names, of=name)
        return (sheet if sheet in names else same[0]), ()
    shown_ones = [
        meta.name
        for meta in workbook.sheets_metadata
        if meta.typ == SheetTypeEnum.WorkSheet and meta.visible == SheetVisibleEnum.Visible
    ]
    for candidate in shown_ones or names:
        if workbook.get_sheet_by_name(candidate).start is not None:
            break
    else:
        raise InputError(f"`{name}` has no cells", hint="a sheet needs a header and one row")
    if len(shown_ones) < 2:
        return candidate, ()
    return candidate, (
        f"of {len(shown_ones)} sheets `{candidate}` is read; `{name}#SHEET` names another",
    )


def _filled(table: CalamineSheet) -> Iterator[tuple[int, Sequence[Any]]]:
    """The number and the cells of each row, up to the first with anything in it unread."""
    seen = False
    for line, cells in enumerate(table.iter_rows(), start=1):
        if not seen and all(cell == "" for cell in cells):
            continue
        seen = True
        yield line, cells


def _places(table: CalamineSheet, line: int, header: Sequence[Any]) -> tuple[int, ...]:
    """Where the columns stand, from 0: those with a name, or with a value in some row."""
    named = [at for at, cell in enumerate(header) if _shown(cell).strip()]
    last = max(named, default=-1)
    nameless = set(range(last)) - set(named)
    used: set[int] = set()
    if nameless:
        for number, cells in enumerate(table.iter_rows(), start=1):
            if number > line:
                used |= {at for at in nameless if at < len(cells) and cells[at] != ""}
    return tuple(sorted({*named, *used}))


def _columns(
    name: str, line: int, header: Sequence[Any], places: tuple[int, ...], offset: int
) -> tuple[str, ...]:
    names = [" ".join(_shown(header[at]).split()) for at in places]
    if not any(names):
        raise InputError(f"`{name}` has no header", hint="the first row must name the columns")
    for number, column in enumerate(names):
        letters = xlsx_marks.column_letters(offset + places[number] + 1)
        if not column:
            raise InputError(f"`{name}` cell {letters}{line}: the column has no name")
        if column in names[:number]:
            raise InputError(f"`{name}` cell {letters}{line}: two columns are called `{column}`")
    return tuple(names)


def _shown(cell: Any) -> str:
    return cell if isinstance(cell, str) else str(normal(cell))


def _last_visible(table: CalamineSheet, marks: Marks) -> int:
    """The last row that is not hidden; rows below it are left out."""
    last = table.end[0] + 1 if table.end is not None else 0
    while last in marks.hidden:
        last -= 1
    return last


def _rows(
    source: Source,
    places: tuple[int, ...],
    rows: Iterator[tuple[int, Sequence[Any]]],
    last: int,
    marks: Marks,
) -> Iterator[Row]:
    columns = source.columns or ()
    width, offset, empty = max(places) + 1, source.first_column, True
    for line, cells in rows:
        if line > last:
            source.counts["hidden"] += any(cell != "" for cell in cells)
            continue
        empty = False
        source.counts["hidden between"] += line in marks.hidden and any(c != "" for c in cells)
        values = {
            column: _value(cells[at], (line, offset + at), marks)
            for at, column in zip(places, columns, strict=True)
            if at < len(cells)
        }
        extra = [at for at, cell in enumerate(cells[width:], start=width) if cell != ""]
        if extra:
            letters = xlsx_marks.column_letters(offset + extra[0])
            said = f"the cell {letters}{line} is outside the columns of the header"
            yield Row(line, values, said, offset + extra[0])
        else:
            yield Row(line, values)
    if empty:
        raise InputError(f"`{source.name}` has a header, but no rows")


def _value(cell: Any, place: tuple[int, int], marks: Marks) -> Any:
    if place in marks.errors:
        return UnfitValue(f"the cell holds {marks.errors[place]}, a formula error")
    if cell == "":
        return UnfitValue(NEVER_CALCULATED) if place in marks.uncalculated else None
    if place in marks.percents and isinstance(cell, float | int) and not isinstance(cell, bool):
        return f"{shown(normal_decimal(cell) * 100)}%"
    return normal(cell)


def normal_decimal(cell: float) -> Decimal:
    """A cell's number without a float's noise."""
    value = normal(cell)
    return Decimal(value) if isinstance(value, Decimal | int) else Decimal(0)
