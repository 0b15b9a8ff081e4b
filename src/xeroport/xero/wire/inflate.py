"""Bodies of replies: inflated where they came compressed, and told broken where they are."""

from __future__ import annotations

import zlib
from typing import Any

try:
    from isal import isal_zlib

    _decompressobj: Any = isal_zlib.decompressobj
    _Failure: Any = isal_zlib.error
except ImportError:  # no isal for this machine
    _decompressobj = zlib.decompressobj
    _Failure = zlib.error

GZIP = 31
"""zlib's `wbits` for a gzip stream."""


class BrokenBody(Exception):
    """The bytes end too early, or are not what their headers say."""


class Inflater:
    """Turns the bytes of one reply, as they come, into its body."""

    def __init__(self, encoding: str | None) -> None:
        name = (encoding or "").strip().lower()
        if name in ("", "identity"):
            self._stream = None
        elif name in ("gzip", "x-gzip"):
            self._stream = _decompressobj(GZIP)
        else:
            raise BrokenBody(f"the reply is compressed with `{name}`, which was not asked for")

    def feed(self, chunk: bytes) -> bytes:
        """The part of the body that this chunk completes."""
        if self._stream is None:
            return chunk
        try:
            return bytes(self._stream.decompress(chunk))
        except _Failure:
            raise BrokenBody("the compressed reply is damaged") from None

    def finish(self) -> None:
        """Check that nothing is missing; Broken otherwise."""
        if self._stream is not None and not self._stream.eof:
            raise BrokenBody("the compressed reply ends too early")


def inflate(wire: bytes, encoding: str | None) -> bytes:
    """The body of a whole reply; an empty one stays empty whatever its header says."""
    if not wire:
        return b""
    inflater = Inflater(encoding)
    body = inflater.feed(wire)
    inflater.finish()
    return body
