"""An emulator and a plain client of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from emulator_caller import Caller

from xeroport.clock import ManualClock
from xeroport_emulator import Emulator


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def start(clock: ManualClock) -> Iterator[Callable[..., Caller]]:
    """Start an emulator with these settings; the caller is signed in."""
    callers: list[Caller] = []

    def make(data: Any = "empty", **settings: Any) -> Caller:
        settings.setdefault("clock", clock)
        caller = Caller(Emulator(data, **settings))
        callers.append(caller)
        return caller.sign_in()

    yield make
    for each in callers:
        each.close()


@pytest.fixture
def xero(start: Callable[..., Caller]) -> Caller:
    """An empty organisation without limits."""
    return start(limits="off")


@pytest.fixture(scope="session")
def demo() -> Iterator[Caller]:
    """The demo company without limits; for tests that only read."""
    caller = Caller(Emulator("demo", clock=ManualClock(), limits="off")).sign_in()
    yield caller
    caller.close()


@pytest.fixture(scope="session")
def spec(request: pytest.FixtureRequest) -> dict[str, Any] | None:
    """Xero's description, or None where it is not to be had: then replies are not held to it."""
    try:
        found: dict[str, Any] = request.getfixturevalue("spec_document")
    except pytest.skip.Exception:
        return None
    return found
