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


def chosen(store: Store, instance: str | None, to: str | None) -> str:
    """Where the books of an instance are: the destination `to`, else where it was synced to last,
    else the home folder's own file. Without an instance that file, or where any was synced to last
    if there is no such file."""
    if to:
        return to
    if instance is None:
        instance = None if own_books(store.home).exists() else _synced_last(store)
    last = known(store, instance) if instance is not None else ()
    return last[0].url.reveal() if last else _own(store)


def _synced_last(store: Store) -> str | None:
    row = store.connection.execute(
        "SELECT instance FROM place ORDER BY used_at DESC, id DESC LIMIT 1"
    ).fetchone()
    return None if row is None else str(row["instance"])


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
