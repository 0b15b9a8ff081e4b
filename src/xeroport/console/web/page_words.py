"""Hints that are written for the command line, in the words of the page."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xeroport.rows.problems import Problem

SET = re.compile(r"`--set ([\w.]+)=([^`]+)`")
OPTIONS = {
    "`--update`": "*Send changes of records sent before*",
    "`--key`": "*Save key*",
    "`--map`": "*Columns*",
}
CHOICES = {
    "Type": {"ACCREC": "sales invoices", "ACCPAY": "bills"},
    "LineAmountTypes": {"Inclusive": "amounts with tax", "Exclusive": "amounts without tax"},
}
"""Fields that a file often leaves out, with what each value means."""


def on_page(hint: str | None) -> str:
    """A hint with the names that stand on the page."""
    text = hint or ""
    for option, words in OPTIONS.items():
        text = text.replace(option, words)
    return SET.sub(r"`\2` for `\1` under *The same in every record*", text)


def offered(problems: Iterable[Problem]) -> list[tuple[str, str, str]]:
    """(field, value, in words) of values that every record could get, to choose with one press."""
    names: dict[str, dict[str, str]] = {}
    for problem in problems:
        for name, value in SET.findall(problem.hint or ""):
            choices = CHOICES.get(name, {value: f"{name} {value}"})
            names.setdefault(name, {}).update(choices)
    return [(name, value, words) for name, own in names.items() for value, words in own.items()]
