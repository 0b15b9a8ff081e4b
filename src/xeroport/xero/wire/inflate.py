"""Bodies of replies: inflated where they came compressed, and told broken where they are."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
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
PIECE = 8_000_000
"""Bytes that are inflated at a time."""


class BrokenBody(Exception):
    """The bytes end too early, or are not what their headers say."""


class TooLarge(Exception):
    """The body has more than `most` bytes, whatever its size on the wire."""

    def __init__(self, most: int) -> None:
        super().__init__(f"it is larger than {most / 1_000_000:,.0f} MB")


class Inflater:
    """Turns the bytes of one reply, as they come, into its body of at most `most` bytes."""

    def __init__(self, encoding: str | None, *, most: int) -> None:
        self.length = 0
        self._most = most
        name = (encoding or "").strip().lower()
        if name in ("", "identity"):
            self._stream = None
        elif name in ("gzip", "x-gzip"):
            self._stream = _decompressobj(GZIP)
        else:
            raise BrokenBody(f"the reply is compressed with `{name}`, which was not asked for")

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """The parts of the body that this chunk completes, of 8 MB at most where they came
        compressed; TooLarge as soon as it is that. What follows the end is not looked at."""
        if self._stream is None:
            self._count(chunk)
            yield chunk
            return
        while not self._stream.eof:
            try:
                piece = bytes(self._stream.decompress(chunk, PIECE))
            except _Failure:
                raise BrokenBody("the compressed reply is damaged") from None
            self._count(piece)
            yield piece
            chunk = self._stream.unconsumed_tail
            if not chunk and len(piece) < PIECE:
                return

    def _count(self, piece: bytes) -> None:
        self.length += len(piece)
        if self.length > self._most:
            raise TooLarge(self._most)

    def finish(self) -> None:
        """Check that nothing is missing; BrokenBody otherwise."""
        if self._stream is not None and not self._stream.eof:
            raise BrokenBody("the compressed reply ends too early")
