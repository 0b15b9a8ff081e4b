"""DuckDB as a destination: one file, one schema an instance, no primary keys.

Rows are replaced by delete and insert, which in DuckDB is 20 times faster on scattered keys than
MERGE or a primary key. Holding the file locks other processes out, so it is held for a sync only.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import duckdb
from msgspec import structs

from xeroport.catalogue.columns import Table, tables
from xeroport.destinations.protocol import Batch, Checkpoint, Landed
from xeroport.destinations.rows import (
    MISFITS,
    Reject,
    Stage,
    forget,
    rejects,
    select,
    stage,
    type_rows,
    typed_rows,
)
from xeroport.destinations.staging import naive
from xeroport.destinations.typed import column_types, filled, identifier, prepare
from xeroport.errors import InputError

MEMORY_MB = (112, 512, 2048)
"""What DuckDB may use: the first suffices for nearly all batches, the others where it does not."""

WAIT_SECONDS = 10.0
KEYS_IN_STAGE = "record_key IN (SELECT CAST(_key0 AS VARCHAR) FROM stage)"
_HOLDER = re.compile(r"held in (.+?) \(PID (\d+)\)")


class DuckDBDestination:
    """One instance's schema in a DuckDB file; implements `Destination`."""

    def __init__(self, path: Path, *, schema: str, wait: float = WAIT_SECONDS) -> None:
        self.path = path
        self.schema = identifier(schema)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = _connect(path, wait)
        self._made: set[str] = set()
        prepare(self.connection)
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

    def checkpoints(self) -> dict[str, Checkpoint]:
        rows = self.connection.execute(
            f"SELECT stream, number, state FROM {self.schema}._checkpoint"
        ).fetchall()
        return {stream: Checkpoint(number, state) for stream, number, state in rows}

    def land(self, batch: Batch) -> Landed:
        for megabytes in MEMORY_MB[1:]:
            try:
                return self._land_either_way(batch)
            except duckdb.OutOfMemoryException:
                self.connection.execute(f"SET memory_limit = '{megabytes}MB'")
        return self._land_either_way(batch)

    def _land_either_way(self, batch: Batch) -> Landed:
        if batch.form != "any":
            with suppress(*MISFITS):
                return self._land(batch)
        return self._land(structs.replace(batch, form="any"))

    def _land(self, batch: Batch) -> Landed:
        with self._transaction():
            if self._is_repeated(batch):
                return Landed(repeated=True)
            for table in tables(batch.record):
                self._make(table)
            landed = self._write(batch) if batch.files or batch.replace_all else Landed()
            gone = self._entomb(batch, batch.whole_since) if batch.whole_since else 0
            self._save(batch)
        forget(self.connection)
        return structs.replace(landed, tombstones=gone)

    def held(self, record: str, *, since: datetime) -> int:
        root = tables(record)[0]
        self._make(root)
        found = self.connection.execute(
            f"SELECT count(*) FROM {self._name(root)} "
            "WHERE _synced_at >= $1 AND _deleted_at IS NULL",
            [naive(since)],
        ).fetchone()
        return int(found[0]) if found else 0

    def close(self) -> None:
        self.connection.close()

    def _write(self, batch: Batch) -> Landed:
        plan = tables(batch.record)
        staged = stage(self.connection, batch) if batch.files else None
        if batch.replay:
            self._spare_tombstones(plan[0])
        self._clear(batch, plan)
        if staged is None:
            return Landed()
        rows: dict[str, int] = {}
        bad = list(staged.keyless)
        for table in plan:
            source = self._typed(staged, table)
            if source is None:
                continue
            columns = ", ".join(identifier(each) for each in filled(table))
            found = self.connection.execute(
                f"INSERT INTO {self._name(table)} ({columns}, _synced_at) "
                f"SELECT {columns}, CAST($1 AS TIMESTAMP) FROM {source}",
                [naive(batch.synced_at)],
            ).fetchone()
            count = int(found[0]) if found else 0
            if count:
                rows[table.name] = count
                bad += rejects(self.connection, staged, table)
        self._reject(batch, bad)
        return Landed(rows=rows, rejected=len(bad))

    def _typed(self, staged: Stage, table: Table) -> str | None:
        """Where the typed rows of a table are: a query, or a table if there may be rejects."""
        if staged.form != "any":
            query = select(staged, table)
            return query and f"({query})"
        return typed_rows(table) if type_rows(self.connection, staged, table) else None

    def _spare_tombstones(self, root: Table) -> None:
        """Leave out of `stage` what is gone at Xero by now."""
        if root.key:
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
                f"t.{identifier(each.name)} = stage._key{number}"
                for number, each in enumerate(table.key)
            )
            found = self.connection.execute(
                f"DELETE FROM {self._name(table)} AS t USING stage WHERE {same}"
            ).fetchone()
            if not table.levels and not (found and found[0]):
                return
        self.connection.execute(
            f"DELETE FROM {self.schema}._rejects WHERE stream = $1 AND "
            + ("true" if batch.replace_all or not plan[0].key else KEYS_IN_STAGE),
            [batch.stream],
        )

    def _entomb(self, batch: Batch, since: datetime) -> int:
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
        for key in {each.key for each in found}:
            self.connection.execute(
                f"DELETE FROM {self.schema}._rejects WHERE stream = $1 AND record_key = $2",
                [batch.stream, key],
            )
        for each in found:
            self.connection.execute(
                f"INSERT INTO {self.schema}._rejects VALUES ($1, $2, $3, $4, $5, $6, $7)",
                [batch.stream, *structs.astuple(each), naive(batch.synced_at)],
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
        return found is not None and int(found[0]) >= batch.number

    def _save(self, batch: Batch) -> None:
        self.connection.execute(
            f"DELETE FROM {self.schema}._checkpoint WHERE stream = $1", [batch.stream]
        )
        self.connection.execute(
            f"INSERT INTO {self.schema}._checkpoint VALUES ($1, $2, $3, $4)",
            [batch.stream, batch.number, batch.state, naive(batch.synced_at)],
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        made = set(self._made)
        self.connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._made = made
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")


def connect_reading(path: Path, *, wait: float = WAIT_SECONDS) -> duckdb.DuckDBPyConnection:
    """Open a file of synced books for reading alone; InputError where there is none."""
    if not path.exists():
        raise InputError(
            f"nothing was synced into `{path}` yet", hint="`xeroport sync NAME` comes first"
        )
    return _patiently(lambda: duckdb.connect(str(path), read_only=True), path, wait)


def connect_writing(path: Path, *, wait: float = WAIT_SECONDS) -> duckdb.DuckDBPyConnection:
    """Open a file for writing, as a sync does; it is made where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return _connect(path, wait)


def _connect(path: Path, wait: float) -> duckdb.DuckDBPyConnection:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{MEMORY_MB[0]}MB",
        "threads": 1,
        "checkpoint_threshold": "64MB",
        "preserve_insertion_order": True,
        "temp_directory": tempfile.gettempdir(),
    }
    return _patiently(lambda: duckdb.connect(str(path), config=settings), path, wait)


def _patiently(
    opened: Callable[[], duckdb.DuckDBPyConnection], path: Path, wait: float
) -> duckdb.DuckDBPyConnection:
    """Open a file; while another process holds it, or this one writes to it, wait, then say so."""
    until = time.monotonic() + wait
    while True:
        try:
            return opened()
        except duckdb.ConnectionException as error:
            if time.monotonic() > until:
                raise InputError(
                    f"the DuckDB file `{path}` is being written to by this very process",
                    hint="wait for the sync to end, then try again",
                ) from error
            time.sleep(0.2)
        except duckdb.IOException as error:
            holder = _HOLDER.search(str(error))
            if holder is None:
                raise InputError(
                    f"the DuckDB file `{path}` cannot be opened: {str(error).splitlines()[0]}",
                    hint="name another file with `--to duckdb:PATH`",
                ) from error
            if time.monotonic() > until:
                raise InputError(
                    f"the DuckDB file `{path}` is held by process {holder[2]} (`{holder[1]}`)",
                    hint="close it there, then run the same command again",
                ) from error
            time.sleep(0.2)
