"""What an organisation has of its country when reports are drawn: words, comparisons, returns."""

from __future__ import annotations

from msgspec import Struct


class TaxReturnField(Struct, frozen=True):
    """One figure of a tax return: the sum of lines of these tax types on one side, with or without
    tax, or the tax itself (`of`: `gross`, `net` or `tax`), less the same of the side `less`."""

    id: str
    description: str
    side: str
    of: str
    tax_types: tuple[str, ...]
    less: str = ""


class TaxReturn(Struct, frozen=True):
    """The tax return that a country's organisations publish."""

    name: str
    type: str
    months: int
    basis: str
    number_field: str
    fields: tuple[TaxReturnField, ...]
    dated: bool = False


class ReportingHabits(Struct, frozen=True):
    """How a country's reports look: words in the place of the usual ones, how many earlier years a
    balance sheet shows unasked, the return that is published, and which account of a bill is which
    box of the 1099-MISC."""

    words: dict[str, str] = {}
    compared_years: int = 1
    tax_return: TaxReturn | None = None
    boxes_1099: dict[str, str] = {}
