"""docs/coverage.md is what the emulator is, and nothing is left unanswered."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

from xeroport.catalogue import load
from xeroport_emulator import coverage
from xeroport_emulator.operations.dispatch import special
from xeroport_emulator.organisation.organisation import TABLES
from xeroport_emulator.rules import RULES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "coverage.md"


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text() == coverage.page(), "run `make docs`"


def test_every_operation_is_on_it_once() -> None:
    text = PAGE.read_text()
    names = [each.name for each in load().endpoints]
    assert len(names) == 235
    assert all(text.count(f"\n| {name} | ") == 1 for name in names)


def test_every_operation_has_something_that_answers_it() -> None:
    for endpoint in load().endpoints:
        if special(endpoint) is None:
            known = RULES if endpoint.is_write else TABLES
            key = endpoint.name if endpoint.is_write else endpoint.record
            assert key in known, endpoint.name


def test_shortfalls_are_of_operations_that_exist() -> None:
    names = [each.name for each in load().endpoints]
    for pattern in coverage.SHORT:
        assert any(fnmatchcase(name, pattern) for name in names), pattern
