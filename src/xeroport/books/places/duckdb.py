"""A ledger inside the DuckDB file of the copy: one transaction, only what changed is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from xeroport.books.places.workspace import MEMORY, Workspace, need, tables_in
from xeroport.destinations.duckdb_file import connect_writing
from xeroport.destinations.typed import identifier
from xeroport.errors import InputError


@contextmanager
def open_duckdb(path: Path, schema: str) -> Iterator[Workspace]:
    """A workspace inside a file; other processes are locked out of it meanwhile."""
    if not path.exists():
        raise InputError(
            f"nothing was synced into `{path}` yet", hint="run `xeroport sync NAME` first"
        )
    with connect_writing(path) as connection:
        for setting in (
            "TimeZone = 'UTC'",
            f"memory_limit = '{MEMORY}'",
            "threads = 2",
            "preserve_insertion_order = false",
        ):
            connection.execute(f"SET {setting}")
        synced = tables_in(connection, schema)
        need(synced, str(path))
        marks = synced.get("_checkpoint")
        connection.execute("BEGIN")
        is_published = False

        def publish(_: Collection[str] = ()) -> None:
            nonlocal is_published
            for (where, name), query in workspace.views.items():
                connection.execute(
                    f"CREATE OR REPLACE VIEW {workspace.prefix}{identifier(where)}."
                    f"{identifier(name)} AS {query}"
                )
            connection.execute("COMMIT")
            is_published = True

        workspace = Workspace(
            connection=connection,
            schema=schema,
            synced=synced,
            states=dict(connection.execute(f"SELECT stream, state FROM {marks}").fetchall())
            if marks
            else {},
            copied=synced,
            publish=publish,
        )
        try:
            workspace.make()
            yield workspace
        finally:
            if not is_published:
                connection.execute("ROLLBACK")
