"""A planted secret, and the tokens it brings, are found in nothing that the program writes."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_shell import Shell, Xero

from xeroport import log_file, logs
from xeroport.secrets.vault import Vault
from xeroport.store.database import Store


def tokens(home: Path) -> set[str]:
    """The access tokens that a home folder holds, unsealed."""
    import sqlite3

    vault: Vault = Store(home).vault
    with sqlite3.connect(home / "calls.sqlite") as raw:
        rows = raw.execute(
            "SELECT instance, fingerprint, sealed FROM token WHERE sealed IS NOT NULL"
        ).fetchall()
    return {
        vault.unseal(sealed, bound_to=f"token {instance} {fingerprint}").reveal()
        for instance, fingerprint, sealed in rows
    }


def test_nothing_that_is_written_holds_a_secret(
    own_xero: Xero, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = own_xero.emulator.client_secret
    shell = Shell(tmp_path / "home")
    words = (
        ("instance", "list"),
        ("instance", "show", "acme"),
        ("instance", "show", "acme", "--json"),
        ("instance", "check", "acme"),
        ("call", "acme", "organisation.get"),
        ("call", "acme", "contacts.list", "--all"),
        ("call", "acme", "invoices.get", "InvoiceID=00000000-0000-0000-0000-000000000001"),
        ("call", "acme", "contacts.upsert", "--body", "-"),
        ("budget", "acme"),
        ("runs",),
        ("instance", "edit", "acme", "--client-id", "WRONG"),
        ("instance", "rotate", "acme", "--client-secret-file", "-"),
    )
    said = [shell.add(own_xero, "acme").output]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    for each in words:
        done = subprocess.run(
            [sys.executable, "-m", "xeroport", "--home", str(shell.home), *each],
            input="planted-Wrong-4711" if "rotate" in each else "{",
            capture_output=True, text=True, check=False, env=environment,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        said += [done.stdout, done.stderr]
    own_xero.emulator.switches.change(connected=False)
    said.append(shell.run("instance", "check", "acme").output)
    planted = {secret, "planted-Wrong-4711", *tokens(shell.home)}
    assert len(planted) >= 3
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert shell.home / "xeroport.sqlite" in files
    for each in planted:
        assert not any(each in text for text in said)
        for path, content in files.items():
            assert each.encode() not in content, path
            assert each.encode("utf-16-le") not in content, path


def test_private_files_are_private(acme: Shell) -> None:
    if os.name != "posix":
        pytest.skip("modes of files")
    for path in (acme.home, acme.home / "key", acme.home / "xeroport.log"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_log_strikes_out_what_looks_secret(tmp_path: Path) -> None:
    path = log_file.set_up(tmp_path)
    logs.hide("planted-Sesame-4711")
    log = logging.getLogger("xeroport.test")
    try:
        raise RuntimeError("planted-Sesame-4711 in a traceback")
    except RuntimeError:
        log.exception("failed with %s", "planted-Sesame-4711")
    log.warning("Authorization: Bearer abcdefghijkl.mnop")
    log.warning("Authorization: Basic QUJDOmRlZmdoaWprbG0=")
    log.warning("grant_type=client_credentials&client_secret=hunter2hunter2&scope=x")
    log.warning(json.dumps({"access_token": "opaque-token-1"}, separators=(",", ":")))
    assert path is not None
    text = path.read_text()
    assert "in a traceback" in text
    for hidden in (
        "Sesame", "abcdefghijkl", "QUJDOmRlZmdoaWprbG0", "hunter2hunter2", "opaque-token-1",
    ):  # fmt: skip
        assert hidden not in text


@pytest.mark.skipif(os.name != "posix", reason="needs a terminal")
def test_on_a_terminal_what_is_missing_is_asked_for_in_order_without_echo(
    own_xero: Xero, tmp_path: Path
) -> None:
    import pty

    secret = own_xero.emulator.client_secret
    words = ("instance", "add", "acme")
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "xeroport", "--home", str(tmp_path / "h"), *words],
        stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    seen = ""
    answers = (
        ("Time zone", "Europe/Lodon"),
        ("Time zone", "Europe/London"),
        ("Date format", ""),
        ("Rate limit", ""),
        ("Authentication method", ""),
        ("Base URL", own_xero.base_url),
        ("Client ID", own_xero.emulator.client_id),
        ("Client Secret", secret),
    )
    for prompt, answer in answers:
        part = ""
        while prompt not in part or not part.rstrip().endswith(":"):
            part += os.read(master, 4096).decode()
        seen += part
        os.write(master, answer.encode() + b"\n")
    while True:
        try:
            more = os.read(master, 4096)
        except OSError:
            break
        if not more:
            break
        seen += more.decode()
    os.close(master)
    assert process.wait(timeout=20) == 0, seen
    assert "did you mean `Europe/London`" in seen
    assert "operational" in seen
    assert "OAuth 2 client credentials" in seen
    assert secret not in seen
    shown = Shell(tmp_path / "h").data("instance", "show", "acme")
    assert shown["time_zone"] == "Europe/London"


@pytest.mark.skipif(os.name != "posix", reason="needs a terminal")
def test_on_a_terminal_nothing_is_asked_when_the_credentials_are_given(
    own_xero: Xero, tmp_path: Path
) -> None:
    import pty

    file = tmp_path / "secret"
    file.write_text(own_xero.emulator.client_secret)
    words = ("--base-url", own_xero.base_url, "--client-id", own_xero.emulator.client_id)
    master, slave = pty.openpty()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "xeroport", "--home", str(tmp_path / "h")),
            *("instance", "add", "acme", *words, "--client-secret-file", str(file)),
        ],
        stdin=slave, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    os.close(slave)
    os.close(master)
    assert done.returncode == 0, done.stderr
    assert "Time zone" not in done.stderr
