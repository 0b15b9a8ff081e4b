"""Rows of text files: CSV, JSON and NDJSON, told apart by ending or content.

A CSV is read twice, the first time to learn its encoding. A row that cannot be read is a broken
row, with its line and column; a file that is no table at all is an InputError.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from itertools import chain, islice
from typing import Any, BinaryIO, TextIO

from xeroport.errors import InputError
from xeroport.plurals import counted
from xeroport.rows.header_row import LOOKED_AT, above, header_row
from xeroport.rows.json_stream import BrokenJson, elements, record_in
from xeroport.rows.row import Row, Source, nameless_left_out

CHUNK = 1 << 20
DELIMITERS = ",;\t|"
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
"""What Excel puts before the header to say which delimiter a CSV has."""
MARK = "\ufeff"


def open_text(name: str, open_bytes: Callable[[], BinaryIO], *, suffix: str = "") -> Source:
    """The source behind a text; `open_bytes` opens it again each time."""
    file = open_bytes()
    encoding, notes = _encoding(name, file)
    file.seek(0)
    text = codecs.getreader(encoding)(file)
    try:
        start = _first_character(text)
    except UnicodeDecodeError as error:
        raise _undecodable(name, error) from error
    file.seek(0)
    text = codecs.getreader(encoding)(file)

    def again() -> Source:
        return open_text(name, open_bytes, suffix=suffix)

    if suffix in (".json", ".ndjson", ".jsonl") or (not suffix and start in ("{", "[")):
        if suffix in (".ndjson", ".jsonl") and start != "[":
            rows = _ndjson_rows(name, text)
            return Source(name, rows, is_normal=True, notes=notes, again=again)
        return _json(name, text, notes, again)

    def fresh() -> codecs.StreamReader:
        return codecs.getreader(encoding)(open_bytes())

    return _csv(name, text, notes, again, fresh)


def _undecodable(name: str, error: UnicodeDecodeError) -> InputError:
    return InputError(
        f"`{name}` cannot be decoded: {error.reason}", hint="save it as UTF-8, then try again"
    )


def _first_character(text: codecs.StreamReader) -> str:
    while chunk := text.read(4096):
        stripped = chunk.lstrip()
        if stripped:
            return str(stripped[0])
    return ""


def _encoding(name: str, file: BinaryIO) -> tuple[str, tuple[str, ...]]:
    """UTF-16 by its mark or its zero bytes, UTF-8 if it decodes, else Windows-1252."""
    head = file.read(4096)
    if not head:
        raise InputError(f"`{name}` is empty", hint="a file needs a header and at least one row")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", (f"`{name}` is UTF-16",)
    for encoding, offset in (("utf-16-le", 1), ("utf-16-be", 0)):
        if len(head) >= 8 and head[offset::2].count(0) > 0.9 * (len(head) // 2):
            return encoding, (f"`{name}` is UTF-16",)
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk, line = head, 1
    while chunk:
        if (at := chunk.find(b"\0")) >= 0:
            raise InputError(
                f"`{name}` has a NUL byte in line {line + chunk.count(b'%c' % 10, 0, at)}",
                hint="the file is damaged or not text; export it again",
            )
        line += chunk.count(b"\n")
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError:
            return "cp1252", (f"`{name}` is not UTF-8 and was read as Windows-1252",)
        chunk = file.read(CHUNK)
    return "utf-8-sig", ()


def _json(
    name: str, text: codecs.StreamReader, notes: tuple[str, ...], again: Callable[[], Source]
) -> Source:
    """Records by their lines; by their numbers where the first two stand in one line, as in what
    a program wrote."""
    rows = _json_rows(name, text)
    head = list(islice(rows, 2))
    rows = chain(head, rows)
    if len(head) < 2 or head[0].line != head[1].line or any(row.broken for row in head):
        return Source(name, rows, is_normal=True, notes=notes, again=again)
    numbered = (
        row if row.broken else Row(number, row.values) for number, row in enumerate(rows, start=1)
    )
    notes = (*notes, f"`{name}` has several records in a line, so that places count records")
    return Source(name, numbered, is_normal=True, notes=notes, unit="row", again=again)


def _json_rows(name: str, text: codecs.StreamReader) -> Iterator[Row]:
    empty = True
    try:
        for line, value in elements(text):
            empty = False
            if isinstance(value, dict):
                yield Row(line, value)
            elif isinstance(value, BrokenJson):
                yield Row(line, {}, value.message, value.column, value.rest_lost)
            else:
                yield Row(line, {}, _no_object(value))
    except UnicodeDecodeError as error:
        raise _undecodable(name, error) from error
    if empty:
        raise InputError(f"`{name}` holds no records")


def _ndjson_rows(name: str, text: codecs.StreamReader) -> Iterator[Row]:
    """A row a line; a line that is no object is broken, and the others are read all the same."""
    empty = True
    for line, written in enumerate(_lines(name, text), start=1):
        if not written.strip():
            continue
        empty = False
        try:
            value = record_in(written)
        except json.JSONDecodeError as error:
            yield Row(line, {}, f"not valid JSON: {error.msg}", error.colno)
            continue
        except RecursionError:
            yield Row(line, {}, "lists and objects are nested too deeply")
            continue
        if isinstance(value, dict):
            yield Row(line, value)
        else:
            yield Row(line, {}, _no_object(value))
    if empty:
        raise InputError(f"`{name}` holds no records")


def _no_object(value: Any) -> str:
    return f"a record must be an object, not `{json.dumps(value, default=str)[:40]}`"


def _csv(
    name: str,
    text: codecs.StreamReader,
    notes: tuple[str, ...],
    again: Callable[[], Source],
    fresh: Callable[[], codecs.StreamReader],
) -> Source:
    csv.field_size_limit(sys.maxsize)
    lines = _lines(name, text)
    head, skipped, delimiter = list(islice(lines, LOOKED_AT)), 0, None
    if head and (match := SEPARATOR_LINE.fullmatch(head[0].removeprefix(MARK))):
        delimiter, skipped = match[1], 1
    delimiter = delimiter or _delimiter(head)
    first, header_line = _header_lines(head[skipped:], delimiter)
    notes = (*notes, *above(first + skipped, header_line + skipped))
    skipped += header_line - 1
    reader = csv.reader(chain(head[skipped:], lines), delimiter=delimiter, strict=True)
    try:
        header = tuple(cell.strip(f"{MARK} \t\r\n\xa0") for cell in next(reader, []))
    except csv.Error as error:
        raise InputError(f"`{name}` line {skipped + 1}: {error}") from error
    if not any(header):
        raise InputError(f"`{name}` has no header", hint="the first line must name the columns")
    while header and not header[-1]:
        header = header[:-1]
    used = _used_nameless(name, fresh(), header, skipped, delimiter) if "" in header else set()
    for number, column in enumerate(header, start=1):
        where = f"`{name}` line {skipped + 1}"
        if not column and number - 1 not in used:
            continue
        if not column:
            raise InputError(
                f"{where}: column {number} has no name",
                hint="name it or remove it; pandas writes one with `to_csv` unless `index=False`",
            )
        if column in header[: number - 1]:
            raise InputError(
                f"{where}: two columns are called `{column}`", hint="rename or remove one"
            )
    rows = _csv_rows(name, reader, header, skipped)
    numbers = tuple(number for number, column in enumerate(header, start=1) if column)
    nameless = nameless_left_out(at for at, column in enumerate(header, start=1) if not column)
    return Source(
        name,
        rows,
        tuple(filter(None, header)),
        texts=True,
        notes=(*notes, *nameless),
        numbers=numbers if nameless else (),
        is_split_by_semicolon=delimiter == ";",
        again=again,
    )


def _used_nameless(
    name: str, text: codecs.StreamReader, header: tuple[str, ...], skipped: int, delimiter: str
) -> set[int]:
    """Which columns without a name have a value in some row."""
    at = [index for index, column in enumerate(header) if not column]
    used: set[int] = set()
    reader = csv.reader(islice(_lines(name, text), skipped, None), delimiter=delimiter)
    next(reader, None)
    try:
        for cells in reader:
            used |= {index for index in at if index < len(cells) and cells[index].strip()}
    except csv.Error:
        pass
    return used


def _delimiter(head: list[str]) -> str:
    """The mark that a header has most of: of the first line that has any."""
    for line in head:
        best = max(DELIMITERS, key=lambda mark: (line.count(mark), mark == ","))
        if best in line:
            return best
    return ","


def _header_lines(head: list[str], delimiter: str) -> tuple[int, int]:
    """The first line with anything in it, and the line of the header, both from 1."""
    reader = csv.reader(head, delimiter=delimiter)
    rows: list[list[str]] = []
    begins: list[int] = []
    try:
        while True:
            begins.append(reader.line_num + 1)
            rows.append(next(reader))
    except (StopIteration, csv.Error):
        pass
    if not rows:
        return 1, 1
    first = next((at for at, row in enumerate(rows) if any(map(str.strip, row))), 0)
    return begins[first], begins[header_row(rows)]


def _csv_rows(name: str, reader: Any, header: tuple[str, ...], skipped: int) -> Iterator[Row]:
    width, empty = len(header), True
    while True:
        line = reader.line_num + 1 + skipped
        try:
            for cells in reader:
                if any(map(str.strip, cells)):
                    empty = False
                    yield _row(line, header, width, cells)
                elif cells:
                    yield Row(line, {})
                line = reader.line_num + 1 + skipped
        except csv.Error as error:
            empty = False
            if str(error) == "unexpected end of data":
                said = "a quoted value does not end; nothing after it can be read"
                yield Row(line, {}, said, rest_lost=True)
                return
            yield Row(line, {}, str(error))
            continue
        break
    if empty:
        raise InputError(f"`{name}` has a header, but no rows")


def _row(line: int, header: tuple[str, ...], width: int, cells: list[str]) -> Row:
    if len(cells) == width:
        return Row(line, _named(header, cells))
    if len(cells) > width and not any(cells[width:]):
        return Row(line, _named(header, cells[:width]))
    known = _named(header, cells) if len(cells) < width else {}
    return Row(line, known, f"the row has {counted(len(cells), 'value')}, the header {width}")


def _named(header: tuple[str, ...], cells: list[str]) -> dict[str, str]:
    values = dict(zip(header, cells, strict=False))
    values.pop("", None)
    return values


def _lines(name: str, text: TextIO | codecs.StreamReader) -> Iterator[str]:
    """Lines with their ends, split at LF, or at CR in a file that has only those."""
    rest, number, only_cr = "", 0, None
    while True:
        try:
            chunk = text.read(CHUNK)
        except UnicodeDecodeError as error:
            raise InputError(f"`{name}` after line {number + 1}: cannot be decoded") from error
        if not chunk:
            break
        if only_cr is None:
            only_cr = "\r" in chunk and "\n" not in chunk
        if only_cr:
            chunk = chunk.replace("\r", "\n")
        lines = list(StringIO(rest + chunk, newline="\n"))
        rest = "" if lines[-1].endswith("\n") else lines.pop()
        if "\0" in chunk:
            before = next((at for at, line in enumerate(lines) if "\0" in line), len(lines))
            raise InputError(
                f"`{name}` has a NUL byte in line {number + before + 1}",
                hint="the file is damaged or not text; export it again",
            )
        number += len(lines)
        yield from lines
    if rest:
        yield rest
