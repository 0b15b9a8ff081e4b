"""DuckDB as a destination: one file, one schema an instance, no primary keys.

Rows are replaced by delete and insert, which in DuckDB is 20 times faster on scattered keys than
MERGE or a primary key. Records are typed in memory; the file is open while a batch is written, so
that others read it while the sync waits for Xero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from msgspec import structs

from xeroport.catalogue.columns import Table, tables
from xeroport.destinations.duckdb_file import ALIAS, SharedFile, check_writable
from xeroport.destinations.duckdb_staging import give_back, naive, open_staging, with_memory
from xeroport.destinations.failures import check_gone
from xeroport.destinations.json_types import either_way
from xeroport.destinations.protocol import Batch, Checkpoint, LandedBatch
from xeroport.destinations.row_queries import Reject
from xeroport.destinations.rows import KEYS_IN_STAGE, count_keyless, forget, stage, typed_sources
from xeroport.destinations.typed import column_types, filled, identifier
from xeroport.errors import Busy


class DuckDBDestination:
    """One instance's schema in a DuckDB file; implements `Destination`. `storage` is the version
    of DuckDB that must be able to read the file, if this makes it."""

    def __init__(
        self, path: Path, *, schema: str, storage: str | None = None, wait: float | None = None
    ) -> None:
        self.path = path
        self.schema = f"{ALIAS}.{identifier(schema)}"
        check_writable(path)
        self.connection = open_staging()
        self._closing = ExitStack()
        self._closing.callback(give_back, self.connection)
        self._file = SharedFile(self.connection, path, storage=storage, wait=wait)
        self._made: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._written: dict[str, int] = {}
        if path.exists():
            with self._file.reading():
                pass  # a file that cannot be used is refused before any call

    def checkpoints(self) -> dict[str, Checkpoint]:
        if not self.path.exists():
            return {}
        with self._file.reading():
            try:
                rows = self.connection.execute(
                    f"SELECT stream, number, state FROM {self.schema}._checkpoint"
                ).fetchall()
            except duckdb.CatalogException:
                return {}
        self._numbers = {stream: number for stream, number, _ in rows}
        return {stream: Checkpoint(number, state) for stream, number, state in rows}

    def land(self, batch: Batch) -> LandedBatch:
        return with_memory(self.connection, lambda: either_way(batch, self._land))

    def mark(self, batches: Sequence[Batch]) -> None:
        with self._writing():
            for batch in batches:
                if not self._is_repeated(batch):
                    self._save(batch)

    def _land(self, batch: Batch) -> LandedBatch:
        plan = tables(batch.record)
        staged = stage(self.connection, batch) if batch.files else None
        if batch.replay:
            self._spare_tombstones(plan[0])
        sources, bad = typed_sources(self.connection, staged, plan) if staged else ({}, [])
        with self._writing():
            if self._is_repeated(batch):
                return LandedBatch(repeated=True)
            for table in plan:
                self._make(table)
            rows = {}
            if staged is not None or batch.replace_all:
                self._clear(batch, plan)
                rows = self._insert(batch, plan, sources)
                self._reject(batch, bad)
            gone = self._mark_gone(batch, batch.whole_since) if batch.whole_since else 0
            check_gone(gone, batch.most_gone)
            self._save(batch)
        forget(self.connection)
        return LandedBatch(
            rows=rows, rejected=len(bad), keyless=count_keyless(bad), tombstones=gone
        )

    def held(self, record: str, *, since: datetime) -> int:
        root = tables(record)[0]
        if not self.path.exists():
            return 0
        with self._file.reading():
            try:
                count = self.connection.execute(
                    f"SELECT count(*) FROM {self._name(root)} "
                    "WHERE _synced_at >= $1 AND _deleted_at IS NULL",
                    [naive(since)],
                ).fetchone()
            except duckdb.CatalogException:
                return 0
        return int(count[0]) if count else 0

    def ask(self, sql: str, tables: Sequence[str]) -> list[tuple[Any, ...]]:
        if not self.path.exists():
            return []
        names = {table: f"{self.schema}.{identifier(table)}" for table in tables}
        with self._file.reading(), suppress(duckdb.CatalogException):
            return self.connection.execute(sql.format_map(names)).fetchall()
        return []

    def close(self) -> None:
        self._closing.close()

    def _insert(
        self, batch: Batch, plan: Sequence[Table], sources: dict[str, str]
    ) -> dict[str, int]:
        """Write the typed rows; table → how many."""
        rows: dict[str, int] = {}
        for table in plan:
            if table.name not in sources:
                continue
            columns = ", ".join(identifier(each) for each in filled(table))
            inserted = self.connection.execute(
                f"INSERT INTO {self._name(table)} ({columns}, _synced_at) "
                f"SELECT {columns}, CAST($1 AS TIMESTAMP) FROM {sources[table.name]}",
                [naive(batch.synced_at)],
            ).fetchone()
            if inserted and inserted[0]:
                rows[table.name] = int(inserted[0])
        return rows

    def _spare_tombstones(self, root: Table) -> None:
        """Leave out of `stage` what is gone at Xero by now."""
        if not root.key or not self.path.exists():
            return
        with self._file.reading(), suppress(duckdb.CatalogException):
            self.connection.execute(
                f"DELETE FROM stage WHERE _key0 IN (SELECT {identifier(root.key[0].name)} "
                f"FROM {self._name(root)} WHERE _deleted_at IS NOT NULL)"
            )

    def _clear(self, batch: Batch, plan: tuple[Table, ...]) -> None:
        """Take out what the batch replaces; children only where a record was there before."""
        for table in plan:
            if batch.replace_all or not table.key:
                self.connection.execute(f"DELETE FROM {self._name(table)}")
                continue
            same = " AND ".join(
                f"t.{identifier(key_column.name)} = stage._key{number}"
                for number, key_column in enumerate(table.key)
            )
            deleted = self.connection.execute(
                f"DELETE FROM {self._name(table)} AS t USING stage WHERE {same}"
            ).fetchone()
            if not table.levels and not (deleted and deleted[0]):
                return
        self.connection.execute(
            f"DELETE FROM {self.schema}._rejects WHERE stream = $1 AND "
            + ("true" if batch.replace_all or not plan[0].key else KEYS_IN_STAGE),
            [batch.stream],
        )

    def _mark_gone(self, batch: Batch, since: datetime) -> int:
        """Mark the records, and their list items, that were last written before `since`."""
        gone = 0
        for table in tables(batch.record):
            self._make(table)
            found = self.connection.execute(
                f"UPDATE {self._name(table)} SET _deleted_at = $1 "
                "WHERE _synced_at < $2 AND _deleted_at IS NULL",
                [naive(batch.synced_at), naive(since)],
            ).fetchone()
            if not table.levels:
                gone = int(found[0]) if found else 0
                if not gone:
                    break
        return gone

    def _reject(self, batch: Batch, found: Sequence[Reject]) -> None:
        for key in {record.key for record in found}:
            self.connection.execute(
                f"DELETE FROM {self.schema}._rejects WHERE stream = $1 AND record_key = $2",
                [batch.stream, key],
            )
        for record in found:
            self.connection.execute(
                f"INSERT INTO {self.schema}._rejects VALUES ($1, $2, $3, $4, $5, $6, $7)",
                [batch.stream, *structs.astuple(record), naive(batch.synced_at)],
            )

    def _make(self, table: Table) -> None:
        """Create a table, or give it the columns that the catalogue has gained."""
        if table.name in self._made:
            return
        wanted = column_types(table)
        columns = ", ".join(f"{identifier(name)} {kind}" for name, kind in wanted.items())
        self.connection.execute(f"CREATE TABLE IF NOT EXISTS {self._name(table)} ({columns})")
        held = self.connection.execute(f"SELECT * FROM {self._name(table)} LIMIT 0").description
        for name in wanted.keys() - {each[0] for each in held or ()}:
            self.connection.execute(
                f"ALTER TABLE {self._name(table)} ADD COLUMN {identifier(name)} {wanted[name]}"
            )
        self._made.add(table.name)

    def _name(self, table: Table) -> str:
        return f"{self.schema}.{identifier(table.name)}"

    def _is_repeated(self, batch: Batch) -> bool:
        found = self.connection.execute(
            f"SELECT number FROM {self.schema}._checkpoint WHERE stream = $1", [batch.stream]
        ).fetchone()
        if found is None:
            return False
        number = int(found[0])
        if number > self._numbers.get(batch.stream, number):
            raise Busy(
                f"another sync has written `{batch.stream}` into `{self.path}` meanwhile",
                hint="run one sync at a time into one file; run the same command again to continue",
            )
        return number >= batch.number

    def _save(self, batch: Batch) -> None:
        self.connection.execute(
            f"DELETE FROM {self.schema}._checkpoint WHERE stream = $1", [batch.stream]
        )
        self.connection.execute(
            f"INSERT INTO {self.schema}._checkpoint VALUES ($1, $2, $3, $4)",
            [batch.stream, batch.number, batch.state, naive(batch.synced_at)],
        )
        self._written[batch.stream] = batch.number

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Have the file for one transaction, with the schema and its own tables in it."""
        made, self._written = set(self._made), {}
        with self._file.writing():
            self.connection.execute("BEGIN")
            try:
                self._prepare()
                yield
            except BaseException:
                self._made = made
                with suppress(duckdb.Error):
                    self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")
            self._numbers |= self._written

    def _prepare(self) -> None:
        if "_checkpoint" in self._made:
            return
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {self.schema}")
        self.connection.execute(
            f"CREATE TABLE IF NOT EXISTS {self.schema}._checkpoint "
            "(stream VARCHAR, number BIGINT, state VARCHAR, committed_at TIMESTAMP)"
        )
        self.connection.execute(
            f"CREATE TABLE IF NOT EXISTS {self.schema}._rejects (stream VARCHAR, "
            "table_name VARCHAR, record_key VARCHAR, field VARCHAR, value VARCHAR, "
            "reason VARCHAR, _synced_at TIMESTAMP)"
        )
        self._made.add("_checkpoint")
