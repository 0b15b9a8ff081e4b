"""Reading books kept as Parquet: a view for every table, over the parts that the manifest names.

A sync replaces the manifest and then removes parts that it no longer names. A reader therefore
takes hard links to the parts first: they stay what they were, and no sync waits for it. Where the
file system has no links, the parts themselves are read.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from xeroport.console.reading.duckdb import DuckReading, make_views, stopping
from xeroport.console.reading.protocol import SECONDS, nothing_yet
from xeroport.console.reading.sql_process import LakeTarget
from xeroport.destinations.parquet import MANIFEST, Manifest, hidden, read_manifest

TRIES = 5


class Lake:
    """A folder of Parquet files, for one instance's schema; `copies` is where links are put."""

    def __init__(self, folder: Path, schema: str, copies: Path) -> None:
        self._folder = folder / schema
        self._schema = schema
        self._copies = copies

    @contextmanager
    def read(self, *, seconds: float = SECONDS, copy: bool = False) -> Iterator[DuckReading]:
        """A locked-down DuckDB that sees these parts alone. NoBooks if nothing was synced yet."""
        self._copies.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix="lake-", dir=self._copies) as name:
            manifest, folder = self._held(Path(name))
            connection = duckdb.connect()
            with stopping(connection, seconds):
                parts = {table: list(names) for table, names in manifest.parts.items()}
                target = LakeTarget(str(folder), parts)
                make_views(connection, self._schema, parts, target.folder)
                yield DuckReading(connection, target, seconds=seconds)

    def _held(self, links: Path) -> tuple[Manifest, Path]:
        """A manifest, and the folder in which all of its parts are."""
        tries_left = TRIES
        while True:
            if not (self._folder / MANIFEST).exists():
                raise nothing_yet()
            manifest = read_manifest(self._folder)
            tries_left -= 1
            try:
                self._link(manifest, links)
            except FileNotFoundError:  # a sync has replaced it just now
                if not tries_left:
                    raise
            except OSError:
                return manifest, self._folder
            else:
                return manifest, links

    def _link(self, manifest: Manifest, links: Path) -> None:
        for table, parts in manifest.parts.items():
            (links / table).mkdir(exist_ok=True)
            for part in parts:
                if not (links / part).exists():
                    self._link_part(part, links / part)

    def _link_part(self, part: str, link: Path) -> None:
        """Link a part that the manifest names; it gets its name only after the manifest has."""
        for name in (part, hidden(part)):
            with suppress(FileNotFoundError):
                os.link(self._folder / name, link)
                return
        os.link(self._folder / part, link)
