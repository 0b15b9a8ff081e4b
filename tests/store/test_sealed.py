"""A sealed text opens as what it is and as nothing else; what 0.1 sealed is bound at first use."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from xeroport.errors import StoreError
from xeroport.secrets.vault import NONCE_BYTES, Secret, Vault, parse_key
from xeroport.store import inbox, instances, places, schedules, sealed
from xeroport.store.database import Store
from xeroport.store.instances import Instance

KEY = "aa" * 32
ACME = Instance("acme", "https://api.xero.com", "https://identity.xero.com", "ID")
OTHER = replace(ACME, name="other", client_id="ID2")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
URL = "postgresql://user:planted-4711@db/books"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("XEROPORT_KEY", KEY)
    store = Store(tmp_path)
    for instance in (ACME, OTHER):
        instances.add(store, instance, Secret(f"secret of {instance.name}"))
        inbox.set_key(store, instance.name, Secret(f"key of {instance.name}"))
        places.remember(store, instance.name, URL, shown="postgresql://user:…@db/books")
    return store


READERS: dict[str, Callable[[Store], object]] = {
    "UPDATE instance SET secret = (SELECT secret FROM instance WHERE name = 'other')": (
        lambda store: instances.secret(store, "acme")
    ),
    "UPDATE webhook SET signing_key = (SELECT signing_key FROM webhook WHERE instance = 'other')": (
        lambda store: inbox.key(store, "acme")
    ),
    "UPDATE instance SET secret = (SELECT signing_key FROM webhook WHERE instance = 'acme')": (
        lambda store: instances.secret(store, "acme")
    ),
    "UPDATE place SET url = (SELECT url FROM place WHERE instance = 'other')": (
        lambda store: places.known(store, "acme")
    ),
}


@pytest.mark.parametrize("swap", READERS)
def test_a_secret_that_was_moved_to_another_row_does_not_open(store: Store, swap: str) -> None:
    READERS[swap](store)
    with store.transaction() as connection:
        connection.execute(swap)
    with pytest.raises(StoreError, match="does not open"):
        READERS[swap](Store(store.home))


def test_what_the_first_release_sealed_is_bound_at_first_use(store: Store) -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    def unbound(text: str) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(parse_key(KEY)).encrypt(nonce, text.encode(), None)

    kept_to = base64.b64encode(unbound(URL)).decode()
    schedules.put(
        store,
        "acme",
        kind="sync",
        target="acme",
        cron="* * * * *",
        time_zone="UTC",
        now=NOW,
        arguments={"sealed_to": kept_to},
    )
    with store.transaction() as connection:
        connection.execute("UPDATE vault SET proof = ?, is_bound = 0", (unbound("xeroport"),))
        connection.execute("UPDATE instance SET secret = ?", (unbound("the secret"),))
        connection.execute("UPDATE webhook SET signing_key = ?", (unbound("qK5w-signing"),))
        connection.execute("UPDATE place SET url = ?", (unbound(URL),))
    again = Store(store.home)
    assert instances.secret(again, "acme").reveal() == "the secret"
    assert inbox.key(again, "other").reveal() == "qK5w-signing"
    assert places.known(again, "acme")[0].url.reveal() == URL
    arguments = schedules.get(again, "acme").arguments
    bound = base64.b64decode(arguments["sealed_to"])
    opened = again.vault.unseal(bound, bound_to=sealed.scheduled_place("acme"))
    assert opened.reveal() == URL
    vault = Vault(parse_key(KEY), "file")
    for row in again.connection.execute(
        "SELECT secret FROM instance UNION ALL SELECT signing_key FROM webhook "
        "UNION ALL SELECT url FROM place UNION ALL SELECT proof FROM vault"
    ):
        assert not vault.opens(row[0], bound_to=None)


def test_a_wrong_key_changes_nothing_of_what_the_first_release_sealed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = json.dumps([bytes(r[0]).hex() for r in _secrets(store)])
    monkeypatch.setenv("XEROPORT_KEY", "bb" * 32)
    with pytest.raises(StoreError, match="does not open"):
        instances.secret(Store(store.home), "acme")
    assert json.dumps([bytes(r[0]).hex() for r in _secrets(store)]) == before


def _secrets(store: Store) -> list[tuple[bytes]]:
    return list(store.connection.execute("SELECT secret FROM instance ORDER BY name"))
