"""Rows as files to keep: CSV that Excel reads, and Excel workbooks; no cell is ever a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from xeroport.console.reading.books_protocol import Row
from xeroport.console.web.chosen_place import reading
from xeroport.console.wording import cell
from xeroport.errors import InputError
from xeroport.store.instances import Instance

BOM = "\ufeff".encode()
"""What Excel knows a CSV in UTF-8 by."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
CSV_ROWS = 1_000_000
CSV_SECONDS = 600.0
EXCEL_ROWS = 200_000
CHUNK = 5_000
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def lots_of(
    request: Request, instance: Instance, sql: str, values: Sequence[Any], *, most: int
) -> Iterator[list[Row]]:
    """The rows of a query in lots; read from a copy so that no sync waits for it."""
    with reading(request, instance, seconds=CSV_SECONDS, copy=True) as books:
        yield from books.lots(f"{sql} LIMIT {most}", values, size=CHUNK)


def csv_response(
    name: str,
    heads: Sequence[str],
    lots: Iterable[Sequence[Sequence[Any]]],
    *,
    for_excel: bool = True,
) -> Response:
    """A CSV download; `name` is one of ours, never a visitor's."""

    def stream() -> Iterator[bytes]:
        yield (BOM if for_excel else b"") + as_csv([heads])
        for lot in lots:
            yield as_csv(lot)

    return StreamingResponse(
        stream(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def as_csv(rows: Sequence[Sequence[Any]]) -> bytes:
    """Rows as CSV. Text that a spreadsheet would take for a formula gets an apostrophe before."""
    out = io.StringIO()
    writer = csv.writer(out)
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
    if isinstance(value, dict | list):
        return cell(value)
    return str(value) if isinstance(value, UUID) else value
