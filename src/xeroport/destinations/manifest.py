"""The manifest of a folder of Parquet files: which parts count, and how far streams have come."""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec
from msgspec import Struct

from xeroport.destinations.protocol import Checkpoint
from xeroport.errors import InputError

MANIFEST = "_manifest.json"


class Manifest(Struct, frozen=True):
    """What counts: stream → checkpoint, table → its part files, table → its columns."""

    checkpoints: dict[str, Checkpoint] = {}
    parts: dict[str, tuple[str, ...]] = {}
    columns: dict[str, dict[str, str]] = {}


def damaged_part(words: str) -> InputError | None:
    """What DuckDB's words on a part that it cannot read mean; None where they name none."""
    named = re.search(r"([^'\"\s]*part-[^'\"\s]*\.parquet)", words)
    return None if named is None else damaged(Path(named[1]))


def damaged(path: Path) -> InputError:
    """The error for a file of a folder that cannot be read."""
    return InputError(
        f"the file `{path}` of the Parquet folder is damaged",
        hint="`xeroport sync NAME --full` reads everything again and replaces it",
    )


def hidden(part: str) -> str:
    """The name of a part before its commit; no glob for `*.parquet` finds it."""
    return part + ".new"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an instance's folder; an empty one where nothing was ever written.
    InputError where it is damaged."""
    path = folder / MANIFEST
    if not path.exists():
        return Manifest()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise damaged(path) from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest in one step, on disk when this returns."""
    path = folder / f"{MANIFEST}.new"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    to_disk(path)
    os.replace(path, folder / MANIFEST)
    to_disk(folder)


def to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
