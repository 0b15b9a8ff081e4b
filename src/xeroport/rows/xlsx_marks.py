"""What a cell's value alone does not say in an `.xlsx` file: per cents, errors and hidden rows.

A cell that shows `20%` holds 0.2, a formula that fails holds nothing, nor does one that no
program has calculated yet, and a hidden row looks like any other. The library that reads the values
leaves these out, so they are read from the file here.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.parsers import expat

CHUNK = 1 << 16
OWN_PERCENT = {"9", "10"}
"""The numbers of the two per cent formats that every file knows: `0%` and `0.00%`."""
QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
REFERENCE = re.compile(r"([A-Z]{1,3})([1-9]\d*)")

Start = Callable[[str, dict[str, str]], None]


@dataclass(slots=True)
class Marks:
    """Cells by (row, column), both from 1, and rows from 1."""

    percents: set[tuple[int, int]] = field(default_factory=set)
    uncalculated: set[tuple[int, int]] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)


def read(path: Path, sheet: str) -> Marks:
    """The marks of a sheet; none where the file is not laid out as expected."""
    marks = Marks()
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part_of(archive, sheet)
            if part is None:
                return marks
            percents = _percent_styles(archive)
            with archive.open(part) as file:
                _scan(file, marks, percents)
    except (zipfile.BadZipFile, KeyError, OSError, expat.ExpatError):
        return Marks()
    return marks


def column_number(letters: str) -> int:
    """The number of a column: `A` → 1, `AA` → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """The letters of a column: 1 → `A`, 27 → `AA`."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The part of the archive that holds a sheet, by way of the workbook's relations."""
    relation: dict[str, str] = {}
    target: dict[str, str] = {}

    def in_workbook(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            found = next((v for k, v in attributes.items() if k.rsplit(":", 1)[-1] == "id"), "")
            relation[attributes.get("name", "")] = found

    def in_relations(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            target[attributes.get("Id", "")] = attributes.get("Target", "")

    with archive.open("xl/workbook.xml") as file:
        parse(file, in_workbook)
    with archive.open("xl/_rels/workbook.xml.rels") as file:
        parse(file, in_relations)
    path = target.get(relation.get(sheet, ""))
    if not path:
        return None
    return path.lstrip("/") if path.startswith("/") else posixpath.normpath(f"xl/{path}")


def _percent_styles(archive: zipfile.ZipFile) -> frozenset[str]:
    """The numbers of the cell styles that show a per cent."""
    formats: dict[str, str] = {}
    percents: set[str] = set()
    state = {"inside": False, "number": 0}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            state["inside"] = True
        elif name in ("cellStyles", "dxfs"):
            state["inside"] = False
        elif name == "xf" and state["inside"]:
            number = attributes.get("numFmtId", "")
            if number in OWN_PERCENT or shows_per_cent(formats.get(number, "")):
                percents.add(str(state["number"]))
            state["number"] += 1

    if "xl/styles.xml" in archive.namelist():
        with archive.open("xl/styles.xml") as file:
            parse(file, start)
    return frozenset(percents)


def _scan(file: IO[bytes], marks: Marks, percents: frozenset[str]) -> None:
    state = {"row": 0, "column": 0}
    failing: list[tuple[int, int]] = []
    formula: list[tuple[int, int]] = []
    cell = {"text": "", "type": "", "inside": ""}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            state["row"] = int(attributes.get("r", state["row"] + 1))
            state["column"] = 0
            if attributes.get("hidden") in ("1", "true"):
                marks.hidden.add(state["row"])
        elif name == "c":
            match = REFERENCE.fullmatch(attributes.get("r", ""))
            state["column"] = column_number(match[1]) if match else state["column"] + 1
            place = (state["row"], state["column"])
            if attributes.get("s") in percents:
                marks.percents.add(place)
            failing.clear()
            formula.clear()
            cell["text"], cell["type"] = "", attributes.get("t", "")
            if attributes.get("t") == "e":
                marks.errors[place] = "an error"
                failing.append(place)
        elif name == "f":
            formula.append((state["row"], state["column"]))
        cell["inside"] = name

    def text(data: str) -> None:
        if cell["inside"] != "f":
            cell["text"] += data
        if failing and data.startswith("#"):
            marks.errors[failing[0]] = data.strip()

    def end(name: str) -> None:
        cell["inside"] = ""
        if name == "c" and formula and cell["type"] != "str" and not cell["text"].strip():
            marks.uncalculated.add(formula[0])

    parse(file, start, text, end)


def shows_per_cent(number_format: str) -> bool:
    """Whether numbers of a format are shown as per cents."""
    return "%" in QUOTED.sub("", number_format)


def parse(
    file: IO[bytes],
    start: Start,
    text: Callable[[str], None] | None = None,
    end: Callable[[str], None] | None = None,
) -> None:
    """Go through a part of an archive; names of elements come without their prefixes."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        start(name.rsplit(":", 1)[-1], dict(attributes))

    parser.StartElementHandler = begin
    if text is not None:
        parser.CharacterDataHandler = text
    if end is not None:
        finish = end
        parser.EndElementHandler = lambda name: finish(name.rsplit(":", 1)[-1])
    while chunk := file.read(CHUNK):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
