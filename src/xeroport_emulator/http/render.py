"""From records to the bytes of a reply: envelope, indentation, and what is kept between calls."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec

try:
    from isal import igzip as gzip
except ImportError:  # no isal for this machine
    import gzip  # type: ignore[no-redef]

from xeroport_emulator.http.shape import milliseconds

Name = tuple[str, str]
"""How a record is shown, and its id."""

PROVIDER = "xeroport emulator"
_encode = msgspec.json.Encoder(decimal_format="number").encode


def compact(value: Any) -> bytes:
    """A JSON-ready value on one line; Decimals become numbers, as written, and slashes are escaped
    as Xero's servers do."""
    return _encode(value).replace(b"/", rb"\/")


def indented(body: bytes) -> bytes:
    """The same JSON over many lines with CR LF, as Xero's servers send it."""
    return msgspec.json.format(body, indent=2).replace(b"\n", b"\r\n")


def head(now: datetime, kind: str | None = None, *, summarise: bool = False) -> dict[str, Any]:
    """The first members of every envelope; that of quotes says whether errors are summarised."""
    first = {"SummarizeErrors": summarise} if kind == "Quote" else {}
    return {
        **first,
        "Id": str(uuid4()),
        "Status": "OK",
        "ProviderName": PROVIDER,
        "DateTimeUTC": f"/Date({milliseconds(now)})/",
    }


def joined(envelope: dict[str, Any], key: str, elements: Iterable[bytes]) -> bytes:
    """An envelope whose list `key` holds ready-made elements."""
    opening = compact(envelope)
    opening = opening[:-1] + (b"," if len(opening) > 2 else b"")
    return b"".join((opening, compact(key), b":[", b",".join(elements), b"]}"))


class Renderings:
    """Compact JSON of records, kept while their revision stands, up to `limit` bytes."""

    def __init__(self, limit: int = 320 << 20) -> None:
        self.limit = limit
        self._kept: OrderedDict[Name, tuple[object, bytes]] = OrderedDict()
        self._size = 0

    def find(self, name: Name, revision: object) -> bytes | None:
        """What was rendered under that name, if the revision is still the same."""
        found = self._kept.get(name)
        return found[1] if found is not None and found[0] == revision else None

    def put(self, name: Name, revision: object, body: bytes) -> None:
        """Keep what was rendered; the oldest goes when there is no more room."""
        former = self._kept.pop(name, None)
        if former is not None:
            self._size -= len(former[1])
        self._kept[name] = (revision, body)
        self._size += len(body)
        while self._size > self.limit:
            _, (_, gone) = self._kept.popitem(last=False)
            self._size -= len(gone)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._size = 0


def zipped(body: bytes) -> bytes:
    """The body as gzip, fast rather than small."""
    return bytes(gzip.compress(body, compresslevel=1))
