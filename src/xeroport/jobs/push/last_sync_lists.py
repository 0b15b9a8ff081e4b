"""The lists of the destination that an instance was last synced into, for the checks of a push."""

from __future__ import annotations

from xeroport.errors import XeroportError
from xeroport.records.last_sync import TABLES, Known, read_known
from xeroport.store import places
from xeroport.store.database import Store


def known_of(store: Store, instance: str) -> Known:
    """What the last sync of an instance knows; nothing where it was never synced."""
    try:
        destinations = places.known(store, instance)
    except XeroportError:
        return Known()
    if not destinations:
        return Known()
    from xeroport.jobs.query import books_open  # brings DuckDB

    place = destinations[0]
    try:
        with books_open(place.url.reveal(), instance, tables=TABLES) as ask:
            return read_known(ask, place.shown)
    except XeroportError:
        return Known()
