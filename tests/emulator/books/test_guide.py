"""What the emulator's guide shows runs, and what it names exists."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from xeroport_emulator.gateway.faults import KINDS, parsed_faults

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "guide" / "emulator.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_run(example: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_every_fault_is_in_the_table_and_every_one_in_the_table_exists() -> None:
    table = PAGE.partition("| kind | what happens |")[2].partition("\n\n")[0]
    named = {kind for row in table.splitlines() for kind in re.findall(r"`([^`]+)`", row)}
    assert named == set(KINDS)


def test_the_faults_that_are_shown_can_be_given() -> None:
    shown = re.findall(r"--faults (\S+)", PAGE)
    assert shown
    for text in shown:
        assert parsed_faults(text)
