"""Destinations that a console user may name: those that the command line named before, and files
and folders below the home folder that are nothing of xeroport's own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from xeroport.errors import InputError

HINT = (
    "choose a file or folder below the home folder, such as `duckdb:second.duckdb` or "
    "`parquet:lake`, or sync into it once from the command line: then it can be chosen here"
)
OWN = frozenset(("console", "landing", "raw", "locks", "logs", "keys", "backup"))
"""Folders of the home that are never a destination."""


def destination(home: Path, text: str, *, named: Iterable[str]) -> str:
    """The URL of a destination; InputError for one that a console user may not name. `named` are
    the destinations that the command line has named, as they are shown."""
    typed = text.strip()
    if typed in named:
        return typed
    scheme, _, rest = typed.partition(":")
    if scheme not in ("duckdb", "parquet") or not rest or "\0" in rest:
        raise InputError("this destination cannot be set from the console", hint=HINT)
    root = home.resolve()
    path = (root / rest).resolve()
    if not path.is_relative_to(root) or path == root:
        raise InputError("this destination is not below the home folder", hint=HINT)
    first, *_ = path.relative_to(root).parts
    is_ours = first in OWN or first.startswith((".", "xeroport", "calls"))
    is_other = scheme == "duckdb" and (path.suffix != ".duckdb" or path.is_dir())
    is_file = scheme == "parquet" and ((root / first).is_file() or path.is_file())
    if is_ours or is_other or is_file:
        raise InputError("this destination cannot be used", hint=HINT)
    return f"{scheme}:{path}"
