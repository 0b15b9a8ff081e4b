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
