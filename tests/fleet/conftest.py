from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from pathlib import Path

import fleet_world
import pytest

from ready_home import begun
from xeroport.store.database import Store
from xeroport_emulator import Emulator


@pytest.fixture(scope="module")
def made() -> list[Emulator]:
    return fleet_world.emulators(fleet_world.COUNT)


@pytest.fixture(scope="module")
def base(made: list[Emulator]) -> Iterator[str]:
    with fleet_world.serving(made) as found:
        yield found


@pytest.fixture
def store(
    tmp_path: Path, made: list[Emulator], base: str, monkeypatch: pytest.MonkeyPatch
) -> Store:
    """A home folder with an instance `org-0000` … for each of the organisations."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    monkeypatch.setenv("XEROPORT_KEY", key)
    found = begun(tmp_path / "home")
    fleet_world.connect(found, made, base)
    for each in made:
        each.app.log.clear()
    return found
