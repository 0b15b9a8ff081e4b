"""Where a ledger is worked out and kept, by destination. DuckDB does the work everywhere: inside
the file where the destination is one, else in a file of its own whose tables are then sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xeroport.books.places.workspace import Workspace, schemas
from xeroport.destinations import settled
from xeroport.store.instances import schema_name

__all__ = ["Workspace", "open_workspace", "schemas"]


@contextmanager
def open_workspace(url: str, *, instance: str, journals: bool = False) -> Iterator[Workspace]:
    """A workspace on the copy of an instance; what was written counts once `publish` returns.
    With `journals`, Xero's own journals are in it too, where they were synced.

    InputError where nothing was synced, or another process is at work there."""
    scheme, _, rest = settled(url).partition(":")
    schema = schema_name(instance)
    if scheme == "duckdb":
        from xeroport.books.places.duckdb import open_duckdb

        with open_duckdb(Path(rest), schema) as workspace:
            yield workspace
    elif scheme == "parquet":
        from xeroport.books.places.parquet import open_parquet

        with open_parquet(Path(rest), schema) as workspace:
            yield workspace
    else:
        from xeroport.books.places.postgres import open_postgres

        with open_postgres(url, schema, journals=journals) as workspace:
            yield workspace
