"""An emulated Xero, and a home folder with an instance for it."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

import xeroport
from ready_home import begun
from xeroport import settings
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.instances import Instance


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """mypy's test comes last: by then `make lint` beside it has left what it found."""
    items.sort(key=lambda item: item.name.startswith("test_mypy_"))


class Xero:
    """An emulator that listens, and what a client needs for it."""

    def __init__(self, emulator: xeroport.Emulator, url: str) -> None:
        self.emulator = emulator
        self.url = url

    @property
    def credentials(self) -> dict[str, str]:
        return {
            "client_id": self.emulator.client_id,
            "client_secret": self.emulator.client_secret,
            "base_url": self.url,
        }


@pytest.fixture(scope="session")
def demo_xero() -> Iterator[Xero]:
    """One that tests only read from."""
    emulator = xeroport.Emulator("demo", limits="off")
    with emulator.serve() as url:
        yield Xero(emulator, url)


@pytest.fixture
def own_xero() -> Iterator[Xero]:
    """One of the test's own, with Xero's limits."""
    emulator = xeroport.Emulator("empty")
    with emulator.serve() as url:
        yield Xero(emulator, url)


def home_for(folder: Path, xero: Xero, name: str = "acme") -> Path:
    """A home folder with an instance for that Xero."""
    store = begun(folder)
    base = settings.base_url(xero.url)
    instances.add(
        store,
        Instance(
            name=name,
            base_url=base,
            identity_url=settings.identity_url(base),
            client_id=xero.emulator.client_id,
            organisation="Brightwater",
            rate_limit=6_000,
        ),
        Secret(xero.emulator.client_secret),
    )
    store.close()
    return folder


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XEROPORT_KEY", base64.b64encode(secrets.token_bytes(32)).decode())
