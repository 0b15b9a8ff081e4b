"""Which books a page reads: those the instance was last synced into, or those a person chose."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

from xeroport.config import own_books
from xeroport.console.reading.books_protocol import SECONDS, Reading
from xeroport.console.reading.own_file import DuckFile
from xeroport.console.reading.parquet import Lake
from xeroport.console.reading.postgres import Database
from xeroport.destinations import duckdb_location
from xeroport.secrets.vault import Secret
from xeroport.store import places
from xeroport.store.database import Store
from xeroport.store.instances import schema_name
from xeroport.store.places import Place
from xeroport.store.processes import file_name, has_died, named_by, this_process

OWN = 0
"""The id of the home folder's own file, which no sync need have been noted for."""


@dataclass(frozen=True)
class Choice:
    """The destination of an instance that is read, and all there are, the latest first."""

    instance: str
    place: Place
    places: tuple[Place, ...]


class Places:
    """The destinations of a home folder's instances, for reading. Copies that are taken of busy
    files lie in a folder of this process."""

    def __init__(self, home: Path, store: Store) -> None:
        self._store = store
        self._own = f"duckdb:{own_books(home).absolute()}"
        self._copies = home / "console" / "copies" / file_name(this_process())
        self._files: dict[Path, DuckFile] = {}
        self._lock = Lock()
        _tidy(self._copies.parent)

    def choice(self, instance: str, wanted: int | None = None) -> Choice:
        """Where to read: the place of that id, else the one last synced into."""
        places_known = places.known(self._store, instance)
        if not any(place.shown == self._own for place in places_known):
            own = Place(OWN, self._own, Secret(self._own))
            has_own = Path(self._own.partition(":")[2]).exists()
            places_known = (*places_known, own) if has_own or not places_known else places_known
        chosen = next((place for place in places_known if place.id == wanted), places_known[0])
        return Choice(instance, chosen, places_known)

    @contextmanager
    def read(
        self, instance: str, place: Place, *, seconds: float = SECONDS, copy: bool = False
    ) -> Iterator[Reading]:
        """The books of an instance in a place, for as long as the block lasts."""
        with self._source(instance, place).read(seconds=seconds, copy=copy) as reading:
            yield reading

    def _source(self, instance: str, place: Place) -> DuckFile | Lake | Database:
        url, schema = place.url.reveal(), schema_name(instance)
        scheme, _, rest = url.partition(":")
        if scheme == "parquet":
            return Lake(Path(rest), schema, self._copies)
        if scheme != "duckdb":
            return Database(url, schema)
        with self._lock:
            path = duckdb_location(rest).path
            return self._files.setdefault(path, DuckFile(path, self._copies))

    def close(self) -> None:
        """Remove the copies."""
        with self._lock:
            for file in self._files.values():
                file.close()
        shutil.rmtree(self._copies, ignore_errors=True)


def _tidy(folder: Path) -> None:
    """Remove the copies of consoles that were killed."""
    for left in folder.glob("*"):
        if has_died(named_by(left.name)):
            shutil.rmtree(left, ignore_errors=True)


def label(place: Place) -> str:
    """A short name for a destination."""
    scheme, _, rest = place.shown.partition(":")
    if scheme in ("duckdb", "parquet"):
        kind = {"duckdb": "DuckDB file", "parquet": "Parquet folder"}[scheme]
        return f"{kind} {Path(rest).name}"
    parts = urlsplit(place.shown)
    return f"Postgres {parts.path.strip('/') or 'database'} on {parts.hostname or 'this machine'}"
