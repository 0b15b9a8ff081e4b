"""Where the home folder is: everything xeroport keeps lies under it."""

from __future__ import annotations

import os
from pathlib import Path

from xeroport.errors import InputError

HOME_VARIABLE = "XEROPORT_HOME"
ERROR_FILE = "XEROPORT_ERROR_FILE"
"""Names a file in which a command leaves the error it ends with, as JSON, for who started it."""
BOOKS_FILE = "books.duckdb"


def home_folder(argument: Path | str | None = None) -> Path:
    """The folder given, else `XEROPORT_HOME`, else the platform's user data folder."""
    if argument is not None:
        if not isinstance(argument, str | os.PathLike):
            raise InputError(f"the home folder must be a path, not {type(argument).__name__}")
        return Path(argument).expanduser()
    named = os.environ.get(HOME_VARIABLE)
    if named:
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_path("xeroport", appauthor=False))


def own_books(home: Path) -> Path:
    """The file that syncs go into where no destination is named."""
    return home / BOOKS_FILE
