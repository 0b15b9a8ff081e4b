"""A pytest plugin: emulators on ports of this machine, as fixtures.

Turn it on with `pytest_plugins = ["xeroport_emulator.pytest"]` in `conftest.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from xeroport_emulator.emulator import Emulator


@pytest.fixture
def xero_emulator() -> Iterator[Emulator]:
    """An empty organisation without limits, of its own for each test."""
    with Emulator("empty", limits="off") as emulator:
        yield emulator


@pytest.fixture(scope="session")
def xero_demo() -> Iterator[Emulator]:
    """The demo organisation without limits, shared by all tests: read it, do not change it."""
    with Emulator("demo", limits="off") as emulator:
        yield emulator
