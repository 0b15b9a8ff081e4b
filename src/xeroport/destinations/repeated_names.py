"""Records in which a name stands twice: DuckDB refuses the whole file, so they are written again.

The last value stays, as in nearly every reader of JSON. One that differs from it is kept aside.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, TypeVar, cast

import duckdb
from msgspec import Struct, structs

from xeroport.destinations.protocol import Batch

T = TypeVar("T")

TWICE = "appears twice in its record; the last value was used"

_REFUSAL = "has duplicate key"
"""What DuckDB says of such a record."""


class Repeat(Struct, frozen=True):
    """An earlier value of a name that stands twice in a record: the record's key, the field, the
    value as JSON."""

    key: str
    field: str
    value: str


class _Number(str):
    """A number as the text it came as."""


def last_of_each(batch: Batch, key: str, read: Callable[[Batch], T]) -> tuple[T, list[Repeat]]:
    """What `read` makes of a batch; where DuckDB refuses it as text, of a copy that has each name
    once, and the values that were left out. The records' key is the field `key`."""
    try:
        return read(batch), []
    except duckdb.InvalidInputException as error:
        if batch.form != "any" or _REFUSAL not in str(error):
            raise
    repeats: list[Repeat] = []
    with TemporaryDirectory(dir=batch.files[0].parent, prefix="once-") as folder:
        copies = []
        for number, file in enumerate(batch.files):
            copy = Path(folder, f"{number}.ndjson")
            with _opened(file) as lines, copy.open("wb") as target:
                target.writelines(_line(line, key, repeats) for line in lines)
            copies.append(copy)
        return read(structs.replace(batch, files=tuple(copies))), list(dict.fromkeys(repeats))


def _opened(file: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(file)) if file.suffix == ".gz" else file.open("rb")


def _line(line: bytes, key: str, repeats: list[Repeat]) -> bytes:
    """One record; as it came, unless a name stands twice in it."""
    earlier: list[tuple[str, Any]] = []

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            earlier.extend(pair for pair in pairs if value[pair[0]] != pair[1])
        return value

    record = json.loads(line, object_pairs_hook=object_of, parse_float=_Number, parse_int=_Number)
    if not earlier:
        return line
    name = str(record.get(key, ""))
    repeats.extend(
        Repeat(name, field, json.dumps(value, ensure_ascii=False)) for field, value in earlier
    )
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"
