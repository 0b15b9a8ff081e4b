"""A command that waits for Xero's limits says so, and until when; stopped there, it ends well."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli_shell import Shell, Xero

ENDLESS = "select sum(a.range * b.range) as n from range(10000000) a, range(10000000) b"


@pytest.mark.parametrize("words", [("call", "acme", "organisation.get"), ("ledger", "acme")])
def test_a_wait_for_the_minute_is_said_and_can_be_interrupted(
    words: tuple[str, ...], shell: Shell, xero: Xero
) -> None:
    shell.add(xero)
    if words[0] == "ledger":
        shell.ok("sync", "acme", "organisation", "accounts", "invoices")
    shell.ok("instance", "edit", "acme", "--rate-limit", "1/minute")
    call = [sys.executable, "-m", "xeroport", "--home", str(shell.home), *words, "--json"]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
        line = run.stderr.readline()
        run.send_signal(signal.SIGINT)
        printed, said = run.communicate(timeout=20)
    assert re.fullmatch(r"waiting for Xero's minute limit, until \d\d:\d\d:\d\d UTC\n", line)
    assert run.returncode == 130, said
    assert json.loads(printed)["error"]["kind"] == "Interrupted"
    assert "run the same command again to continue" in said


def test_a_query_that_takes_for_ever_is_ended_by_an_interrupt(shell: Shell, xero: Xero) -> None:
    """Whichever thread of DuckDB computes."""
    shell.add(xero)
    shell.ok("sync", "acme", "organisation")
    done = interrupted_at_work(shell, "duckdb", "query", ENDLESS, "--json")
    assert done.returncode == 130, done.stderr
    assert json.loads(done.stdout)["error"]["kind"] == "Interrupted"


def test_a_flow_whose_query_takes_for_ever_is_ended_by_an_interrupt(
    shell: Shell, xero: Xero, tmp_path: Path
) -> None:
    shell.add(xero)
    shell.ok("sync", "acme", "organisation")
    flow = tmp_path / "sums.toml"
    flow.write_text(
        f'key = ["n"]\n[source]\ninstance = "acme"\nsql = "{ENDLESS}"\n'
        '[target]\nfile = "sums-{run}.csv"\n'
    )
    shell.ok("flow", "add", str(flow))
    done = interrupted_at_work(shell, "asyncio", "flow", "run", "sums")
    assert done.returncode == 130, done.stderr
    assert "unexpected" not in done.stderr


def test_a_ledger_at_a_long_statement_is_ended_by_an_interrupt(shell: Shell, xero: Xero) -> None:
    shell.add(xero)
    shell.ok("sync", "acme", "organisation", "accounts", "invoices")
    shell.ok("ledger", "acme", "--no-tie")
    count = ("query", "select count(*) from acme_ledger.ledger_line", "--json")
    lines = shell.ok(*count).output
    before = (
        "from xeroport.books import ledger as steps\n"
        "done = steps.derive_lines\n"
        "def long(workspace, *args, **named):\n"
        "    answer = done(workspace, *args, **named)\n"
        f"    workspace.connection.execute({ENDLESS!r})\n"
        "    return answer\n"
        "steps.derive_lines = long\n"
    )
    words = ("ledger", "acme", "--no-tie", "--full")
    done = interrupted_at_work(shell, "asyncio", *words, before=before)
    assert done.returncode == 130, done.stderr
    assert "the ledger is as it was before" in done.stdout + done.stderr
    assert shell.ok(*count).output == lines


def interrupted_at_work(
    shell: Shell, thread: str, *words: str, before: str = ""
) -> subprocess.CompletedProcess[str]:
    """A command that gets Ctrl-C a moment after a thread of that name has begun."""
    script = (
        "import threading, time, signal, os, sys\n"
        "from xeroport.cli import main\n"
        f"{before}"
        "def stop():\n"
        f"    while not any(t.name.startswith({thread!r}) for t in threading.enumerate()):\n"
        "        time.sleep(0.02)\n"
        "    time.sleep(0.5)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "threading.Thread(target=stop, daemon=True).start()\n"
        "main()\n"
    )
    command = [sys.executable, "-c", script, "--home", str(shell.home), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
