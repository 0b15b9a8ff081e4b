"""Several instances, one organisation: what one sent, the others do not send again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_shell import Shell, Xero
from click.testing import Result

LINES = [
    {"LineAmount": "5.00", "AccountCode": "200", "TaxType": "NONE"},
    {"LineAmount": "-5.00", "AccountCode": "400", "TaxType": "NONE"},
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "journals.json"
    rows = [{"Narration": f"J{n}", "Date": "2026-11-01", "JournalLines": LINES} for n in range(2)]
    path.write_text(json.dumps(rows))
    return path


def push(shell: Shell, name: str, file: Path) -> Result:
    words = ("push", name, "manual_journals.create", str(file), "--key", "Narration", "--yes")
    return shell.ok(*words)


def held(xero: Xero) -> int:
    return len(list(xero.emulator.organisation.tables["ManualJournal"]))


def test_an_instance_that_was_not_checked_is_no_other_organisation(
    shell: Shell, own_xero: Xero, file: Path
) -> None:
    shell.add(own_xero, "a")
    push(shell, "a", file)
    shell.add(own_xero, "b", "--no-check")
    push(shell, "b", file)
    assert held(own_xero) == 2


def test_a_check_after_the_push_keeps_what_was_sent(
    shell: Shell, own_xero: Xero, file: Path
) -> None:
    shell.add(own_xero, "a", "--no-check")
    push(shell, "a", file)
    shell.ok("instance", "check", "a")
    push(shell, "a", file)
    assert held(own_xero) == 2


def test_an_instance_that_was_removed_and_added_unchecked(
    shell: Shell, own_xero: Xero, file: Path
) -> None:
    shell.add(own_xero, "a")
    push(shell, "a", file)
    shell.ok("instance", "remove", "a", "--confirm", "a")
    shell.add(own_xero, "b", "--no-check")
    push(shell, "b", file)
    assert held(own_xero) == 2


def test_an_edit_that_was_not_checked_forgets_the_organisation(
    shell: Shell, own_xero: Xero, file: Path
) -> None:
    """Other credentials may reach another one: nothing counts as sent there."""
    shell.add(own_xero, "a")
    shell.ok("instance", "edit", "a", "--client-id", "other", "--no-check")
    shown = shell.data("instance", "show", "a")
    assert not shown.get("organisation")
