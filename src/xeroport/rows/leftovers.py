"""Texts that a program left behind where it had nothing, or something else, to say.

`nan` is what pandas writes for an empty cell, `200.0` a code that became a number on its way,
`1.00E+05` a number that a spreadsheet cut, `#N/A` a formula that failed. None of them is a name.
"""

from __future__ import annotations

import re

EMPTY = {"nan": "Python", "NaN": "pandas", "<NA>": "pandas", "NaT": "pandas", "None": "Python"}
EMPTY |= {"NULL": "a database", "null": "a database", "undefined": "JavaScript"}
FORMULA_ERRORS = frozenset(
    ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")
)
WHOLE_FLOAT = re.compile(r"(\d+)\.0")
CUT = re.compile(r"\d(?:[.,]\d+)?E\+\d{2,}")
QUOTED = re.compile(r'="(.*)"|\'(\d[\d.,]*)')
NARROW = re.compile(r"#{3,}")
FIRST = frozenset("0123456789nNu<#='")
"""What such a text can begin with: nearly all others are ruled out by their first character."""


def leftover(text: str) -> tuple[str, str] | None:
    """What is wrong with a text that is not empty, and what to do; None for any other text."""
    if text[0] not in FIRST:
        return None
    if text in EMPTY:
        return f"`{text}` is what {EMPTY[text]} writes where nothing is", "leave it empty"
    if text in FORMULA_ERRORS:
        return f"`{text}` is the error of a formula", "correct it in the spreadsheet"
    if match := WHOLE_FLOAT.fullmatch(text):
        said = f"`{text}` is a text or code that a program took for a number"
        return said, f"write `{match[1]}`; in pandas, read the column with `dtype=str`"
    if CUT.fullmatch(text):
        said = f"`{text}` is a number that a spreadsheet has cut"
        return said, "format the column as text, and enter the number again"
    if match := QUOTED.fullmatch(text):
        inner = match[1] if match[1] is not None else match[2]
        return f"`{text}` has the marks of a spreadsheet around it", f"write `{inner}`"
    if NARROW.fullmatch(text):
        return f"`{text}` is a column too narrow for its number", "widen it, and export again"
    return None
