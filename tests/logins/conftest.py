from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from login_world import World, emulated

from forking import FileClock, set_ahead


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with emulated(tmp_path, monkeypatch) as world:
        yield world


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    """A file that holds by how many seconds a FileClock is ahead."""
    path = tmp_path / "clock"
    set_ahead(path, 0)
    return path


@pytest.fixture
def clocked_world(tmp_path: Path, clock: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The same where Xero's time is the clock's."""
    with emulated(tmp_path, monkeypatch, clock=FileClock(clock)) as world:
        yield world
