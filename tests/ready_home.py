"""Home folders that begin as a copy of one that the run made before: the thirty scripts that make
a store cost more than most tests do with it."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

from tests.one_run import made_once

from xeroport.store.database import FILE_NAME, Store


@cache
def _first() -> Path:
    return made_once("ready_home", lambda home: Store(home).close()) / FILE_NAME


def begun(home: Path) -> Store:
    """The store of a home folder; where there is none yet, a new one."""
    if not home.exists() or not any(home.iterdir()):
        home.mkdir(parents=True, mode=0o700, exist_ok=True)
        shutil.copy(_first(), home / FILE_NAME)
    return Store(home)


def answered_at(home: Path, url: str) -> None:
    """Have all instances of a home folder, which is a copy, ask the Xero at `url`."""
    (home / "calls.sqlite").unlink(missing_ok=True)
    store = Store(home)
    with store.transaction() as connection:
        connection.execute("UPDATE instance SET base_url = ?, identity_url = ?", (url, url))
    store.close()
