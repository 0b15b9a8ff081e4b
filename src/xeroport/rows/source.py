"""Where rows come from: files, spreadsheets, pipes, queries, frames and Python iterables.

Every source becomes rows with values of the same few kinds, without the rows that say nothing.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from xeroport.errors import InputError
from xeroport.rows import excel, frames, queries, text_files
from xeroport.rows.other_files import is_text, refuse_others
from xeroport.rows.row import Row, Source, normalised
from xeroport.rows.values import text_of

__all__ = ["Row", "Source", "from_query", "from_rows", "open_file", "text_of"]

PARQUET = (".parquet", ".pq")
TEXTS = (".json", ".ndjson", ".jsonl")
LOOKED_AT = 512
"""Bytes of a file that say what it is."""


def open_file(path: str, *, stdin: BinaryIO | None = None) -> Source:
    """The source behind a path, by its ending and content; `-` is standard input.

    `orders.xlsx#Sheet2` names a sheet. A pipe is read to its end first.
    """
    if path == "-":
        return _spooled(stdin or sys.stdin.buffer, "standard input")
    named, sheet = excel.split(path)
    file = Path(named)
    try:
        mode = os.stat(file).st_mode
    except OSError as error:
        if not file.is_symlink() and not file.exists():
            raise InputError(
                f"there is no file `{named}`", hint="`-` reads standard input"
            ) from error
        raise InputError(f"`{named}` cannot be read: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        raise InputError(f"`{named}` is a folder", hint="only attachments are pushed from a folder")
    try:
        if not stat.S_ISREG(mode):
            with file.open("rb") as pipe:
                return _spooled(pipe, file.name)
        with file.open("rb") as opened:
            head = opened.read(LOOKED_AT)
    except OSError as error:
        raise InputError(f"`{named}` cannot be read: {error.strerror}") from error
    return _regular(file, file.name, head, file.suffix.lower(), sheet)


def from_rows(rows: Any) -> Source:
    """The source of a frame, a table, or an iterable of mappings."""
    return normalised(frames.open_frame(rows) if frames.is_frame(rows) else _iterable(rows))


def from_query(query: str, url: str) -> Source:
    """The rows of a query on `duckdb:PATH` or `postgresql://…`, streamed."""
    return normalised(queries.open_query(query, url))


def _iterable(rows: Iterable[Mapping[str, Any]]) -> Source:
    if isinstance(rows, Mapping):
        raise InputError("the rows are one mapping", hint="give a list of them")
    if not isinstance(rows, Iterable):
        raise InputError(
            f"the rows are {rows if rows is None else f'one {type(rows).__name__}'}",
            hint="give a file's path, a list of mappings, a frame or an Arrow table",
        )
    return frames.open_rows(rows)


def _regular(
    file: Path, name: str, head: bytes, suffix: str, sheet: str | None, owned: object = None
) -> Source:
    if head.startswith(b"PAR1") or suffix in PARQUET:
        return normalised(queries.open_parquet(file, name, owned))
    refuse_others(name, head)
    is_called_a_sheet = suffix in excel.ENDINGS
    if excel.is_spreadsheet(head) or (is_called_a_sheet and not is_text(head)):
        if not head:
            raise InputError(f"`{name}` is empty", hint="a sheet needs a header and one row")
        return normalised(excel.open_sheet(file, name, sheet, owned=owned))

    def opened() -> BinaryIO:
        _ = owned
        return file.open("rb")

    source = normalised(text_files.open_text(name, opened, suffix=suffix))
    return source.noting(f"`{name}` is text, not a spreadsheet") if is_called_a_sheet else source


def _spooled(pipe: BinaryIO, name: str) -> Source:
    """A pipe's content on disk, which is gone with the rows."""
    spool = tempfile.NamedTemporaryFile()  # noqa: SIM115 (the rows own it)
    shutil.copyfileobj(pipe, spool, 1 << 20)
    spool.flush()
    spool.seek(0)
    suffix = Path(name).suffix.lower()
    known = suffix if suffix in TEXTS else ""
    return _regular(Path(spool.name), name, spool.read(LOOKED_AT), known, None, spool)
