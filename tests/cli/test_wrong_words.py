"""Every command and sub-command with words it cannot take: one line, a hint, the right status."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from cli_shell import Shell, Xero
from click.testing import Result
from tests.cli.test_help import commands

STAYS = {"serve", "console", "mcp", "emulator", "demo", "login"}
"""Commands that start something that stays, where wrong words might be right ones."""
RIGHT = {"endpoint": "invoices.list", "statement_name": "profit-and-loss"}
MAY_BE_EMPTY = {
    "instance": {"--scopes", "--tenant-id", "--identity-url", "--decimal-mark"},
    "outbox": {"--reason"},
}
LEAVES = {
    path: command
    for path, command, _ in commands()
    if path and not isinstance(command, click.Group)
}


def needed(command: click.Command) -> list[str]:
    """Words for the arguments that a command needs."""
    return [
        RIGHT.get(parameter.name or "", "acme")
        for parameter in command.params
        if isinstance(parameter, click.Argument) and parameter.required
    ]


def assert_refused(result: Result, words: tuple[str, ...]) -> None:
    """It ended with a status for bad input, in one line with a hint, and no traceback."""
    assert result.exit_code in (1, 2), (words, result.stdout, result.stderr)
    lines = result.stderr.splitlines()
    assert any(line.startswith("error: ") for line in lines), (words, result.stderr)
    assert "unexpected" not in result.stderr, (words, result.stderr)
    assert "Traceback" not in result.stderr, words


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory, xero: Xero) -> Shell:
    """One home for the whole table: nothing in it is changed by what is refused."""
    shell = Shell(tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEYRING", "off")
        assert shell.add(xero).exit_code == 0
    return shell


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder where a file that is written by mistake harms nobody."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("path", sorted(LEAVES))
def test_an_unknown_option_and_a_missing_argument(path: str, shell: Shell) -> None:
    words = (*path.split(), "--nosuch")
    result = shell.run(*words)
    assert result.exit_code == 2
    assert "no such option `--nosuch`" in result.stderr
    assert json.loads(shell.run(*words, "--json").stdout)["error"]["kind"] == "UsageError"
    if needed(LEAVES[path]):
        result = shell.run(*path.split())
        assert result.exit_code == 2
        assert result.stderr.startswith("error: ")
        assert "hint: " in result.stderr


@pytest.mark.parametrize("path", sorted(LEAVES))
def test_an_option_with_an_empty_value(path: str, shell: Shell) -> None:
    command = LEAVES[path]
    for option in command.params:
        if not isinstance(option, click.Option) or option.is_flag or option.name == "home":
            continue
        name = option.opts[-1]
        if name in MAY_BE_EMPTY.get(path.split()[0], ()):
            continue
        for given in ((name, ""), (name, "  "), (f"{name}=",)):
            words = (*path.split(), *needed(command), *given)
            result = shell.run(*words)
            assert result.exit_code == 2, words
            assert f"`{name}` has an empty value" in result.stderr, (words, result.stderr)
        document = json.loads(shell.run(*words, "--json").stdout)
        assert document["error"]["kind"] == "InputError"


@pytest.mark.parametrize("path", sorted(set(LEAVES) - STAYS))
def test_names_that_there_are_not(path: str, shell: Shell) -> None:
    command = LEAVES[path]
    words = needed(command)
    if not words or path in ("alert add", "instance add", "webhook key"):
        return
    for wrong in ("", "nosuch", "ünï-☃", "-", "a b", "x" * 300, "http://127.0.0.1:1/x", "\x1b[31m"):
        for position in range(len(words)):
            asked = (*path.split(), *words[:position], wrong, *words[position + 1 :])
            assert_refused(shell.run(*asked), asked)
    document = json.loads(shell.run(*asked, "--json").stdout)
    assert set(document["error"]) == {"kind", "message", "hint"}


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("call", "acme", "invoices.list"), "--output"),
        (("outbox", "list", "acme"), "--out"),
        (("push", "acme", "contacts.upsert", "rows.csv", "--key", "Name"), "--out"),
        (("doctor", "acme"), "--output"),
        (("report", "acme", "profit-and-loss"), "--xlsx"),
    ],
)
def test_files_that_cannot_be_written(
    words: tuple[str, ...], option: str, shell: Shell, tmp_path: Path
) -> None:
    for wrong in ("https://example.com/x", ".", "no/such/folder/x.csv", "-"):
        if (option, wrong) == ("--output", "-") and words[0] == "call":
            continue  # standard output
        result = shell.run(*words, option, wrong, "--json")
        assert result.exit_code == 2, (words, wrong, result.stderr)
        assert json.loads(result.stdout)["error"]["kind"] == "InputError"
    assert list(tmp_path.iterdir()) == []


def test_a_reply_to_stdout_by_name(shell: Shell, tmp_path: Path) -> None:
    shown = shell.ok("call", "acme", "organisation.get", "--output", "-").stdout
    assert json.loads(shown)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("query", "select 1", "--limit", "many"), "`many` is not a whole number"),
        (("sync", "acme", "--full-every", "often"), "`often` is not a number"),
        (("report", "acme", "cash", "--at", "soon"), "`soon` is not a date such as `2026-01-31`"),
        (("login", "--list", "xero"), "`--list` lists all logins; leave `xero` out"),
        (("outbox", "list", "acme", "--endpoint", "nosuch"), "there is no endpoint `nosuch`"),
        (
            ("report", "acme", "cash", "--csv", "--json"),
            "`--csv` and `--json` cannot be used together",
        ),
        (("ledger", "acme", "--from", "9999-01"), "`9999-01` is not over yet"),
        (("dbt", "acme", "acme"), "`acme` is named twice"),
    ],
)
def test_words_of_a_person(words: tuple[str, ...], said: str, shell: Shell) -> None:
    result = shell.run(*words)
    assert result.exit_code == 2
    assert said in result.stderr
