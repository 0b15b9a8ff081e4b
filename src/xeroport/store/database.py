"""The SQLite file of a home folder: opening, migrations, transactions.

Migrations are the numbered SQL files beside this module; the table `migration` lists those that a
file has, `PRAGMA user_version` is the highest. A file made by a newer xeroport is refused, never
downgraded.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from xeroport.clock import SYSTEM_CLOCK, Clock
from xeroport.config import BOOKS_FILE
from xeroport.errors import StoreError, UnknownName
from xeroport.secrets.vault import KEY_FILE, Vault
from xeroport.store import sealed
from xeroport.store.folder import check_file, make_private
from xeroport.store.machine_errors import DAMAGED, code_of, lacks_rights, of_sqlite
from xeroport.store.sqlite import CheckedConnection, connect, disk_errors, is_stuck, transaction

if TYPE_CHECKING:
    import httpx2

FILE_NAME = "xeroport.sqlite"
DEPARTURES_FILE = "departures"
"""How many batches left for Xero; see `store.outbox.departures`."""
BUSY_SECONDS = 30.0
OTHER_HINT = "choose another with `--home` or `XEROPORT_HOME`"
RIGHTS_HINT = (
    "let this user read and write the folder and what is in it, or choose another with `--home` or "
    "`XEROPORT_HOME`"
)

log = logging.getLogger("xeroport.store")


@cache
def migrations() -> dict[int, str]:
    """The migration scripts by their numbers, oldest first; numbers may be left out."""
    folder = Path(__file__).with_name("migrations")
    return {int(path.name[:4]): path.read_text() for path in sorted(folder.glob("*.sql"))}


def _reason(error: OSError | sqlite3.Error) -> str:
    """The system's words, without its numbers."""
    return (getattr(error, "strerror", None) or str(error)).lower()


class Store:
    """One home folder's control state; safe to share between threads and between processes.

    Its jobs take the time from its `clock` and reach Xero by its `transport`; a test brings its
    own.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / FILE_NAME
        self.clock: Clock = SYSTEM_CLOCK
        self.transport: httpx2.AsyncBaseTransport | None = None
        """What carries the requests of this home's jobs; None: the network."""
        self.warnings: list[str] = []
        """What its user should know of the folder, said once."""
        self._local = threading.local()
        self._is_open = False
        self._open()

    @property
    def connection(self) -> CheckedConnection:
        """This thread's connection, for reads outside a transaction."""
        connection: CheckedConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            made = connect(self.path, busy_seconds=BUSY_SECONDS)
            made.path = self.path if self._is_open else None
            connection = self._local.connection = made
        return connection

    @cached_property
    def vault(self) -> Vault:
        """What seals this store's secrets; StoreError if its key is not the store's."""
        row = self.connection.execute("SELECT proof FROM vault").fetchone()
        is_new = row is None
        vault = Vault.open(self.home, create=is_new)
        if row is not None and vault.opens(row["proof"], bound_to=sealed.PROOF):
            return vault
        with self.transaction() as connection:
            if is_new:
                connection.execute(
                    "INSERT OR IGNORE INTO vault (one, source, proof, is_bound) "
                    "VALUES (1, ?, ?, 1)",
                    (vault.source, vault.seal("xeroport", bound_to=sealed.PROOF)),
                )
            sealed.prove(connection, vault)
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
            with disk_errors(self.path), transaction(connection):
                yield connection
        finally:
            if is_stuck(connection):
                self.close()
            elif not durable:
                connection.execute("PRAGMA synchronous=FULL")

    @contextmanager
    def waiting_at_most(self, seconds: float) -> Iterator[None]:
        """For work that a person waits for: other writers are waited for no longer than that."""
        connection = self.connection
        connection.execute(f"PRAGMA busy_timeout={seconds * 1000:.0f}")
        try:
            yield
        finally:
            connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000:.0f}")

    @contextmanager
    def grouped(self) -> Iterator[sqlite3.Connection]:
        """Many writes to this connection's temporary tables as one; takes no lock on the file."""
        connection = self.connection
        if connection.in_transaction:
            yield connection
            return
        with disk_errors(self.path), transaction(connection, begin="BEGIN"):
            yield connection

    def named(self, kind: str, name: str, *, hint: str) -> sqlite3.Row:
        """The row of that name in the table of a kind, such as `instance` or `flow`."""
        query = f"SELECT * FROM {kind} WHERE name = ?"  # noqa: S608  a table of ours
        row: sqlite3.Row | None = self.connection.execute(query, (name,)).fetchone()
        if row is None:
            raise self.unknown(kind, name, hint=hint)
        return row

    def unknown(self, kind: str, name: str, *, hint: str) -> UnknownName:
        """The error for a name that the table of a kind does not have."""
        rows = self.connection.execute(f"SELECT name FROM {kind}")  # noqa: S608  a table of ours
        return UnknownName(kind, name, [row["name"] for row in rows], hint=hint)

    def close(self) -> None:
        """Close this thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _leftovers(self) -> list[str]:
        """Files of the home folder that only a store with contents leaves behind."""
        names = (KEY_FILE, BOOKS_FILE, DEPARTURES_FILE)
        return [name for name in names if (self.home / name).is_file()]

    def _refuse_empty(self, leftovers: list[str]) -> None:
        """An empty store beside them has lost its contents: whoever took it for a new one would
        send everything to Xero again."""
        names = " and ".join(f"`{name}`" for name in leftovers[:2])
        raise StoreError(
            f"`{self.path}` is missing or empty, but {names} of an earlier store is there",
            hint="restore the file from a backup; to start from nothing, use another home folder",
        )

    def _open(self) -> None:
        try:
            leftovers = self._leftovers()
            self._say(make_private(self.home))
            for name in (FILE_NAME, KEY_FILE):
                self._say(check_file(self.home / name))
            if leftovers and not self.path.exists():
                self._refuse_empty(leftovers)
            self.path.touch(mode=0o600)
            seen = self._version()
            self.connection.path = self.path
            self._is_open = True
        except (OSError, sqlite3.Error) as error:
            self.close()
            if isinstance(error, sqlite3.Error) and code_of(error) in DAMAGED:
                damaged = of_sqlite(error, self.path)
                raise damaged or error from error
            raise StoreError(
                f"the home folder `{self.home}` cannot be used: {_reason(error)}",
                hint=RIGHTS_HINT if lacks_rights(error) else OTHER_HINT,
            ) from error
        if seen == 0 and leftovers:
            self.close()
            self._refuse_empty(leftovers)
        self._migrate(seen)
        if sealed.is_unbound(self.connection):
            with suppress(StoreError):  # told where the key is needed
                _ = self.vault

    def _say(self, warning: str | None) -> None:
        if warning is not None:
            self.warnings.append(warning)
            log.warning("%s", warning)

    def _version(self) -> int:
        return int(self.connection.execute("PRAGMA user_version").fetchone()[0])

    def _migrate(self, seen: int) -> None:
        scripts = migrations()
        if seen > max(scripts):
            raise StoreError(
                f"`{self.path}` was made by a newer xeroport (store version {seen}, "
                f"this one knows {max(scripts)})",
                hint="update xeroport, or choose another home folder with `--home`",
            )
        if scripts.keys() - self._applied(self.connection):
            self._apply(scripts)

    def _applied(self, connection: sqlite3.Connection) -> set[int]:
        """The numbers of the migrations that the file has; the first were counted only."""
        has_table = connection.execute(
            "SELECT 1 FROM sqlite_master WHERE name = 'migration'"
        ).fetchone()
        if has_table is None:
            return set(range(1, self._version() + 1))
        return {row[0] for row in connection.execute("SELECT number FROM migration")}

    def _apply(self, scripts: Mapping[int, str]) -> None:
        """Apply those that the file lacks, all of them or none."""
        with self.transaction() as connection:
            applied = self._applied(connection)
            lacking = sorted(scripts.keys() - applied)
            for number in lacking:
                for statement in scripts[number].split(";\n"):
                    if statement.strip():
                        connection.execute(statement)
            connection.execute("CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY)")
            connection.executemany(
                "INSERT OR IGNORE INTO migration (number) VALUES (?)",
                [(number,) for number in (*applied, *lacking)],
            )
            connection.execute(f"PRAGMA user_version={max(*applied, *lacking, 0)}")
