from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from login_world import World, free_port

from xeroport_emulator import Emulator


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    monkeypatch.delenv("XEROPORT_KEY", raising=False)
    port = free_port()
    redirect = f"http://localhost:{port}/callback"
    emulator = Emulator("empty", limits="off", organisations=3, redirect_uris=[redirect])
    with emulator.serve() as base_url:
        yield World(tmp_path / "home", emulator, base_url, port)
