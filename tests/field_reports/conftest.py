"""The kits of the push tests, for the cases that people reported."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "push"))

from push_world import KEY, World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("XEROPORT_KEY", KEY)
    made = World(tmp_path / "home")
    yield made
    made.store.close()
