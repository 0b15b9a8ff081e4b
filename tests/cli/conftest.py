"""A command line to try, and an emulated Xero on a port to try it on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_shell import Shell, Xero

from xeroport.store.calls.file import FILE_NAME as CALLS
from xeroport_emulator import Emulator


@pytest.fixture(autouse=True)
def _own_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    monkeypatch.setenv("XEROPORT_HOME", str(tmp_path / "never"))
    monkeypatch.delenv("XEROPORT_KEY", raising=False)


@pytest.fixture(scope="session")
def xero() -> Iterator[Xero]:
    """One for all tests that only read."""
    emulator = Emulator(30, limits="off")
    with emulator.serve() as base_url:
        yield Xero(emulator, base_url)


@pytest.fixture
def own_xero() -> Iterator[Xero]:
    """One for this test alone, to write to and to switch."""
    emulator = Emulator("empty", limits="off", seed=7)
    with emulator.serve() as base_url:
        yield Xero(emulator, base_url)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A home folder without instances."""
    return Shell(tmp_path / "home")


@pytest.fixture(scope="session")
def added(xero: Xero, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with the instance `acme`, to copy."""
    home = tmp_path_factory.mktemp("added") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEYRING", "off")
        patch.delenv("XEROPORT_KEY", raising=False)
        assert Shell(home).add(xero).exit_code == 0
    (home / CALLS).unlink(missing_ok=True)
    return home


@pytest.fixture
def acme(shell: Shell, added: Path) -> Shell:
    """A home folder with the instance `acme`."""
    shutil.copytree(added, shell.home)
    return shell
