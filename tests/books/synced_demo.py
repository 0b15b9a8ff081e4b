"""The demo, synced once a process; whoever wants it synced has a copy of its own.

Folders are copied as a person copies them, a database is made after the other one. The emulator
beside a copy is a new one: the demo is the same at every start.
"""

from __future__ import annotations

import base64
import itertools
import re
import shutil
import tempfile
from pathlib import Path

from ledger_world import World
from tests.sync.books import NAME

from xeroport.store import leases, places
from xeroport.store.database import Store
from xeroport_emulator import Emulator

KEY = base64.b64encode(b"k" * 32).decode()
"""The key in the folder, for the copies: that of other tests, whose `XEROPORT_KEY` may stand."""

_folder = tempfile.TemporaryDirectory(prefix="xeroport-demo-")
_count = itertools.count()
_models: dict[tuple[str, str, bool], tuple[Path, str]] = {}
"""Kind of destination, server, with a ledger or not → home folder and URL of the first one."""


def synced(home: Path, url: str | None = None, *, ledger: bool = False) -> World:
    """The demo with a home folder, synced into `url`; with a ledger on both bases if asked for."""
    kind, server = (url or "duckdb").partition(":")[0], ""
    if kind.startswith("postgres"):
        server = _database(str(url), "postgres")
    if (kind, server, ledger) not in _models:
        _models[kind, server, ledger] = _model(kind, server, ledger)
    first_home, first_url = _models[kind, server, ledger]
    shutil.copytree(first_home, home, dirs_exist_ok=True)
    if kind == "parquet":
        shutil.copytree(_path(first_url), _path(str(url)), dirs_exist_ok=True)
    elif server:
        _database_like(first_url, str(url))
    world = World(Emulator("demo", limits="off"), home, url=url)
    _moved(world)
    return world


def _model(kind: str, server: str, ledger: bool) -> tuple[Path, str]:
    name = f"model_{next(_count)}"
    home = Path(_folder.name, name)
    if kind == "parquet":
        url = f"parquet:{home}-lake"
    else:
        url = _database(server, name) if server else f"duckdb:{home / 'books.duckdb'}"
    if ledger:
        world = synced(home, url if kind != "duckdb" else None)
        world.ledger(cash=True)
    else:
        if server:
            _database_like(_database(server, "template1"), url)
        Store(home).close()
        Path(home, "key").touch(mode=0o600)
        Path(home, "key").write_text(KEY)
        world = World(Emulator("demo", limits="off"), home, url=url)
        world.sync()
    world.books.store.close()
    (home / "calls.sqlite").unlink(missing_ok=True)
    return home, url


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


def _database(url: str, name: str) -> str:
    """The URL of another database on the same server."""
    return re.sub(r"/\w+\?", f"/{name}?", url)


def _database_like(first_url: str, url: str) -> None:
    """Make the database of `url` after another one; an empty one of that name goes."""
    import psycopg

    first, name = (re.findall(r"/(\w+)\?", each)[0] for each in (first_url, url))
    with psycopg.connect(_database(url, "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {first}")
