"""What the machine does to a file of ours, said to a person: full, locked, damaged, read only.

The same words wherever it is met: in a transaction, in a read, or at the end of a command that
did not expect it.
"""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from xeroport.errors import InputError, StoreError, XeroportError

DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
HELD = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
UNWRITABLE = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
    }
)
WITHOUT_RIGHTS = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY})
RIGHTS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
OF_THE_DISK = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES, errno.EPERM),
        *(errno.EISDIR, errno.ENOTDIR, errno.EMFILE, errno.ENFILE, errno.EFBIG, errno.ELOOP),
        errno.ENAMETOOLONG,
    }
)


def code_of(error: BaseException) -> int:
    """SQLite's own number for what went wrong; 0 where it gives none."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


def lacks_rights(error: OSError | sqlite3.Error) -> bool:
    """Whether this user may not do that to the file, as opposed to: the disk cannot."""
    if isinstance(error, sqlite3.Error):
        return code_of(error) in WITHOUT_RIGHTS
    return error.errno in RIGHTS


def of_sqlite(error: sqlite3.Error, path: Path | None) -> StoreError | None:
    """What happened to a SQLite file; None where the statement is to blame."""
    code, file = code_of(error), f"`{path or 'memory'}`"
    if code in DAMAGED:
        hint = "restore it from a backup; nothing in Xero is changed by that"
        if path is not None and path.name == "calls.sqlite":
            hint = (
                "run the same command again: it makes the file again, which holds counts of calls"
            )
        return StoreError(f"{file} is damaged: {str(error).lower()}", hint=hint)
    if code in HELD:
        return StoreError(
            f"{file} is held by another process: {str(error).lower()}",
            hint="wait until that is done, then run the same command again",
        )
    if code in WITHOUT_RIGHTS:
        return StoreError(
            f"{file} cannot be {'opened' if code == sqlite3.SQLITE_CANTOPEN else 'written'}: "
            f"{str(error).lower()}",
            hint="let this user read and write it and its folder, and run the same command again: "
            "what was committed is kept, and it continues from there",
        )
    if code in UNWRITABLE:
        return StoreError(
            f"{file} cannot be written: {str(error).lower()}",
            hint="make room, or repair the disk, and run the same command again: what was "
            "committed is kept, and it continues from there",
        )
    return None


def of_the_machine(error: BaseException) -> XeroportError | None:
    """What an error that nobody expected says of the machine or its files; None of ours alone."""
    if isinstance(error, sqlite3.Error):
        return of_sqlite(error, None)
    words = (str(error).splitlines() or [""])[0]
    if type(error).__module__ in ("duckdb", "_duckdb"):
        if "orrupt" not in words and "IO Error" not in words and "erialization" not in words:
            return None
        return InputError(
            f"the books cannot be read: {words}",
            hint="move the file away or restore a copy of it; `xeroport sync NAME --full` "
            "builds it again",
        )
    if isinstance(error, OSError) and error.errno in OF_THE_DISK:
        at = f"`{error.filename}`" if error.filename else "a file"
        way_out = "let this user read and write it" if lacks_rights(error) else "make room"
        return StoreError(
            f"{at} cannot be used: {(error.strerror or words).lower()}",
            hint=f"{way_out}, and run the same command again",
        )
    return None
