"""A destination whose checkpoints are known, so that it is opened only when it is needed.

A sync that brings nothing neither loads DuckDB nor opens its file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from xeroport.destinations.manifest import MANIFEST
from xeroport.destinations.protocol import Batch, Checkpoint, Destination, LandedBatch
from xeroport.errors import Busy


def stamp(url: str, folder: str) -> str | None:
    """How the file stands that holds a destination's checkpoints: another stamp, other contents.
    None where that cannot be seen from outside. `folder` is the schema's name."""
    scheme, _, rest = url.partition(":")
    if scheme == "duckdb":
        path = Path(rest.partition("?storage=")[0]).expanduser()
        if Path(f"{path}.wal").exists():
            return None
    elif scheme == "parquet":
        path = Path(rest).expanduser() / folder / MANIFEST
    else:
        return None
    try:
        status = path.stat()
    except OSError:
        return None
    parts = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return ":".join(map(str, parts))


class UnopenedDestination:
    """Gives the checkpoints that are `known`; anything else opens it. Implements `Destination`.

    Busy where it no longer stands as is known: another sync has written into it meanwhile.
    """

    def __init__(
        self, open_it: Callable[[], Destination], known: Mapping[str, Checkpoint], *, what: str
    ) -> None:
        self._open = open_it
        self._known = dict(known)
        self._what = what
        self._opened: Destination | None = None

    def checkpoints(self) -> dict[str, Checkpoint]:
        return dict(self._known) if self._opened is None else self._opened.checkpoints()

    def land(self, batch: Batch) -> LandedBatch:
        return self._destination().land(batch)

    def mark(self, batches: Sequence[Batch]) -> None:
        self._destination().mark(batches)

    def held(self, record: str, *, since: datetime) -> int:
        return self._destination().held(record, since=since)

    def ask(self, sql: str, tables: Sequence[str]) -> list[tuple[Any, ...]]:
        return self._destination().ask(sql, tables)

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def _destination(self) -> Destination:
        if self._opened is None:
            opened = self._open()
            held = opened.checkpoints()
            if held != self._known:
                opened.close()
                streams = held.keys() | self._known.keys()
                moved = sorted(s for s in streams if held.get(s) != self._known.get(s))
                raise Busy(
                    f"another sync has written {', '.join(f'`{s}`' for s in moved)} into "
                    f"{self._what} meanwhile",
                    hint="run one sync at a time into one place; run the "
                    "same command again to continue",
                )
            self._opened = opened
        return self._opened
