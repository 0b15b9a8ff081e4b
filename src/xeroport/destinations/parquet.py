"""Parquet as a destination: a folder an instance, a folder a table, part files, one manifest.

    DIR/acme_uk/_manifest.json          checkpoints and the parts that count
    DIR/acme_uk/invoice/part-12.parquet

A batch writes new parts under names that no glob for `*.parquet` finds, replaces the manifest in
one step, and only then gives the parts their names and removes those they replace. A part holding
a superseded record is rewritten without it, so that one glob over a folder is the table.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from msgspec import structs

from xeroport.catalogue.columns import Table, tables
from xeroport.destinations.duckdb_staging import (
    give_back,
    literal,
    naive,
    open_staging,
    with_memory,
)
from xeroport.destinations.failures import check_gone
from xeroport.destinations.filelock import WAIT_SECONDS, FileLock
from xeroport.destinations.json_types import either_way
from xeroport.destinations.manifest import (
    Manifest,
    damaged,
    damaged_part,
    hidden,
    read_manifest,
    to_disk,
    write_manifest,
)
from xeroport.destinations.protocol import Batch, Checkpoint, LandedBatch
from xeroport.destinations.row_queries import Reject
from xeroport.destinations.rows import (
    KEYS_IN_STAGE,
    count_keyless,
    row_counts,
    stage,
    typed_sources,
)
from xeroport.destinations.typed import column_types, filled, identifier, text
from xeroport.errors import InputError

REJECTS = "_rejects"
SMALL = 256 << 10
"""Bytes of a part that is written again sooner than it is asked whether it must be."""

TYPES = {"UUID": "VARCHAR", "JSON": "VARCHAR"}
"""Kept as text, because not every reader of Parquet knows these types."""

REJECT_COLUMNS = {
    "stream": "VARCHAR",
    "table_name": "VARCHAR",
    "record_key": "VARCHAR",
    "field": "VARCHAR",
    "value": "VARCHAR",
    "reason": "VARCHAR",
    "_synced_at": "TIMESTAMP",
}


class ParquetDestination:
    """One instance's folder of Parquet files; implements `Destination`."""

    def __init__(
        self, folder: Path, *, schema: str, wait: float = WAIT_SECONDS, rebuild: bool = False
    ) -> None:
        self.folder = folder / schema
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(self.folder / "_lock")
        self._lock.take(what=f"`{self.folder}`", wait=wait)
        self._closing = ExitStack()
        self._closing.callback(self._lock.give_back)
        self._staging = open_staging()
        self._closing.callback(give_back, self._staging)
        try:
            self._manifest = self._opened(rebuild=rebuild)
        except BaseException:
            self.close()
            raise
        self._tidy()

    def _opened(self, *, rebuild: bool) -> Manifest:
        """The manifest; to `rebuild`, without what cannot be read: everything is read again."""
        try:
            manifest = read_manifest(self.folder)
        except InputError:
            if rebuild:
                return Manifest()
            raise
        if not rebuild:
            return manifest
        parts = {
            table: tuple(part for part in names if self._is_readable(part))
            for table, names in manifest.parts.items()
        }
        return structs.replace(manifest, parts={name: each for name, each in parts.items() if each})

    def _is_readable(self, part: str) -> bool:
        path = self.folder / part
        path = path if path.exists() else self.folder / hidden(part)
        try:
            self._staging.execute(f"SELECT count(*) FROM read_parquet({text(str(path))})")
        except duckdb.Error:
            return False
        return True

    def checkpoints(self) -> dict[str, Checkpoint]:
        return dict(self._manifest.checkpoints)

    def land(self, batch: Batch) -> LandedBatch:
        return with_memory(self._staging, lambda: self._land(batch))

    def _land(self, batch: Batch) -> LandedBatch:
        if self._is_repeated(batch):
            return LandedBatch(repeated=True)
        return either_way(batch, self._changed)

    def _changed(self, batch: Batch) -> LandedBatch:
        with self._reading_parts(), _Change(self, batch) as change:
            if not batch.files and not batch.replace_all and not batch.whole_since:
                return LandedBatch()
            return self._write(batch, change)

    def mark(self, batches: Sequence[Batch]) -> None:
        checkpoints = {
            batch.stream: Checkpoint(batch.number, batch.state)
            for batch in batches
            if not self._is_repeated(batch)
        }
        old = self._manifest
        self.commit(structs.replace(old, checkpoints=old.checkpoints | checkpoints))

    @contextmanager
    def _reading_parts(self) -> Iterator[None]:
        """Say which part it is that cannot be read."""
        try:
            yield
        except duckdb.Error as error:
            meant = damaged_part(str(error))
            if meant is None:
                raise
            raise meant from error

    def held(self, record: str, *, since: datetime) -> int:
        source = self._source(tables(record)[0].name)
        if source is None:
            return 0
        found = self._staging.execute(
            f"SELECT count(*) FROM {source} "
            f"WHERE _synced_at >= {literal(since)} AND _deleted_at IS NULL"
        ).fetchone()
        return int(found[0]) if found else 0

    def ask(self, sql: str, tables: Sequence[str]) -> list[tuple[Any, ...]]:
        sources = {table: self._source(table) for table in tables}
        if None in sources.values():
            return []
        query = sql.format_map(sources)
        with self._reading_parts():
            return with_memory(self._staging, lambda: self._staging.execute(query).fetchall())

    def close(self) -> None:
        self._closing.close()

    def _write(self, batch: Batch, change: _Change) -> LandedBatch:
        plan = tables(batch.record)
        staged = stage(self._staging, batch) if batch.files else None
        sources, bad = typed_sources(self._staging, staged, plan) if staged else ({}, [])
        filled_tables = [table for table in plan if table.name in sources]
        rows = row_counts(self._staging, staged, filled_tables) if staged else {}
        gone = 0
        for table in plan:
            source = sources[table.name] if table.name in rows else None
            tombstones = self._fill(table, batch, change, source)
            gone = gone if table.levels else tombstones
            check_gone(gone, batch.most_gone)
        self._fill_rejects(bad, batch, change)
        return LandedBatch(
            rows=rows, rejected=len(bad), keyless=count_keyless(bad), tombstones=gone
        )

    def _fill(self, table: Table, batch: Batch, change: _Change, typed: str | None) -> int:
        """New parts for a table: its `typed` rows (None: it gets none), and what stays of the parts
        that they touch, with tombstones where a whole read no longer saw a row; how many of those
        are new."""
        wanted = parquet_types(column_types(table))
        dead = self._touched(table.name, _others(table, batch), where=_dead(batch))
        gone = dead | self._superseded(table, batch, wanted, has_rows=typed is not None)
        sources = []
        if typed is not None:
            change.columns[table.name] = wanted
            casts = (f"CAST({identifier(c)} AS {wanted[c]}) AS {c}" for c in filled(table))
            sources.append(
                f"SELECT {', '.join(casts)}, {literal(batch.synced_at)} AS _synced_at, "
                f"CAST(NULL AS TIMESTAMP) AS _deleted_at FROM {typed}"
            )
        if gone and not batch.replace_all:
            when = f"CASE WHEN {_dead(batch)} THEN {literal(batch.synced_at)} ELSE _deleted_at END"
            sources.append(
                f"SELECT t.* REPLACE ({when} AS _deleted_at) "
                f"FROM {_read(self.folder, gone)} AS t {_others(table, batch)}"
            )
        self._replace(change, table.name, " UNION ALL BY NAME ".join(sources), gone=gone)
        return sum(dead.values())

    def _superseded(
        self, table: Table, batch: Batch, wanted: dict[str, str], *, has_rows: bool
    ) -> dict[str, int]:
        """The parts of a table that the batch's records are in, or all where all must change.
        Small ones are written again with any rows that come, so that they do not become many."""
        widened = has_rows and self._manifest.columns.get(table.name, wanted) != wanted
        parts = self._manifest.parts.get(table.name, ())
        if batch.replace_all or widened:
            return dict.fromkeys(parts, 0)
        if not batch.files:
            return {}
        small = [part for part in parts if has_rows and self._size(part) <= SMALL]
        large = [part for part in parts if part not in small]
        join = f"SEMI JOIN stage ON {_same(table)}"
        return dict.fromkeys(small, 0) | self._touched(table.name, join, parts=large)

    def _size(self, part: str) -> int:
        try:
            return (self.folder / part).stat().st_size
        except OSError as error:
            raise damaged(self.folder / part) from error

    def _fill_rejects(self, bad: Sequence[Reject], batch: Batch, change: _Change) -> None:
        keys = "true" if batch.replace_all else KEYS_IN_STAGE if batch.files else "false"
        if bad:
            keys += f" OR record_key IN ({', '.join({text(record.key) for record in bad})})"
        old = f"stream = {text(batch.stream)} AND ({keys})"
        gone = self._touched(REJECTS, "", where=old)
        if not bad and not gone:
            return
        shape = ", ".join(f"{name} {kind}" for name, kind in REJECT_COLUMNS.items())
        self._staging.execute(f"CREATE OR REPLACE TEMP TABLE _bad_rows ({shape})")
        for record in bad:
            self._staging.execute(
                "INSERT INTO _bad_rows VALUES ($1, $2, $3, $4, $5, $6, $7)",
                [batch.stream, *structs.astuple(record), naive(batch.synced_at)],
            )
        source = "SELECT * FROM _bad_rows"
        if gone:
            source += f" UNION ALL BY NAME FROM {_read(self.folder, gone)} WHERE NOT ({old})"
        self._replace(change, REJECTS, source, gone=gone)

    def _touched(
        self, table: str, join: str, *, where: str = "true", parts: Sequence[str] | None = None
    ) -> dict[str, int]:
        """Part → how many of its rows meet a condition, for the parts that have any."""
        parts = self._manifest.parts.get(table) if parts is None else parts
        if not parts or where == "false":
            return {}
        rows = self._staging.execute(
            f"SELECT parse_filename(filename), count(*) FROM "
            f"{_read(self.folder, parts, 'filename = true')} AS t {join} WHERE {where} GROUP BY ALL"
        ).fetchall()
        return {f"{table}/{name}": int(count) for name, count in rows}

    def _replace(self, change: _Change, table: str, source: str, *, gone: dict[str, int]) -> None:
        """Write a query's rows as a new part of a table that stands for the parts in `gone`."""
        change.gone.update(gone)
        if not source:
            return
        name = f"{table}/part-{change.number}.parquet"
        path = self.folder / hidden(name)
        path.parent.mkdir(exist_ok=True)
        self._staging.execute(
            f"COPY ({source}) TO {text(str(path))} (FORMAT parquet, COMPRESSION zstd)"
        )
        to_disk(path)
        change.added.setdefault(table, []).append(name)

    def _source(self, table: str) -> str | None:
        parts = self._manifest.parts.get(table)
        return _read(self.folder, parts) if parts else None

    def _is_repeated(self, batch: Batch) -> bool:
        found = self._manifest.checkpoints.get(batch.stream)
        return found is not None and found.number >= batch.number

    def commit(self, manifest: Manifest) -> None:
        """Make a manifest the one that counts, then bring the folder in line with it."""
        before = self._manifest.parts
        write_manifest(self.folder, manifest)
        self._manifest = manifest
        for table in before.keys() | manifest.parts.keys():
            if before.get(table) != manifest.parts.get(table):
                self._tidy(table)

    def _tidy(self, table: str = "*") -> None:
        """Finish a commit that was cut short, and remove what no manifest names; of all tables, or
        of one."""
        listed = self._manifest.parts
        lists = [listed.get(table, ())] if table != "*" else listed.values()
        wanted = {part for parts in lists for part in parts}
        for part in wanted:
            path = self.folder / hidden(part)
            if path.exists():
                os.replace(path, self.folder / part)
        for path in self.folder.glob(f"{table}/*part-*"):
            if str(path.relative_to(self.folder).as_posix()) not in wanted:
                path.unlink()


class _Change:
    """The parts that one batch adds and takes away; committed with its checkpoint at the end."""

    def __init__(self, destination: ParquetDestination, batch: Batch) -> None:
        self._destination = destination
        self._batch = batch
        self.number = f"{batch.stream}-{batch.number}"
        self.added: dict[str, list[str]] = {}
        self.gone: dict[str, int] = {}
        self.columns: dict[str, dict[str, str]] = {}

    def __enter__(self) -> _Change:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            return
        old = self._destination._manifest
        names = old.parts.keys() | self.added.keys()
        parts = {
            name: tuple(part for part in old.parts.get(name, ()) if part not in self.gone)
            + tuple(self.added.get(name, ()))
            for name in names
        }
        checkpoint = Checkpoint(self._batch.number, self._batch.state)
        self._destination.commit(
            Manifest(
                checkpoints=old.checkpoints | {self._batch.stream: checkpoint},
                parts={name: found for name, found in parts.items() if found},
                columns=old.columns | self.columns,
            )
        )


def parquet_types(types: dict[str, str]) -> dict[str, str]:
    """Column → type as the part files have it."""
    return {name: TYPES.get(kind, kind) for name, kind in types.items()}


def _same(table: Table) -> str:
    """Where a row `t` of a table belongs to a record of the batch."""
    return " AND ".join(
        f"CAST(stage._key{number} AS VARCHAR) = CAST(t.{identifier(each.name)} AS VARCHAR)"
        for number, each in enumerate(table.key)
    )


def _others(table: Table, batch: Batch) -> str:
    """The join that leaves the rows `t` of records which are not in the batch."""
    return f"ANTI JOIN stage ON {_same(table)}" if batch.files and table.key else ""


def _dead(batch: Batch) -> str:
    """Where a row was last written before the whole read that the batch ends."""
    if batch.whole_since is None:
        return "false"
    return f"_synced_at < {literal(batch.whole_since)} AND _deleted_at IS NULL"


def _read(folder: Path, parts: Sequence[str] | dict[str, int], options: str = "") -> str:
    files = ", ".join(text(str(folder / part)) for part in parts)
    return f"read_parquet([{files}], union_by_name = true{', ' + options if options else ''})"
