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


MAX_BYTES = 256_000_000
"""Bytes of a body; Xero's largest pages have some ten million."""
PIECE = 4_000_000


class BrokenBody(Exception):
    """The bytes end too early, or are not what their headers say."""


class TooLarge(Exception):
    """The body is larger than any of Xero's, whatever its size on the wire."""

    def __init__(self) -> None:
        super().__init__(f"it is larger than {MAX_BYTES // 1_000_000} MB")


class Inflater:
    """Turns the bytes of one reply, as they come, into its body."""

    def __init__(self, encoding: str | None) -> None:
        self._length = 0
        name = (encoding or "").strip().lower()
        if name in ("", "identity"):
            self._stream = None
        elif name in ("gzip", "x-gzip"):
            self._stream = _decompressobj(GZIP)
        else:
            raise BrokenBody(f"the reply is compressed with `{name}`, which was not asked for")

    def feed(self, chunk: bytes) -> bytes:
        """The part of the body that this chunk completes; TooLarge as soon as it is that."""
        if self._stream is None:
            self._count(chunk)
            return chunk
        pieces = []
        while True:
            try:
                piece = bytes(self._stream.decompress(chunk, PIECE))
            except _Failure:
                raise BrokenBody("the compressed reply is damaged") from None
            self._count(piece)
            pieces.append(piece)
            chunk = self._stream.unconsumed_tail
            if not chunk and len(piece) < PIECE:
                break
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _count(self, piece: bytes) -> None:
        self._length += len(piece)
        if self._length > MAX_BYTES:
            raise TooLarge

    def finish(self) -> None:
        """Check that nothing is missing; BrokenBody otherwise."""
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
