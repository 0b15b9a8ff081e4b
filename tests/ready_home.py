"""Home folders that begin as a copy of one that this process made before: the thirty scripts that
make a store cost more than most tests do with it."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from xeroport.store.database import FILE_NAME, Store

_folder = tempfile.TemporaryDirectory(prefix="xeroport-ready-")


@cache
def _first() -> Path:
    home = Path(_folder.name, "first")
    Store(home).close()
    return home / FILE_NAME


def begun(home: Path) -> Store:
    """The store of a home folder; where there is none yet, a new one."""
    if not home.exists() or not any(home.iterdir()):
        home.mkdir(parents=True, mode=0o700, exist_ok=True)
        shutil.copy(_first(), home / FILE_NAME)
    return Store(home)
