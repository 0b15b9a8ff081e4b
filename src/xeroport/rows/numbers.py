"""Numbers as people write them: `1,200.00`, `(1,200.00)`, `£1,200`, `1.200,50`, `20%`.

The decimal mark is a matter of the whole column, and of the other columns of a file: `1,200` alone
is twelve hundred to some and one and a fifth to others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from xeroport.settings import Mark

EITHER: frozenset[Mark] = frozenset((".", ","))
POINT: frozenset[Mark] = frozenset((".",))
SURE_POINT = re.compile(r"\d+\.\d\d?", re.ASCII)
"""A number whose point can only begin its decimals."""
PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
EXPONENT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)[eE][+-]?\d{1,3}")
CURRENCY = r"(?:[A-Za-z]{0,3}[$£€¥₹₩₽₺₫₱₦฿₪]|[A-Z]{3}|(?i:kr|rs|zł|kč|ft|lei|fr|rm|rp|sfr)\.?)"
NO_CENTS = re.compile(r"(?<=\d)([.,])[-–—−]{1,2}(?=\s*(?:[^\d\s]|$))")
"""What stands for `00` after a decimal mark: `10.-` and `10,--` are ten."""
DRESSED = re.compile(
    rf"(?P<before>[-+−(]?)\s*(?P<money>{CURRENCY})?\s*(?P<inner>[-+−]?)\s*"
    rf"(?P<digits>[\d.,'’\s]*\d[\d.,'’\s]*?)\s*(?P<percent>%)?\s*(?P<money2>{CURRENCY})?\s*"
    r"(?P<after>[-)]?)"
)
ZERO = re.compile(rf"(?:{CURRENCY})?\s*[-–—−]\s*(?:{CURRENCY})?")
"""What spreadsheets show for zero in columns of money."""
BLANKS = re.compile(r"[\s'’]")
LOOSE = re.compile(r"\d{1,3}(?:[\s'’]\d{3})+(?:[.,]\d*)?|[\d.,]+")
WITH_POINT = re.compile(r"(?:\d+|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d\d)+,\d{3})?(?:\.\d*)?")
"""The third form is that of lakhs and crores: `1,23,456.00`."""
WITH_COMMA = re.compile(r"(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)?(?:,\d*)?")
ONE_GROUP = re.compile(r"[1-9]\d{0,2}([.,])\d{3}")


class WrittenNumber(NamedTuple):
    """A number as it was written: its digits and marks, its sign, and whether it is a per cent."""

    digits: str
    is_negative: bool
    is_percent: bool
    is_dressed: bool


@dataclass(slots=True)
class NumberColumn:
    """What the numbers of one column, taken in one after another, say about the decimal mark."""

    marks: frozenset[Mark] = EITHER
    open_one: tuple[int, str] | None = None
    open_point: tuple[int, str] | None = None
    dressed: tuple[int, str] | None = None
    clash: tuple[int, str] | None = None

    def add(self, text: str, line: int) -> None:
        """Take in one text; what is no number says nothing about the column."""
        if text.isdigit() or (self.marks == POINT and SURE_POINT.fullmatch(text)):
            return
        possible = marks_of(text)
        if not possible:
            return
        written = _written(text)
        if written is not None and (written.is_dressed or "," in written.digits):
            self.dressed = self.dressed or (line, text)
        if possible == EITHER:
            if written is not None and "," in written.digits:
                self.open_one = self.open_one or (line, text)
            elif written is not None and "." in written.digits:
                self.open_point = self.open_point or (line, text)
        elif self.marks & possible:
            self.marks &= possible
        elif self.clash is None:
            self.clash = (line, text)

    def open_at(self, *, doubts_points: bool = False) -> tuple[int, str] | None:
        """A number whose only mark may be either, where nothing in the column says which; a point
        counts only where it is doubted, since most programs write decimals with one."""
        if self.marks != EITHER:
            return None
        return self.open_one or (self.open_point if doubts_points else None)


@lru_cache(maxsize=4_096)
def marks_of(text: str) -> frozenset[Mark]:
    """Which decimal marks a text can be read with; empty where it is no number."""
    written = _written(text)
    if written is None:
        return frozenset()
    digits = written.digits
    if "." not in digits and "," not in digits:
        return EITHER
    if ONE_GROUP.fullmatch(digits):
        return EITHER
    found: set[Mark] = set()
    if WITH_POINT.fullmatch(digits):
        found.add(".")
    if WITH_COMMA.fullmatch(digits):
        found.add(",")
    return frozenset(found)


@lru_cache(maxsize=4_096)
def number_of(text: str, mark: Mark = ".") -> tuple[Decimal, bool] | None:
    """The number that a text means, and whether it is a per cent; None where it means none."""
    text = text.strip()
    if mark == "." and (PLAIN.fullmatch(text) or EXPONENT.fullmatch(text)):
        return Decimal(text), False
    written = _written(text)
    if written is None:
        return None
    pattern = WITH_POINT if mark == "." else WITH_COMMA
    if not pattern.fullmatch(written.digits):
        return None
    other = "," if mark == "." else "."
    number = Decimal(written.digits.replace(other, "").replace(mark, "."))
    return (-number if written.is_negative else number), written.is_percent


def decimal_in(value: Any) -> Decimal | None:
    """The number that a value of a row is, or that its text means; None for any other."""
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return Decimal(value)
    read = number_of(value) if isinstance(value, str) else None
    return None if read is None else read[0]


def is_dash(text: str) -> bool:
    """Whether a text is the dash that a spreadsheet shows for zero in a column of money."""
    return ZERO.fullmatch(text.strip()) is not None


@lru_cache(maxsize=4_096)
def _written(text: str) -> WrittenNumber | None:
    text = text.strip()
    if PLAIN.fullmatch(text):
        return WrittenNumber(text.lstrip("+-"), text.startswith("-"), False, False)
    text = NO_CENTS.sub(r"\1", text)
    if is_dash(text):
        return WrittenNumber("0", False, False, True)
    match = DRESSED.fullmatch(text)
    if match is None or not LOOSE.fullmatch(match["digits"].strip()):
        return None
    if match["money"] and match["money2"]:
        return None
    signs = [match[name] for name in ("before", "inner", "after") if match[name]]
    in_brackets = match["before"] == "(" or match["after"] == ")"
    if in_brackets and signs != ["(", ")"]:
        return None
    if not in_brackets and len(signs) > 1:
        return None
    is_negative = in_brackets or any(sign in "-−" for sign in signs)
    digits = BLANKS.sub("", match["digits"])
    return WrittenNumber(digits, is_negative, match["percent"] is not None, True)
