"""Where instances were synced into, so that pages can read it there. URLs are sealed: a
destination's may hold a password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from xeroport.config import own_books
from xeroport.secrets.vault import Secret
from xeroport.store import sealed
from xeroport.store.database import Store
from xeroport.store.instants import to_text

REMEMBER = """
INSERT INTO place (instance, shown, url, used_at)
SELECT :instance, :shown, :url, :used_at
WHERE EXISTS (SELECT 1 FROM instance WHERE name = :instance)
ON CONFLICT (instance, shown) DO UPDATE SET url = excluded.url, used_at = excluded.used_at
"""


@dataclass(frozen=True)
class Place:
    """A destination that an instance was synced into; `shown` is its URL without a password."""

    id: int
    shown: str
    url: Secret


def remember(store: Store, instance: str, url: str, *, shown: str) -> None:
    """Note that an instance was synced into a destination just now. The home folder's own file is
    noted as such, so that the folder may move."""
    if url == _own(store):
        url = shown = ""
    sealed_url = store.vault.seal(url, bound_to=sealed.place(instance))
    with store.transaction(durable=False) as connection:
        connection.execute(
            REMEMBER,
            {
                "instance": instance,
                "shown": shown,
                "url": sealed_url,
                "used_at": to_text(datetime.now(UTC)),
            },
        )


def _own(store: Store) -> str:
    return f"duckdb:{own_books(store.home).absolute()}"


def known(store: Store, instance: str) -> tuple[Place, ...]:
    """The destinations of an instance, the one it was last synced into first."""
    rows = store.connection.execute(
        "SELECT id, shown, url FROM place WHERE instance = ? ORDER BY used_at DESC, id DESC",
        (instance,),
    )
    own = Secret(_own(store))
    return tuple(
        Place(
            row["id"], row["shown"], store.vault.unseal(row["url"], bound_to=sealed.place(instance))
        )
        if row["shown"]
        else Place(row["id"], own.reveal(), own)
        for row in rows
    )
