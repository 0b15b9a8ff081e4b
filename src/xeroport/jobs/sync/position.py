"""How far a stream has come, as a value: the state that commits with the rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

OVERLAP = timedelta(seconds=10)
"""How far a delta reaches back before the moment of the last one, for what Xero shows late."""


class FullRead(Struct, frozen=True, omit_defaults=True):
    """A full read under way. `began` is Xero's clock at its first reply; the records it has met
    have `_synced_at` at or after `since` (ours). `page` is the last page committed, `seek` the
    moment from which a seeking read continues. `count` is Xero's number of records as of its last
    reply, `counted_at` when that was, and `shrank` that it ever fell. `plan`, `raw_from` and
    `digest` (of the records met): as in Position.
    """

    began: datetime
    since: datetime
    how: Literal["pages", "seek"] = "pages"
    page: int = 0
    seek: datetime | None = None
    count: int | None = None
    counted_at: datetime | None = None
    shrank: bool = False
    plan: str = ""
    digest: str = ""
    raw_from: int = 0


class Position(Struct, frozen=True, omit_defaults=True):
    """`cursor`: the next delta asks for what changed since then. `whole_at`: Xero's clock when the
    last full read that was proved complete began, and `proof` how. `plan`: the tables' fingerprint.
    `digest`: of all records of a list that cannot tell what changed. `offset`: the last journal
    number. `raw_from`: the first of the kept landing files that together hold the whole stream; 0
    if they do not. `stamped`: the last `_synced_at` given. `drift`: unknown fields
    that were reported."""

    cursor: datetime | None = None
    whole_at: datetime | None = None
    proof: str = ""
    plan: str = ""
    digest: str = ""
    offset: int = 0
    raw_from: int = 0
    stamped: datetime | None = None
    drift: tuple[str, ...] = ()
    full: FullRead | None = None


def encode(position: Position) -> str:
    """As the text a destination keeps."""
    return msgspec.json.encode(position).decode()


def decode(text: str) -> Position:
    """From the text a destination kept."""
    return msgspec.json.decode(text, type=Position)


def is_further(position: Position, than: Position) -> bool:
    """Whether a position says more than another: that Xero was asked later does not count, since
    the next delta brings the same from where the other stands."""
    return replace(position, cursor=None, stamped=None) != replace(than, cursor=None, stamped=None)


def seek_after(last: datetime) -> datetime:
    """Where the next seek begins: a second before the last stamp read, as Xero counts seconds."""
    return last.replace(microsecond=0) - timedelta(seconds=1)


def mixed(digest: str, records: Iterable[Raw | bytes]) -> str:
    """The digest of some records and these; their order does not matter, their number does."""
    total = int(digest or "0", 16)
    for record in records:
        total += int.from_bytes(hashlib.blake2b(record, digest_size=16).digest())
    return f"{total % (1 << 128):032x}"
