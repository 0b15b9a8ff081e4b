"""The home folder: made for its owner alone, and refused where others could change it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from xeroport.errors import StoreError

PRIVATE = 0o700
OTHERS = 0o077


def make_private(home: Path) -> str | None:
    """Make the folder if there is none, and close it to others; a warning if it was open to them.

    StoreError where it is another user's. OSError where it cannot be made.
    """
    home.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
    if os.name != "posix":
        return None
    found = home.stat()
    check_owner(found.st_uid, home)
    return _closed(home, found.st_mode)


def check_file(path: Path) -> str | None:
    """Close a file of the home folder to others; a warning if it was open to them. StoreError
    where it is another user's, or a link to somewhere else."""
    if os.name != "posix":
        return None
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(found.st_mode):
        raise StoreError(
            f"`{path}` is a link to another file",
            hint="put the file itself there; links let others choose what is read and written",
        )
    check_owner(found.st_uid, path)
    return _closed(path, found.st_mode)


def check_owner(owner: int, path: Path) -> None:
    """StoreError unless a file of that owner (user id) may be trusted by who runs this."""
    me = os.geteuid()
    if me != 0 and owner not in (me, 0):
        raise StoreError(
            f"`{path}` belongs to another user (id {owner})",
            hint="choose a folder of your own with `--home` or `XEROPORT_HOME`",
        )


def _closed(path: Path, mode: int) -> str | None:
    """Take all rights on a path from group and others."""
    if not mode & OTHERS:
        return None
    could = "change" if mode & 0o022 else "read"
    try:
        path.chmod(stat.S_IMODE(mode) & ~OTHERS)
    except OSError as error:
        return (
            f"others can {could} `{path}`, and that cannot be changed: "
            f"{(error.strerror or str(error)).lower()}"
        )
    return f"others could {could} `{path}`: now only you can"
