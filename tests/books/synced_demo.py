"""The demo, synced once a run; whoever wants it synced has a copy of its own.

Folders are copied as a person copies them, a database is made after the other one. The emulator
beside a copy is a new one: the demo is the same at every start.
"""

from __future__ import annotations

import base64
import shutil
from pathlib import Path
from typing import Literal

from ledger_world import World
from tests import one_run
from tests.sync.books import NAME

from xeroport.store import leases, places
from xeroport.store.database import Store
from xeroport_emulator import Emulator

KEY = base64.b64encode(b"k" * 32).decode()
"""The key in the folder, for the copies: that of other tests, whose `XEROPORT_KEY` may stand."""

Ledger = Literal["none", "accrual", "cash"]
"""No ledger yet; one on the accrual basis; one on both."""


def synced(home: Path, url: str | None = None, *, ledger: Ledger = "none") -> World:
    """The demo with a home folder, synced into `url`: into the home folder's own file, into a lake
    that is not there yet, or into an empty database, which is made anew."""
    kind = (url or "duckdb").partition(":")[0]
    if kind.startswith("postgres"):
        kind = "postgres"
    model = one_run.made_once(f"demo_{kind}_{ledger}", lambda folder: _make(folder, kind, ledger))
    shutil.copytree(model / "home", home, dirs_exist_ok=True)
    if kind == "parquet":
        shutil.copytree(model / "lake", _path(str(url)), dirs_exist_ok=True)
    elif kind == "postgres":
        one_run.made_like(_model_name(ledger), str(url))
    world = World(Emulator("demo", limits="off"), home, url=url)
    _moved(world)
    return world


def _make(folder: Path, kind: str, ledger: Ledger) -> None:
    home = folder / "home"
    url = None
    if kind == "parquet":
        url = f"parquet:{folder / 'lake'}"
    elif kind == "postgres":
        url = one_run.database_url(_model_name(ledger))
    if ledger != "none":
        world = synced(home, url)
        world.ledger(cash=ledger == "cash")
    else:
        if kind == "postgres":
            one_run.made_like("template1", str(url))
        Store(home).close()
        Path(home, "key").touch(mode=0o600)
        Path(home, "key").write_text(KEY)
        world = World(Emulator("demo", limits="off"), home, url=url)
        world.sync()
    world.books.store.close()
    (home / "calls.sqlite").unlink(missing_ok=True)


def _model_name(ledger: Ledger) -> str:
    return f"demo_{ledger}"


def _moved(world: World) -> None:
    """What the store knows of the first destination it knows of the copy."""
    store = world.books.store
    with store.transaction() as connection:
        connection.execute("DELETE FROM destination_state")
        connection.execute("UPDATE stream_read SET place = ?", (leases.place_mark(world.url),))
        connection.execute("DELETE FROM place")
    places.remember(store, NAME, world.url, shown=world.url)


def _path(url: str) -> Path:
    return Path(url.partition(":")[2])
