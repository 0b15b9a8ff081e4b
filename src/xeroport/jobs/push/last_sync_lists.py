"""The lists of the destination that an instance was last synced into, for the checks of a push."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xeroport.errors import XeroportError
from xeroport.records.last_sync import Known, read_known
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
    from xeroport.jobs.query import answering  # brings DuckDB

    place = destinations[0]
    url = place.url.reveal()

    def read(sql: str) -> list[Sequence[Any]]:
        with answering(sql, url=url, instance=instance) as answer:
            return list(answer.rows())

    return read_known(read, place.shown)
