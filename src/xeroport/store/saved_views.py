"""What people chose on pages of an instance (filters, columns, dates), saved under names."""

from __future__ import annotations

from dataclasses import dataclass

from xeroport.errors import InputError
from xeroport.store.database import Store

MOST = 50
"""Saved views of one page."""
SAVE = """
INSERT INTO saved_view (instance, page, name, query) VALUES (?, ?, ?, ?)
ON CONFLICT (instance, page, name) DO UPDATE SET query = excluded.query
"""


@dataclass(frozen=True)
class SavedView:
    """One saved choice: `query` is the part of the address after the question mark."""

    id: int
    name: str
    query: str


def of_page(store: Store, instance: str, page: str) -> tuple[SavedView, ...]:
    """The saved views of a page, by name."""
    rows = store.connection.execute(
        "SELECT id, name, query FROM saved_view WHERE instance = ? AND page = ? "
        "ORDER BY lower(name), name",
        (instance, page),
    )
    return tuple(SavedView(*row) for row in rows)


def save(store: Store, instance: str, page: str, *, name: str, query: str) -> None:
    """Keep a choice; one of the same name is replaced. InputError where there are too many."""
    with store.transaction() as connection:
        ((others,),) = connection.execute(
            "SELECT count(*) FROM saved_view WHERE instance = ? AND page = ? AND name <> ?",
            (instance, page, name),
        )
        if others >= MOST:
            raise InputError(
                f"there are {MOST} saved views of this page already", hint="remove one first"
            )
        connection.execute(SAVE, (instance, page, name, query))


def remove(store: Store, instance: str, view: int) -> None:
    """Forget a saved view of an instance."""
    with store.transaction() as connection:
        connection.execute("DELETE FROM saved_view WHERE instance = ? AND id = ?", (instance, view))
