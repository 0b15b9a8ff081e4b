"""The token that lets AI clients in over HTTP: in the home folder, in a file that only its owner
can read. A new one takes the old one's place at once, in every server that runs."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from xeroport.errors import StoreError

FILE_NAME = "mcp.token"


def token(home: Path) -> str:
    """The token of a home folder, made when it is first asked for; StoreError if it cannot be."""
    path = home / FILE_NAME
    try:
        if not path.exists():
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write(path, os.O_EXCL)
        text = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise StoreError(
            f"the token `{path}` cannot be read: {error}", hint="remove the file to get a new one"
        ) from error
    if len(text) < 20:
        raise StoreError(f"the token in `{path}` is too short", hint="remove the file")
    return text


def renewed(home: Path) -> str:
    """A new token; whoever has the old one is no longer let in."""
    path = home / FILE_NAME
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        _write(draft, os.O_TRUNC)
        draft.replace(path)
    except OSError as error:
        raise StoreError(f"the token `{path}` cannot be replaced: {error}") from error
    return token(home)


def _write(path: Path, how: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
