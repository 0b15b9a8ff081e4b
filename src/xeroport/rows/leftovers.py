"""Texts that a program left behind where it had nothing, or something else, to say.

`nan` is what pandas writes for an empty cell, `200.0` a code that became a number on its way,
`1.00E+05` a number that a spreadsheet cut, `#N/A` a formula that failed. None of them is a name.
"""

from __future__ import annotations

import html
import re
from datetime import date

EMPTY = {"nan": "Python", "NaN": "pandas", "<NA>": "pandas", "NaT": "pandas", "None": "Python"}
EMPTY |= {"NULL": "a database", "null": "a database", "undefined": "JavaScript"}
EMPTY |= {"\\N": "a database", "(null)": "a program", "(blank)": "a pivot table"}
FORMULA_ERRORS = frozenset(
    ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")
) | {"#ERROR!", "#FIELD!", "#BLOCKED!", "#GETTING_DATA"}
WHOLE_FLOAT = re.compile(r"(\d+)\.0")
CUT = re.compile(r"\d(?:[.,]\d+)?E\+\d{2,}")
QUOTED = re.compile(r'="(.*)"|\'(\d[\d.,]*)')
NARROW = re.compile(r"#{3,}")
NOT_FILLED = re.compile(r"\{\{[^{}]*\}\}|\$\{[^{}]*\}")
"""What a template has where a value belongs: `{{name}}`, `${name}`."""
ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{2,5}|#x[0-9a-fA-F]{2,4});")
NO_TEXT = ("[object Object]", "Invalid Date", "Invalid date", "Loading...")
FIRST = frozenset("0123456789nNu<#='\\([IL")
"""What such a text can begin with: nearly all others are ruled out by their first character."""
EMPTY_DAYS = {
    date(1, 1, 1): "a program",
    date(1601, 1, 1): "Windows",
    date(1753, 1, 1): "a database",
    date(1899, 12, 30): "a spreadsheet",
    date(1899, 12, 31): "a spreadsheet",
    date(1900, 1, 1): "a database",
    date(1904, 1, 1): "a spreadsheet",
    date(1970, 1, 1): "a program",
    date(9999, 12, 31): "a database",
}
"""The days at which calendars of programs begin or end, and who writes them for no day."""
LIKELY_YEARS = range(1950, 2100)


def leftover(text: str) -> tuple[str, str] | None:
    """What is wrong with a text that is not empty, and what to do; None for any other text."""
    if text[0] not in FIRST:
        return _not_filled(text)
    if text in EMPTY:
        return f"`{text}` is what {EMPTY[text]} writes where there is no value", "leave it empty"
    if text[0] in "nNu" and EMPTY.keys() >= (words := {*text.split()}):
        return (
            f"`{text}` is what {EMPTY[words.pop()]} writes where there is no value",
            "leave it empty",
        )
    if text in NO_TEXT:
        return f"`{text}` is what a program shows where it has no text", "correct it at the source"
    if text in FORMULA_ERRORS:
        return f"`{text}` is a formula error", "correct it in the spreadsheet"
    if match := WHOLE_FLOAT.fullmatch(text):
        said = f"`{text}` is a text or code that a program took for a number"
        return said, f"write `{match[1]}`; in pandas, read the column with `dtype=str`"
    if CUT.fullmatch(text):
        said = f"`{text}` is a number that a spreadsheet has cut"
        return said, "format the column as text, and enter the number again"
    if match := QUOTED.fullmatch(text):
        inner = match[1] if match[1] is not None else match[2]
        return f"`{text}` has a spreadsheet's marks around it", f"write `{inner}`"
    if NARROW.fullmatch(text):
        return f"`{text}` is a column too narrow for its number", "widen it, and export again"
    return _not_filled(text)


def empty_day(day: date) -> str | None:
    """What is wrong with a date that a program writes where there is no date, and a hint."""
    who = EMPTY_DAYS.get(day)
    return (
        None
        if who is None
        else f"`{day}` is what {who} writes where there is no date\nleave it empty"
    )


def _not_filled(text: str) -> tuple[str, str] | None:
    if "{" in text and (match := NOT_FILLED.search(text)):
        return f"`{match[0]}` is a placeholder that was not filled in", "correct it at the source"
    if "&" in text and ENTITY.search(text):
        return f"`{text}` contains the codes of a web page", f"write `{html.unescape(text)}`"
    if not text.isascii() and (meant := _read_rightly(text)) is not None:
        return f"`{text}` was read in another encoding than it was written in", f"write `{meant}`"
    return None


def _read_rightly(text: str) -> str | None:
    """What `CafÃ©` was before a program took its UTF-8 for Windows-1252; None for other texts."""
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return None
