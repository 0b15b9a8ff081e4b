"""Every failure: one line, a hint, the right exit status, no traceback; and Ctrl-C."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_shell import Shell
from click.testing import CliRunner

from xeroport.cli import COMMANDS, main
from xeroport.cli.lazy import run_to_status
from xeroport.cli.session import Session
from xeroport.errors import (
    DayLimitReached,
    InputError,
    NotAuthenticated,
    NotAuthorised,
    Refused,
    Unavailable,
)


def test_help_names_every_command(shell: Shell) -> None:
    text = shell.ok("--help").stdout
    for name in COMMANDS:
        assert f"\n  {name} " in text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("instnace",), "no command `instnace`"),
        (("instance", "ad"), "no such command"),
        (("instance", "add"), "missing argument `NAME`"),
        (("runs", "--limit", "x"), "invalid value"),
        (("runs", "--wrong"), "no such option"),
        (("runs", "show", "7"), "no run `7`"),
        (("runs", "show", "seven"), "not a run's number"),
        (("describe", "invoices.lst"), "no endpoint `invoices.lst`"),
    ],
)
def test_usage(shell: Shell, words: tuple[str, ...], told: str) -> None:
    result = shell.run(*words)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert told in result.stderr
    assert "hint: " in result.stderr
    assert len(result.stderr.strip().splitlines()) == 2


@pytest.mark.parametrize("words", [(), ("instance",)])
def test_nothing_asked_is_answered_with_the_help(shell: Shell, words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Usage: ")
    assert "error" not in result.stderr.splitlines()[0]


def test_home_and_json_at_every_level(tmp_path: Path) -> None:
    home = str(tmp_path / "x")
    for words in (
        ["--home", home, "--json", "instance", "list"],
        ["instance", "--home", home, "--json", "list"],
        ["instance", "list", "--home", home, "--json"],
    ):
        result = Shell(tmp_path / "unused").run(*words)
        assert (result.exit_code, result.stdout.strip()) == (0, "[]")
    assert not (tmp_path / "unused").exists()
    assert (tmp_path / "x").exists()


def test_with_json_the_error_is_a_document_too(shell: Shell) -> None:
    result = shell.run("--json", "budget", "nobody")
    assert result.exit_code == 2
    assert '"message": "there is no instance `nobody`"' in result.stdout


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    result = Shell(tmp_path / "file" / "home").run("instance", "list")
    assert result.exit_code == 2
    assert "home folder" in result.stderr
    assert "--home" in result.stderr


def test_a_store_of_a_newer_version(shell: Shell) -> None:
    shell.ok("instance", "list")
    with sqlite3.connect(shell.home / "xeroport.sqlite") as raw:
        raw.execute("PRAGMA user_version=9999")
    result = shell.run("instance", "list")
    assert result.exit_code == 2
    assert "newer xeroport" in result.stderr


def test_the_wrong_key(acme: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XEROPORT_KEY", "ab" * 32)
    result = acme.run("call", "acme", "organisation.get")
    assert result.exit_code == 2
    assert "does not open the secrets" in result.stderr
    assert "XEROPORT_KEY" in result.stderr
    monkeypatch.setenv("XEROPORT_KEY", "too short")
    result = acme.run("call", "acme", "organisation.get")
    assert result.exit_code == 2
    assert "32 bytes" in result.stderr


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InputError("x"), 2),
        (NotAuthenticated("x"), 3),
        (NotAuthorised("x"), 3),
        (DayLimitReached("x"), 4),
        (Unavailable("x"), 5),
        (Refused("x"), 1),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("x"), 1),
    ],
)
def test_exit_statuses(
    error: BaseException, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run() -> None:
        raise error

    session = Session()
    session.home_argument = tmp_path
    assert run_to_status(run, session) == status
    told = capsys.readouterr()
    assert told.out == ""
    assert 1 <= len(told.err.strip().splitlines()) <= 2
    assert "Traceback" not in told.err


def test_a_command_whose_extra_is_missing_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "needs_more.py").write_text("import a_library_that_is_not_there\n")
    script = (
        "import sys\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "from xeroport.cli import COMMANDS, main\n"
        "COMMANDS['more'] = ('needs_more:command', 'x')\n"
        "main(['more'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "needs `a_library_that_is_not_there`" in done.stderr
    assert "pip install" in done.stderr


def test_an_unexpected_error_says_where_its_details_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run() -> None:
        raise ZeroDivisionError("with Bearer eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln")

    session = Session()
    session.home_argument = tmp_path
    run_to_status(run, session)
    told = capsys.readouterr().err
    assert "ZeroDivisionError" in told
    assert str(tmp_path / "xeroport.log") in told
    log = (tmp_path / "xeroport.log").read_text()
    assert "Traceback" in log
    assert "eyJhbGciOiJub25lIn0" not in log


def test_refused_records_come_with_xero_s_own_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run() -> None:
        raise Refused("Xero refused it", problems=("Name must be unique", "Date is locked"))

    session = Session()
    session.home_argument = tmp_path
    run_to_status(run, session)
    told = capsys.readouterr().err
    assert "Name must be unique" in told
    assert "Date is locked" in told


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_ends_with_130_and_says_how_to_go_on(tmp_path: Path) -> None:
    script = (
        "import sys, socket, asyncio\n"
        "from xeroport.cli import main\n"
        "listener = socket.socket(); listener.bind(('127.0.0.1', 0)); listener.listen()\n"
        "url = f'http://127.0.0.1:{listener.getsockname()[1]}'\n"
        "print('ready', flush=True)\n"
        "main(['--home', sys.argv[1], 'instance', 'add', 'acme', '--base-url', url,\n"
        "      '--client-id', 'X', '--client-secret-file', '-'])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "home")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("some-secret\n")
    process.stdin.flush()
    process.stdout.readline()
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 130, told
    assert "interrupted" in told
    assert "Traceback" not in told
    assert "some-secret" not in told


def test_help_is_quick() -> None:
    """150 ms as a whole process on an idle machine (BENCHMARKS.md); here only what is loaded."""
    script = (
        "import sys\n"
        "from xeroport.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(*sorted(m for m in sys.modules if '.' not in m), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.split())
    heavy = {"httpx2", "duckdb", "msgspec", "rich", "starlette", "uvicorn", "cryptography"}
    assert not loaded & (heavy | {"keyring", "asyncio", "sqlite3", "zoneinfo"})
