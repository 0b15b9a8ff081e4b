"""Rows as files to keep: CSV that Excel reads, and Excel workbooks; no cell is ever a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any

from starlette.responses import Response, StreamingResponse

from xeroport.console.web.wording import cell
from xeroport.errors import InputError

BOM = "\ufeff".encode()
"""What Excel knows a CSV in UTF-8 by."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
CSV_ROWS = 1_000_000
CSV_SECONDS = 600.0
EXCEL_ROWS = 200_000
CHUNK = 5_000
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def csv_response(content: Iterator[bytes], name: str) -> Response:
    """A CSV download; `name` is one of ours, never a visitor's."""
    return StreamingResponse(
        content,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def as_csv(heads: list[str] | None, rows: list[tuple[Any, ...]]) -> bytes:
    """Rows as CSV. Text that a spreadsheet would take for a formula gets an apostrophe before."""
    out = io.StringIO()
    writer = csv.writer(out)
    if heads is not None:
        writer.writerow([_harmless(head) for head in heads])
    writer.writerows([_harmless(value) for value in row] for row in rows)
    return out.getvalue().encode()


def _harmless(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    if isinstance(value, bool | dict | list):
        return cell(value)
    return value


def excel_response(
    title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], *, name: str
) -> Response:
    """An Excel download of one sheet; InputError where the library is missing."""
    try:
        xlsxwriter = import_module("xlsxwriter")
    except ImportError:
        raise InputError(
            "Excel files need `xlsxwriter`", hint="pip install 'xeroport[excel]', or take the CSV"
        ) from None
    out = io.BytesIO()
    options = {"in_memory": False, "constant_memory": True, "strings_to_formulas": False,
               "strings_to_urls": False, "default_date_format": "yyyy-mm-dd"}  # fmt: skip
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(title[:31])
        sheet.write_row(0, 0, heads, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                sheet.write(number, column, _plain(value))
    return Response(
        out.getvalue(),
        media_type=EXCEL,
        headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"'},
    )


def _plain(value: Any) -> Any:
    """A value that a sheet can hold."""
    return cell(value) if isinstance(value, dict | list) else _known(value)


def _known(value: Any) -> Any:
    return str(value) if type(value).__name__ == "UUID" else value
