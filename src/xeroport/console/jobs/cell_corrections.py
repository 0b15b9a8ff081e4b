"""Cells of an uploaded table that a person corrected on the page: a patch over the file, which
itself stays as it was. Lines keep their numbers."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from xeroport.console.jobs import sheet_corrections
from xeroport.rows.excel import ENDINGS as SPREADSHEETS

ENDINGS = (".csv", ".tsv", ".txt")
MOST_BYTES = 20_000_000
"""Larger files are corrected where they were made."""
DELIMITERS = ",;\t|"
Corrections = dict[str, dict[str, str]]
"""Line (as text) → column → value."""


def can_correct(path: Path) -> bool:
    """Whether cells of a file can be corrected on the page."""
    if is_sheet(path):
        return path.stat().st_size <= sheet_corrections.MOST_BYTES
    return path.suffix in ENDINGS and path.stat().st_size <= MOST_BYTES


def is_sheet(path: Path) -> bool:
    """Whether a file is a spreadsheet, by its ending."""
    return path.suffix in SPREADSHEETS


def corrected_name(path: Path) -> str:
    """What the corrected file is called."""
    return path.with_suffix(sheet_corrections.ENDING).name if is_sheet(path) else path.name


def _text(path: Path) -> tuple[str, str]:
    """The text of a file and its encoding, as the push reads it."""
    raw = path.read_bytes()
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16"), "utf-16"
    try:
        return raw.decode("utf-8-sig"), "utf-8-sig"
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace"), "cp1252"


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line that it starts in."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    start = 1
    for row in reader:
        yield start, row
        start = reader.line_num + 1


def _head(text: str) -> tuple[str, int, list[str]]:
    """The delimiter, the line of the header, and the names in it."""
    first = text.split("\n", 1)[0].strip().strip('"')
    delimiter = ""
    if first.lower().startswith("sep=") and len(first) > 4:
        delimiter = first[4]
    else:
        delimiter = max(DELIMITERS, key=first.count)
    for line, row in _rows(text, delimiter):
        is_mark = len(row) <= 2 and row and row[0].lower().startswith("sep")
        if any(cell.strip() for cell in row) and not is_mark:
            return delimiter, line, [name.strip() for name in row]
    return delimiter, 1, []


def cells(path: Path, lines: set[int]) -> dict[int, dict[str, str]]:
    """The cells of some lines, by column."""
    if is_sheet(path):
        return sheet_corrections.cells(path, lines)
    text, _ = _text(path)
    delimiter, _, names = _head(text)
    return {
        line: dict(zip(names, row, strict=False))
        for line, row in _rows(text, delimiter)
        if line in lines
    }


def apply(path: Path, corrections: Mapping[str, Mapping[str, str]], into: Path) -> None:
    """Write the file with its corrections; each row stays in its line."""
    if is_sheet(path):
        sheet_corrections.apply(path, corrections, into)
        return
    text, encoding = _text(path)
    delimiter, _, names = _head(text)
    into.parent.mkdir(exist_ok=True, mode=0o700)
    part = into.with_name(f"{into.name}.part")
    with part.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        for line, row in _rows(text, delimiter):
            own = corrections.get(str(line))
            if not row:
                file.write("\n")
                continue
            if own:
                row = [*row, *[""] * (len(names) - len(row))]
                for position, name in enumerate(names):
                    if name in own:
                        row[position] = own[name]
            writer.writerow(row)
    part.replace(into)
