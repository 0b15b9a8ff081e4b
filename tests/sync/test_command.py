"""The command: its report, its exit status, Ctrl-C, and a file that somebody else holds."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.sync.books import add_instance

from xeroport.store.database import Store
from xeroport_emulator import Emulator

PROGRAM = str(Path(sys.executable).with_name("xeroport"))


class Command:
    def __init__(self, home: Path, emulator: Emulator) -> None:
        self.home = home
        self.emulator = emulator

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [PROGRAM, "sync", "acme-uk", *arguments, "--home", str(self.home)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        process = self.start(*arguments)
        out, said = process.communicate(timeout=120)
        return process.returncode, out, said


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    emulator = Emulator("demo", limits="off")
    with emulator.serve() as base_url:
        store = Store(tmp_path)
        add_instance(store, emulator, base_url)
        store.close()
        yield Command(tmp_path, emulator)


def test_json_is_one_document_and_the_table_is_readable(command: Command) -> None:
    status, out, said = command("items", "accounts", "--json")
    report: dict[str, Any] = json.loads(out)
    assert (status, said) == (0, "")
    assert [each["stream"] for each in report["streams"]] == ["items", "accounts"]
    assert report["calls"] >= 2
    assert report["body_bytes"] > 0
    status, out, said = command("items")
    assert status == 0
    assert "yes: one reply" in out
    assert said.splitlines() == ["items: full, 0 records, 1 call"]


def test_ctrl_c_keeps_what_is_committed_and_says_how_to_go_on(command: Command) -> None:
    command.emulator.switches.latency = 1.0
    process = command.start()
    while len(command.emulator.app.log) < 6:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run the same command again to continue" in said
    assert "Traceback" not in said
    command.emulator.switches.latency = 0.0
    status, _, _ = command("invoices", "items", "--json")
    assert status == 0


def test_a_file_held_by_another_process_is_told(command: Command) -> None:
    path = command.home / "held.duckdb"
    hold = f"import duckdb, time; c = duckdb.connect({str(path)!r}); print(1); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-uc", hold], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        began = time.monotonic()
        status, _, said = command("items", "--to", f"duckdb:{path}")
        assert time.monotonic() - began > 5, "it waits a little"
        assert status not in (0, 130)
        assert f"held by process {holder.pid}" in said
        assert "Traceback" not in said
    finally:
        holder.kill()
        holder.wait()
    assert command("items", "--to", f"duckdb:{path}")[0] == 0
    with duckdb.connect(str(path)) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM acme_uk.item").fetchone() == (True,)


def test_unknown_names_are_refused(command: Command) -> None:
    status, _, said = command("invoicez")
    assert (status, "did you mean `invoices`?" in said) == (2, True)
    status, _, said = command("items", "--to", "mysql://x")
    assert (status, "duckdb:PATH" in said) == (2, True)
