"""`alert`: named places for alerts, the mail server, and a test that really goes out."""

from __future__ import annotations

import json
import os
import shlex
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "xeroport", "--home", str(home), *words],
        env={**os.environ, "XEROPORT_KEYRING": "off"},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


class _Mail(socketserver.StreamRequestHandler):
    """As much of SMTP as a message needs."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                body = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.messages.append(body.decode())  # type: ignore[attr-defined]
                self.wfile.write(b"250 taken\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


@contextmanager
def mail_server() -> Iterator[tuple[int, list[str]]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail) as server:
        server.messages = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1], server.messages  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


def test_a_declared_command_is_run_with_the_alert(tmp_path: Path) -> None:
    home, told = tmp_path / "home", tmp_path / "told.json"
    script = tmp_path / "page.sh"
    script.write_text(f"#!/bin/sh\ncat > {shlex.quote(str(told))}\n")
    script.chmod(0o700)
    assert run(home, "alert", "add", "pager", str(script)).returncode == 0
    assert run(home, "alert", "test", "alert:pager").returncode == 0
    assert json.loads(told.read_text())["event"] == "test"
    assert "pager" in run(home, "alert", "list").stdout
    assert run(home, "alert", "remove", "pager").returncode == 0
    gone = run(home, "alert", "test", "alert:pager")
    assert gone.returncode != 0
    assert "pager" in gone.stderr


def test_mail_goes_through_the_server_that_was_set(tmp_path: Path) -> None:
    home = tmp_path / "home"
    unset = run(home, "alert", "test", "books@example.com")
    assert unset.returncode == 1
    assert "alert mail" in unset.stderr
    with mail_server() as (port, messages):
        made = run(home, "alert", "mail", "--host", "127.0.0.1", "--port", str(port),
                   "--security", "none", "--from", "us@example.com")  # fmt: skip
        assert made.returncode == 0, made.stderr
        sent = run(home, "alert", "test", "books@example.com")
        assert sent.returncode == 0, sent.stderr
    assert "Subject: xeroport: test" in messages[0]
    assert "nothing failed" in messages[0]


@pytest.mark.parametrize(
    "words",
    [("add", "Pager!", "true"), ("add", "x", "no-such-command-here"), ("add", "x", "alert:y"),
     ("add", "x", ""), ("add", "x", "http://[x"), ("add", "x", "https://a:99999/"),
     ("test", "https://[::1"),
     ("mail", "--host", "smtp.example.com", "--security", "none", "--from", "a@b.c"),
     ("mail", "--host", "smtp.example.com", "--from", "nobody"), ("test", "alert:nobody"),
     ("remove", "nobody")],
)  # fmt: skip
def test_what_cannot_be_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = run(tmp_path / "home", "alert", *words)
    assert done.returncode in (1, 2), done.stderr
    assert done.stderr.startswith("error:")
    assert "Traceback" not in done.stderr
    assert "unexpected" not in done.stderr
