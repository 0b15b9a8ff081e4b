"""`instance add` at a real terminal: questions, a wrong secret, and answers that are kept."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_shell import Xero

from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance

pty = pytest.importorskip("pty")


class Terminal:
    """A command at a pseudo-terminal of its own."""

    def __init__(self, home: Path, *words: str) -> None:
        self.main, far = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "xeroport", "--home", str(home), *words],
            stdin=far,
            stdout=far,
            stderr=far,
            env={**os.environ, "XEROPORT_KEYRING": "off", "COLUMNS": "200"},
            start_new_session=True,
        )
        os.close(far)
        self.seen = ""

    def answer(self, question: str, text: str) -> None:
        """Wait for a question, then type."""
        self._read(question)
        os.write(self.main, f"{text}\n".encode())

    def _read(self, until: str) -> None:
        begun, end = len(self.seen), time.monotonic() + 30
        while until not in self.seen[begun:]:
            assert time.monotonic() < end, self.seen
            if select.select([self.main], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.main, 4096).decode()
                except OSError:
                    assert until in self.seen[begun:], self.seen
                    return

    def shows(self, pattern: str) -> re.Match[str]:
        """Wait until something is drawn."""
        begun, end = len(self.seen), time.monotonic() + 30
        while (match := re.search(pattern, self.seen[begun:])) is None:
            assert time.monotonic() < end, self.seen[-3000:]
            if select.select([self.main], [], [], 0.2)[0]:
                self.seen += os.read(self.main, 65536).decode(errors="replace")
        return match

    def ended(self) -> int:
        """Everything that it says, and its exit status."""
        while True:
            try:
                piece = os.read(self.main, 4096)
            except OSError:
                break
            if not piece:
                break
            self.seen += piece.decode()
        status = self.process.wait(timeout=20)
        os.close(self.main)
        return status


def test_a_wrong_secret_asks_for_the_credentials_again(tmp_path: Path, xero: Xero) -> None:
    terminal = Terminal(tmp_path, "instance", "add", "acme")
    terminal.answer("Time zone [the organisation's]", "Aukland")
    terminal.answer("did you mean `Pacific/Auckland`?", "")
    terminal.answer("Date format", "")
    terminal.answer("Rate limit", "30/minute")
    terminal.answer("Authentication method", "")
    terminal.answer("Base URL", xero.base_url)
    terminal.answer("Client ID", xero.emulator.client_id)
    terminal.answer("Client Secret", "not-the-secret")
    terminal.answer(f"Client ID [{xero.emulator.client_id}]", "")
    terminal.answer("Client Secret", xero.emulator.client_secret)
    assert terminal.ended() == 0, terminal.seen
    assert "the other answers are kept" in terminal.seen
    assert "not-the-secret" not in terminal.seen
    saved = instances.get(Store(tmp_path), "acme")
    assert (saved.time_zone, saved.date_format) == ("Pacific/Auckland", "DD/MM/YYYY")
    assert saved.rate_limit == 30


def test_a_first_sync_shows_how_far_it_is_and_counts_down_its_waits(
    tmp_path: Path, xero: Xero
) -> None:
    store = Store(tmp_path)
    acme = Instance("acme", xero.base_url, xero.base_url, xero.emulator.client_id, rate_limit=12)
    instances.add(store, acme, Secret(xero.emulator.client_secret))
    terminal = Terminal(tmp_path, "sync", "acme")
    try:
        shown = terminal.shows(r"█+░+ (\d+) of (\d+) calls, about (\d+) minutes left")
        done, total, minutes = (int(shown[number]) for number in (1, 2, 3))
        assert done < total
        assert minutes >= (total - done) // 12, "calls by the limit, never less"
        first = int(terminal.shows(r"waiting for Xero's minute limit, (\d+) s more")[1])
        assert first <= 61
        terminal.shows(rf"waiting for Xero's minute limit, {first - 2} s more")
    finally:
        terminal.process.send_signal(signal.SIGINT)
        status = terminal.ended()
    assert status == 130
