from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from login_world import World, emulated


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with emulated(tmp_path, monkeypatch) as world:
        yield world
