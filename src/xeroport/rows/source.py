"""Where records to push come from: files, standard input, queries, Python iterables.

Every source becomes rows: a line (or row) number and named values. Sources stream; only a CSV is
read twice, the first time to learn its encoding. A row that cannot be read is a broken row, with
its line and column; a file that is no table at all is an InputError.
"""

from __future__ import annotations

import codecs
import csv
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, cast

from xeroport.errors import InputError
from xeroport.rows.json_stream import Broken, elements

if TYPE_CHECKING:
    import duckdb

CHUNK = 1 << 20
FETCH = 5_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it starts in its source (from 1), and its values by column.

    `broken` says why it cannot be used: then `values` are what can be read of it all the same,
    `column` is where the fault is, and `rest_lost` says that nothing after it could be read.
    """

    line: int
    values: Mapping[str, Any]
    broken: str | None = None
    column: int | None = None
    rest_lost: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Rows with a name for messages; `columns` in the file's order, None if rows differ.

    `texts` says that every value is text, as in a CSV, and that an empty one is none.
    """

    name: str
    rows: Iterator[Row]
    columns: tuple[str, ...] | None = None
    texts: bool = False
    notes: tuple[str, ...] = ()
    unit: str = "line"


def open_file(path: str, *, stdin: BinaryIO | None = None) -> Source:
    """The source behind a path, by its ending; `-` is standard input, by its content."""
    if path == "-":
        spool = tempfile.NamedTemporaryFile()  # noqa: SIM115 (the rows own it)
        while chunk := (stdin or sys.stdin.buffer).read(CHUNK):
            spool.write(chunk)
        spool.flush()
        spool.seek(0)
        if spool.read(4) == b"PAR1":
            return _parquet(Path(spool.name), "standard input", spool)
        spool.seek(0)
        return _by_content("standard input", cast(BinaryIO, spool))
    file = Path(path)
    if not file.exists():
        raise InputError(f"there is no file `{path}`", hint="`-` reads standard input")
    if file.is_dir():
        raise InputError(f"`{path}` is a folder", hint="only attachments are pushed from a folder")
    if file.suffix.lower() in (".parquet", ".pq"):
        return _parquet(file, file.name)
    return _by_content(file.name, file.open("rb"), suffix=file.suffix.lower())


def from_rows(rows: Iterable[Mapping[str, Any]]) -> Source:
    """The source of a Python iterable of mappings."""

    def numbered() -> Iterator[Row]:
        for number, values in enumerate(rows, start=1):
            if not isinstance(values, Mapping):
                raise InputError(
                    f"row {number} is a `{type(values).__name__}`, not a mapping",
                    hint="give dictionaries with Xero's field names",
                )
            yield Row(number, values)

    return Source("rows", numbered(), unit="row")


def from_query(query: str, url: str) -> Source:
    """The rows of a query on `duckdb:PATH` or `postgresql://…`, streamed."""
    if url.startswith(("postgresql://", "postgres://")):
        return _postgres(query, url)
    if not url.startswith("duckdb:"):
        raise InputError(
            f"`{url}` is not a database xeroport can query",
            hint="use `duckdb:PATH` or `postgresql://…`",
        )
    path = url.removeprefix("duckdb:")
    if not Path(path).exists():
        raise InputError(f"there is no database `{path}`")
    import duckdb

    try:
        connection = duckdb.connect(path, read_only=True)
        connection.execute(query)
    except duckdb.Error as error:
        raise InputError(f"the query failed: {_first_line(error)}") from error
    return _cursor("query", connection)


def _parquet(file: Path, name: str, owned: object = None) -> Source:
    """The rows of a Parquet file; `owned` lives as long as they do."""
    import duckdb

    connection = duckdb.connect()
    try:
        connection.execute("SELECT * FROM read_parquet(?)", [str(file)])
    except duckdb.Error as error:
        raise InputError(f"`{name}` cannot be read: {_first_line(error)}") from error
    return _cursor(name, connection, owned)


def _cursor(name: str, connection: duckdb.DuckDBPyConnection, owned: object = None) -> Source:
    columns = tuple(each[0] for each in connection.description or ())

    def rows() -> Iterator[Row]:
        number, _ = 0, owned
        while found := connection.fetchmany(FETCH):
            for values in found:
                number += 1
                yield Row(number, dict(zip(columns, values, strict=True)))
        connection.close()

    return Source(name, rows(), columns, unit="row")


def _postgres(query: str, url: str) -> Source:
    try:
        import psycopg
    except ImportError as error:
        raise InputError(
            "Postgres needs the extra `postgres`", hint="pip install 'xeroport[postgres]'"
        ) from error
    try:
        connection = psycopg.connect(url)
        connection.read_only = True
        cursor = connection.cursor("xeroport_push")
        cursor.itersize = FETCH
        cursor.execute(query)
        columns = tuple(each.name for each in cursor.description or ())
    except psycopg.Error as error:
        raise InputError(f"the query failed: {_first_line(error)}") from error

    def rows() -> Iterator[Row]:
        with connection:
            for number, values in enumerate(cursor, start=1):
                yield Row(number, dict(zip(columns, values, strict=True)))

    return Source("query", rows(), columns, unit="row")


def _by_content(name: str, file: BinaryIO, *, suffix: str = "") -> Source:
    encoding, notes = _encoding(name, file)
    file.seek(0)
    text = codecs.getreader(encoding)(file)
    try:
        start = _first_character(text)
    except UnicodeDecodeError as error:
        raise _undecodable(name, error) from error
    file.seek(0)
    text = codecs.getreader(encoding)(file)
    if suffix in (".json", ".ndjson", ".jsonl") or (not suffix and start in ("{", "[")):
        if suffix in (".ndjson", ".jsonl") and start != "[":
            return Source(name, _ndjson_rows(name, text), notes=notes)
        return Source(name, _json_rows(name, text), notes=notes)
    return _csv(name, text, notes)


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
    if head.startswith(b"PK\x03\x04"):
        raise InputError(f"`{name}` is a spreadsheet or zip file", hint="save it as CSV first")
    if head.startswith(b"PAR1"):
        raise InputError(
            f"`{name}` is a Parquet file", hint="give it by its path, ending `.parquet`"
        )
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


def _json_rows(name: str, text: codecs.StreamReader) -> Iterator[Row]:
    empty = True
    try:
        for line, value in elements(text):
            empty = False
            if isinstance(value, dict):
                yield Row(line, value)
            elif isinstance(value, Broken):
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
    for line, each in enumerate(_lines(name, text), start=1):
        if not each.strip():
            continue
        empty = False
        try:
            value = json.loads(each, parse_float=Decimal)
        except json.JSONDecodeError as error:
            yield Row(line, {}, f"not valid JSON: {error.msg}", error.colno)
            continue
        if isinstance(value, dict):
            yield Row(line, value)
        else:
            yield Row(line, {}, _no_object(value))
    if empty:
        raise InputError(f"`{name}` holds no records")


def _no_object(value: Any) -> str:
    return f"a record must be an object, not `{json.dumps(value, default=str)[:40]}`"


def _csv(name: str, text: codecs.StreamReader, notes: tuple[str, ...]) -> Source:
    csv.field_size_limit(sys.maxsize)
    lines = _lines(name, text)
    first = next(lines, "")
    delimiter = max(",;\t|", key=lambda mark: (first.count(mark), mark == ","))
    reader = csv.reader(_chain(first, lines), delimiter=delimiter, strict=True)
    try:
        header = tuple(cell.strip() for cell in next(reader, []))
    except csv.Error as error:
        raise InputError(f"`{name}` line 1: {error}") from error
    if not any(header):
        raise InputError(f"`{name}` has no header", hint="the first line must name the columns")
    while header and not header[-1]:
        header = header[:-1]
    for number, column in enumerate(header, start=1):
        if not column:
            raise InputError(f"`{name}` line 1: column {number} has no name")
        if column in header[: number - 1]:
            raise InputError(f"`{name}` line 1: two columns are called `{column}`")
    return Source(name, _csv_rows(name, reader, header), header, texts=True, notes=notes)


def _csv_rows(name: str, reader: Any, header: tuple[str, ...]) -> Iterator[Row]:
    width, empty = len(header), True
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            empty = False
            if str(error) == "unexpected end of data":
                said = "a quoted value does not end; nothing after it can be read"
                yield Row(line, {}, said, rest_lost=True)
                return
            yield Row(line, {}, str(error))
            continue
        if cells is None:
            break
        if len(cells) != width:
            if not any(cells):
                continue
            if len(cells) > width and not any(cells[width:]):
                del cells[width:]
            else:
                empty = False
                known = dict(zip(header, cells, strict=False)) if len(cells) < width else {}
                yield Row(line, known, f"the row has {len(cells)} values, the header {width}")
                continue
        elif width == 1 and not cells[0]:
            continue
        empty = False
        yield Row(line, dict(zip(header, cells, strict=True)))
    if empty:
        raise InputError(f"`{name}` has a header, but no rows")


def _lines(name: str, text: TextIO | codecs.StreamReader) -> Iterator[str]:
    """Lines with their ends, split at LF, or at CR in a file that has only those."""
    rest, number, only_cr = "", 1, None
    while True:
        try:
            chunk = text.read(CHUNK)
        except UnicodeDecodeError as error:
            raise InputError(f"`{name}` after line {number}: cannot be decoded") from error
        if not chunk:
            break
        if only_cr is None:
            only_cr = "\r" in chunk and "\n" not in chunk
        if only_cr:
            chunk = chunk.replace("\r", "\n")
        parts = (rest + chunk).split("\n")
        rest = parts.pop()
        for part in parts:
            if "\0" in part:
                raise InputError(
                    f"`{name}` has a NUL byte in line {number}",
                    hint="the file is damaged or not text; export it again",
                )
            number += 1
            yield part + "\n"
    if rest:
        yield rest


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    if first:
        yield first
    yield from rest


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def text_of(value: Any) -> str:
    """A value of any source as text, for keys and messages."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value).strip()
