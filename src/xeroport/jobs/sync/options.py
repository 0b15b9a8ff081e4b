"""What a sync is asked for: which streams, and how."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from xeroport.catalogue import Endpoint, load
from xeroport.errors import UnknownName
from xeroport.jobs.sync.proof import FULL_EVERY

UNLIKELY = frozenset({"payment_services", "expense_claims", "receipts"})
"""Streams behind restricted or retiring scopes: to be refused them is no failure of a sync."""


class Options(Struct, frozen=True):
    """How to sync: `full` reads everything again, `raw` is the folder that keeps landing files,
    `named` says that the streams were asked for by name."""

    full: bool = False
    full_every: float = FULL_EVERY
    raw: Path | None = None
    named: bool = False


def chosen(streams: Iterable[str] | None) -> dict[str, Endpoint]:
    """The streams of those names, or of one name (None: all); UnknownName with the nearest
    otherwise."""
    known = load().streams
    if not streams:
        return dict(known)
    streams = (streams,) if isinstance(streams, str) else tuple(streams)
    for name in streams:
        if name not in known:
            raise UnknownName("stream", name, known, hint="see `xeroport endpoints`")
    return {name: known[name] for name in streams}
