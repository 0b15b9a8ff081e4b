"""Names from Xero, from files and from whoever calls: they act on no terminal and forge no log."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from cli_shell import Shell
from starlette.applications import Starlette
from starlette.testclient import TestClient

from xeroport import log_file, logs
from xeroport.clock import SystemClock
from xeroport.server import webhook_receiver
from xeroport.store.database import Store

TITLE = "\x1b]0;owned\x07"
NASTY = (TITLE, "\x1b[2J", "\x9b31m", "a\rb", "\u202egnp.exe", "\x00")


@pytest.mark.parametrize("word", NASTY)
def test_what_is_typed_or_read_does_not_act_on_the_terminal(
    acme: Shell, tmp_path: Path, word: str
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(f"Name,Nothing{word}\nAda{word},1\n")
    code = ", ".join(f"chr({ord(letter)})" for letter in word if letter != "\0")
    acme.ok("sync", "acme", "accounts")
    for words in (
        ("sync", f"acme{word}"),
        ("sync", "acme", word),
        (f"nothing{word}",),
        ("push", "acme", "contacts.upsert", str(rows), "--key", "Name", "--dry-run"),
        ("query", f"select concat({code}) as a" if code else "select 1"),
        ("query", f"select * from nothing{word}"),
    ):
        result = acme.run(*words)
        assert not re.search(logs.UNSEEN, result.output), words


@pytest.mark.parametrize(
    "name", ["x%0A2026-11-30 ERROR forged", "x%1b[31mred", "%0d%0aforged", "a" * 60_000]
)
def test_a_caller_s_words_are_one_line_of_the_log(tmp_path: Path, name: str) -> None:
    store = Store(tmp_path)
    path = log_file.set_up(tmp_path)
    assert path is not None
    try:
        client = TestClient(Starlette(routes=[webhook_receiver.route(store, SystemClock())]))
        assert client.post(f"/webhooks/xero/{name}", content=b"{}").status_code == 401
        lines = path.read_text().splitlines()
    finally:
        for handler in logging.getLogger("xeroport").handlers[:]:
            handler.close()
    (line,) = lines
    assert not re.search(logs.UNSEEN, line)
    assert len(line) < 11_000
