"""How many batches ever left for Xero, counted twice: in the store, and in a file beside it.

A store that was restored from a backup does not know what was sent since, and would send it again.
The file is not restored with it, and says so.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress

from xeroport.errors import StoreError
from xeroport.plurals import counted
from xeroport.store.database import DEPARTURES_FILE, Store
from xeroport.store.outbox.organisations import OUTBOX


def count(connection: sqlite3.Connection) -> int:
    """Count one more batch, inside the caller's transaction; the number with it."""
    return int(connection.execute(OUTBOX["departed"]).fetchone()[0])


def note(store: Store, batches: int) -> None:
    """Write the number beside the store. Where that fails the store is only less well guarded."""
    with suppress(OSError):
        place = os.open(store.home / DEPARTURES_FILE, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.write(place, b"%-20d\n" % batches)
        finally:
            os.close(place)


def check(store: Store) -> None:
    """StoreError where more batches left than the store knows of: it is older than its folder."""
    path = store.home / DEPARTURES_FILE
    try:
        noted = int(path.read_text())
    except (OSError, ValueError):
        return
    known = int(store.connection.execute(OUTBOX["departures"]).fetchone()[0])
    if noted > known:
        sent = f"{counted(noted, 'batch was', 'batches were')} sent"
        raise StoreError(
            f"`{store.path}` is older than its folder: {sent} to Xero from here, and it knows of "
            f"{known:,}",
            hint="restore a newer copy of it, or the whole folder; otherwise check in Xero what "
            f"was sent since, remove `{path}`, and push again",
        )
