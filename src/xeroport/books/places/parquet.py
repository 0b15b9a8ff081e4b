"""A ledger beside a lake: worked out in a file of its own, then put in its folders in one step."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from xeroport.books.places.workspace import (
    Workspace,
    carried,
    need,
    schemas,
    staging_file,
    tables_in,
)
from xeroport.catalogue import load
from xeroport.catalogue.columns import tables
from xeroport.destinations.filelock import WAIT_SECONDS, FileLock
from xeroport.destinations.manifest import (
    MANIFEST,
    Manifest,
    hidden,
    read_manifest,
    write_manifest,
)
from xeroport.destinations.parquet import TYPES
from xeroport.destinations.typed import column_types, identifier, text
from xeroport.errors import InputError


@contextmanager
def open_parquet(folder: Path, schema: str) -> Iterator[Workspace]:
    """A workspace on an instance's folder, which no sync may write to meanwhile."""
    home = folder / schema
    if not (home / MANIFEST).exists():
        raise InputError(
            f"nothing was synced into `{home}` yet", hint="run `xeroport sync NAME` first"
        )
    lock = FileLock(home / "_lock")
    lock.take(what=f"`{home}`", wait=WAIT_SECONDS)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="xeroport-") as staging,
            staging_file(staging) as connection,
        ):
            connection.execute(f"CREATE SCHEMA {identifier(schema)}")
            manifest = read_manifest(home)
            for table, parts in manifest.parts.items():
                plain = _typed(table, manifest.columns.get(table, {}))
                connection.execute(
                    f"CREATE VIEW {identifier(schema)}.{identifier(table)} AS "
                    f"SELECT {plain} FROM {_read(home, parts)}"
                )
            synced = tables_in(connection, schema)
            need(synced, str(home))
            workspace = Workspace(
                connection=connection,
                schema=schema,
                synced=synced,
                states={stream: mark.state for stream, mark in manifest.checkpoints.items()},
                copied=synced,
                publish=lambda _: _publish(workspace, folder),
            )
            workspace.make()
            _carry_over(workspace, folder / schemas(schema)["ledger"])
            yield workspace
    finally:
        lock.give_back()


def _typed(table: str, held: Mapping[str, str]) -> str:
    """All columns of a table of the lake, with ids as what they are."""
    kinds = _kinds().get(table, {})
    casts = ", ".join(
        f"CAST({identifier(name)} AS UUID) AS {identifier(name)}"
        for name in held
        if kinds.get(name) == "UUID"
    )
    return f"* REPLACE ({casts})" if casts else "*"


@cache
def _kinds() -> dict[str, dict[str, str]]:
    """Table → column → DuckDB type, of all tables that a sync writes."""
    return {
        table.name: column_types(table)
        for record in {stream.record for stream in load().streams.values()}
        for table in tables(record)
    }


def _read(folder: Path, parts: tuple[str, ...]) -> str:
    files = ", ".join(text(str(folder / part)) for part in parts)
    return f"read_parquet([{files}], union_by_name = true)"


def _carry_over(workspace: Workspace, folder: Path) -> None:
    """Read the lines, ties and runs of before."""
    connection, sources = (
        workspace.connection,
        {table: _read(folder, files) for table, files in read_manifest(folder).parts.items()},
    )
    stored = {
        table: [row[0] for row in connection.execute(f"DESCRIBE FROM {source}").fetchall()]
        for table, source in sources.items()
    }
    for table in carried(stored):
        chosen = ", ".join(f'CAST("{column.name}" AS {column.type})' for column in table.columns)
        connection.execute(
            f"INSERT INTO {workspace.ledger}.{table.name} SELECT {chosen} "
            f"FROM {sources[table.name]}"
        )


def _publish(workspace: Workspace, folder: Path) -> None:
    """New part files for all tables, then a manifest for each folder. A folder changes in one
    step; the ledger's own folder is last, so that a reader who follows it finds the others."""
    connection, mark = workspace.connection, uuid.uuid4().hex[:12]
    for (schema, name), query in workspace.views.items():
        connection.execute(
            f"CREATE OR REPLACE TABLE {identifier(schema)}.{identifier(name)} AS {query}"
        )
    names = schemas(workspace.schema)
    for kind in ("fivetran", "reporting", "ledger"):
        place = folder / names[kind]
        parts: dict[str, tuple[str, ...]] = {}
        for table, source in tables_in(connection, names[kind]).items():
            part = f"{table}/part-{mark}.parquet"
            path = place / hidden(part)
            path.parent.mkdir(parents=True, exist_ok=True)
            chosen = _plain(workspace, names[kind], table)
            connection.execute(
                f"COPY (SELECT {chosen} FROM {source}) TO {text(str(path))} "
                "(FORMAT parquet, COMPRESSION zstd)"
            )
            parts[table] = (part,)
        if not parts:
            continue
        write_manifest(place, Manifest(parts=parts))
        for (part,) in parts.values():
            os.replace(place / hidden(part), place / part)
        for old in place.glob("*/part-*.parquet"):
            if mark not in old.name:
                old.unlink()


def _plain(workspace: Workspace, schema: str, table: str) -> str:
    """The columns of a table in types that every reader of Parquet knows."""
    rows = workspace.connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() "
        "WHERE schema_name = $1 AND table_name = $2 ORDER BY column_index",
        [schema, table],
    ).fetchall()
    return ", ".join(
        f"CAST({identifier(name)} AS {TYPES[kind]}) AS {identifier(name)}"
        if kind in TYPES
        else identifier(name)
        for name, kind in rows
    )
