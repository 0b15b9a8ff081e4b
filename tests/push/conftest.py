from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from push_world import KEY, World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("XEROPORT_KEY", KEY)
    made = World(tmp_path / "home")
    yield made
    made.store.close()
