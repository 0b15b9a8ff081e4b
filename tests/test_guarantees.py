"""docs/guarantees.md: every promise has tests that exist, and none is made elsewhere without it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "guarantees.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and "attacked by" not in line
]
NO_PROMISE = {
    "Instances",
    "Reading",
    "Values",
    "Writing",
    "Calling",
    "Emulator",
    "Books",
    "Console",
    "Python",
}
"""Heads of README's table of features that only name what there is."""


def heads(text: str, pattern: str) -> list[str]:
    return [" ".join(found.split()) for found in re.findall(pattern, text, re.MULTILINE)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: re.sub(r"[*`]", "", row[0])[:40])
def test_a_promise_has_tests_that_exist(row: list[str]) -> None:
    assert len(row) == 3
    files = re.findall(r"`(tests/[\w/]+\.py)`", row[2])
    assert files
    for name in files:
        file = ROOT / name
        assert file.exists(), name
        text = file.read_text()
        assert re.search(r"^ *(async )?def test_|^class Test\w+|^Test\w+ = ", text, re.MULTILINE), (
            name
        )
    if "soak" in row[2]:
        assert any("mark.soak" in (ROOT / name).read_text() for name in files)


def test_what_security_and_readme_promise_is_in_the_table() -> None:
    security = (ROOT / "SECURITY.md").read_text().partition("## What Xero learns")[0]
    readme = (ROOT / "README.md").read_text()
    bullet, head = r"^- \*\*([^*]+)\*\*", r"^\| \*\*([^*]+)\*\* \|"
    promised = heads(security, bullet) + heads(readme, bullet) + heads(readme, head)
    assert len(promised) >= 20
    firsts = " ".join(row[0] for row in ROWS)
    assert [
        name for name in promised if name not in NO_PROMISE and f"**{name}**" not in firsts
    ] == []
