"""Every command with every failure of start-up: one line, the right status, no run left behind."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_shell import Shell

COMMANDS: dict[str, tuple[str, ...]] = {
    "check": ("instance", "check", "acme"),
    "call": ("call", "acme", "organisation.get"),
    "sync": ("sync", "acme", "accounts"),
    "push": ("push", "acme", "contacts.upsert", "ROWS", "--key", "Name"),
    "fleet": ("fleet", "sync", "*", "--to", "duckdb:BOOKS/{instance}.duckdb", "--workers", "1"),
    "flow": ("flow", "run", "contacts"),
    "rotate": ("instance", "rotate", "acme", "--client-secret-file", "ROWS"),
    "webhook": ("webhook", "add", "acme", "--key-file", "ROWS"),
    "query": ("query", "SELECT 1"),
    "budget": ("budget", "acme"),
    "runs": ("runs",),
    "outbox": ("outbox", "list", "acme"),
    "list": ("instance", "list"),
    "schedules": ("schedule", "list"),
    "schedule": ("schedule", "set", "acme", "0 6 * * *"),
    "plan": ("plan", "acme"),
    "ledger": ("ledger", "acme"),
    "verify": ("verify", "acme"),
    "report": ("report", "acme", "profit_and_loss"),
    "workbook": ("workbook", "acme", "BOOKS.xlsx"),
    "dbt": ("dbt", "acme"),
    "doctor": ("doctor", "acme"),
    "logins": ("login", "--list"),
    "logout": ("logout",),
    "disconnect": ("instance", "disconnect", "acme"),
    "edit": ("instance", "edit", "acme", "--rate-limit", "50/minute"),
    "webhooks": ("webhook", "list"),
    "webhook key": ("webhook", "key", "acme", "--key-file", "ROWS"),
    "alerts": ("alert", "list"),
    "undo": ("outbox", "undo", "acme"),
}


def _wrong_key(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XEROPORT_KEY", "ab" * 32)


def _no_key(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "key").unlink()


def _bad_key(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XEROPORT_KEY", "not a key")


def _damaged_key(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "key").write_text("nonsense")


def _calls_is_a_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in home.glob("calls.sqlite*"):
        path.unlink()
    (home / "calls.sqlite").mkdir()


def _landing_is_a_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "landing").write_text("")


def _books_are_a_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "books.duckdb").mkdir()


def _store_is_text(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in home.glob("xeroport.sqlite-*"):
        path.unlink()
    (home / "xeroport.sqlite").write_text("not a database, but long enough to be read\n" * 50)


def _store_is_a_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in home.glob("xeroport.sqlite*"):
        path.unlink()
    (home / "xeroport.sqlite").mkdir()


def _plain_http(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(home / "xeroport.sqlite") as raw:
        raw.execute("UPDATE instance SET base_url = 'http://xero.example.com'")


FAILURES: dict[str, Callable[[Path, pytest.MonkeyPatch], None]] = {
    "wrong key": _wrong_key,
    "no key": _no_key,
    "bad key": _bad_key,
    "damaged key file": _damaged_key,
    "calls is a folder": _calls_is_a_folder,
    "landing is a file": _landing_is_a_file,
    "books are a folder": _books_are_a_folder,
    "store is text": _store_is_text,
    "store is a folder": _store_is_a_folder,
    "plain http": _plain_http,
}
FLOW = """
key = "ContactID"
[source]
instance = "acme"
endpoint = "contacts.list"
[fields]
Name = "Name"
[target]
file = "out.csv"
"""


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_failed_start_is_one_line_and_leaves_no_run(
    acme: Shell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    failure: str,
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("Name\nAda\n")
    if command == "flow":
        flow = tmp_path / "contacts.toml"
        flow.write_text(FLOW)
        acme.ok("flow", "add", str(flow))
    FAILURES[failure](acme.home, monkeypatch)
    words = [
        word.replace("ROWS", str(rows)).replace("BOOKS", str(tmp_path / "books"))
        for word in COMMANDS[command]
    ]
    result = acme.run(*words)
    said = f"{command} with {failure}: {result.stderr}"
    assert "unexpected" not in result.stderr, said
    assert "Traceback" not in result.stderr, said
    if result.exit_code:
        lines = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1 or command in ("fleet", "doctor"), said
    assert result.exit_code in (0, 1, 2), said
    monkeypatch.undo()
    try:
        with sqlite3.connect(acme.home / "xeroport.sqlite") as raw:
            left = raw.execute("SELECT job, status FROM run").fetchall()
    except sqlite3.Error:
        return
    assert all(status != "running" for _, status in left), (said, left)
    if result.exit_code:
        assert all(status in ("failed", "partial") for _, status in left), (said, left)


def test_a_push_with_a_wrong_key_is_a_failed_run_with_its_reason(
    acme: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("Name\nAda\n")
    monkeypatch.setenv("XEROPORT_KEY", "ab" * 32)
    result = acme.run("push", "acme", "contacts.upsert", str(rows), "--key", "Name")
    assert result.exit_code == 2
    assert "does not open the secrets" in result.stderr
    monkeypatch.delenv("XEROPORT_KEY")
    [run] = json.loads(acme.ok("runs", "--json").stdout)
    assert run["status"] == "failed"
    assert "does not open" in run["report"]["error"]


@pytest.mark.parametrize("command", ["sync", "push", "flow"])
def test_an_unexpected_error_is_a_failed_run_and_exit_1(
    acme: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("Name\nAda\n")
    flow = tmp_path / "contacts.toml"
    flow.write_text(FLOW)
    acme.ok("flow", "add", str(flow))

    async def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("xeroport.xero.client.XeroClient.call", breaks)
    words = [word.replace("ROWS", str(rows)) for word in COMMANDS[command]]
    result = acme.run(*words)
    assert result.exit_code == 1, result.stderr
    assert "unexpected ZeroDivisionError" in result.stderr
    with sqlite3.connect(acme.home / "xeroport.sqlite") as raw:
        left = raw.execute("SELECT job, status, report FROM run").fetchall()
    assert [(job, status) for job, status, _ in left] == [(command, "failed")]
    assert "unexpected ZeroDivisionError" in json.loads(left[0][2])["error"]
