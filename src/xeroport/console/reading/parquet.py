"""Reading books kept as Parquet: a view for every table, over the parts that the manifest names.

A sync replaces the manifest and then removes parts that it no longer names. A reader therefore
takes hard links to the parts first: they stay what they were, and no sync waits for it. Where the
file system has no links, the parts themselves are read.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import duckdb

from xeroport.console.reading.books_protocol import SECONDS, nothing_yet
from xeroport.console.reading.duckdb import DuckReading, make_views, stopping
from xeroport.console.reading.sql_process import LakeFolder, LakeTarget
from xeroport.destinations.manifest import MANIFEST, Manifest, hidden, read_manifest

TRIES = 5
DERIVED = ("_ledger", "_reporting")
"""Endings of the schemas that are derived from the copy."""


class Lake:
    """A folder of Parquet files, for one instance's schema; `copies` is where links are put."""

    def __init__(self, folder: Path, schema: str, copies: Path) -> None:
        self._folder = folder
        self._schema = schema
        self._copies = copies

    @contextmanager
    def read(self, *, seconds: float = SECONDS, copy: bool = False) -> Iterator[DuckReading]:
        """A locked-down DuckDB that sees these parts alone. NoBooks if nothing was synced yet."""
        self._copies.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (self._folder / self._schema / MANIFEST).exists():
            raise nothing_yet()
        with tempfile.TemporaryDirectory(prefix="lake-", dir=self._copies) as name:
            schemas = {
                schema: _held(self._folder / schema, Path(name) / schema)
                for schema in (self._schema, *(f"{self._schema}{end}" for end in DERIVED))
                if (self._folder / schema / MANIFEST).exists()
            }
            with closing(duckdb.connect()) as connection, stopping(connection, seconds):
                make_views(connection, schemas)
                yield DuckReading(connection, LakeTarget(schemas), seconds=seconds)


def _held(folder: Path, links: Path) -> LakeFolder:
    """The parts of a schema, linked so that no writer takes them away."""
    links.mkdir()
    tries_left = TRIES
    while True:
        if not (folder / MANIFEST).exists():
            raise nothing_yet()
        manifest = read_manifest(folder)
        tries_left -= 1
        parts = {table: list(names) for table, names in manifest.parts.items() if names}
        alike = frozenset(
            table for table, names in parts.items() if table in manifest.columns or len(names) == 1
        )
        try:
            _link(manifest, folder, links)
        except FileNotFoundError:  # a sync has replaced it just now
            if not tries_left:
                raise
        except OSError:
            return LakeFolder(str(folder), parts, alike)
        else:
            return LakeFolder(str(links), parts, alike)


def _link(manifest: Manifest, folder: Path, links: Path) -> None:
    for table, parts in manifest.parts.items():
        (links / table).mkdir(exist_ok=True)
        for part in parts:
            if not (links / part).exists():
                _link_part(folder, part, links / part)


def _link_part(folder: Path, part: str, link: Path) -> None:
    """Link a part that the manifest names; it gets its name only after the manifest has."""
    for name in (part, hidden(part)):
        with suppress(FileNotFoundError):
            os.link(folder / name, link)
            return
    os.link(folder / part, link)
