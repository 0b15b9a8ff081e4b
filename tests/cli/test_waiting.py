"""A command that waits for Xero's limits says so, and until when."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

from cli_shell import Shell, Xero


def test_a_wait_for_the_minute_is_said_and_can_be_interrupted(shell: Shell, xero: Xero) -> None:
    shell.add(xero)
    shell.ok("instance", "edit", "acme", "--rate-limit", "1/minute")
    call = [sys.executable, "-m", "xeroport", "--home", str(shell.home)]
    call += ["call", "acme", "organisation.get", "--json"]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
        line = run.stderr.readline()
        run.send_signal(signal.SIGINT)
        printed, _ = run.communicate(timeout=20)
    assert re.fullmatch(r"waiting for Xero's minute limit, until \d\d:\d\d:\d\d UTC\n", line)
    assert run.returncode == 130
    assert "waiting" not in printed
