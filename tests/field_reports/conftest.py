"""Every case of the field reports is tried the way a user meets it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sync.conftest import books, make_books

sys.path.append(str(Path(__file__).parents[1] / "push"))

from field_shell import FieldShell, opened
from push_world import KEY, World

__all__ = ["books", "make_books", "world"]


@pytest.fixture(autouse=True)
def _own_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    monkeypatch.setenv("XEROPORT_HOME", str(tmp_path / "never"))
    monkeypatch.delenv("XEROPORT_KEY", raising=False)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Pushes into an emulator without a socket, on a clock that stands still."""
    monkeypatch.setenv("XEROPORT_KEY", KEY)
    made = World(tmp_path / "home")
    yield made
    made.store.close()


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[FieldShell]:
    """A home folder with the demo organisation behind it."""
    with opened(tmp_path / "home") as made:
        yield made
