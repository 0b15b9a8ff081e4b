"""Whole pages kept compressed, so that reading a list again costs next to nothing.

A reply differs from the last one in its first members only (Id and time). The rest is kept as raw
deflate; a new head is put before it, and the checksum of the whole is combined from both parts
(the method of zlib's crc32_combine: appending n zero bytes is a linear map over GF(2)).
"""

from __future__ import annotations

import struct
import zlib
from collections import OrderedDict
from functools import lru_cache

from msgspec import Struct

try:
    from isal import isal_zlib as fast
except ImportError:  # no isal for this machine
    import zlib as fast  # type: ignore[no-redef]

_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_POLYNOMIAL = 0xEDB88320

Matrix = tuple[int, ...]


def _times(matrix: Matrix, vector: int) -> int:
    total, row = 0, 0
    while vector:
        if vector & 1:
            total ^= matrix[row]
        vector >>= 1
        row += 1
    return total


@lru_cache(maxsize=64)
def _squared(power: int) -> Matrix:
    """What 2**power zero bits do to a checksum."""
    if power == 0:
        return (_POLYNOMIAL, *(1 << row for row in range(31)))
    half = _squared(power - 1)
    return tuple(_times(half, row) for row in half)


def combined(first: int, second: int, length: int) -> int:
    """The CRC-32 of two parts after each other; `length` is the second's, in bytes."""
    bits, power = length * 8, 0
    while bits:
        if bits & 1:
            first = _times(_squared(power), first)
        bits >>= 1
        power += 1
    return first ^ second


class Tail(Struct, frozen=True):
    """All of a reply but its head: raw deflate, checksum and length of what it stands for."""

    packed: bytes
    checksum: int
    length: int


def tail(body: bytes) -> Tail:
    """Compress the rest of a reply."""
    squeeze = fast.compressobj(1, fast.DEFLATED, -15)
    packed = squeeze.compress(body) + squeeze.flush()
    return Tail(packed, zlib.crc32(body), len(body))


def whole(head: bytes, rest: Tail) -> bytes:
    """One gzip member of a new head and a kept rest."""
    squeeze = zlib.compressobj(1, zlib.DEFLATED, -15)
    opening = squeeze.compress(head) + squeeze.flush(zlib.Z_FULL_FLUSH)
    checksum = combined(zlib.crc32(head), rest.checksum, rest.length)
    ending = struct.pack("<II", checksum, (len(head) + rest.length) & 0xFFFFFFFF)
    return b"".join((_HEADER, opening, rest.packed, ending))


class Pages:
    """Rests of replies by what was asked for, while the tables behind them stand."""

    def __init__(self, limit: int = 128 << 20) -> None:
        self.limit = limit
        self._kept: OrderedDict[tuple[str, ...], tuple[object, Tail]] = OrderedDict()
        self._size = 0

    def find(self, name: tuple[str, ...], revision: object) -> Tail | None:
        """The rest kept under that name, if the revision is still the same."""
        found = self._kept.get(name)
        return found[1] if found is not None and found[0] == revision else None

    def put(self, name: tuple[str, ...], revision: object, rest: Tail) -> None:
        """Keep a rest; the oldest goes when there is no more room."""
        former = self._kept.pop(name, None)
        self._size += len(rest.packed) - (len(former[1].packed) if former else 0)
        self._kept[name] = (revision, rest)
        while self._size > self.limit:
            _, (_, gone) = self._kept.popitem(last=False)
            self._size -= len(gone.packed)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._size = 0
