"""The organisations whose books are tested: the demo company and a small bulk one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from books_world import Books, built

from xeroport_emulator.organisation.organisation import Organisation


@pytest.fixture(scope="session")
def demo() -> Organisation:
    """The demo company; tests only read it."""
    return built("demo")


@pytest.fixture(scope="session")
def bulk() -> Organisation:
    """2,000 invoices; tests only read them."""
    return built(2000)


@pytest.fixture
def fresh_demo() -> Organisation:
    return built("demo")


@pytest.fixture
def books() -> Books:
    return Books()
