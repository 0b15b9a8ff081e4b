"""Hints that are written for the command line, in the words of the page."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xeroport.rows.problems import Choice, Problem

SET = re.compile(r"`--set ([\w.]+)=([^`]+)`")
OPTIONS = {
    "`--update`": "*Send changes of records sent before*",
    "`--key`": "*Save key*",
    "`--map`": "*Columns*",
    "`xeroport alert mail` sets it": "enter it under *The mail server for alerts*",
    "`xeroport instance rotate NAME`": "enter the one that Xero shows now",
}
COMMANDS = tuple(
    (re.compile(f"`xeroport {command}`"), words)
    for command, words in (
        ("outbox retry [^`]+", "*Retry* in the outbox"),
        ("outbox [^`]+ --status unknown", "*Unknown* in the outbox"),
        ("outbox", "the outbox"),
        ("instance edit [^`]+ --date-format [^`]+", "*Settings* of the organisation"),
        ("instance (?:list|show [^`]+)", "*Organisations*"),
        ("runs", "*Runs*"),
        ("flow list", "*Flows*"),
        ("flow (?:refused|runs) [^`]+", "the page of the flow"),
        ("schedule list", "*Schedules*"),
        ("webhook key [^`]+", "*Signing keys* below"),
        ("endpoints", "*Endpoints*"),
        ("describe [^`]+", "what its page says of each"),
    )
)
"""Commands that a hint names, and where the page has the same."""
CHOSEN_UNDER: dict[Choice, str] = {
    "dates": "choose it under *Dates in the file*",
    "decimal mark": "choose it under *Decimal mark*",
}
ITEM = re.compile(r"((?:^|; )[A-Z][A-Za-z]+)\.(\d{1,6})\.(?=[A-Za-z.]+:)")
PLACE = re.compile(r"`(duckdb|parquet):(?:[^`]*[/\\])?([^`/\\]+)`")
PLACES = {"duckdb": "the DuckDB file", "parquet": "the Parquet folder"}
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
    text = PLACE.sub(lambda found: f"{PLACES[found[1]]} `{found[2]}`", _on_pages(text))
    return SET.sub(r"`\2` for `\1` under *The same in every record*", text)


def to_settle(problem: Problem) -> str:
    """What settles a problem of a file that is reviewed."""
    return CHOSEN_UNDER[problem.asks] if problem.asks else on_page(problem.hint)


def _on_pages(text: str) -> str:
    for command, words in COMMANDS:
        text = command.sub(words, text)
    return text


def offered(problems: Iterable[Problem]) -> list[tuple[str, str, str]]:
    """(field, value, in words) of values that every record could get, to choose with one press."""
    names: dict[str, dict[str, str]] = {}
    for problem in problems:
        for name, value in SET.findall(problem.hint or ""):
            choices = CHOICES.get(name, {value: f"{name} {value}"})
            names.setdefault(name, {}).update(choices)
    return [(name, value, words) for name, own in names.items() for value, words in own.items()]


def in_flow(message: str) -> str:
    """A message about a record of a flow, whose lines are counted as people count."""
    return _on_pages(ITEM.sub(lambda found: f"{found[1]} {int(found[2]) + 1}.", message))
