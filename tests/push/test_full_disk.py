"""A disk that fills up in the middle of a push: one message, and the same command goes on."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from push_world import KEY, add_instance, invoice

from xeroport.store.database import Store
from xeroport.store.outbox import outbox
from xeroport_emulator import Emulator

ROOM = (40_000, 120_000, 400_000, 900_000)
"""Bytes that the store may still grow."""


@pytest.mark.parametrize("room", ROOM)
def test_a_push_says_what_to_do_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setenv("XEROPORT_KEY", KEY)
    rows = [invoice(f"D-{n}", Reference="x" * 200) for n in range(600)]
    file = tmp_path / "rows.json"
    file.write_text(json.dumps(rows))
    emulator = Emulator("empty", limits="off")
    with emulator.serve() as url:
        store = Store(tmp_path / "home")
        add_instance(store, emulator, url, rate_limit=100_000)
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        store.close()
        size = (tmp_path / "home" / "xeroport.sqlite").stat().st_size

        def push(most: int | None) -> subprocess.CompletedProcess[str]:
            def limit() -> None:
                if most is not None:
                    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

            return subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "xeroport",
                    "--home",
                    str(tmp_path / "home"),
                    "push",
                    "acme",
                    "invoices.create",
                    str(file),
                ],
                capture_output=True,
                text=True,
                preexec_fn=limit,
                env=os.environ | {"XEROPORT_KEY": KEY},
                timeout=120,
                check=False,
            )

        full = push(size + room)
        if full.returncode != 0:
            assert full.returncode == 2, full.stderr
            errors = [line for line in full.stderr.splitlines() if line.startswith("error: ")]
            assert len(errors) == 1, full.stderr
            assert "unexpected" not in full.stderr
            assert "what was done before it is kept" not in full.stderr
            assert "hint: " in full.stderr
        again = push(None)
        assert again.returncode == 0, again.stderr
        numbers = [each["InvoiceNumber"] for each in emulator.organisation.tables["Invoice"]]
        assert len(numbers) == len(set(numbers)) == 600
        store = Store(tmp_path / "home")
        assert outbox.counts(store, "acme") == {"invoices.create": {"sent": 600}}
        store.close()
