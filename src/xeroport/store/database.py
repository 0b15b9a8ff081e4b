"""The SQLite file of a home folder: opening, migrations, transactions.

Migrations are the numbered SQL files beside this module; `PRAGMA user_version` says how many a
file has seen. A file made by a newer xeroport is refused, never downgraded.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache, cached_property
from pathlib import Path

from xeroport.config import BOOKS_FILE
from xeroport.errors import StoreError
from xeroport.secrets.vault import KEY_FILE, Vault, wrong_key

FILE_NAME = "xeroport.sqlite"
BUSY_SECONDS = 30.0
PROOF = "xeroport"


@cache
def migrations() -> tuple[str, ...]:
    """The migration scripts, oldest first."""
    folder = Path(__file__).with_name("migrations")
    return tuple(path.read_text() for path in sorted(folder.glob("*.sql")))


def _reason(error: OSError | sqlite3.Error) -> str:
    """The system's words, without its numbers."""
    return (getattr(error, "strerror", None) or str(error)).lower()


class Store:
    """One home folder's control state; safe to share between threads and between processes."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / FILE_NAME
        self._local = threading.local()
        self._migrate()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection, for reads outside a transaction."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = self._connect()
        return found

    @cached_property
    def vault(self) -> Vault:
        """What seals this store's secrets; StoreError if its key is not the store's."""
        row = self.connection.execute("SELECT source, proof FROM vault").fetchone()
        vault = Vault.open(self.home, create=row is None)
        if row is None:
            with self.transaction() as connection:
                connection.execute(
                    "INSERT OR IGNORE INTO vault (one, source, proof) VALUES (1, ?, ?)",
                    (vault.source, vault.seal(PROOF)),
                )
                row = connection.execute("SELECT source, proof FROM vault").fetchone()
        if vault.unseal(row["proof"]).reveal() != PROOF:
            raise wrong_key(vault.source)
        return vault

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """A write transaction: all of the block or none of it; waits for other writers. Inside
        another one of the same thread it is a part of that.

        Without `durable` it survives a killed process, but the last moments may be lost with the
        power: cheap enough for budgets and token leases, which mend themselves.
        """
        connection = self.connection
        if connection.in_transaction:
            yield connection
            return
        if not durable:
            connection.execute("PRAGMA synchronous=NORMAL")
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                self._roll_back(connection)
                raise
        finally:
            if not durable and not connection.in_transaction:
                with suppress(sqlite3.ProgrammingError):
                    connection.execute("PRAGMA synchronous=FULL")

    @contextmanager
    def grouped(self) -> Iterator[sqlite3.Connection]:
        """Many writes to this connection's temporary tables as one; takes no lock on the file."""
        connection = self.connection
        if connection.in_transaction:
            yield connection
            return
        connection.execute("BEGIN")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            self._roll_back(connection)
            raise

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        """Leave a transaction, also one whose COMMIT failed; SQLite may have left it already."""
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        if connection.in_transaction:
            self.close()

    def close(self) -> None:
        """Close this thread's connection."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is not None:
            found.close()
            self._local.connection = None

    def _leftovers(self) -> list[str]:
        """Files of the home folder that only a store with contents leaves behind."""
        return [name for name in (KEY_FILE, BOOKS_FILE) if (self.home / name).is_file()]

    def _refuse_empty(self, leftovers: list[str]) -> None:
        """An empty store beside them has lost its contents: whoever took it for a new one would
        send everything to Xero again."""
        names = " and ".join(f"`{name}`" for name in leftovers[:2])
        raise StoreError(
            f"`{self.path}` is missing or empty, but {names} of an earlier store is there",
            hint="restore the file from a backup; to start from nothing, use another home folder",
        )

    def _migrate(self) -> None:
        scripts = migrations()
        try:
            leftovers = self._leftovers()
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            if leftovers and not self.path.exists():
                self._refuse_empty(leftovers)
            self.path.touch(mode=0o600)
            seen = int(self.connection.execute("PRAGMA user_version").fetchone()[0])
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"the home folder `{self.home}` cannot be used: {_reason(error)}",
                hint="choose another with `--home` or `XEROPORT_HOME`",
            ) from error
        if seen == 0 and leftovers:
            self._refuse_empty(leftovers)
        if seen > len(scripts):
            raise StoreError(
                f"`{self.path}` was made by a newer xeroport (store version {seen}, "
                f"this one knows {len(scripts)})",
                hint="update xeroport, or choose another home folder with `--home`",
            )
        for number, script in enumerate(scripts[seen:], start=seen + 1):
            self._apply(number, script)

    def _apply(self, number: int, script: str) -> None:
        with self.transaction() as connection:
            if int(connection.execute("PRAGMA user_version").fetchone()[0]) >= number:
                return
            for statement in script.split(";\n"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version={number}")
