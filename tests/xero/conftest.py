"""A home folder with one instance, and clients on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ready_home import begun
from xeroport.clock import SYSTEM_CLOCK, Clock
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.xero.client import XeroClient, open_client

SECRET = "planted-secret-4711"
NAME = "acme"


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")


@pytest.fixture
def store(tmp_path: Path) -> Any:
    made = begun(tmp_path / "home")
    yield made
    made.close()


@pytest.fixture
def client_of(store: Store) -> Callable[..., XeroClient]:
    """Makes a client on an ASGI application or a base URL; settings of the instance by name."""

    def make(app: Any = None, *, clock: Clock | None = None, **settings: Any) -> XeroClient:
        base = settings.pop("base_url", "http://localhost")
        identity = settings.pop("identity_url", base)
        instance = Instance(NAME, base, identity, "client-id", **settings)
        if any(each.name == NAME for each in instances.all_instances(store)):
            instances.save(store, instance)
        else:
            instances.add(store, instance, Secret(SECRET))
        store.clock = clock or SYSTEM_CLOCK
        store.transport = None if app is None else httpx2.ASGITransport(app=app)
        return open_client(store, NAME)

    return make
