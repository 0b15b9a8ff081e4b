"""`--json` is one document whatever a command does; a reader that goes away is no error."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli_shell import Shell, Xero


@pytest.fixture
def busy(shell: Shell, xero: Xero, tmp_path: Path) -> Shell:
    """An instance with something of everything, and a working folder."""
    assert shell.add(xero).exit_code == 0
    shell.ok("sync", "acme", "organisation", "contacts", "accounts", "invoices")
    (tmp_path / "contacts.csv").write_text("Name\nZed Ltd\n")
    return shell


def test_every_command_that_changes_something_says_so_in_one_document(
    busy: Shell, tmp_path: Path
) -> None:
    rows = str(tmp_path / "contacts.csv")
    for words in (
        ("schedule", "set", "acme", "hourly"),
        ("schedule", "pause", "acme"),
        ("schedule", "resume", "acme"),
        ("schedule", "runs", "acme"),
        ("schedule", "remove", "acme"),
        ("alert", "add", "pager", "http://127.0.0.1:9/x"),
        ("alert", "list"),
        ("alert", "remove", "pager"),
        ("alert", "mail", "--host", "mail.example.com", "--from", "books@example.com"),
        ("completion", "bash"),
        ("outbox", "list", "acme", "--out", str(tmp_path / "outbox.csv")),
        ("push", "acme", "contacts.upsert", rows, "--key", "Name", "--dry-run"),
        ("outbox", "retry", "acme"),
        ("outbox", "approve", "acme", "--yes"),
        ("call", "acme", "organisation.get"),
        ("call", "acme", "organisation.get", "--output", str(tmp_path / "organisation.json")),
        ("plan", "acme"),
        ("runs",),
        ("runs", "show", "1"),
        ("budget", "acme"),
        ("fleet", "status"),
        ("instance", "edit", "acme", "--date-format", "DD/MM/YYYY"),
        ("instance", "remove", "acme", "--confirm", "acme"),
    ):
        result = busy.run(*words, "--json")
        assert result.exit_code == 0, (words, result.stderr)
        document = json.loads(result.stdout)
        assert isinstance(document, dict | list), words


def test_flows_too(busy: Shell, tmp_path: Path) -> None:
    file = tmp_path / "names.toml"
    file.write_text(
        f'key = "Name"\n[source]\nfiles = "{tmp_path}/contacts.csv"\n'
        '[fields]\nName = "Name"\n[target]\ninstance = "acme"\nendpoint = "contacts.upsert"\n'
    )
    for words in (
        ("add", str(file)),
        ("list",),
        ("disable", "names"),
        ("enable", "names"),
        ("show", "names"),
        ("runs", "names"),
        ("refused", "names"),
        ("remove", "names"),
    ):
        assert isinstance(json.loads(busy.ok("flow", *words, "--json").stdout), dict | list), words


def test_a_reader_that_goes_away_is_no_error(busy: Shell) -> None:
    many = "select range, repeat('x', 200) from range(20000)"
    for words in (("query", many, "--csv"), ("query", many, "--json"), ("endpoints",)):
        command = [sys.executable, "-m", "xeroport", "--home", str(busy.home), *words]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.readline()
            process.stdout.close()
            said = process.stderr.read()
            assert process.wait(30) == 0, (words, said)
            assert "error" not in said
