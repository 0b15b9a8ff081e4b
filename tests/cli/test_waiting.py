"""A command that waits for Xero's limits says so, and until when; stopped there, it ends well."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys

import pytest
from cli_shell import Shell, Xero


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
    assert "the same command goes on from here" in said


def test_a_query_that_takes_for_ever_is_ended_by_an_interrupt(shell: Shell, xero: Xero) -> None:
    """Whichever thread of DuckDB computes."""
    shell.add(xero)
    shell.ok("sync", "acme", "organisation")
    sql = "select sum(a.range * b.range) from range(10000000) a, range(10000000) b"
    script = (
        "import threading, time, signal, os, sys\n"
        "import xeroport.jobs.query as query\n"
        "from xeroport.cli import main\n"
        "def stop():\n"
        "    while not any(t.name.startswith('duckdb') for t in threading.enumerate()):\n"
        "        time.sleep(0.02)\n"
        "    time.sleep(0.3)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "threading.Thread(target=stop, daemon=True).start()\n"
        "main()\n"
    )
    command = [sys.executable, "-c", script, "--home", str(shell.home), "query", sql, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 130, done.stderr
    assert json.loads(done.stdout)["error"]["kind"] == "Interrupted"
